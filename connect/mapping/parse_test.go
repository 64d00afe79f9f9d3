package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

func TestParseTree(t *testing.T) {
	src := `a: b?.c { "d" }`
	got := mapping.MustParse(src)
	b := &mapping.Key{Span: mapping.Span{Start: 3, End: 4}, Name: "b"}
	d := &mapping.Key{Span: mapping.Span{Start: 10, End: 13}, Name: "d", Quoted: true}
	want := &mapping.Mapping{Source: src, Root: &mapping.Group{Span: mapping.Span{Start: 0, End: 15}, Items: []*mapping.Item{{
		Span:  mapping.Span{Start: 0, End: 15},
		Alias: &mapping.Key{Span: mapping.Span{Start: 0, End: 1}, Name: "a"},
		Path: &mapping.Path{
			Span:  mapping.Span{Start: 3, End: 15},
			Start: mapping.Start{Span: b.Span, Kind: mapping.StartKey, Key: b},
			Steps: []*mapping.Step{
				{Span: mapping.Span{Start: 4, End: 5}, Kind: mapping.StepQuestion},
				{
					Span: mapping.Span{Start: 5, End: 7}, Kind: mapping.StepKey,
					Key: &mapping.Key{Span: mapping.Span{Start: 6, End: 7}, Name: "c"},
				},
			},
			Group: &mapping.Group{Span: mapping.Span{Start: 8, End: 15}, Items: []*mapping.Item{{
				Span: d.Span,
				Path: &mapping.Path{Span: d.Span, Start: mapping.Start{Span: d.Span, Kind: mapping.StartKey, Key: d}},
			}}},
		},
	}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCanonicalText(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"nothing":                      {"", ""},
		"blanks and comments":          {" # a\n\t", ""},
		"items":                        {"a\nb  c", "a b c"},
		"aliases and groups":           {"a:b c:{d e{}}", "a: b c: { d e {} }"},
		"quoted keys":                  {`'a' "b\"c": x`, `"a" "b\"c": x`},
		"starts":                       {"x: $ y: @ z: $args v: $(1)", "x: $ y: @ z: $args v: $(1)"},
		"a $ before a blank is alone":  {"x: $ a", "x: $ a"},
		"steps":                        {"x: a ? . b -> first -> slice ( 1 , )", "x: a?.b->first->slice(1)"},
		"empty parentheses":            {"x: a->not()", "x: a->not()"},
		"operators":                    {"$( a??b ?? c )", "$(a ?? b ?? c)"},
		"the other operator":           {"$(a?!b)", "$(a ?! b)"},
		"? before operators":           {"$(a? ?? b?)", "$(a? ?? b?)"},
		"literals":                     {`$({a:1,"b":[true,false,null,],})`, `$({a: 1, "b": [true, false, null]})`},
		"numbers":                      {"$([.5, 1., 010, -0, 00.10])", "$([0.5, 1.0, 10, -0, 0.10])"},
		"a number and a key":           {"$([1 .a, 1.0.a, 1->add(2)])", "$([1 .a, 1.0.a, 1->add(2)])"},
		"strings":                      {"$('a\nb\\n\\'\"\\\\')", `$("a\nb\n'\"\\")`},
		"a splice":                     {"id $.r?{x}", "id $.r? { x }"},
		"a group after a method":       {"a->first{b}", "a->first { b }"},
		"words as keys":                {"true: false null: null", "true: false null: null"},
		"words in a path of an item":   {"x: true.null", "x: true.null"},
		"keys that begin like words":   {"$(nullable ?? trueish ?? falsey)", "$(nullable ?? trueish ?? falsey)"},
		"a word as a property":         {"$({true: null})", "$({true: null})"},
		"a group on a literal":         {"$([{a: 1}] { a })", "$([{a: 1}] { a })"},
		"a variable without a letter":  {"$_1", "$_1"},
		"a nested expression":          {"$($($(a)))", "$($($(a)))"},
		"a comment within a string":    {`$("# no")`, `$("# no")`},
		"a comment ends with the text": {"a # x", "a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := mapping.Parse(test.src)
			if err != nil {
				t.Fatal(err)
			}
			if m.String() != test.want {
				t.Errorf("got %s, want %s", m, test.want)
			}
			if again := mapping.MustParse(m.String()).String(); again != m.String() {
				t.Errorf("%s became %s", m, again)
			}
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	const selection, escape, limit = mapping.InvalidSelection, mapping.InvalidEscape, mapping.LimitExceeded
	tests := map[string]struct {
		src, code string
		at        string // the text the error points at
		message   string // or the hint; a part of it
	}{
		"a bare operator":                   {`name ?? "x"`, selection, "??", "$( … )"},
		"the other bare operator":           {`name ?! "x"`, selection, "?!", "$( … )"},
		"two questions":                     {`a? ?`, selection, "?", "once"},
		"a question first":                  {`?`, selection, "?", "once"},
		"mixed operators":                   {`$(a ?? b ?! c)`, selection, "?!", "do not mix"},
		"an index":                          {`a[0]`, selection, "[", "->get(0)"},
		"a comma between items":             {`a, b`, selection, ",", "blanks"},
		"a spread":                          {`a ...b`, selection, "...", "join"},
		"a leading point":                   {`.a`, selection, ".", "starts with"},
		"a sum":                             {`$(a + 1)`, selection, "+", "->add"},
		"a comparison":                      {`$(a == 1)`, selection, "==", "->eq"},
		"an exponent":                       {`$(1e5)`, selection, "1e", "exponent"},
		"a minus alone":                     {`$(-)`, selection, "-", "operand"},
		"a point alone":                     {`$(.)`, selection, ".", "operand"},
		"a shorthand":                       {`$({ a })`, selection, "}", `":"`},
		"a property without a colon":        {`$({a 1})`, selection, "1", `":"`},
		"a property without a value":        {`$({a: })`, selection, "}", "a key"},
		"a property with an unknown escape": {`$({"\t": 1})`, escape, `\t`, "unknown escape"},
		"a property without a key":          {`$({ 1: 2 })`, selection, "1", "a key"},
		"two anonymous paths":               {`$.a $.b`, selection, "$.a", "name: $.a"},
		"an anonymous path and a key":       {`id a.b`, selection, "a.b", "name: a.b"},
		"an anonymous path in a group":      {`x { id a.b }`, selection, "a.b", "name: a.b"},
		"something after a group":           {`a { b }.c`, selection, ".", "nothing but the next item"},
		"another group":                     {`a { b } { c }`, selection, "{", "next item"},
		"an alias of a literal object":      {`a: 1`, selection, "1", "a key, $, @"},
		"an alias of nothing":               {`a:`, selection, "", "the text ends"},
		"an open group":                     {`a { b`, selection, "", "the text ends"},
		"a closed group too much":           {`a }`, selection, "}", "closes nothing"},
		"an open parenthesis":               {`a->map(b`, selection, "", `want ")"`},
		"an open bracket":                   {`$([1, 2`, selection, "", `want "]"`},
		"an open object":                    {`$({a: 1`, selection, "", `want "}"`},
		"a wrong bracket":                   {`$([1)`, selection, ")", `want "]"`},
		"an arrow alone":                    {`a->`, selection, "", "name of a method"},
		"an arrow to a string":              {`a->"b"`, selection, `"`, "name of a method"},
		"a point without a key":             {`a.`, selection, "", "a key"},
		"a point before a number":           {`a.0`, selection, "0", "a key"},
		"a blank after $":                   {`$ (a)`, selection, "(", "want a key"},
		"an empty expression":               {`$()`, selection, ")", "want a key"},
		"an open string":                    {`a: "b`, selection, `"b`, "does not end"},
		"an open string in an expression":   {`$('b)`, selection, `'b)`, "does not end"},
		"an unknown escape":                 {`"a\tb"`, escape, `\t`, "unknown escape"},
		"an unknown escape of a wide rune":  {`$("\é")`, escape, `\é`, "unknown escape"},
		"an escape at the end":              {`"\`, selection, `"\`, "does not end"},
		"a wide rune":                       {`é`, selection, `é`, `unexpected "é"`},
		"bytes that are not UTF-8":          {"a\xff", selection, "\xff", "UTF-8"},
		"a NUL":                             {"a\x00", selection, "\x00", "unexpected"},
		"a text too long":                   {strings.Repeat("a", 64<<10+1), limit, strings.Repeat("a", 64<<10+1), "64 KiB"},
		"groups too deep":                   {strings.Repeat("a{", 65) + strings.Repeat("}", 65), limit, "{", "64 deep"},
		"expressions too deep":              {strings.Repeat("$(", 65), limit, "(", "64 deep"},
		"literals too deep":                 {"$(" + strings.Repeat("[", 64), limit, "[", "64 deep"},
		"arguments too deep":                {strings.Repeat("a->map(", 65), limit, "(", "64 deep"},
		"a repeated operator":               {`$(a ?? ?? b)`, selection, "??", "want a key"},
		"an operand that is missing":        {`$(a ??)`, selection, ")", "want a key"},
		"arguments without a comma":         {`a->add(1 2)`, selection, "2", `want ")"`},
		"a comma alone among the arguments": {`a->add(,)`, selection, ",", "want a key"},
		"a quoted key in an expression":     {`$("k".x "y")`, selection, `"`, `want ")"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mapping.Parse(test.src)
			var syntax *mapping.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v", err)
			}
			if syntax.Code != test.code {
				t.Errorf("code %s, want %s", syntax.Code, test.code)
			}
			if at := test.src[syntax.Start:syntax.End]; at != test.at {
				t.Errorf("points at %q, want %q", at, test.at)
			}
			if !strings.Contains(err.Error(), test.message) {
				t.Errorf("says %q, want %q", err, test.message)
			}
		})
	}
}

func TestLargestTexts(t *testing.T) {
	for name, src := range map[string]string{
		"64 KiB":     strings.Repeat("a ", 32<<10),
		"64 groups":  strings.Repeat("a{", 64) + strings.Repeat("}", 64),
		"many items": "$([" + strings.Repeat("1,", 30_000) + "])",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := mapping.Parse(src); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMustParsePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	mapping.MustParse("{")
}

func TestSpans(t *testing.T) {
	src := ` x : $args . a -> get( "k" ) ? { y } z:{ w } v: $({p: [1, q ?? r]}) `
	var got []string
	mapping.Walk(mapping.MustParse(src).Root, func(n mapping.Node) bool {
		b := n.Bounds()
		got = append(got, src[b.Start:b.End])
		return true
	})
	want := []string{
		src,
		`x : $args . a -> get( "k" ) ? { y }`, `x`, `$args . a -> get( "k" ) ? { y }`, `. a`, `a`, `-> get( "k" )`, `get`,
		`"k"`, `"k"`, `"k"`, `?`, `{ y }`, `y`, `y`, `y`,
		`z:{ w }`, `z`, `{ w }`, `w`, `w`, `w`,
		`v: $({p: [1, q ?? r]})`, `v`, `$({p: [1, q ?? r]})`, `{p: [1, q ?? r]}`, `{p: [1, q ?? r]}`, `{p: [1, q ?? r]}`, `p`,
		`[1, q ?? r]`, `[1, q ?? r]`, `[1, q ?? r]`, `1`, `1`, `1`, `q ?? r`, `q`, `q`, `r`, `r`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWalkStops(t *testing.T) {
	n := 0
	mapping.Walk(mapping.MustParse("a: b { c }").Root, func(node mapping.Node) bool {
		n++
		_, isPath := node.(*mapping.Path)
		return !isPath
	})
	if n != 4 { // group, item, alias, path
		t.Errorf("visited %d nodes", n)
	}
}

func TestNodesPrint(t *testing.T) {
	m := mapping.MustParse(`a: x->map( @.y ) c { d }`)
	path := m.Root.Items[0].Path
	for got, want := range map[string]string{
		path.String():                       `x->map(@.y)`,
		path.Steps[0].Args[0].String():      `@.y`,
		m.Root.Items[1].Path.Group.String(): `{ d }`,
		m.Root.Items[0].Alias.String():      `a`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
