package connect

import (
	"io"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

type day struct{ time.Time }

type color string

// MarshalGQL writes an enum as gqlgen's do.
func (c color) MarshalGQL(w io.Writer) { graphql.MarshalString(string(c)).MarshalGQL(w) }

type filter struct {
	Min graphql.Omittable[*int]    `json:"min,omitzero"`
	Max *int                       `json:"max,omitempty"`
	Sub graphql.Omittable[*filter] `json:"sub,omitzero"`
}

func TestArgumentsAsValues(t *testing.T) {
	someday := time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)
	tests := map[string]struct {
		query     string
		variables map[string]any
		args      Args
		want      string
	}{
		"none":                       {`{ orders { id } }`, nil, nil, `{}`},
		"left out is not there":      {`{ orders { id } }`, nil, Args{"first": (*int)(nil)}, `{}`},
		"null is null":               {`{ orders(first: null) { id } }`, nil, Args{"first": (*int)(nil)}, `{"first":null}`},
		"a variable's null, too":     {`query($n: Int) { orders(first: $n) { id } }`, map[string]any{"n": nil}, Args{"first": (*int)(nil)}, `{"first":null}`},
		"a variable that is not set": {`query($n: Int) { orders(first: $n) { id } }`, map[string]any{}, Args{"first": (*int)(nil)}, `{}`},
		"numbers":                    {`{ orders(first: 3) { id } }`, nil, Args{"first": new(3)}, `{"first":3}`},
		"lists":                      {`{ orders(tags: ["a"]) { id } }`, nil, Args{"tags": []string{"a", "b"}}, `{"tags":["a","b"]}`},
		"an enum is a string":        {`{ orders { id } }`, nil, Args{"c": color("RED"), "cs": []color{"RED"}, "n": new(color("BLUE"))}, `{"c":"RED","cs":["RED"],"n":"BLUE"}`},
		"an ID is a string":          {`{ orders { id } }`, nil, Args{"id": "1", "ids": []string{"2"}}, `{"id":"1","ids":["2"]}`},
		"what writes itself as text": {`{ orders(on: "x") { id } }`, nil, Args{"on": day{someday}}, `{"on":"2026-05-04T12:30:00Z"}`},
		"a pointer to it":            {`{ orders(on: "x") { id } }`, nil, Args{"on": &someday}, `{"on":"2026-05-04T12:30:00Z"}`},
		"an input, with what was left out left out": {
			`{ orders(in: {}) { id } }`, nil,
			Args{"in": &filter{Max: new(1), Sub: graphql.OmittableOf(&filter{Min: graphql.OmittableOf[*int](nil), Max: new(2)})}},
			`{"in":{"max":1,"sub":{"min":null,"max":2}}}`,
		},
		"in one order": {`{ orders { id } }`, nil, Args{"c": 1, "a": "x", "b": true}, `{"a":"x","b":true,"c":1}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.args.value(asking(t, test.query, test.variables)).String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestArgumentsStandInTheOrderOfTheirDeclaration(t *testing.T) {
	declared := ast.ArgumentDefinitionList{{Name: "title"}, {Name: "id"}, {Name: "author"}}
	field := &ast.Field{Name: "post", Definition: &ast.FieldDefinition{Name: "post", Arguments: declared}}
	ctx := graphql.WithFieldContext(t.Context(), &graphql.FieldContext{Field: graphql.CollectedField{Field: field}})
	args := Args{"author": "a", "id": "1", "title": "t", "zip": "z", "more": "m"}
	if got, want := args.value(ctx).String(), `{"title":"t","id":"1","author":"a","more":"m","zip":"z"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := args.value(t.Context()).String(), `{"author":"a","id":"1","more":"m","title":"t","zip":"z"}`; got != want {
		t.Errorf("without a field: got %s, want %s", got, want)
	}
}
