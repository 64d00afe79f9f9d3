package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// coercing is the schema of testdata, ready for coercion.
func coercing(tb testing.TB) *Checker {
	tb.Helper()
	text, err := os.ReadFile("testdata/coercion.graphqls")
	if err != nil {
		tb.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "coercion.graphqls", Input: string(text)})
	c, err := New(schema, false, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// parsed is a JSON value as it comes out of a body.
func parsed(tb testing.TB, text string) any {
	tb.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		tb.Fatal(text, err)
	}
	return v
}

// coerced are the variables of an operation that declares $v.
func coerced(tb testing.TB, c *Checker, typ, standard string, given map[string]any) (map[string]any, gqlerror.List) {
	tb.Helper()
	text := "query ($v: " + typ
	if standard != "" {
		text += " = " + standard
	}
	text += ") { f @include(if: true) }"
	doc, err := Parse(text, 1000)
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range c.Validate(doc) {
		if e.Rule != "NoUnusedVariables" {
			tb.Fatal(text, e)
		}
	}
	return c.Operation(doc.Operations[0]).Variables(given)
}

// What becomes of a value is what graphql-js makes of it, and so is what is wrong
// with it: testdata/coercion.jsonl is its word.
func TestVariablesAreCoercedAsByGraphQLJS(t *testing.T) {
	t.Parallel()
	c := coercing(t)
	lines, err := os.ReadFile("testdata/coercion.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range bytes.Lines(lines) {
		var typ, standard, value string
		var want *string
		var errs []string
		if err := json.Unmarshal(line, &[]any{&typ, &standard, &value, &want, &errs}); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(typ, "Any") && value == "1e400" {
			continue // JavaScript has no such number; what is not ours stays as it came
		}
		count++
		given := map[string]any{}
		if value != "" {
			given["v"] = parsed(t, value)
		}
		values, wrong := coerced(t, c, typ, standard, given)
		at := fmt.Sprintf("%s = %q given %q", typ, standard, value)
		if diff := cmp.Diff(tails(errs), tails(messages(wrong))); diff != "" {
			t.Errorf("%s: errors (-graphql-js +ours)\n%s", at, diff)
		}
		if want == nil || len(wrong) > 0 {
			continue
		}
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(plainly(t, *want), plainly(t, string(text))) {
			t.Errorf("%s: %s, graphql-js %s", at, text, *want)
		}
	}
	t.Logf("%d cases", count)
}

// evens is a checker of a graph that brings a scalar of even numbers.
func evens(t *testing.T) *Checker {
	t.Helper()
	text := "scalar Even scalar Free input In { list: [Even] } type Query { f(e: Even, es: [Even], in: In, free: Free): Int }"
	c, err := New(gqlparser.MustLoadSchema(&ast.Source{Name: "s.graphqls", Input: text}), false, func(name string) func(any) error {
		if name != "Even" {
			return nil
		}
		return func(v any) error {
			if strings.TrimRight(fmt.Sprint(v), "02468") == "" {
				return nil
			}
			return errors.New("Even: want an even number")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestALiteralIsWhatItsScalarTakes(t *testing.T) {
	t.Parallel()
	c := evens(t)
	for name, test := range map[string]struct{ query, want string }{
		"one that it takes":              {`{ f(e: 42) }`, ``},
		"one that it does not take":      {`{ f(e: 41) }`, `Expected value of type "Even", found 41; Even: want an even number`},
		"null, which no scalar is asked": {`{ f(e: null) }`, ``},
		"items of a list":                {`{ f(es: [2, 3, null]) }`, `Expected value of type "Even", found 3; Even: want an even number`},
		"one item in place of a list":    {`{ f(es: 3) }`, `Expected value of type "[Even]", found 3; Even: want an even number`},
		"in an input":                    {`{ f(in: { list: [5] }) }`, `Expected value of type "Even", found 5; Even: want an even number`},
		"a list in its place":            {`{ f(e: [2]) }`, `Expected value of type "Even", found [2]; Even: want an even number`},
		"with a variable in it":          {`query ($v: Free) { f(e: [$v]) }`, ``},
		"of a scalar that takes all":     {`{ f(free: { a: [1] }) }`, ``},
		"the default of a variable":      {`query ($v: Even = 3) { f(e: $v) }`, `Expected value of type "Even", found 3; Even: want an even number`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, wrong := Parse(test.query, 0)
			if wrong != nil {
				t.Fatal(wrong)
			}
			if got := strings.Join(messages(c.Validate(doc)), "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAVariableIsWhatItsScalarTakes(t *testing.T) {
	t.Parallel()
	c := evens(t)
	for name, test := range map[string]struct{ typ, value, want string }{
		"one that it takes":              {"Even", `42`, ``},
		"one that it does not take":      {"Even", `41`, `Variable "$v" got an invalid value: Expected type "Even": want an even number`},
		"null, which no scalar is asked": {"Even", `null`, ``},
		"an item of a list in an input":  {"In", `{"list": [2, null, 3]}`, `Variable "$v" got an invalid value at "v.list[2]": Expected type "Even": want an even number`},
		"of a scalar that takes all":     {"Free", `{"a": [1]}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, wrong := coerced(t, c, test.typ, "", map[string]any{"v": parsed(t, test.value)})
			if got := strings.Join(messages(wrong), "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestTheWordOfGraphQLJSIsCurrent asks graphql-js again, where it is installed.
func TestTheWordOfGraphQLJSIsCurrent(t *testing.T) {
	t.Parallel()
	modules, err := filepath.Abs("../../executor/testdata/graphqljs/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "graphql")); err != nil {
		t.Skip("graphql-js is not installed")
	}
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "node", "testdata/coercion.mjs", folder)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"coercion.jsonl", "literals.jsonl"} {
		was, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		is, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(was, is) {
			t.Errorf("testdata/%s is not what graphql-js says now", name)
		}
	}
}

// Literals are judged by graphql-js as well.
func TestLiteralsAreJudgedAsByGraphQLJS(t *testing.T) {
	t.Parallel()
	c := coercing(t)
	lines, err := os.ReadFile("testdata/literals.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range bytes.Lines(lines) {
		var typ, literal string
		var want []string
		if err := json.Unmarshal(line, &[]any{&typ, &literal, &want}); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(literal, "e400") {
			continue // graphql-js takes it for Infinity, which JSON cannot send
		}
		count++
		doc, wrong := Parse("query ($v: "+typ+" = "+literal+") { f }", 1000)
		if wrong != nil {
			t.Fatal(wrong)
		}
		got := messages(validate(c.schema, doc, []core.Rule{valuesOfCorrectType(false, nil)}))
		got, want = tails(got), tails(want)
		slices.Sort(got) // they are found in another order
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s = %s (-graphql-js +ours)\n%s", typ, literal, diff)
		}
	}
	t.Logf("%d cases", count)
}

// tails are errors of graphql-js without the value, which ours show at most at the
// end and as it was written, and with our words where they are those of validation.
func tails(errs []string) []string {
	var out []string
	for _, e := range errs {
		head, tail, cut := strings.Cut(e, "; ")
		if cut {
			at := ""
			if i := strings.LastIndex(head, ` at "v`); i >= 0 {
				at = head[i:]
			}
			e = `Variable "$v" got an invalid value` + at + ": " + tail
		}
		e = strings.ReplaceAll(e, `Field "a" must be non-null.`, `Field "One.a" must be non-null.`)
		e = strings.ReplaceAll(e, `Exactly one key must be specified for OneOf type "One".`, `OneOf Input Object "One" must specify exactly one key.`)
		e = strings.ReplaceAll(e, `Field "need" of required`, `Field "In.need" of required`)
		e = ofValue.ReplaceAllString(e, "$1")
		out = append(out, e)
	}
	return out
}

var ofValue = regexp.MustCompile(`(cannot represent [a-z0-9 -]*value: |Expected value of type "[^"!]*)(.*)`)

func messages(errs gqlerror.List) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Message)
	}
	return out
}

// plainly is JSON with numbers that are equal if their values are.
func plainly(tb testing.TB, text string) (v any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		tb.Fatal(text, err)
	}
	return v
}

// What takes long to say is not said: many mistakes, and names that are none.
func TestMistakesAreCheapToTell(t *testing.T) {
	t.Parallel()
	c := coercing(t)
	long := strings.Repeat("x", 50_000)
	many := make([]any, 10_000)
	for i := range many {
		many[i] = "x"
	}
	tests := map[string]struct {
		typ   string
		given any
	}{
		"a long value of an enum": {"Color", long},
		"a long name of a field":  {"In", map[string]any{"need": json.Number("1"), long: nil}},
		"a list of mistakes":      {"[Int]", many},
		"a list that is no value": {"String", many},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs := coerced(t, c, test.typ, "", map[string]any{"v": test.given})
			if len(errs) == 0 || len(errs) > mostErrors+1 {
				t.Errorf("%d errors", len(errs))
			}
			for _, e := range errs {
				if len(e.Message) > 4*maxShown {
					t.Errorf("%d bytes: %.200s", len(e.Message), e.Message)
				}
			}
		})
	}
}
