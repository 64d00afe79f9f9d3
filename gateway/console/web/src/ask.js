// ask sends one operation. Whatever happens comes back as an answer: GraphiQL
// shows the stack of what is thrown, which tells a reader nothing.
export async function ask(address, params, headers) {
  let response;
  let text;
  try {
    response = await post(address, params, { Accept: 'application/json', ...headers });
    text = await response.text();
  } catch {
    return silent(address);
  }
  return read(address, response, text);
}

// follow sends an operation that goes on, and yields its answers as they come, until
// somebody returns from it. They are events of one answer, which has the headers of
// the reader's choice, as no WebSocket has.
export function follow(address, params, headers) {
  const stop = new AbortController();
  const answers = events(address, params, headers, stop.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => answers.next(),
    return: async (value) => {
      stop.abort();
      return { done: true, value };
    },
  };
}

async function* events(address, params, headers, signal) {
  while (!signal.aborted) {
    try {
      const response = await post(address, params, { Accept: 'text/event-stream', ...headers }, signal);
      if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
        yield read(address, response, await response.text());
        return;
      }
      for await (const event of split(response.body)) {
        const lines = event.split('\n');
        if (lines.includes('event: complete')) {
          return;
        }
        const data = lines.find((line) => line.startsWith('data: '));
        if (data) {
          yield read(address, response, data.slice('data: '.length));
        }
      }
    } catch {
      if (!signal.aborted) {
        yield silent(address);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1000)); // the gateway has ended: another one goes on
  }
}

// split yields the events of a stream: texts with an empty line between them.
async function* split(stream) {
  let rest = '';
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const whole = (rest + value).split('\n\n');
    rest = whole.pop();
    yield* whole;
  }
}

function post(address, params, headers, signal) {
  return fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(params),
    signal,
  });
}

// read is the answer that a text is.
function read(address, response, text) {
  try {
    const answer = JSON.parse(text);
    if (answer !== null && typeof answer === 'object' && !Array.isArray(answer)) {
      return answer;
    }
  } catch {
    // said below
  }
  return failed(`What came from ${address}, with status ${response.status}, is no answer of GraphQL: something stands in front of the gateway, or in its place.`);
}

function silent(address) {
  return failed(`There is no answer from ${address}: the gateway has ended, or cannot be reached.`);
}

function failed(message) {
  return { errors: [{ message }] };
}
