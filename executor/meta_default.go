package executor

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// printDefault writes a default as graphql-js does: the value that the literal has
// for its type. The fields of an input object stand in the order of the type, those
// that are left out have their own defaults, and one value in place of a list is a
// list.
func printDefault(s *ast.Schema, t *ast.Type, v *ast.Value) string {
	var b strings.Builder
	p := defaultPrinter{schema: s, out: &b}
	p.print(t, v)
	return b.String()
}

type defaultPrinter struct {
	schema *ast.Schema
	out    *strings.Builder
}

func (p defaultPrinter) print(t *ast.Type, v *ast.Value) {
	def := p.schema.Types[t.Name()]
	switch {
	case v.Kind == ast.NullValue:
		p.out.WriteString("null")
	case t.Elem != nil:
		p.list(t.Elem, v)
	case def != nil && def.Kind == ast.InputObject:
		p.object(def, v)
	case def != nil && def.Kind == ast.Scalar:
		p.scalar(t.NamedType, v)
	default:
		p.out.WriteString(v.Raw)
	}
}

func (p defaultPrinter) list(t *ast.Type, v *ast.Value) {
	items := v.Children
	if v.Kind != ast.ListValue {
		items = ast.ChildValueList{{Value: v}}
	}
	p.out.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			p.out.WriteString(", ")
		}
		p.print(t, item.Value)
	}
	p.out.WriteByte(']')
}

func (p defaultPrinter) object(def *ast.Definition, v *ast.Value) {
	p.out.WriteByte('{')
	n := 0
	for _, f := range def.Fields {
		value := v.Children.ForName(f.Name)
		if value == nil {
			value = f.DefaultValue
		}
		if value == nil {
			continue
		}
		if n++; n > 1 {
			p.out.WriteString(", ")
		}
		p.out.WriteString(f.Name + ": ")
		p.print(f.Type, value)
	}
	p.out.WriteByte('}')
}

var wholeNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)$`)

// scalar writes a leaf by the value that it has: the ID "5" is 5, the Float 1.50 is
// 1.5. Literals of other scalars than the built-in ones stay as they are.
func (p defaultPrinter) scalar(name string, v *ast.Value) {
	text := v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	switch {
	case v.Kind == ast.ListValue, v.Kind == ast.ObjectValue:
		p.out.WriteString(v.String())
	case text && name == "ID" && wholeNumber.MatchString(v.Raw):
		p.out.WriteString(v.Raw)
	case text:
		p.text(v.Raw)
	case v.Kind == ast.FloatValue, name == "Float" && v.Kind == ast.IntValue:
		p.out.WriteString(jsNumber(v.Raw))
	default:
		p.out.WriteString(v.Raw)
	}
}

// jsNumber is a number as JavaScript writes it.
func jsNumber(raw string) string {
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		text := strconv.FormatFloat(f, 'e', -1, 64)
		return strings.NewReplacer("e+0", "e+", "e-0", "e-").Replace(text)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// text writes a string in quotes.
func (p defaultPrinter) text(s string) {
	p.out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			p.out.WriteByte('\\')
			p.out.WriteRune(r)
		case strings.ContainsRune("\b\t\n\f\r", r):
			p.out.WriteByte('\\')
			p.out.WriteByte("btn_fr"[r-'\b'])
		case r < 0x20 || r >= 0x7f && r <= 0x9f:
			fmt.Fprintf(p.out, "\\u%04X", r)
		default:
			p.out.WriteRune(r)
		}
	}
	p.out.WriteByte('"')
}
