package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"holdfast/connect/plan"
	"holdfast/connect/schema"
)

const argumentsSDL = `
extend schema @source(name: "a", http: {baseURL: "https://a.example"})
scalar Email
scalar JSON
enum Color { RED BLUE }
input Filter { text: String, n: Int! = 3, color: Color = RED, ids: [ID!], sub: Filter, deep: Deep = {n: 7}, mail: Email, any: JSON }
input Deep { n: Int = 1, m: Float = 2 }
input Strict { n: Int!, s: String }
input Endless { again: Endless, n: Int }
type Query {
  f(
    n: Int, x: Float, s: String, b: Boolean, c: Color, id: ID, ids: [ID!], grid: [[Int]], ns: [Int!], mails: [Email!],
    in: Filter, strict: Strict, stricts: [Strict!], mail: Email, any: JSON, endless: Endless
  ): String @connect(source: "a", http: {GET: "/"}, selection: "$.f")
  g(a: Int, need: Int! = 5, dflt: Filter = {text: "d"}): String @connect(source: "a", http: {GET: "/"}, selection: "$.f")
  must(id: ID!, strict: Strict!, mail: Email!): String @connect(source: "a", http: {GET: "/"}, selection: "$.f")
}`

type argumentsTest struct {
	query string
	vars  map[string]any
	want  string // or an error
}

// argumentsOf are arguments, and what graphql-js makes of them.
func argumentsOf() map[string]argumentsTest {
	return map[string]argumentsTest{
		"nothing":                              {query: `{ f }`, want: `{}`},
		"defaults":                             {query: `{ g }`, want: `{"need":5,"dflt":{"text":"d","n":3,"color":"RED","deep":{"n":7,"m":2}}}`},
		"a default gives way to null":          {query: `{ g(dflt: null) }`, want: `{"need":5,"dflt":null}`},
		"an integer":                           {query: `{ f(n: -0) }`, want: `{"n":0}`},
		"the largest":                          {query: `{ f(n: 2147483647) }`, want: `{"n":2147483647}`},
		"in the order of the declaration":      {query: `{ f(c: BLUE, s: "x", n: 1) }`, want: `{"n":1,"s":"x","c":"BLUE"}`},
		"null is null":                         {query: `{ f(n: null, in: null) }`, want: `{"n":null,"in":null}`},
		"a variable":                           {query: `query($v: Int) { f(n: $v) }`, vars: map[string]any{"v": int64(4)}, want: `{"n":4}`},
		"a variable that is null":              {query: `query($v: Int) { f(n: $v) }`, vars: map[string]any{"v": nil}, want: `{"n":null}`},
		"a variable that is left out":          {query: `query($v: Int) { f(n: $v) }`, want: `{}`},
		"a number however JSON writes it":      {query: `query($v: Int) { f(n: $v) }`, vars: map[string]any{"v": json.Number("1e2")}, want: `{"n":100}`},
		"floats in one form":                   {query: `{ f(x: 1.50) }`, want: `{"x":1.5}`},
		"an integer as a float":                {query: `{ f(x: 3) }`, want: `{"x":3}`},
		"a float in variables":                 {query: `query($v: Float) { f(x: $v) }`, vars: map[string]any{"v": 1.5}, want: `{"x":1.5}`},
		"no float without end":                 {query: `query($v: Float) { f(x: $v) }`, vars: map[string]any{"v": math.Inf(1)}, want: `Argument "x" has invalid value $v.`},
		"text":                                 {query: `{ f(s: "a\u00e9\n") }`, want: `{"s":"aé\n"}`},
		"a block of text":                      {query: `{ f(s: """a "b" """) }`, want: `{"s":"a \"b\" "}`},
		"a boolean":                            {query: `{ f(b: false) }`, want: `{"b":false}`},
		"an ID is text":                        {query: `{ f(id: "5") }`, want: `{"id":"5"}`},
		"an ID that is written as a number":    {query: `{ f(id: 5) }`, want: `{"id":"5"}`},
		"an ID that was a number":              {query: `query($v: ID) { f(id: $v) }`, vars: map[string]any{"v": int64(5)}, want: `{"id":"5"}`},
		"an enum":                              {query: `query($v: Color) { f(c: $v) }`, vars: map[string]any{"v": "RED"}, want: `{"c":"RED"}`},
		"an enum that has no such value":       {query: `query($v: Color) { f(c: $v) }`, vars: map[string]any{"v": "PINK"}, want: `Argument "c" has invalid value $v.`},
		"a list":                               {query: `{ f(ids: ["a", 2]) }`, want: `{"ids":["a","2"]}`},
		"an empty list":                        {query: `{ f(ids: []) }`, want: `{"ids":[]}`},
		"a single value where a list is":       {query: `{ f(ids: "a") }`, want: `{"ids":["a"]}`},
		"a single value in lists of lists":     {query: `{ f(grid: 1) }`, want: `{"grid":[[1]]}`},
		"items of a list of lists":             {query: `{ f(grid: [[1, null], null, []]) }`, want: `{"grid":[[1,null],null,[]]}`},
		"a list in variables":                  {query: `query($v: [ID!]) { f(ids: $v) }`, vars: map[string]any{"v": []any{"a"}}, want: `{"ids":["a"]}`},
		"a list of a program's own":            {query: `query($v: [ID!]) { f(ids: $v) }`, vars: map[string]any{"v": []string{"a", "b"}}, want: `{"ids":["a","b"]}`},
		"an item that is a variable":           {query: `query($v: Int) { f(grid: [[$v, 2]]) }`, vars: map[string]any{"v": int64(1)}, want: `{"grid":[[1,2]]}`},
		"an item that is left out is null":     {query: `query($v: Int) { f(grid: [[$v, 2]]) }`, want: `{"grid":[[null,2]]}`},
		"a null item where null cannot stand":  {query: `query($v: Int = 1) { f(ns: [$v, 2]) }`, vars: map[string]any{"v": nil}, want: `Argument "ns" has invalid value [$v,2].`},
		"its default":                          {query: `query($v: Int = 1) { f(ns: [$v, 2]) }`, vars: map[string]any{"v": int64(1)}, want: `{"ns":[1,2]}`},
		"null where a default stands":          {query: `query($v: Int = 1) { g(need: $v) }`, vars: map[string]any{"v": nil}, want: `Argument "need" of non-null type "Int!" must not be null.`},
		"null, for an argument with a default": {query: `query($v: Int) { g(need: $v) }`, vars: map[string]any{"v": nil}, want: `Argument "need" of non-null type "Int!" must not be null.`},
		"nothing, for one with a default":      {query: `query($v: Int) { g(a: 1, need: $v) }`, want: `{"a":1,"need":5,"dflt":{"text":"d","n":3,"color":"RED","deep":{"n":7,"m":2}}}`},
		"null for what must be there":          {query: `query($v: ID = "1") { must(id: $v, strict: {n: 1}, mail: "a@b") }`, vars: map[string]any{"v": nil}, want: `Argument "id" of non-null type "ID!" must not be null.`},
		"nothing for what must be there":       {query: `query($v: ID = "1") { must(id: $v, strict: {n: 1}, mail: "a@b") }`, want: `Argument "id" of required type "ID!" was provided the variable "$v" which was not provided a runtime value.`},
		"null for an input that must be there": {query: `query($v: Strict = {n: 1}) { must(id: 1, strict: $v, mail: "a@b") }`, vars: map[string]any{"v": nil}, want: `Argument "strict" of non-null type "Strict!" must not be null.`},
		"an input, as its type orders it":      {query: `{ f(in: {ids: "x", text: "t"}) }`, want: `{"in":{"text":"t","n":3,"color":"RED","ids":["x"],"deep":{"n":7,"m":2}}}`},
		"null in an input is null":             {query: `{ f(in: {text: null, color: null, deep: null}) }`, want: `{"in":{"text":null,"n":3,"color":null,"deep":null}}`},
		"defaults in an input in an input":     {query: `{ f(in: {deep: {}, sub: {n: 1, deep: {m: 1.5}}}) }`, want: `{"in":{"n":3,"color":"RED","sub":{"n":1,"color":"RED","deep":{"n":1,"m":1.5}},"deep":{"n":1,"m":2}}}`},
		"a field that is a variable":           {query: `query($v: String) { f(in: {text: $v}) }`, vars: map[string]any{"v": "x"}, want: `{"in":{"text":"x","n":3,"color":"RED","deep":{"n":7,"m":2}}}`},
		"a field that is left out":             {query: `query($v: String) { f(in: {text: $v}) }`, want: `{"in":{"n":3,"color":"RED","deep":{"n":7,"m":2}}}`},
		"a field that is null":                 {query: `query($v: String) { f(in: {text: $v}) }`, vars: map[string]any{"v": nil}, want: `{"in":{"text":null,"n":3,"color":"RED","deep":{"n":7,"m":2}}}`},
		"a field with a default, left out":     {query: `query($v: Int) { f(in: {n: $v}) }`, want: `{"in":{"n":3,"color":"RED","deep":{"n":7,"m":2}}}`},
		"a null field where null cannot stand": {query: `query($v: Int = 1) { f(strict: {n: $v}) }`, vars: map[string]any{"v": nil}, want: `Argument "strict" has invalid value {n:$v}.`},
		"that, with a default of the field":    {query: `query($v: Int) { f(in: {n: $v}) }`, vars: map[string]any{"v": nil}, want: `Argument "in" has invalid value {n:$v}.`},
		"that, in a list":                      {query: `query($v: Int = 1) { f(stricts: [{n: 1}, {n: $v}]) }`, vars: map[string]any{"v": nil}, want: `Argument "stricts" has invalid value [{n:1},{n:$v}].`},
		"an input in variables":                {query: `query($v: Filter) { f(in: $v) }`, vars: map[string]any{"v": map[string]any{"sub": map[string]any{"n": int64(2)}, "text": nil}}, want: `{"in":{"text":null,"n":3,"color":"RED","sub":{"n":2,"color":"RED","deep":{"n":7,"m":2}},"deep":{"n":7,"m":2}}}`},
		"a scalar gets its one form":           {query: `{ f(mail: "A@B.de") }`, want: `{"mail":"a@b.de"}`},
		"in variables, too":                    {query: `query($v: Email) { f(mail: $v) }`, vars: map[string]any{"v": "A@B.de"}, want: `{"mail":"a@b.de"}`},
		"in lists and inputs, too":             {query: `query($v: [Email!]) { f(mails: $v, in: {mail: "X@Y"}) }`, vars: map[string]any{"v": []any{"A@B"}}, want: `{"mails":["a@b"],"in":{"n":3,"color":"RED","deep":{"n":7,"m":2},"mail":"x@y"}}`},
		"null has it":                          {query: `{ f(mail: null) }`, want: `{"mail":null}`},
		"one that has none":                    {query: `{ f(mail: "nobody") }`, want: `Argument "mail" has invalid value "nobody": Email: not an address`},
		"one that has none, in variables":      {query: `query($v: Email) { f(mail: $v) }`, vars: map[string]any{"v": "nobody"}, want: `Argument "mail" has invalid value $v: Email: not an address`},
		"any form":                             {query: `{ f(any: {b: [1, 2.50, "x", true, null, RED], a: {c: 1}}) }`, want: `{"any":{"a":{"c":1},"b":[1,2.50,"x",true,null,"RED"]}}`},
		"any form, with a variable":            {query: `query($v: Int) { f(any: {a: [$v], b: $v}) }`, vars: map[string]any{"v": int64(1)}, want: `{"any":{"a":[1],"b":1}}`},
		"any form, with one that is left out":  {query: `query($v: Int) { f(any: {a: [$v], b: $v}) }`, want: `{"any":{"a":[null]}}`},
		"any form in variables, sorted":        {query: `query($v: JSON) { f(any: $v) }`, vars: map[string]any{"v": map[string]any{"b": json.Number("1.0"), "a": []any{nil}}}, want: `{"any":{"a":[null],"b":1.0}}`},
	}
}

func TestArguments(t *testing.T) {
	w := graphOf(t, argumentsSDL)
	for name, test := range argumentsOf() {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			before, _ := json.Marshal(test.vars) //nolint:errchkjson // compared below
			args, err := w.plan(test.query, test.vars).Root.Fields[0].Args.Of(test.vars)
			if after, _ := json.Marshal(test.vars); string(after) != string(before) { //nolint:errchkjson // as before
				t.Errorf("the variables became %s", after)
			}
			if err != nil {
				e := err.(*gqlerror.Error) //nolint:errcheck,errorlint // it is one
				if e.Message != test.want || codeOf(err) != "BAD_USER_INPUT" || len(e.Locations) != 1 || e.Path != nil {
					t.Errorf("got %q with %v at %v, want %q", e.Message, codeOf(err), e.Locations, test.want)
				}
				return
			}
			if args.Text != test.want {
				t.Errorf("got %s, want %s", args.Text, test.want)
			}
			if args.Value.String() != args.Text {
				t.Errorf("%s is written %s", args.Value, args.Text)
			}
		})
	}
}

// TestArgumentsAreThoseOfGraphQLJS asks graphql-js, where it is installed. What stands
// in variables is coerced before either is asked, but for the one form of a scalar,
// which graphql-js gives it then.
func TestArgumentsAreThoseOfGraphQLJS(t *testing.T) {
	modules, err := filepath.Abs("../../executor/testdata/graphqljs/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "graphql")); err != nil {
		t.Skip("graphql-js is not installed")
	}
	w := graphOf(t, argumentsSDL)
	var sdl strings.Builder
	formatter.NewFormatter(&sdl).FormatSchema(w.served)
	type asked struct {
		Query string         `json:"query"`
		Vars  map[string]any `json:"vars"`
	}
	input := struct {
		SDL   string  `json:"sdl"`
		Cases []asked `json:"cases"`
	}{SDL: sdl.String()}
	var want []string
	for name, test := range argumentsOf() {
		if strings.Contains(test.query, "Email") || strings.Contains(test.query, "any:") {
			continue // forms of scalars are given when variables are coerced, and any form has another order
		}
		switch name {
		case "a number however JSON writes it", "no float without end", "an ID that was a number", "an enum that has no such value", "an input in variables":
			continue // no variables that were coerced
		}
		input.Cases = append(input.Cases, asked{test.query, test.vars})
		want = append(want, test.want)
	}
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/arguments.mjs")
	cmd.Env, cmd.Stdin = append(os.Environ(), "NODE_PATH="+modules), bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, c := range input.Cases {
		if plainly(got[i]) != plainly(want[i]) {
			t.Errorf("%s: %s, graphql-js %s", c.Query, want[i], got[i])
		}
	}
}

// plainly is a message without the blanks that values are printed with, and without
// the reason that ours give.
func plainly(s string) string {
	s, _, _ = strings.Cut(s, ": Email")
	return strings.TrimSuffix(strings.ReplaceAll(s, " ", ""), ".")
}

// TestADefaultThatLeadsBackToItself is of what is refused when SDL is read: it must
// do no harm where it was not.
func TestADefaultThatLeadsBackToItself(t *testing.T) {
	s, _ := schema.Read([]*ast.Source{{Name: "graph.graphqls", Input: argumentsSDL}}, schema.Options{})
	sources := []*ast.Source{validator.Prelude}
	for _, src := range s.Public() {
		src.Input = strings.Replace(src.Input, "again: Endless", "again: Endless = {}", 1)
		sources = append(sources, src)
	}
	served, err := validator.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	g, err := plan.New(s, served, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := world{t, g, served}
	for query, want := range map[string]string{
		`{ f(endless: {}) }`:            `Argument "endless" has invalid value {}: the default of Endless.again leads back to it without end`,
		`{ f(endless: {again: null}) }`: `{"endless":{"again":null}}`,
	} {
		args, err := w.plan(query, nil).Root.Fields[0].Args.Of(nil)
		switch e, ok := errors.AsType[*gqlerror.Error](err); {
		case ok && e.Message != want:
			t.Errorf("%s: got %s", query, e.Message)
		case !ok && args.Text != want:
			t.Errorf("%s: got %s, %v", query, args.Text, err)
		}
	}
}
