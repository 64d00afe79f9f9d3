package oracle_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/oracle"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// Nobody gets round a rule that the oracle does not know.
func TestASchemaWithDirectivesOfItsOwnIsRefused(t *testing.T) {
	const sdl = `extend schema @source(name: "a", http: {baseURL: "https://a.example"})
directive @auth on FIELD_DEFINITION
type Query { a: Int %s @connect(source: "a", http: {GET: "/a"}, selection: "$.n") }`
	for directive, want := range map[string]string{"": "", "@deprecated": "", "@auth": "a.graphqls:3:21: the oracle does not know what @auth enforces"} {
		read, findings := schema.Read([]*ast.Source{{Name: "a.graphqls", Input: strings.ReplaceAll(sdl, "%s", directive)}}, schema.Options{})
		if findings.Failed() {
			t.Fatal(findings)
		}
		got := ""
		if _, err := oracle.New(read, scalars.New(), nil, nil); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", directive, got, want)
		}
	}
}
