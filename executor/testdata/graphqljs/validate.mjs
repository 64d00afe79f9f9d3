// Reads {introspection} and then, a line each, {query, variables, data}: an answer to an
// operation that asks for t__: __typename everywhere. Prints a line for each: what is
// wrong with it by a client schema made of the introspection, "" for nothing.
import { buildClientSchema, execute, isLeafType, parse } from 'graphql';
import { createInterface } from 'node:readline';

const kinds = { Int: Number.isInteger, Float: Number.isFinite, Boolean: (x) => typeof x === 'boolean', String: isText, ID: isText };
function isText(x) {
  return typeof x === 'string';
}
function fits(name) {
  return (x) => {
    if (kinds[name] && !kinds[name](x)) throw new Error(`${JSON.stringify(x)} is no ${name}`);
    return x;
  };
}

let schema;
for await (const line of createInterface({ input: process.stdin })) {
  const input = JSON.parse(line);
  if (!schema) {
    schema = buildClientSchema(input.introspection);
    for (const t of Object.values(schema.getTypeMap())) if (isLeafType(t)) t.serialize = fits(t.name);
    continue;
  }
  process.stdout.write(JSON.stringify(wrong(input)) + '\n');
}

function wrong({ query, variables, data }) {
  const result = execute({
    schema,
    document: parse(query),
    variableValues: variables,
    rootValue: data,
    fieldResolver: (object, _args, _ctx, info) => object[info.path.key],
    typeResolver: (object) => object.t__,
  });
  // An error of graphql-js makes null of what is there, or of what is around it.
  const want = JSON.stringify(result.data);
  const got = JSON.stringify(data);
  return want === got ? '' : `want ${want}: ${result.errors?.map((e) => `${e.path?.join('.')}: ${e.message}`).join('; ')}`;
}
