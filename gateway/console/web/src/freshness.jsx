// The strip below the response: what extensions.freshness says of the last
// answer, so that nobody takes an old part for a new one.
import { useSyncExternalStore } from 'react';

let last = null; // the parts of the last answer that are not fresh; null: no answer yet
const listeners = new Set();

function tell(parts) {
  last = parts;
  listeners.forEach((listener) => listener());
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// watch returns a fetcher that also tells the strip of its answers.
export function watch(fetcher) {
  return async (params, options) => {
    const own = params.operationName !== 'IntrospectionQuery';
    try {
      const answer = await fetcher(params, options);
      if (own) {
        tell(answer?.data === undefined ? null : answer.extensions?.freshness ?? []);
      }
      return answer;
    } catch (error) {
      if (own) {
        tell(null);
      }
      throw error;
    }
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

export function Freshness() {
  const parts = useSyncExternalStore(subscribe, () => last);
  if (parts === null) {
    return null;
  }
  if (parts.length === 0) {
    return <div className="freshness">every part is fresh</div>;
  }
  return (
    <ul className="freshness" aria-label="Freshness">
      {parts.map((part, index) => (
        <li key={index} data-state={part.state}>
          <b>{part.path.join('.')}</b> {part.source}: {words[part.state] ?? part.state},{' '}
          {age(part.ageSeconds)} old{part.reason ? ` (${part.reason})` : ''}
        </li>
      ))}
    </ul>
  );
}
