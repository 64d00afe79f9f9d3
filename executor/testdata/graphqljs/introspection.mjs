// Reads {sdl, data}, the data of the introspection query, and prints what graphql-js
// answers and what we did, both without the texts and the order of built-in
// definitions. A client schema made of ours must be that of the SDL.
import { buildClientSchema, buildSchema, introspectionFromSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { readFileSync } from 'node:fs';

const { sdl, data } = JSON.parse(readFileSync(0, 'utf8'));
const schema = buildSchema(sdl);
const client = buildClientSchema(data);
const print = (s) => printSchema(lexicographicSortSchema(s));
if (print(schema) !== print(client)) {
  process.stdout.write(`client schema:\n${print(client)}\nwant:\n${print(schema)}`);
  process.exit(1);
}
const want = introspectionFromSchema(schema, { schemaDescription: true, inputValueDeprecation: true, oneOf: true });

const builtIn = /^(__.*|Int|Float|String|Boolean|ID|skip|include|deprecated|specifiedBy|oneOf)$/;
function normal({ __schema: s }) {
  const byName = (all) => Object.fromEntries(all.map((x) => [x.name, builtIn.test(x.name) ? bare(x) : x]));
  return { ...s, types: byName(s.types), directives: byName(s.directives.map(plain)) };
}
// plain leaves out what graphql-js calls an experiment.
function plain({ isDeprecated, deprecationReason, ...directive }) {
  return directive;
}
function bare(x) {
  return JSON.parse(JSON.stringify({ ...x, locations: undefined, enumValues: undefined, fields: undefined, args: undefined, description: undefined }));
}
process.stdout.write(JSON.stringify({ Want: normal(want), Got: normal(data) }));
