package record_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// A sampler writes random selections for the type T of testdata/differential/objects.graphqls.
type sampler struct{ *rand.Rand }

// selections are n different selections that the checker accepts for a field of
// type T, in a schema that begins with the SDL given. The shortest say nothing that
// the others do not.
func (s sampler) selections(t *testing.T, types string, n int) []string {
	t.Helper()
	var all []string
	seen := map[string]bool{}
	for tries := 0; len(all) < n; tries++ {
		if tries > 100*n {
			t.Fatalf("only %d of %d selections are accepted", len(all), n)
		}
		text := s.group(3)
		if len(text) < 20 || seen[text] {
			continue
		}
		seen[text] = true
		sdl := types + "\n" + fieldWith("a", text)
		_, findings := schema.Read([]*ast.Source{{Name: "x.graphqls", Input: sdl}},
			schema.Options{ByHand: func(typeName, _ string) bool { return typeName == "T" }})
		if !findings.Failed() {
			all = append(all, text)
		}
	}
	return all
}

// fieldWith is a field of Query with a selection.
func fieldWith(name, selection string) string {
	return fmt.Sprintf("extend type Query { %s: T @connect(source: \"shop\", http: {GET: \"/x\"}, selection: \"\"\"%s\"\"\") }", name, selection)
}

func (s sampler) one(of ...string) string { return of[s.IntN(len(of))] }

func (s sampler) key() string { return s.one("a", "b", "id", "n", "s", "t", "ts", "words", "'a b'") }

// group is the inside of a group for an object of type T.
func (s sampler) group(depth int) string {
	switch {
	case depth > 0 && s.IntN(12) == 0:
		return s.path(2) + " " + s.braces(depth-1)
	case s.IntN(20) == 0:
		return s.one("$.", "@.") + s.key()
	}
	items := make([]string, 1+s.IntN(4))
	for i := range items {
		items[i] = s.item(depth)
	}
	return strings.Join(items, s.one(" ", " ", "\n", " # a comment\n"))
}

func (s sampler) braces(depth int) string { return "{ " + s.group(depth) + " }" }

func (s sampler) item(depth int) string {
	if depth == 0 {
		return s.leaf()
	}
	switch s.IntN(9) {
	case 0:
		return s.one("t", "ts") + s.one("", "?") + " " + s.braces(depth-1)
	case 1:
		return "t: " + s.braces(depth-1)
	case 2, 3:
		return s.one("t", "ts") + ": " + s.path(2) + " " + s.braces(depth-1)
	case 4:
		return "$." + s.path(1) + s.one("", "?") + " " + s.braces(depth-1)
	default:
		return s.leaf()
	}
}

// leaf is an item for a field that is no object.
func (s sampler) leaf() string {
	field := s.one("id", "n", "s", "b", "words", "grid")
	switch s.IntN(6) {
	case 0:
		return field
	case 1:
		return field + "?"
	case 2:
		return field + ": $(" + s.expr(2) + ")"
	default:
		return field + ": " + s.path(3)
	}
}

// path is a start and up to so many steps.
func (s sampler) path(steps int) string {
	var b strings.Builder
	switch s.IntN(6) {
	case 0:
		b.WriteString("$")
	case 1:
		b.WriteString("@")
	case 2:
		b.WriteString("$(" + s.expr(1) + ")")
	case 3:
		b.WriteString("$." + s.key())
	default:
		b.WriteString(s.key())
	}
	for range s.IntN(steps + 1) {
		b.WriteString(s.step())
	}
	return b.String()
}

func (s sampler) step() string {
	switch s.IntN(4) {
	case 0:
		return "." + s.key() + s.one("", "", "?")
	case 1:
		return "." + s.key()
	case 2:
		return "->" + s.one("first", "last", "size", "entries", "jsonStringify", "toString", "not",
			"slice(0, 1)", "slice(1)", "get(0)", "get(-1)", "parseInt", "joinNotNull(',')", "as($v)->echo($v)")
	default:
		return "->" + s.one("map", "filter", "find", "echo", "eq", "ne", "in", "contains", "and", "or", "add", "mul", "match") +
			s.arguments()
	}
}

func (s sampler) arguments() string {
	return s.one("(@)", "(@.a)", "(@.b->eq(1))", "($.n)", "("+s.expr(1)+")", "([@, "+s.expr(1)+"])")
}

func (s sampler) expr(depth int) string {
	if depth == 0 {
		return s.one("1", "'x'", "null", "true", "a", "$.b", "@", "'y'")
	}
	switch s.IntN(5) {
	case 0:
		return "[" + s.expr(depth-1) + ", " + s.expr(depth-1) + "]"
	case 1:
		return "{id: " + s.expr(depth-1) + ", n: " + s.expr(depth-1) + "}"
	case 2:
		return s.expr(0) + s.one(" ?? ", " ?! ") + s.expr(0)
	case 3:
		return s.key() + s.step()
	default:
		return s.expr(0)
	}
}
