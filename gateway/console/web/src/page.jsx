import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';

import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { Freshness, fetcher } from './freshness.jsx';

// Addresses are relative to the page, which a proxy may serve below a path.
const address = (path) => new URL(path, document.baseURI).href;

const fetchAnswer = fetcher(address('graphql'));

// The editor finds out a moment late which operation is in it: until then it
// sends the name of the one that was there before.
function send({ operationName, ...params }, options) {
  const there = operationName && new RegExp(`\\b${operationName}\\b`).test(params.query);
  return fetchAnswer(there ? { ...params, operationName } : params, options);
}

// Examples are the tabs that somebody sees who has not been here before.
async function examples() {
  const response = await fetch(address('console/examples.json'));
  return response.ok ? response.json() : [];
}

const tabs = await examples().catch(() => []);

createRoot(document.getElementById('page')).render(
  <GraphiQL fetcher={send} defaultTabs={tabs.length > 0 ? tabs : undefined}>
    <GraphiQL.Logo>holdfast</GraphiQL.Logo>
    <GraphiQL.Footer>
      <Freshness />
    </GraphiQL.Footer>
  </GraphiQL>,
);
