package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/gateway"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	nested := func(levels int) string {
		return "{order(id:1)" + strings.Repeat("{customer", levels-2) + "{id}" + strings.Repeat("}", levels-1)
	}
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+" ", i)
		}
		return b.String()
	}
	chain := func(n int, selection string) string {
		var b strings.Builder
		b.WriteString("{order(id:1){...F0}} ")
		for i := range n {
			fmt.Fprintf(&b, "fragment F%d on Order{%s} ", i, strings.ReplaceAll(selection, "NEXT", fmt.Sprintf("F%d", i+1)))
		}
		fmt.Fprintf(&b, "fragment F%d on Order{id}", n)
		return b.String()
	}
	const (
		levels  = "more than 20 levels"
		fields  = "more than 1000 fields"
		aliases = "more than 100 aliases"
		roots   = "more than 50 root fields"
		repeats = "more than 50 fields of one name"
		tokens  = "exceeded token limit of 1000"
	)
	tests := map[string]struct {
		query string
		want  string // a part of the only error; "": none
	}{
		"20 levels pass":                            {nested(20), ""},
		"21 do not":                                 {nested(21), levels},
		"nor do they hidden in fragments":           {chain(20, "customer{...NEXT}"), levels},
		"100 aliases pass":                          {"{order(id:1){" + many(100, "a%d:id") + "}}", ""},
		"101 do not":                                {"{order(id:1){" + many(101, "a%d:id") + "}}", aliases},
		"an alias that changes nothing is none":     {"{order(id:1){" + strings.Repeat("id:id ", 50) + "}}", ""},
		"50 root fields pass":                       {"{" + many(50, "a%d:hello") + "}", ""},
		"51 do not":                                 {"{" + many(51, "a%d:hello") + "}", roots},
		"nor do they in a fragment":                 {"{...F} fragment F on Query{" + many(51, "a%d:hello") + "}", roots},
		"nor do they in an inline one":              {"{...{" + many(51, "a%d:hello") + "}}", roots},
		"50 times one field passes":                 {"{order(id:1){" + strings.Repeat("id ", 50) + "}}", ""},
		"51 times does not":                         {"{order(id:1){" + strings.Repeat("id ", 51) + "}}", repeats},
		"nor do 30 times 2 that merge":              {"{order(id:1){" + strings.Repeat("customer{id id} ", 30) + "}}", repeats},
		"doubling by fragments is seen":             {chain(18, "customer{...NEXT} lines{...NEXT}"), fields},
		"so is doubling by aliases":                 {chain(18, "a:customer{...NEXT} b:customer{...NEXT}"), aliases},
		"so is doubling by name":                    {chain(18, "customer{...NEXT} customer{...NEXT}"), repeats},
		"growing beyond all numbers too":            {chain(50, "id "+strings.Repeat("lines{...NEXT}", 2)), repeats},
		"a name of 201 bytes is too long":           {"{" + strings.Repeat("n", 201) + "}", "more than 200 bytes"},
		"15000 fields are not even parsed":          {"{" + strings.Repeat("hello ", 15000) + "}", tokens},
		"nor is a deep document":                    {strings.Repeat("{a", 40_000), tokens},
		"nor a deep list":                           {"{order(id:" + strings.Repeat("[", 90_000) + "){id}}", tokens},
		"a cycle of fragments ends":                 {"{order(id:1){...A}} fragment A on Order{...B} fragment B on Order{...A}", "Cannot spread fragment"},
		"a fragment that is not there is no matter": {"{order(id:1){...A}}", `Unknown fragment "A"`},
		"introspection nests as usual":              {"{__schema{types{fields{type{" + strings.Repeat("ofType{", 9) + "name" + strings.Repeat("}", 14), ""},
	}
	g, _ := serve(t, gateway.Config{}, nil)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, g, query(t, test.query))
			switch {
			case test.want == "" && len(got.Errors) > 0:
				t.Errorf("errors %v", got.Errors)
			case test.want != "" && (len(got.Errors) == 0 || !strings.Contains(got.Errors[0].Message, test.want)):
				t.Errorf("body %s, want %q", got.Body, test.want)
			}
		})
	}
}

// What costs seconds or megabytes elsewhere costs neither here: what counts is the
// time of processors, which a busy machine does not change.
func TestHostileQueriesAreCheap(t *testing.T) {
	g, _ := serve(t, gateway.Config{}, nil)
	tests := map[string]string{
		"15000 times a field":      "{" + strings.Repeat("hello ", 15000) + "}",
		"990 times a field":        "{" + strings.Repeat("hello ", 990) + "}",
		"30 times 30 fields":       "{order(id:1){" + strings.Repeat("customer{"+strings.Repeat("id ", 30)+"}", 30) + "}}",
		"490 unknown directives":   "{hello " + strings.Repeat("@a ", 490) + "}",
		"490 unknown fields":       "{order(id:1){" + strings.Repeat("nope ", 45) + "}}",
		"a name of 90 kB":          "{" + strings.Repeat("a", 90_000) + "}",
		"a list 90000 levels deep": "{order(id:" + strings.Repeat("[", 90_000) + ")}",
		"nested introspection":     "{__schema{types{" + strings.Repeat("fields{type{", 8) + "name" + strings.Repeat("}}", 8) + "}}}",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			r := query(t, text)
			before := processorTime(t)
			got := do(t, g, r)
			took := processorTime(t) - before
			t.Logf("refused in %v with %d bytes", took, got.Body.Len())
			if len(got.Errors) == 0 || len(got.Errors) > 21 || got.Body.Len() > 10_000 || took > time.Second {
				t.Errorf("%d errors, %d bytes, %v", len(got.Errors), got.Body.Len(), took)
			}
		})
	}
}

// processorTime is what the process has taken so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func TestMessagesDoNotRepeatTheDocument(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{}, nil)
	got := do(t, g, query(t, `{order(id:{a:"`+strings.Repeat("x", 5000)+`"}){id}}`))
	if len(got.Errors) == 0 || got.Body.Len() > 1000 {
		t.Errorf("%d bytes: %.100s", got.Body.Len(), got.Body)
	}
}

func TestIntrospectionCanBeOff(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{Introspection: new(false)}, nil)
	tests := map[string]struct{ query, want string }{
		"the schema is not told":   {"{__schema{types{name}}}", "introspection is switched off"},
		"no field is suggested":    {"{helo}", `Cannot query field "helo" on type "Query".`},
		"no argument is suggested": {"{order(idd:1){id}}", `Unknown argument "idd" on field "Query.order".`},
		"no type is suggested":     {"{... on Quer {hello}}", `Unknown type "Quer".`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, g, query(t, test.query))
			if len(got.Errors) == 0 || got.Errors[0].Message != test.want {
				t.Errorf("errors %v, want %q", got.Errors, test.want)
			}
		})
	}
}

// The limits are looked at once per document: a known one is served from memory,
// and only the least recently used ones are forgotten.
func TestDocumentsAreKept(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{Documents: 5000}, map[string]resolver{"Query.hello": always("world")})
	for _, text := range []string{"{hello}", "{hello}", "{a:hello}", "{b:hello}", "{hello}", "{hello #" + strings.Repeat("x", 20_000) + "\n}"} {
		if got := do(t, g, query(t, text)); got.Code != http.StatusOK || len(got.Errors) > 0 {
			t.Errorf("%.20s: %s", text, got.Body)
		}
	}
}
