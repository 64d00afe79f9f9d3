package mapping_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"holdfast/connect/mapping"
)

// seeds are mappings that use each part of the language.
func seeds() []string {
	return []string{
		``, `id name`, `a: b.c?.d->first { e "f": g }`, `x: { y } $.r? { z }`, `$.data->map({id: @.id, n: n})`, "a # c\n b",
		`$(a ?? b? ?? "c\n\"")`, `$(a ?! [1, -2.50, .5, true, null,])`, `$args.l->filter(@->gt(1)->and(true))->slice(0, 2)`,
		`l->entries->find(@.key->in("a", "b")).value`, `a->as($x)->match([1, $x], [@, {k: $x}])`, `$(1 .a)`, `x { $.a }`,
		`$(1->add(2.5)->mul(3)->div(7)->mod(2)->parseInt->toString->size)`, `s->jsonParse->jsonStringify->get(-1)`,
		`o: a o: b`, `l.x->joinNotNull(", ")`, `$([])->echo([@,@])->echo([@,@])`,
	}
}

// checkSyntaxError reports an error that does not say what is wrong, and where in src.
func checkSyntaxError(t *testing.T, src string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	syntax, ok := errors.AsType[*mapping.SyntaxError](err)
	if !ok || syntax.Message == "" || syntax.Code == "" || syntax.Start < 0 || syntax.End < syntax.Start || syntax.End > len(src) {
		t.Fatalf("%q: %#v", src, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		m, err := mapping.Parse(src)
		checkSyntaxError(t, src, err)
		if m == nil {
			return
		}
		again, err := mapping.Parse(m.String())
		if err != nil {
			t.Fatalf("%q, written as %q, does not parse: %v", src, m, err)
		}
		if again.String() != m.String() {
			t.Fatalf("%q became %q", m, again)
		}
		checkSpans(t, m)
	})
}

// checkSpans reports nodes that do not lie within their parents.
func checkSpans(t *testing.T, m *mapping.Mapping) {
	t.Helper()
	mapping.Walk(m.Root, func(outer mapping.Node) bool {
		o := outer.Bounds()
		mapping.Walk(outer, func(inner mapping.Node) bool {
			if b := inner.Bounds(); b.Start < o.Start || b.End < b.Start || b.End > o.End {
				t.Fatalf("%T of %q is at %v, in a %T at %v", inner, m.Source, b, outer, o)
			}
			return inner == outer // only the children: the walk outside goes deeper
		})
		return true
	})
}

func FuzzApply(f *testing.F) {
	data := `{"id":1,"a":{"b":[1,2.5,null,"x"]},"b":[{"c":{"d":[{"e":1}]}}],"l":[3,1,2],"n":null,"s":"[1,{\"k\":2}]","data":[{"id":9}]}`
	for _, s := range seeds() {
		f.Add(s, data)
	}
	f.Add(`x y`, `[1,[2],{}]`)
	f.Fuzz(func(t *testing.T, src, data string) {
		m, _ := mapping.Parse(src)
		if m == nil {
			return
		}
		v, _, err := mapping.ParseJSON([]byte(data), mapping.JSONLimits{})
		if err != nil {
			return
		}
		vars := mapping.Vars{"$args": v}
		got := m.Apply(v, vars)
		if text := got.Value.String(); text != "" && !json.Valid([]byte(text)) {
			t.Fatalf("%q gives %s", src, text)
		}
		again := mapping.MustParse(m.String()).Apply(v, vars)
		if !again.Value.Equal(got.Value) || !slices.Equal(problemTexts(again.Problems), problemTexts(got.Problems)) {
			t.Fatalf("%q gives %s, %v, but %q gives %s, %v", src, got.Value, got.Problems, m, again.Value, again.Problems)
		}
		for _, p := range got.Problems {
			if p.Code == "" || p.Message == "" || p.Start < 0 || p.End < p.Start || p.End > len(src) || p.Path == nil {
				t.Fatalf("%q gives %#v", src, p)
			}
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.50,-0,1e5,"x\u00e9\n",true,null,{}]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, ` [ ] `, `1 2`, `[[[`, "\"\xff\"", `{"a":}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, _, err := mapping.ParseJSON(data, mapping.JSONLimits{})
		if err != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var theirs any
		if err := dec.Decode(&theirs); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", data, err)
		}
		ours, err := mapping.FromAny(theirs)
		if err != nil || !ours.Equal(v) {
			t.Fatalf("%q became %s, encoding/json reads %s, %v", data, v, ours, err)
		}
		again, problems, err := mapping.ParseJSON(v.AppendJSON(nil), mapping.JSONLimits{})
		if err != nil || problems != nil || !again.Equal(v) {
			t.Fatalf("%s became %s, %v, %v", v, again, problems, err)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{``, `/a/{$args.id}`, `{$("}")}`, "{a # }\n}", `a}b`, `{}`, "x\n{'\\''}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tpl, err := mapping.ParseTemplate(src)
		checkSyntaxError(t, src, err)
		if tpl == nil {
			return
		}
		for _, s := range tpl.Stray {
			if src[s.Start:s.End] != "}" {
				t.Fatalf("%q has a stray brace at %v", src, s)
			}
		}
		end := 0
		for _, p := range tpl.Parts {
			if p.Start < end || p.End <= p.Start || p.End > len(src) {
				t.Fatalf("a part of %q is at %v", src, p.Span)
			}
			if kept := strings.Trim(src[end:p.Start], "\t\n\f\r"); kept != "" {
				t.Fatalf("%q of %q is lost", kept, src)
			}
			end = p.End
			if p.Mapping != nil && src[p.Start:p.End] != "{"+p.Mapping.Source+"}" {
				t.Fatalf("a part of %q is %q", src, p.Mapping.Source)
			}
		}
	})
}

// FuzzNumbers compares with rational numbers.
func FuzzNumbers(f *testing.F) {
	for _, pair := range [][2]string{{"1", "1.0"}, {"0.1", "0.2"}, {"-0", "0.00"}, {"1e2", "100"}, {"9007199254740993", "9007199254740992"}, {"1.5", "-2.5e-3"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := mapping.NumberValue(a), mapping.NumberValue(b)
		if valid := json.Valid([]byte(a)) && strings.Trim(a, "+-.0123456789eE") == "" && a != ""; valid == x.IsMissing() {
			t.Fatalf("%q is %s", a, x.Kind())
		}
		r, q := rational(a), rational(b)
		if x.IsMissing() || y.IsMissing() || r == nil || q == nil {
			return
		}
		vars := mapping.Vars{"$x": x, "$y": y}
		got := mapping.MustParse(`$([$x->eq($y), $x->lt($y), $x->gt($y)])`).Apply(mapping.NullValue(), vars).Value.String()
		if want := []string{"[false,true,false]", "[true,false,false]", "[false,false,true]"}[r.Cmp(q)+1]; got != want {
			t.Fatalf("%s, %s: eq, lt, gt are %s, want %s", a, b, got, want)
		}
		for op, want := range map[string]*big.Rat{"add": new(big.Rat).Add(r, q), "sub": new(big.Rat).Sub(r, q), "mul": new(big.Rat).Mul(r, q)} {
			sum, ok := mapping.MustParse("$x->"+op+"($y)").Apply(mapping.NullValue(), vars).Value.Literal()
			if ok && !near(rational(sum), want) {
				t.Fatalf("%s->%s(%s) is %s, want %s", a, op, b, sum, want)
			}
		}
	})
}

// rational is a number of moderate size; nil for any other.
func rational(literal string) *big.Rat {
	exponent := ""
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		exponent = literal[i+1:]
	}
	if len(literal) > 60 || len(exponent) > 3 {
		return nil
	}
	r, _ := new(big.Rat).SetString(literal)
	return r
}

// near reports whether two numbers are equal to 33 digits.
func near(got, want *big.Rat) bool {
	if got == nil {
		return true // too large to judge
	}
	difference := new(big.Rat).Sub(got, want)
	bound := new(big.Rat).Mul(want, new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(33), nil)))
	return difference.Abs(difference).Cmp(bound.Abs(bound)) <= 0
}
