package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// A mapWriter writes the functions that map one connector's answers: one for
// each object that its selection yields.
type mapWriter struct {
	*writer
	file        *file
	con         *schema.Connector
	builders    []string // outer ones first
	expressions []expression
	err         error
}

// An expression is what the selection leaves to the interpreter.
type expression struct {
	name string
	expr *mapping.Mapping
}

// root is the body of the connector's Map function.
func (m *mapWriter) root() string {
	ref := m.reference()
	if m.con.Batch > 0 { // one item
		return "return " + m.value("m.Answer()", "", "in", m.con.Returns, ref, m.con.Yields, m.vars[m.con]) + "\n"
	}
	value := m.origin(m.con.Yields.From, "", "m.Answer()", "in", m.vars[m.con])
	return "return " + m.value("m.Answer()", "", value, m.con.Returns, ref, m.con.Yields, m.vars[m.con]) + "\n"
}

// reference is gqlgen's view of the connector's type.
func (m *mapWriter) reference() *config.TypeReference {
	if m.con.Field != nil && m.con.Paginate == nil {
		return m.field(m.con.Type.Name, m.con.Field.Name).TypeReference
	}
	return &config.TypeReference{GO: m.returns(m.con), GQL: m.con.Returns, Definition: m.schema.AST.Types[m.con.Returns.Name()]}
}

// connect is a name of package connect in the file.
func (m *mapWriter) connect(name string) string { return m.file.use(connectPath) + "." + name }

// value is the Go expression for one place: fields is the connect.Fields around
// it, in the value there.
func (m *mapWriter) value(fields, name, in string, t *ast.Type, ref *config.TypeReference, s *schema.Shape, path string) string {
	need := "Want"
	if t.NonNull {
		need = "Need"
	}
	switch {
	case t.Elem != nil:
		return fmt.Sprintf("%s(%s, %q, %s, %s)", m.connect(need+"List"), fields, name, in, m.item(t.Elem, ref.Elem(), s, path))
	case isComposite(m.schema.AST.Types[t.Name()]):
		return fmt.Sprintf("%s(%s, %q, %s, %s)", m.connect(need+"Object"), fields, name, in, m.builder(ref, s, path))
	}
	if !t.NonNull && !isPointer(ref.GO) {
		need = "Maybe"
	}
	return fmt.Sprintf("%s(%s, %q, %s, %s)", m.connect(need), fields, name, in, m.leaf(t, ref))
}

// item is the Go expression that maps the items of a list.
func (m *mapWriter) item(t *ast.Type, ref *config.TypeReference, s *schema.Shape, path string) string {
	null := "Nullable"
	if t.NonNull {
		null = "NonNull"
	}
	switch {
	case t.Elem != nil:
		return fmt.Sprintf("%s(%s)", m.connect(null+"List"), m.item(t.Elem, ref.Elem(), s, path))
	case isComposite(m.schema.AST.Types[t.Name()]):
		return fmt.Sprintf("%s(%s)", m.connect(null+"Object"), m.builder(ref, s, path))
	}
	if !t.NonNull && !isPointer(ref.GO) {
		null = "MaybeItem"
	}
	return fmt.Sprintf("%s(%s)", m.connect(null), m.leaf(t, ref))
}

// leaf is the decoder of a scalar or enum as the Go type of its place needs it.
func (m *mapWriter) leaf(t *ast.Type, ref *config.TypeReference) string {
	if t.NonNull && isPointer(ref.GO) {
		return fmt.Sprintf("%s(%s)", m.connect("Pointer"), m.decoder(t, ref))
	}
	return m.decoder(t, ref)
}

func isPointer(t types.Type) bool {
	_, ok := t.(*types.Pointer)
	return ok
}

// isComposite says whether values of a type are objects, of one type or several.
func isComposite(def *ast.Definition) bool {
	return def != nil && (def.Kind == ast.Object || isAbstract(def))
}

func isAbstract(def *ast.Definition) bool {
	return def.Kind == ast.Interface || def.Kind == ast.Union
}

// builder is the function that builds an object: a value object's own, or one
// that is written here.
func (m *mapWriter) builder(ref *config.TypeReference, s *schema.Shape, path string) string {
	target := m.file.typeName(elem(ref.GO))
	switch {
	case s.Members != nil:
		return m.abstract(target, s, path)
	case s.Type == nil:
		if !hasMethod(elem(ref.GO), "UnmarshalConnect") {
			m.err = fmt.Errorf("%s: %s cannot be decoded: give it a method UnmarshalConnect", m.con.At, elem(ref.GO))
		}
		return fmt.Sprintf("%s[%s]", m.connect("CustomObject"), target)
	}
	return m.function(s.Type.Name, "*"+target, s, path, m.object)
}

// function writes a builder and returns its name. What it builds may be an
// interface that the model implements.
func (m *mapWriter) function(what, result string, s *schema.Shape, path string, body func(*schema.Shape, string) string) string {
	name := m.name("map." + path)
	i := len(m.builders)
	m.builders = append(m.builders, "") // before those it calls
	m.builders[i] = fmt.Sprintf("\n// %s maps %s: %s.\nfunc %s(at %s, in %s) %s {\n%s}\n",
		name, what, s.At, name, m.connect("At"), m.connect("Value"), result, body(s, path))
	return name
}

func elem(t types.Type) types.Type {
	if p, ok := t.(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// object is the body of a builder.
func (m *mapWriter) object(s *schema.Shape, path string) string {
	var b strings.Builder
	locals := m.locals(s, path)
	if len(locals.maybe) == 0 && !s.Always {
		b.WriteString("if !at.IsObject(in) {\nreturn nil\n}\n")
	}
	fmt.Fprintf(&b, "o := &%s{}\n", m.file.typeName(m.byName[s.Type.Name].Type))
	if placesFaults(s) {
		fmt.Fprintf(&b, "f := at.Object(%q, &o.ItemFaults)\n", s.Type.Name)
	}
	if keys := s.Reads(); len(keys) > 0 && slices.Contains(m.con.Yields.Objects(), s) {
		fmt.Fprintf(&b, "if !at.Has(in, %s) {\nreturn nil\n}\n", quotedList(keys))
	}
	for _, l := range locals.order {
		fmt.Fprintf(&b, "%s := %s\n", l, locals.value[l])
	}
	if len(locals.maybe) > 0 && !s.Always {
		fmt.Fprintf(&b, "if !%s(%s) && !at.IsObject(in) {\nreturn nil\n}\n", m.connect("Any"), strings.Join(locals.maybe, ", "))
	}
	if len(locals.key) > 0 {
		fmt.Fprintf(&b, "if %s(%s) {\nat.Null()\nreturn nil\n}\n", m.connect("NoKey"), strings.Join(locals.key, ", "))
	}
	for i, from := range s.Splices {
		name := fmt.Sprintf("s%d", i+1)
		fmt.Fprintf(&b, "%s := %s\n", name, m.origin(from, "", "f", "in", fmt.Sprintf("%s.%s", path, name)))
		fmt.Fprintf(&b, "if %s.IsNull() {\nat.Null()\nreturn nil\n}\n%s = %s(%s)\n", name, name, m.connect("Object"), name)
	}
	for _, sel := range s.Fields {
		in := locals.of[sel]
		if in == "" {
			in = m.from(sel, path)
		}
		m.assign(&b, s, sel, in, path)
	}
	b.WriteString("return o\n")
	return b.String()
}

// placesFaults says whether anything in an object of this shape may be at fault.
func placesFaults(s *schema.Shape) bool {
	return slices.ContainsFunc(s.Splices, func(from schema.Origin) bool { return from.Expr != nil }) ||
		slices.ContainsFunc(s.Fields, func(sel *schema.Selected) bool { return sel.Def != nil || sel.Shape.From.Expr != nil })
}

// from is the Go expression for the value of a selected key.
func (m *mapWriter) from(sel *schema.Selected, path string) string {
	in := "in"
	if sel.Splice > 0 {
		in = fmt.Sprintf("s%d", sel.Splice)
	}
	return m.origin(sel.Shape.From, sel.Name, "f", in, path+"."+sel.Name)
}

// assign writes one field of the model.
func (m *mapWriter) assign(b *strings.Builder, s *schema.Shape, sel *schema.Selected, in, path string) {
	if sel.Def == nil {
		fmt.Fprintf(b, "o.%s = %s(%s)\n", m.goField(s.Type.Name, sel.Name), m.connect("OrNull"), in)
		return
	}
	f := m.field(s.Type.Name, sel.Name)
	fmt.Fprintf(b, "o.%s = %s\n", m.goField(s.Type.Name, sel.Name),
		m.value("f", sel.Name, in, sel.Def.Type, f.TypeReference, sel.Shape, path+"."+sel.Name))
}

// locals are values that are looked at before they are assigned.
type locals struct {
	order []string
	value map[string]string
	of    map[*schema.Selected]string
	maybe []string // of these one makes an object of something else
	key   []string // without these there is no object
}

func (m *mapWriter) locals(s *schema.Shape, path string) locals {
	l := locals{value: map[string]string{}, of: map[*schema.Selected]string{}}
	for _, sel := range s.Fields {
		isKey := false
		for _, k := range s.Stub {
			isKey = isKey || k == sel.Name
		}
		if sel.Splice > 0 || !isKey && (!sel.Maybe || s.Always) {
			continue
		}
		name := "v" + templates.ToGo(sel.Name)
		l.order = append(l.order, name)
		l.value[name] = m.from(sel, path)
		l.of[sel] = name
		if isKey {
			l.key = append(l.key, name)
		}
		if sel.Maybe {
			l.maybe = append(l.maybe, name)
		}
	}
	return l
}

// origin is the Go expression for a value's origin, seen from the object in.
func (m *mapWriter) origin(from schema.Origin, name, fields, in, path string) string {
	if from.Expr != nil {
		return fmt.Sprintf("%s.Eval(%q, %s, %s)", fields, name, m.expression(from.Expr, path), in)
	}
	return m.keys(from.Keys, in)
}

// expression writes an expression of its own and returns its name.
func (m *mapWriter) expression(expr *mapping.Mapping, path string) string {
	e := expression{name: m.name(path + "Expr"), expr: expr}
	m.expressions = append(m.expressions, e)
	return e.name
}

// keys is the Go expression for what stands along keys.
func (m *mapWriter) keys(keys []schema.Key, in string) string {
	for _, k := range keys {
		step := "Key"
		if k.Optional {
			step = "KeyIf"
		}
		in = fmt.Sprintf("%s.%s(%q)", in, step, k.Name)
	}
	return in
}

func (m *mapWriter) writeExpressions() {
	if len(m.expressions) == 0 {
		return
	}
	if len(m.expressions) == 1 {
		m.file.printf("\nvar %s = %s\n", m.expressions[0].name, mustParse(m.file, m.expressions[0].expr))
		return
	}
	m.file.printf("\nvar (\n")
	for _, e := range m.expressions {
		m.file.printf("%s = %s\n", e.name, mustParse(m.file, e.expr))
	}
	m.file.printf(")\n")
}
