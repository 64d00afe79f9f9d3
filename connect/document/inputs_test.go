package document

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// A schema whose defaults cannot be is refused, with the place.
func TestDefaultsThatCannotBe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ sdl, want string }{
		"of another type":            {`input In { a: Int = "x" }`, `s.graphqls:1:12: the default of In.a does not fit its type: Int cannot represent non-integer value: "x"`},
		"null where none may be":     {`input In { a: [Int!] = [null] }`, `s.graphqls:1:12: the default of In.a does not fit its type: Expected value of type "Int!", found null.`},
		"a field that is not there":  {`input In { a: In = {b: 1} }`, `s.graphqls:1:12: the default of In.a does not fit its type: Field "b" is not defined by type "In".`},
		"one that contains itself":   {`input In { a: In = {} }`, `s.graphqls:1:12: the default of In.a contains itself`},
		"by way of another":          {`input In { a: Other = {} } input Other { b: [In] = [{}] }`, `s.graphqls:1:12: the default of In.a contains itself`},
		"one that stops short of it": {`input In { a: In = {a: null} b: Int = 1 }`, ``},
		"one of another's":           {`input In { a: Other = {} } input Other { b: In = {a: {b: null}} }`, ``},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if _, err := newInputs(gqlparser.MustLoadSchema(&ast.Source{Name: "s.graphqls", Input: test.sdl + " type Query { f(in: In): Int }"}), false, nil); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

func TestDefaultsAreWholeValues(t *testing.T) {
	t.Parallel()
	c := coercing(t)
	values, errs := coerced(t, c, "In", "{need: 1, in: {need: 2, any: {a: [1.50, X, \"s\", null, true]}}}", nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	nested := map[string]any{"a": int64(3), "c": []any{"GREEN"}}
	want := map[string]any{
		"need": int64(1), "with": int64(7), "list": []any{1.0, 2.5}, "color": "RED", "nested": nested,
		"in": map[string]any{
			"need": int64(2), "with": int64(7), "list": []any{1.0, 2.5}, "color": "RED", "nested": nested,
			"any": map[string]any{"a": []any{json.Number("1.50"), "X", "s", nil, true}},
		},
	}
	if diff := cmp.Diff(map[string]any{"v": want}, values); diff != "" {
		t.Error(diff)
	}
}
