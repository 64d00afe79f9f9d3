// Writes what graphql-js makes of values for variables (coercion.jsonl), and of
// literals (literals.jsonl). Run it where the package graphql can be found:
//   NODE_PATH=…/node_modules node coercion.mjs [folder to write to]
// A line is [type, default, value as JSON ("" is absent), result as JSON or null, errors],
// or [type, literal, errors].
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
const require = createRequire(import.meta.url);
const { buildSchema, parse, getVariableValues, validate, ValuesOfCorrectTypeRule } = require('graphql');

const here = (name) => new URL(name, import.meta.url);
const schema = buildSchema(readFileSync(here('coercion.graphqls'), 'utf8'));

const leaves = [
  '', 'null', '0', '-0', '1', '-1', '1.0', '-1.0', '1e2', '1.5e1', '12.50e1', '1.5', '0.1e-1', '2147483647', '2147483648',
  '-2147483648', '-2147483649', '2147483647.0', '9007199254740991', '1e15', '1e400', '"1"', '"-1"', '""', '"1.5"', '"NaN"',
  '"Infinity"', '"x"', '"true"', 'true', 'false', '"RED"', '"red"', '"GREEEN"', '"blue"', '0.5', '1.25e-3', '-0.0', '0e9',
  '[]', '{}',
];
const lists = ['[1]', '[1,2]', '[null]', '[1,null]', '[[1]]', '[[1],[2,null]]', '[1,[2]]', '["1"]', '[1.5]', '[true]', '["RED"]', '["nope"]', '[[]]', '[{}]', '[[[1]]]', '1', '[1.0,1e2]', '[["x"]]'];
const objects = [
  '{"need":1}', '{"need":null}', '{"need":1.5}', '{"need":"1"}', '{"need":1,"more":2}', '{"need":1,"ned":2}', '{"need":1,"__typename":"In"}',
  '{"need":1,"with":null}', '{"need":1,"with":8}', '{"need":1,"list":null}', '{"need":1,"list":[]}', '{"need":1,"list":3}', '{"need":1,"list":[1,"2"]}',
  '{"need":1,"list":[null]}', '{"need":1,"color":null}', '{"need":1,"color":"BLACK"}', '{"need":1,"color":1}', '{"need":1,"id":5}', '{"need":1,"id":5.5}',
  '{"need":1,"id":1e2}', '{"need":1,"in":{"need":2}}', '{"need":1,"in":{}}', '{"need":1,"in":{"need":2,"in":{"need":"3"}}}', '{"need":1,"nested":{"b":"x"}}',
  '{"need":1,"nested":null}', '{"need":1,"nested":{"c":"blue"}}', '{"need":1,"nested":{"c":["blue","x"]}}', '{"need":1,"any":[1,{"a":"b"},null]}',
  '{"need":1,"in":{"need":2,"x":1},"y":2}', '[{"need":1}]', '[]', '"x"', '1', 'true', '', 'null',
];
const ones = ['{}', '{"a":1}', '{"b":"x"}', '{"a":null}', '{"a":1,"b":"x"}', '{"a":1,"b":null}', '{"c":1}', '{"a":"1"}', 'null', ''];
const cases = [];
const cross = (types, values) => { for (const t of types) for (const v of values) cases.push([t, '', v]); };
cross(['Int', 'Int!', 'Float', 'Float!', 'String', 'String!', 'Boolean', 'Boolean!', 'ID', 'ID!', 'Color', 'Color!', 'Any', 'Any!'], leaves);
cross(['[Int]', '[Int!]', '[Int!]!', '[[Int]]', '[[Int!]!]', '[Color]', '[ID!]', '[Any]'], [...lists, '', 'null', '[]', '"x"']);
cross(['In', 'In!', '[In!]'], objects);
cross(['One', 'One!'], ones);
for (const [t, d] of [
  ['Int', '5'], ['Int', 'null'], ['Int!', '5'], ['Float', '5'], ['Float', '1e3'], ['ID', '5'], ['ID', '"x"'], ['String', '"""\n  a\n    b\n"""'], ['Color', 'blue'],
  ['[Int]', '5'], ['[Int]', '[1, null]'], ['[[Int]]', '[1, [2]]'], ['[[Int]]', '1'], ['In', '{need: 1}'], ['In', '{need: 1, in: {need: 2, nested: {c: [RED]}}}'], ['Nested', '{}'], ['Boolean', 'true'],
]) for (const v of ['', 'null', '7', '{"need":9}']) cases.push([t, d, v]);

const lines = cases.map(([type, def, value]) => {
  const node = parse(`query ($v: ${type}${def && ' = ' + def}) { f }`).definitions[0];
  const inputs = value === '' ? {} : { v: JSON.parse(value) };
  const { coerced, errors } = getVariableValues(schema, node.variableDefinitions, inputs);
  return JSON.stringify([type, def, value, errors ? null : JSON.stringify(coerced), errors?.map((e) => e.message) ?? []]);
});

const types = ['Int', 'Int!', 'Float', 'String', 'Boolean', 'ID', 'Color', 'Any', '[Int]', '[Int!]', '[[Int!]]', '[Color]', 'In', '[In!]', 'Nested', 'One', '[Any]'];
const literals = [
  'null', '0', '-1', '2147483647', '2147483648', '-2147483649', '99999999999999999999', '1.0', '1e2', '1e400', '"1"', '"""x"""', 'true', 'RED', 'GREEEN', 'blue', '"RED"',
  '[]', '[1]', '[null]', '[1, null]', '[[1]]', '[1, [2]]', '[1.5]', '["x"]', '[RED]', '[nope]', '[{}]', '[[null]]', '{}', '{need: 1}', '{need: null}', '{need: 1.5}',
  '{need: 1, more: 2}', '{need: 1, list: [1, null]}', '{need: 1, list: "x"}', '{need: 1, color: "RED"}', '{need: 1, color: BLACK}', '{need: 1, in: {}}', '{need: 1, any: {a: [1]}}',
  '{need: 1, with: null}', '{need: 1, nested: {c: blue}}', '{a: 1}', '{a: null}', '{a: 1, b: "x"}', '{b: 1}', '[{need: 1}]', '[{need: 1}, {}]',
];
const judged = types.flatMap((type) => literals.map((literal) => {
  const doc = parse(`query ($v: ${type} = ${literal}) { f }`);
  return JSON.stringify([type, literal, validate(schema, doc, [ValuesOfCorrectTypeRule]).map((e) => e.message)]);
}));

const folder = process.argv[2] ?? fileURLToPath(here('.'));
writeFileSync(join(folder, 'coercion.jsonl'), lines.join('\n') + '\n');
writeFileSync(join(folder, 'literals.jsonl'), judged.join('\n') + '\n');
