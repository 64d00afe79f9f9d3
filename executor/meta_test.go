package executor

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// graphOf is the graph of an SDL of which every field would be resolved by hand.
func graphOf(t *testing.T, sdl string) *Schema {
	t.Helper()
	read, findings := schema.Read([]*ast.Source{{Name: "graph.graphqls", Input: sdl}}, schema.Options{
		ByHand: func(string, string) bool { return true },
	})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	s, err := New(Config{Schema: read})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const everything = `
"The shop."
schema { query: Root mutation: Change }
directive @mark(at: [Int!] = [1, 2], deep: Deep = {list: 5}) repeatable on FIELD | QUERY
scalar Stamp @specifiedBy(url: "https://example.com/stamp")
scalar Plain
interface Thing { id: ID! }
interface Named implements Thing { id: ID! name: String }
"A user."
type User implements Thing & Named {
	id: ID!
	name(short: Boolean! = false, "deprecated" old: Int = 3 @deprecated(reason: "why not")): String
	gone: [[Plain!]!] @deprecated
	friends(first: Int = 10, text: String = "a\"b\\\n\u007f é", float: Float = 1.50, big: Float = 1e21, small: Float = 0.0000001, id: ID = "5", word: ID = "05", at: Stamp = "x"): [User!]!
}
type Empty { kind: Kind }
union Any = User | Empty
enum Kind { ONE TWO @deprecated(reason: "count") }
input Deep { list: [Int!], kind: Kind = ONE, old: String @deprecated, none: String = null, deep: Deep }
input Only @oneOf { a: Int b: String }
type Root { thing: Thing named: Named any: Any user(deep: Deep = {deep: {}, kind: TWO, list: [1]}): User stamp(only: Only): Stamp }
type Change { go(empty: [Kind!]! = []): Boolean }
`

// node runs a script of testdata/graphqljs; it skips the test where npm ci was not run.
func node(t *testing.T, script string, input any) string {
	t.Helper()
	const dir = "testdata/graphqljs"
	if _, err := os.Stat(dir + "/node_modules/graphql"); err != nil {
		t.Skip("npm ci was not run in executor/" + dir)
	}
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(text))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestIntrospectionIsThatOfGraphQLJS(t *testing.T) {
	query := strings.TrimSpace(node(t, "query.mjs", nil))
	got := do(t, graphOf(t, everything), query, nil)
	if len(got.Errors) > 0 {
		t.Fatal(got.Errors)
	}
	out := node(t, "introspection.mjs", map[string]any{"sdl": everything, "data": got.Data})
	var pair struct{ Want, Got any }
	if err := json.Unmarshal([]byte(out), &pair); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if diff := cmp.Diff(pair.Want, pair.Got); diff != "" {
		t.Error(diff)
	}
}

func TestIntrospectionByHand(t *testing.T) {
	tests := map[string]struct{ query, want string }{
		"what a kind does not have is null": {
			`{__type(name: "Kind") {fields {name} interfaces {name} possibleTypes {name} inputFields {name} ofType {name} isOneOf specifiedByURL}}`,
			`{"__type":{"fields":null,"interfaces":null,"possibleTypes":null,"inputFields":null,"ofType":null,"isOneOf":null,"specifiedByURL":null}}`,
		},
		"the possible types of an interface are objects": {
			`{__type(name: "Thing") {possibleTypes {name} interfaces {name}}}`,
			`{"__type":{"possibleTypes":[{"name":"User"}],"interfaces":[]}}`,
		},
		"deprecated values are left out": {
			`{__type(name: "Kind") {enumValues {name} all: enumValues(includeDeprecated: true) {name isDeprecated deprecationReason}}}`,
			`{"__type":{"enumValues":[{"name":"ONE"}],"all":[{"name":"ONE","isDeprecated":false,"deprecationReason":null},{"name":"TWO","isDeprecated":true,"deprecationReason":"count"}]}}`,
		},
		"a type that is not there is null, and so are lists of types": {
			`{a: __type(name: "Nobody") {name} b: __type(name: "[Int!]") {name} c: __type(name: "Deep") {__typename name}}`,
			`{"a":null,"b":null,"c":{"__typename":"__Type","name":"Deep"}}`,
		},
	}
	graph := graphOf(t, everything)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := do(t, graph, test.query, nil)
			if len(got.Errors) > 0 || string(got.Data) != test.want {
				t.Errorf("got %s %v, want %s", got.Data, got.Errors, test.want)
			}
		})
	}
}

func TestIntrospectionThatIsSwitchedOff(t *testing.T) {
	exec := gqlexecutor.New(graphOf(t, everything))
	ctx := graphql.StartOperationTrace(t.Context())
	oc, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: `{__type(name: "Kind") {name}}`})
	if errs != nil {
		t.Fatal(errs)
	}
	respond, ctx := exec.DispatchOperation(ctx, oc) // gqlgen's default
	got := respond(ctx)
	if string(got.Data) != `{"__type":null}` || len(got.Errors) != 1 {
		t.Errorf("got %s %v", got.Data, got.Errors)
	}
}
