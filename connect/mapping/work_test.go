package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// workOf is how much of its work an evaluation has done.
func workOf(t *testing.T, src string, data Value) int {
	t.Helper()
	e := newEvaluator(nil)
	e.mapping(MustParse(src).Root, spot{v: data})
	return maxWork - e.work
}

func listOf(n int, item Value) Value {
	items := make([]Value, n)
	for i := range items {
		items[i] = item
	}
	return ArrayValue(items...)
}

// Twice the data is twice the work, whatever the mapping does with it.
func TestWorkIsLinear(t *testing.T) {
	item := ObjectValue(Member{"a", StringValue("x")}, Member{"b", ObjectValue(Member{"c", IntValue(1)})})
	for _, src := range []string{
		`$.l`, `l { a b { c } }`, `l { a x }`, `$.l.b.c`, `l->map(@.a)`, `l->filter(@.b.c->eq(1))`, `l->find(@.a->eq("y"))`,
		`$.l.a->joinNotNull(",")`, `l->slice(1, 5)`, `l->size`, `l->jsonStringify`, `l->jsonStringify->jsonParse`, `l->eq($.l)`,
		`l->contains({a: 1})`, `x: l x: l`, `$.l.x`, `$(l.x ?? 1)`, `l->map(@.x ?? @.y ?? 1)`, `l->as($x)->map($x->get(0))`, `l->map(@.b->entries)`,
	} {
		t.Run(src, func(t *testing.T) {
			const n = 500
			once := workOf(t, src, ObjectValue(Member{"l", listOf(n, item)}))
			twice := workOf(t, src, ObjectValue(Member{"l", listOf(2*n, item)}))
			if twice > 2*once+100 {
				t.Errorf("%d items are work of %d, %d of %d", n, once, 2*n, twice)
			}
		})
	}
}

// What costs time counts as work, even where no value is made of it: each mapping here would keep a processor busy for
// minutes or more.
func TestHiddenWorkCounts(t *testing.T) {
	long := strings.Repeat("7", 4<<20)
	data := ObjectValue(
		Member{"l", listOf(400_000, IntValue(1))},
		Member{"number", NumberValue(long)}, Member{"text", StringValue(long)}, Member{"same", StringValue(long[:len(long)-1] + "7")},
		Member{"list", ArrayValue(NumberValue(long))}, Member{"numbers", listOf(3, NumberValue("1."+long))},
	)
	for name, src := range map[string]string{
		"comparing with a long number":      `l->filter(@->lt($.number))`,
		"a long number with another":        `l->filter(@->as($i)->echo($.number)->gte($i))`,
		"equality with a long number":       `l->filter(@->eq($.number))`,
		"within lists":                      `l->filter($([@])->eq($.list))`,
		"strict equality with one":          `l->map($.number->match([1, 2], [@, 3]))`,
		"contains with long numbers":        `l->filter(@->as($i)->echo($.numbers)->contains($i))`,
		"long numbers among the arguments":  `l->filter(@->in($.number, 2))`,
		"equality of long texts":            `l->filter($.text->eq($.same))`,
		"an order of long texts":            `l->filter($.text->lt($.same))`,
		"a long index":                      `l->map("x"->slice($.number))`,
		"a long key":                        `l->map($.list->get($.text) ?? 1)`,
		"a long base":                       `l->map("1"->parseInt($.number) ?? 1)`,
		"counting the characters of a text": `l->map($.text->size)`,
		"reading a long text as a number":   `l->map($.text->parseInt ?? 1)`,
		"names bound by ->as":               "$" + strings.Repeat("->as($a)", 4000) + "->as($b)->echo($.l->map($a))" + "->as($c)" + strings.Repeat("->as($d)", 3000) + "->echo($.l->map($c))",
		"a problem a long way off":          "$" + strings.Repeat("->echo(@)", 6000) + " { l->map($.x) }",
	} {
		t.Run(name, func(t *testing.T) {
			e := newEvaluator(nil)
			e.work /= 32 // as much patience as a test has
			got := e.result(e.mapping(MustParse(src).Root, spot{v: data}))
			if n := len(got.Problems); n == 0 || got.Problems[n-1].Code != LimitExceeded || !got.Value.IsMissing() {
				t.Errorf("got %s, %d problems", got.Value.Kind(), n)
			}
		})
	}
}

// What is remembered of problems does not grow with the keys of the data.
func TestLongKeysInProblems(t *testing.T) {
	key := strings.Repeat("k", 1<<20)
	deep := func(item Value) Value { return ObjectValue(Member{key, listOf(2000, item)}) }
	data := ObjectValue(Member{"a", deep(IntValue(1))}, Member{"b", deep(StringValue("x"))})
	got := MustParse(`o: a o: b`).Apply(data, nil)
	if n := len(got.Problems); n == 0 || n > maxProblems+1 {
		t.Errorf("%d problems", n)
	}
}

// The parser looks at each byte a few times: 64 KiB of anything take milliseconds.
func TestParserIsLinear(t *testing.T) {
	for _, part := range []string{
		"a ", "a:b ", "a{} ", "a.", "a?.", ".a", "a->", "->a", "->a()", "$", "$a ", "@", "@.a ", "$(", "$(a)", "[", "$([", "{", "a{", "}", ")", "(", "\"", "'a' ",
		"\\", "\\\"", "'\\", "#", "#\n", "a#\n", " ", "\n", "?", "? ", "a??", "a?!b", "a->f(a,", "a,", "1", "1.", "-", "$(1)", "$([1,", "é", "\x00", "...", "x: ",
		"{a}", "{'}'}", "{#\n}", "{\"", "a}", "{}", "{$(", "{a{", "$({a:", "$(a??",
	} {
		t.Run(part, func(t *testing.T) {
			begin := time.Now()
			for _, prefix := range []string{"", "$(", "$([", "x: ", "a->f(", "{", "'"} {
				src := (prefix + strings.Repeat(part, maxSource/len(part)+1))[:maxSource]
				for _, err := range []error{parseOnly(src), parseOnly(src[:maxSource/2]), templateOnly(src)} {
					if syntax, ok := errors.AsType[*SyntaxError](err); ok && (syntax.Start < 0 || syntax.End < syntax.Start || syntax.End > maxSource || len(syntax.Error()) > 1000) {
						t.Fatalf("an error at %v of %d bytes", syntax.Span, len(syntax.Error()))
					}
				}
			}
			if took := time.Since(begin); took > time.Minute { // 21 texts; quadratic work would take minutes
				t.Errorf("took %s", took)
			}
		})
	}
}

func parseOnly(src string) error {
	_, err := Parse(src)
	return err
}

func templateOnly(src string) error {
	_, err := ParseTemplate(src)
	return err
}

func TestNestingBombs(t *testing.T) {
	const n = 100_000
	for _, opening := range []string{"{", "(", "[", "a{", "$(", "$([", "$({a:", "a->f(", "x:{"} {
		for _, src := range []string{strings.Repeat(opening, n), strings.Repeat(opening, maxSource/len(opening))} {
			if err := parseOnly(src); err == nil {
				t.Errorf("%d of %q", n, opening)
			}
		}
	}
	for _, text := range []string{
		strings.Repeat("[", n), strings.Repeat(`{"a":`, n), strings.Repeat("[", n) + strings.Repeat("]", n), strings.Repeat(`[{"a":`, n),
		strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n),
	} {
		if _, _, err := ParseJSON([]byte(text), JSONLimits{}); !errors.Is(err, ErrDepth) {
			t.Errorf("%.10s…: %v", text, err)
		}
	}
	if got := MustParse(`$->jsonParse`).Apply(StringValue(strings.Repeat("[", n)), nil); len(got.Problems) != 1 {
		t.Errorf("got %v", got.Problems)
	}
	deep := MustParse("$"+strings.Repeat("->echo([@])", 5900)).Apply(NullValue(), nil).Value
	if text := deep.String(); len(text) != 2*5900+4 || !deep.Equal(deep.At(0).At(0)) == deep.IsNull() {
		t.Errorf("%d bytes", len(text))
	}
}

// The limits are far from what an answer of 8 MiB needs.
func TestLargeAnswersPass(t *testing.T) {
	item := ObjectValue(Member{"a", IntValue(1)}, Member{"b", StringValue("text")}, Member{"c", NullValue()}, Member{"d", BoolValue(true)})
	data := ObjectValue(Member{"l", listOf(100_000, item)})
	for _, src := range []string{`l { a b c d }`, `l { a: a->add(1) b: b->match(["x", 1], [@, 2]) }`, `l->map({a: @.a, x: @.b->size})`, `l->filter(@.d)->size`, `l->jsonStringify`} {
		got := MustParse(src).Apply(data, nil)
		if got.Value.IsMissing() || got.Problems != nil {
			t.Errorf("%s: %v", src, got.Problems)
		}
	}
}

// A value may be far larger than its memory; all that walks it has to know.
func TestSharedTreesAreBounded(t *testing.T) {
	for name, echo := range map[string]string{
		"lists": "->echo([@,@])", "objects": "->echo({a: @, b: @})", "names": "->as($a)->echo([$a,$a])", "groups": "->echo($([@,@] { @ }))",
		"maps": "->map([@,@])", "items": "->echo([@,@]->map(@))", "entries": "->echo({a: @, b: @})->entries",
	} {
		t.Run(name, func(t *testing.T) {
			for _, end := range []string{"", "->size", "->jsonStringify->size", "->eq([1])", "->first"} {
				src := "$([1])" + strings.Repeat(echo, 60) + end
				got := MustParse(src).Apply(NullValue(), nil)
				if n := len(got.Problems); n == 0 || got.Problems[n-1].Code != LimitExceeded {
					t.Errorf("%s: %s", end, fmt.Sprint(got.Problems))
				}
			}
		})
	}
}
