package connect

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
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

func TestVariablesOfARequest(t *testing.T) {
	set := Settings{Config: map[string]any{"key": "k", "n": 1.5}, Env: map[string]string{"HOME": "/h"}}
	header := http.Header{"X-Tenant": {"a", "b"}, "Authorization": {"Bearer t"}}
	tests := map[string]struct {
		read    string
		bare    bool // nothing is set
		context string
		want    string // "" for missing
	}{
		"config":                          {read: "$config", want: `{"key":"k","n":1.5}`},
		"no config":                       {read: "$config", bare: true, want: `{}`},
		"a key that config lacks":         {read: "$config.x", bare: true},
		"the environment is text":         {read: "$env.HOME", want: `"/h"`},
		"what it lacks":                   {read: "$env.x", bare: true},
		"context":                         {read: "$context.tenant", context: `{"tenant":{"id":1}}`, want: `{"id":1}`},
		"no context":                      {read: "$context", want: `{}`},
		"headers are lists":               {read: "$request.headers.'x-tenant'", want: `["a","b"]`},
		"also of one":                     {read: "$request.headers.authorization", want: `["Bearer t"]`},
		"names are in lower case":         {read: "$request.headers.'X-Tenant'"},
		"one that was not sent":           {read: "$request.headers.x"},
		"no request at all":               {read: "$request.headers.x", bare: true},
		"the first of them":               {read: "$request.headers.'x-tenant'->first", want: `"a"`},
		"what is needed if one is absent": {read: `$($request.headers.x->first ?? "none")`, want: `"none"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := asking(t, `{ orders { id } }`, nil)
			given := Settings{}
			if !test.bare {
				given = set
				graphql.GetOperationContext(ctx).Headers = header
			}
			if test.context != "" {
				ctx = WithContext(ctx, valueOf(t, test.context))
			}
			call := &Call{Callers: []string{"$request.headers.x"}}
			vars := open(t, Source{}, nil, given).variables(ctx, call, Value{}, Value{})
			got := mapping.MustParse(test.read).Apply(mapping.NullValue(), vars).Value
			if got.IsMissing() != (test.want == "") || test.want != "" && got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestVariablesOfAnAnswer(t *testing.T) {
	r := reply(418, "application/json", `{}`)
	r.Header["X-Why"] = []string{"a", "b"}
	vars := answerVars(mapping.Vars{"$config": mapping.ObjectValue()}, r)
	for read, want := range map[string]string{
		"$status": "418", "$response.headers.'x-why'": `["a","b"]`, "$response.headers.'content-type'": `["application/json"]`, "$config": "{}",
	} {
		if got := mapping.MustParse(read).Apply(mapping.NullValue(), vars).Value.String(); got != want {
			t.Errorf("%s is %s, want %s", read, got, want)
		}
	}
}

func TestAVariableOfTheEnvironmentThatIsNotSetFailsTheStart(t *testing.T) {
	s := Source{Name: "shop", At: "shop.graphqls:1:1", BaseURL: "https://shop.test", Env: []string{"KEY"}}
	if _, err := s.URL(Settings{Env: map[string]string{"KEY": ""}}); err != nil {
		t.Errorf("set, but empty: %v", err)
	}
	_, err := s.Open(nil, Settings{Env: map[string]string{"OTHER": "x"}})
	if want := "source shop: environment variable KEY is not set, and the SDL at shop.graphqls:1:1 reads it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
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
