// What the page asks of its listener, and with which token. That comes behind the # of the page's address, which no
// server sees, and is kept by this tab alone.

const name = 'holdfast-admin-token';

// take reads the token from the address, and takes it out of there.
export function take() {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token) {
    sessionStorage.setItem(name, token);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return token !== '';
}

export const known = () => sessionStorage.getItem(name) !== null;
export const keep = (token) => sessionStorage.setItem(name, token);
export const forget = () => sessionStorage.removeItem(name);

// A Refused is an answer that says no; status 0: none came.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let ahead = 0; // ms by which the gateway's clock is

// now is the time by the gateway's clock, more or less.
export const now = () => Date.now() + ahead;

// get asks for a path below /v1/; parameters that are empty are left out.
export function get(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return ask('GET', `${path}${query.size > 0 ? `?${query}` : ''}`);
}

export const post = (path, body) => ask('POST', path, body);

const patience = 30_000; // ms

async function ask(method, path, body) {
  let response;
  let answer = null;
  try {
    response = await fetch(new URL(`v1/${path}`, document.baseURI), {
      method,
      headers: {
        Authorization: `Bearer ${sessionStorage.getItem(name) ?? ''}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    });
    const date = Date.parse(response.headers.get('Date'));
    if (date) {
      const off = date + 500 - Date.now(); // it has whole seconds
      ahead = Math.abs(off) > 2000 ? off : 0;
    }
    answer = await response.json();
  } catch {
    if (!response) {
      throw new Refused(0, 'The gateway does not answer: it has ended, or cannot be reached.');
    }
  }
  if (!response.ok) {
    throw new Refused(response.status, answer?.error?.message ?? `It was answered with status ${response.status}.`);
  }
  if (answer === null) {
    throw new Refused(response.status, 'What came is no answer of the gateway: something stands in front of it, or in its place.');
  }
  return answer;
}
