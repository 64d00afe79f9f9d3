// ask sends one operation. Whatever happens comes back as an answer: GraphiQL
// shows the stack of what is thrown, which tells a reader nothing.
export async function ask(address, params, headers) {
  let response;
  let text;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
      body: JSON.stringify(params),
    });
    text = await response.text();
  } catch {
    return failed(`There is no answer from ${address}: the gateway has ended, or cannot be reached.`);
  }
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

function failed(message) {
  return { errors: [{ message }] };
}
