// The strip below the response: what extensions say of the last answer, so that
// nobody takes an old part for a new one, or a missing one for none.
import { getOperationAST, parse } from 'graphql';
import { useSyncExternalStore } from 'react';

import { ask, follow } from './ask.js';

let state = { answer: null, traced: false }; // answer: the last one; null: none yet
const listeners = new Set();

function change(to) {
  state = { ...state, ...to };
  listeners.forEach((listener) => listener());
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let asked = 0;

// fetcher asks address, and tells the strip of the newest answer.
export function fetcher(address) {
  return async (params, options) => {
    if (params.operationName === 'IntrospectionQuery') {
      return ask(address, params, options?.headers);
    }
    const turn = ++asked;
    if (goesOn(params)) {
      return told(turn, follow(address, params, options?.headers));
    }
    const trace = state.traced ? { 'X-Holdfast-Trace': '1' } : {};
    const answer = await ask(address, params, { ...trace, ...options?.headers });
    if (turn === asked) {
      change({ answer });
    }
    return answer;
  };
}

// goesOn says whether an operation is a subscription. The editor finds out a moment
// late what is in it, so the text is what counts.
function goesOn({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false; // the gateway says what is wrong
  }
}

// told has the strip be told of each of answers, while nothing else is asked.
function told(turn, answers) {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const { value, done } = await answers.next();
      if (!done && turn === asked) {
        change({ answer: value });
      }
      return { value, done };
    },
    return: (value) => answers.return(value),
  };
}

const words = {
  FRESH: 'fresh',
  REFRESHING: 'being refreshed',
  STANDING_IN: 'an old answer stands in',
  ALTERNATIVE: 'another source answers',
};

function age(seconds) {
  if (seconds < 120) {
    return `${seconds} s`;
  }
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

const count = (n, thing) => `${n} ${thing}${n === 1 ? '' : 's'}`;

// verdict is what can be said of an answer as a whole. That nothing is noted of
// its parts says that they are fresh only where none is missing.
function verdict({ data, errors = [] }, parts) {
  const found = errors.length > 0 ? count(errors.length, 'error') : '';
  if (data === undefined) {
    return { state: 'FAILED', text: `no data: ${found || 'this is no answer'}` };
  }
  if (data === null) {
    return { state: 'FAILED', text: found ? `no data came: ${found}` : 'no data came' };
  }
  if (found) {
    return { state: 'FAILED', text: `${found}: a part is missing` };
  }
  if (parts.every((part) => part.state === 'FRESH')) {
    return { state: 'FRESH', text: 'every part is fresh' };
  }
  return null;
}

// costs says what a traced answer took.
function costs({ calls = {}, durationMs }) {
  const by = Object.entries(calls).map(([source, n]) => `${source} ${n}`);
  const all = Object.values(calls).reduce((sum, n) => sum + n, 0);
  return `${durationMs} ms, ${count(all, 'call')}${by.length > 0 ? `: ${by.join(', ')}` : ''}`;
}

function Answer({ answer }) {
  const { freshness: parts = [], trace } = answer.extensions ?? {};
  const whole = verdict(answer, parts);
  return (
    <ul aria-label="Freshness">
      {whole && <li data-state={whole.state}>{whole.text}</li>}
      {trace && <li>{costs(trace)}</li>}
      {parts.map((part, index) => (
        <li key={index} data-state={part.state}>
          <b>{part.path.join('.')}</b> {part.source}: {words[part.state] ?? part.state},{' '}
          {age(part.ageSeconds)} old{part.reason ? ` (${part.reason})` : ''}
          {part.cache ? `, cache ${part.cache}` : ''}
        </li>
      ))}
      {trace?.problems?.map((problem, index) => (
        <li key={`problem ${index}`} data-state="FAILED">
          <b>{problem.field}</b> {problem.source}: {problem.message}
          {problem.count > 1 ? ` (${problem.count} times)` : ''}
        </li>
      ))}
    </ul>
  );
}

export function Freshness() {
  const { answer, traced } = useSyncExternalStore(subscribe, () => state);
  return (
    <div className="freshness">
      <label title="Asks with X-Holdfast-Trace: 1 for time, calls, and the source and age of every part">
        <input type="checkbox" checked={traced} onChange={(event) => change({ traced: event.target.checked })} />
        trace
      </label>
      {answer && <Answer answer={answer} />}
    </div>
  );
}
