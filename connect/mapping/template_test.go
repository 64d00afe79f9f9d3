package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

func TestParseTemplate(t *testing.T) {
	tests := map[string]struct {
		src   string
		parts []string // constants as they are, expressions in braces in canonical form
	}{
		"nothing":                    {``, nil},
		"a constant":                 {`/orders`, []string{`/orders`}},
		"an expression":              {`{ $args.id }`, []string{`{$args.id}`}},
		"both":                       {`/orders/{$args.id}/lines`, []string{`/orders/`, `{$args.id}`, `/lines`}},
		"expressions in a row":       {`{$args.a}{$args.b}`, []string{`{$args.a}`, `{$args.b}`}},
		"braces within":              {`{$({a: {b: 1}})}!`, []string{`{$({a: {b: 1}})}`, `!`}},
		"a brace in a string":        {`{$("}")}{$('{')}`, []string{`{$("}")}`, `{$("{")}`}},
		"an escaped quote":           {`{$("\"}")}x`, []string{`{$("\"}")}`, `x`}},
		"a brace in a comment":       {"{$args.id # it's }\n}x", []string{`{$args.id}`, `x`}},
		"line breaks are dropped":    {"/a\n\t/b\r\f{$args.c}\n", []string{`/a/b`, `{$args.c}`}},
		"blanks are kept":            {`a b {$args.c} `, []string{`a b `, `{$args.c}`, ` `}},
		"quotes in constants":        {`it's {$args.c}"`, []string{`it's `, `{$args.c}`, `"`}},
		"a group of several items":   {`{a b}`, []string{`{a b}`}},
		"a backslash in a constant":  {`\{$args.a}`, []string{`\`, `{$args.a}`}},
		"runes of several bytes too": {`é{$("é")}`, []string{`é`, `{$("é")}`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tpl, err := mapping.ParseTemplate(test.src)
			if err != nil {
				t.Fatal(err)
			}
			var parts []string
			for _, p := range tpl.Parts {
				if p.Mapping == nil {
					parts = append(parts, p.Text)
					continue
				}
				parts = append(parts, "{"+p.Mapping.String()+"}")
				end := p.Offset + len(p.Mapping.Source)
				if test.src[p.Offset:end] != p.Mapping.Source || p.Start != p.Offset-1 || p.End != end+1 {
					t.Errorf("%s is at %v, offset %d", p.Mapping.Source, p.Span, p.Offset)
				}
			}
			if diff := cmp.Diff(test.parts, parts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Schemas in use have braces that close nothing; they are text, and whoever checks them may say so.
func TestStrayBraces(t *testing.T) {
	tests := map[string]struct {
		src   string
		parts []string
		stray []int
	}{
		"none":                             {`/a/{$args.id}`, []string{`/a/`, `{$args.id}`}, nil},
		"at the end":                       {`/a/{$args.id}}`, []string{`/a/`, `{$args.id}`, `}`}, []int{13}},
		"at the beginning":                 {`}{$args.id}`, []string{`}`, `{$args.id}`}, []int{0}},
		"alone":                            {`}`, []string{`}`}, []int{0}},
		"where the opening one is missing": {`/a/$args.id}/b`, []string{`/a/$args.id}/b`}, []int{11}},
		"several":                          {"}}\n{$args.id}}x}", []string{`}}`, `{$args.id}`, `}x}`}, []int{0, 1, 13, 15}},
		"after a quote":                    {`"}"`, []string{`"}"`}, []int{1}},
		"not those of expressions":         {`{$({a: "}"})}{a { b }}`, []string{`{$({a: "}"})}`, `{a { b }}`}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tpl, err := mapping.ParseTemplate(test.src)
			if err != nil {
				t.Fatal(err)
			}
			var parts []string
			for _, p := range tpl.Parts {
				if p.Mapping != nil {
					parts = append(parts, "{"+p.Mapping.String()+"}")
				} else {
					parts = append(parts, p.Text)
				}
			}
			var stray []int
			for _, s := range tpl.Stray {
				if tpl.Source[s.Start:s.End] != "}" {
					t.Errorf("%v is no brace", s)
				}
				stray = append(stray, s.Start)
			}
			if diff := cmp.Diff(test.parts, parts) + cmp.Diff(test.stray, stray); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTemplateErrors(t *testing.T) {
	tests := map[string]struct{ src, at, message string }{
		"an open brace":            {`/a/{$args.id`, `{$args.id`, "not closed"},
		"an open string":           {`/a/{$("}`, `{$("}`, "not closed"},
		"a comment to the end":     {`{a # }`, `{a # }`, "not closed"},
		"an empty expression":      {`/a/{ }`, `{ }`, "empty"},
		"an error within":          {`/a/{b ?? c}`, `??`, "$( … )"},
		"an error at the end":      {`{$args.}`, ``, "a key"},
		"a second error is no use": {`{}{`, `{}`, "empty"},
		"an open brace in a row":   {`/{$args.a}}{`, `{`, "close it"},
		"a brace in braces":        {`/{{$args.id}}`, `{`, "leave out the braces"},
		"an open brace, then text": {`/{$args.id/x`, `{$args.id/x`, `as text it is written {$("{")}`},
		"not UTF-8":                {"/a\xff{b}", "\xff", "UTF-8"},
		"a template too long":      {strings.Repeat("a", 64<<10+1), strings.Repeat("a", 64<<10+1), "64 KiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mapping.ParseTemplate(test.src)
			var syntax *mapping.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v", err)
			}
			if at := test.src[syntax.Start:syntax.End]; at != test.at || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%v, at %q", err, at)
			}
		})
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		``: "", `null`: "", `true`: "true", `1.50`: "1.50", `"a b"`: "a b", `[]`: "no", `{}`: "no",
	} {
		got, ok := mapping.Text(parseJSON(t, in))
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}

func TestMustTemplatePanics(t *testing.T) {
	if got := mapping.MustTemplate("/a").Source; got != "/a" {
		t.Errorf("got %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	mapping.MustTemplate("{")
}
