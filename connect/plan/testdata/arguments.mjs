// Says what graphql-js makes of the arguments of the first field of queries. It reads
// {sdl, cases: [{query, vars}]} and writes a text for each: the arguments as JSON, or
// the error. NODE_PATH says where the package graphql is.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { buildSchema, parse, valueFromASTUntyped } = require('graphql');
const { getArgumentValues } = require('graphql/execution/values');

const { sdl, cases } = JSON.parse(readFileSync(0, 'utf8'));
const schema = buildSchema(sdl);
const email = (v) => {
  if (typeof v !== 'string' || !v.includes('@')) throw new Error('Email: not an address');
  return v.toLowerCase();
};
schema.getType('Email').parseValue = email;
schema.getType('Email').parseLiteral = (node) => email(valueFromASTUntyped(node));

console.log(JSON.stringify(cases.map(({ query, vars }) => {
  const field = parse(query).definitions[0].selectionSet.selections[0];
  const def = schema.getQueryType().getFields()[field.name.value];
  // what variables hold was coerced before: numbers of scalars that are text, and forms of scalars
  try {
    return JSON.stringify(getArgumentValues(def, field, vars ?? {}));
  } catch (e) {
    return e.message;
  }
})));
