package mapping_test

import (
	"bytes"
	"encoding/json"
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

func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		m, err := mapping.Parse(src)
		if err != nil {
			return
		}
		again, err := mapping.Parse(m.String())
		if err != nil {
			t.Fatalf("%q, written as %q, does not parse: %v", src, m, err)
		}
		if again.String() != m.String() {
			t.Fatalf("%q became %q", m, again)
		}
		mapping.Walk(m.Root, func(n mapping.Node) bool {
			if b := n.Bounds(); b.Start < 0 || b.End < b.Start || b.End > len(src) {
				t.Fatalf("%T of %q is at %v", n, src, b)
			}
			return true
		})
	})
}

func FuzzApply(f *testing.F) {
	data := `{"id":1,"a":{"b":[1,2.5,null,"x"]},"b":[{"c":{"d":[{"e":1}]}}],"l":[3,1,2],"n":null,"s":"[1,{\"k\":2}]","data":[{"id":9}]}`
	for _, s := range seeds() {
		f.Add(s, data)
	}
	f.Add(`x y`, `[1,[2],{}]`)
	f.Fuzz(func(t *testing.T, src, data string) {
		m, err := mapping.Parse(src)
		if err != nil {
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
		if again := mapping.MustParse(m.String()).Apply(v, vars); !again.Value.Equal(got.Value) {
			t.Fatalf("%q gives %s, but %q gives %s", src, got.Value, m, again.Value)
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
		if err != nil {
			return
		}
		end := 0
		for _, p := range tpl.Parts {
			if p.Start < end || p.End <= p.Start || p.End > len(src) {
				t.Fatalf("a part of %q is at %v", src, p.Span)
			}
			end = p.End
			if p.Mapping != nil && src[p.Start:p.End] != "{"+p.Mapping.Source+"}" {
				t.Fatalf("a part of %q is %q", src, p.Mapping.Source)
			}
		}
	})
}
