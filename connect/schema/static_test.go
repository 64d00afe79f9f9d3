package schema

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

const typedSDL = `
type Query { f(id: ID!, n: Int, d: Int = 1, ids: [ID!], in: In, e: E!, any: Any): Int }
input In { id: ID! tags: [String] inner: [In!] }
enum E { ON OFF }
scalar Any
`

// TestStaticCovers evaluates expressions over values of every kind. What the
// interpreter makes of them must be among what was inferred before.
func TestStaticCovers(t *testing.T) {
	doc, findings := Read([]*ast.Source{{Name: "typed.graphqls", Input: typedSDL}}, Options{ByHand: func(string, string) bool { return true }})
	if findings.Failed() {
		t.Fatal(findings)
	}
	var all []*typing
	for _, text := range typedExpressions() {
		m, err := mapping.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all = append(all, inferred(doc, m))
	}
	for _, args := range []string{
		`{"id": "1", "d": 1, "e": "ON"}`,
		`{"id": "", "n": null, "d": null, "ids": null, "in": null, "e": "ON", "any": null}`,
		`{"id": "1", "n": 3, "d": 2, "ids": ["a", "b"], "e": "OFF", "any": [{"x": 1}, {}],
		  "in": {"id": "2", "tags": ["t", null], "inner": [{"id": "3", "inner": null}, {"id": "4", "tags": []}]}}`,
	} {
		vars := mapping.Vars{
			"$args": parsedJSON(t, args), "$status": mapping.IntValue(200), "$env": parsedJSON(t, `{"X": "x"}`),
			"$request": parsedJSON(t, `{"headers": {"x": ["1", "2"]}}`), "$config": parsedJSON(t, `{"x": {"y": 1}}`),
		}
		for _, x := range all {
			m, s := x.Mapping, x.yields
			for _, body := range []string{`null`, `true`, `1`, `"ab"`, `[]`, `{}`, `[1, {"x": 2}, [null]]`, `{"x": [{"x": 1}, null], "id": null, "n": {"x": "z"}}`} {
				if v := m.Apply(parsedJSON(t, body), vars).Value; !covers(s, v) {
					t.Errorf("%s over %s with %s is %s: not expected, but %+v", m.Source, body, args, v, s)
				}
			}
		}
	}
}

func typedExpressions() []string {
	starts := []string{
		"$", "x", "$args", "$args.id", "$args.n", "$args.d", "$args.ids", "$args.in", "$args.in.inner", "$args.in.inner.tags", "$args.any",
		"$status", "$env.X", "$request.headers.x", "$config", "'abc'", "''", "$(1)", "$(1.5)", "true", "null", "[]", "[1, null]", "[[1], 'a']",
		"{}", "{x: 1, y: $args.n, id: [$args.id]}", "{x: nope}",
	}
	steps := []string{
		"", "?", ".x", ".id?", ".inner.id", "->echo(@.x)", "->map(@.x)", "->map({x: @, n: n})", "->match([1, 'a'], [@, x])", "->match(['ON', @])",
		"->first", "->last", "->slice(1)", "->slice(0, 1)", "->size", "->get(0)", "->get(-2)", "->get('x')", "->entries", "->filter(true)",
		"->filter(@->eq(1))", "->find(@->ne(1))", "->joinNotNull('-')", "->jsonStringify", "->jsonStringify->jsonParse", "->toString", "->parseInt",
		"->eq(1)", "->in(1, 'a')", "->contains(1)", "->gt(0)", "->and(true)", "->or(false)", "->not", "->add(1)", "->mul(1.5)", "->div(2)", "->mod(2)",
		"->as($v)->echo([$v, x])", "->as($v, @.x)->echo({v: $v})",
		" { x }", " { x: $ }", " { x: $(1) }", " { id x? { id } y: n.x }", " { $.x { id } id }", " { $.x? { id x } n: { x } }", " { $.x }", " {}", " { $args { id } x }",
	}
	var all []string
	for _, start := range starts {
		for _, step := range steps {
			for range 3 { // others each time
				next := steps[len(all)*7%len(steps)]
				all = append(all, "$($("+start+step+")"+next+")")
			}
			all = append(all, "y: $("+start+step+") x", "$("+start+step+" ?? $args.d)", "$("+start+step+" ?! [$args.n ?? "+start+"])")
		}
	}
	return all
}

func inferred(doc *Schema, m *mapping.Mapping) *typing {
	c := &checker{schema: doc}
	con := &Connector{Type: doc.AST.Query, Field: doc.AST.Query.Fields.ForName("f")}
	q := quoted{value: &ast.Value{}, Mapping: m, what: "selection", legal: variables()}
	return c.infer(con, q, "Query.f")
}

// covers says whether a value is among what a static says.
func covers(s *static, v mapping.Value) bool {
	if !s.kinds.Has(v.Kind()) {
		return false
	}
	if v.IsArray() && v.Len() < s.least {
		return false
	}
	for _, item := range v.Items() {
		if !covers(s.items(), item) {
			return false
		}
	}
	for key, value := range v.Members() {
		m, known := s.members[key]
		switch {
		case known && !covers(m.value, value):
			return false
		case !known && s.closed:
			return false
		case !known && s.rest != nil && !covers(s.rest, value):
			return false
		}
	}
	for key, m := range s.members {
		if v.IsObject() && v.Get(key).IsMissing() && !m.value.kinds.Has(mapping.Missing) {
			return false
		}
	}
	return true
}

func parsedJSON(t *testing.T, text string) mapping.Value {
	t.Helper()
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestStaticEnds reads a selection whose value is a tree of 2^40 objects, all of
// them the same.
func TestStaticEnds(t *testing.T) {
	selection := "$({x: id})" + strings.Repeat("->as($v)->echo({x: $v, y: $v})", 40)
	sdl := `type T { x: T y: T }
type Query { t: T @connect(http: {GET: "https://a.example"}, selection: "` + selection + `") }`
	if _, findings := Read([]*ast.Source{{Name: "t.graphqls", Input: sdl}}, Options{}); !findings.Failed() {
		t.Error("expected a finding: the objects have no fields in the end")
	}
}
