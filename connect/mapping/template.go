package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Template is a text with mappings in braces, as URLs and header values are written: "/orders/{$args.id}".
// It does not change and may be used by many goroutines at once.
type Template struct {
	Source string // as given to [ParseTemplate]
	Parts  []Part // constants and expressions in order; two constants never follow each other
	Stray  []Span // braces that close nothing: they are text, but hardly meant so
}

// Part is a constant or an expression of a template.
type Part struct {
	Span             // in the template; of an expression with its braces
	Text    string   // of a constant, without its tabs, line feeds, form feeds and carriage returns
	Mapping *Mapping // of an expression; nil for constants
	Offset  int      // where the expression's text begins: what is at n in Mapping.Source is at Offset+n in the template
}

// ParseTemplate reads a template. Braces nest inside an expression, and those in its strings and comments do not count.
// A closing brace outside an expression is text, and noted in [Template].Stray. The template may have 64 KiB.
//
// An error is a *[SyntaxError] with a span in the template. As in [Parse] there is a template besides it only if its
// code is [InvalidEscape].
func ParseTemplate(src string) (*Template, error) {
	if err := (&parser{src: src}).admit("template"); err != nil {
		return nil, err
	}
	t := &Template{Source: src}
	var escape error
	for pos := 0; pos < len(src); {
		part, err := nextPart(src, pos)
		if part.Mapping == nil && err != nil {
			return nil, err
		}
		if escape == nil {
			escape = err
		}
		if part.Mapping == nil {
			t.stray(part.Span)
		}
		if part.Mapping != nil || part.Text != "" {
			t.Parts = append(t.Parts, part)
		}
		pos = part.End
	}
	return t, escape
}

// stray notes the closing braces of a constant.
func (t *Template) stray(constant Span) {
	for i := constant.Start; i < constant.End; i++ {
		if t.Source[i] == '}' {
			t.Stray = append(t.Stray, Span{i, i + 1})
		}
	}
}

// MustTemplate is [ParseTemplate] for generated code, whose templates are known to be right. It panics when one is not.
func MustTemplate(src string) *Template {
	t, err := ParseTemplate(src)
	if err != nil {
		panic(fmt.Sprintf("template %q: %v", src, err))
	}
	return t
}

// Text returns what an expression's value v contributes to a text: nothing when it is missing or null,
// and for a boolean, number or string its text. It is false for arrays and objects, which have none.
func Text(v Value) (string, bool) {
	switch v.kind {
	case Missing, Null:
		return "", true
	case Bool:
		return strconv.FormatBool(v.truth), true
	case Number, String:
		return v.text, true
	default:
		return "", false
	}
}

func nextPart(src string, pos int) (Part, error) {
	if src[pos] == '{' {
		return expressionPart(src, pos)
	}
	end := len(src)
	if i := strings.IndexByte(src[pos:], '{'); i >= 0 {
		end = pos + i
	}
	return Part{Span: Span{pos, end}, Text: constant(src[pos:end])}, nil
}

// constant drops what may break a long template into lines.
func constant(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\t\n\f\r", r) {
			return -1
		}
		return r
	}, text)
}

// expressionPart reads an expression. There is a mapping besides an error if that is about an escape.
func expressionPart(src string, pos int) (Part, error) {
	size := closing(src[pos+1:])
	if size < 0 {
		return Part{}, &SyntaxError{
			Span{pos, len(src)},
			InvalidSelection, `a "{" that is not closed`,
			`close it with "}", outside strings and comments; as text it is written {$("{")}`,
		}
	}
	part := Part{Span: Span{pos, pos + size + 2}, Offset: pos + 1}
	m, err := Parse(src[pos+1 : pos+1+size])
	if m == nil {
		return Part{}, shifted(err, part.Offset)
	}
	if len(m.Root.Items) == 0 {
		return Part{}, &SyntaxError{
			part.Span, InvalidSelection, "an empty expression", "write a path in it, such as {$args.id}, or leave it out",
		}
	}
	part.Mapping = m
	return part, shifted(err, part.Offset)
}

// closing returns the position of the brace that closes the one before s; -1 when there is none.
func closing(s string) int {
	depth := 1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'':
			i += skipString(s[i:])
		case '#':
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				return -1
			}
			i += n
		}
	}
	return -1
}

// skipString returns the position of the quote that ends the string s begins with, or the end of s.
func skipString(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i
		}
	}
	return len(s)
}

// shifted moves the span of a syntax error from an expression to its template.
func shifted(err error, by int) error {
	if e, ok := errors.AsType[*SyntaxError](err); ok {
		e.Start += by
		e.End += by
	}
	return err
}
