package schema_test

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

func TestDirectivesThatSomebodyHasToEnforce(t *testing.T) {
	const api = `extend schema @source(name: "a", http: {baseURL: "https://a.example"})
directive @auth(role: String) on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | ENUM_VALUE
`
	tests := map[string]struct{ sdl, want string }{
		"those of connectors, and of GraphQL, are none": {
			`type Query { a: Int @deprecated @connect(source: "a", http: {GET: "/a"}, selection: "$.n") @cache(fresh: "1s") }`, "",
		},
		"one on a field": {
			`type Query { a: Int @auth(role: "x") @connect(source: "a", http: {GET: "/a"}, selection: "$.n") }`, "a.graphqls:3:21 @auth",
		},
		"one on an argument": {
			`type Query { a(b: Int @auth): Int @connect(source: "a", http: {GET: "/a"}, selection: "$.n") }`, "a.graphqls:3:23 @auth",
		},
		"one on what is not served is none": {
			`type Query {
  a: Int @connect(source: "a", http: {GET: "/a"}, selection: "$.n")
  b: Int @auth @inaccessible @connect(source: "a", http: {GET: "/a"}, selection: "$.n")
}
directive @inaccessible on FIELD_DEFINITION
`, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			read, findings := schema.Read([]*ast.Source{{Name: "a.graphqls", Input: api + test.sdl}}, schema.Options{})
			if findings.Failed() {
				t.Fatal(findings)
			}
			got := ""
			if d, at := read.Unenforced(); d != nil {
				got = at + " @" + d.Name
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
