// Reads {sdl} and then, a line each, {query, variables, tree}: what the engine has for
// every response key of every object. Prints a line for each: what graphql-js makes of it,
// {data, errors}, with data as text, and errors as paths in order.
//
// In a tree {$: text} is a leaf, {t, f} an object of a type with its fields, {e: message}
// an error, {b: [paths], v} a value with errors beside it, and lists and null are
// themselves.
import { buildSchema, execute, isScalarType, isEnumType, parse, GraphQLError } from 'graphql';
import { createInterface } from 'node:readline';

let schema;
for await (const line of createInterface({ input: process.stdin })) {
  const input = JSON.parse(line);
  if (!schema) {
    schema = open(input.sdl);
    continue;
  }
  process.stdout.write(JSON.stringify(run(input)) + '\n');
}

function open(sdl) {
  const s = buildSchema(sdl);
  for (const t of Object.values(s.getTypeMap())) {
    if (isScalarType(t)) t.serialize = (x) => x; // leaves are ready
    if (isEnumType(t)) t.serialize = leaf(t);
  }
  return s;
}

// leaf lets pass the names of an enum's values.
function leaf(t) {
  return (x) => {
    if (!t.getValue(JSON.parse(x.$))) throw new GraphQLError(`${x.$} is none of ${t.name}`);
    return x;
  };
}

function run({ query, variables, tree }) {
  const beside = [];
  const result = execute({
    schema,
    document: parse(query),
    variableValues: variables,
    rootValue: tree,
    fieldResolver: (object, _args, _ctx, info) => value(object.f[info.path.key], info.path, beside),
    typeResolver: (object) => object.t,
  });
  const errors = (result.errors ?? []).map((e) => e.path ?? e.message);
  return { data: text(result.data), errors: errors.concat(beside) };
}

function value(v, path, beside) {
  if (Array.isArray(v)) return v.map((x) => value(x, path, beside));
  if (v?.e !== undefined) return new Error(v.e);
  if (v?.b !== undefined) {
    beside.push(...v.b);
    return value(v.v, path, beside);
  }
  return v;
}

function text(v) {
  if (v === undefined) return '';
  if (v === null || typeof v !== 'object') return JSON.stringify(v);
  if (v.$ !== undefined) return v.$;
  if (Array.isArray(v)) return '[' + v.map(text).join(',') + ']';
  return '{' + Object.entries(v).map(([k, x]) => JSON.stringify(k) + ':' + text(x)).join(',') + '}';
}
