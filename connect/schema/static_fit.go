package schema

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A fitting compares what a selection yields with the types that it is for.
type fitting struct {
	*checker
	quoted
	con  *Connector
	work int
}

// fit checks that the values of a connector's selection can be what the graph says.
func (c *checker) fit(con *Connector) {
	if con.static == nil {
		return
	}
	t := con.Returns
	if con.Batch > 0 || con.Paginate != nil {
		t = &ast.Type{Elem: &ast.Type{NamedType: t.Name()}}
	}
	q := quoted{value: c.selections[con], Mapping: con.Selection}
	f := &fitting{checker: c, quoted: q, con: con}
	f.value(con.name(), con.static, t, nil)
}

// value fits one value to the type at its place; around are the types of the
// objects that it is in.
func (f *fitting) value(name string, s *static, t *ast.Type, around []*ast.Definition) {
	if f.work++; f.work > maxTyped {
		return // values share their parts: few words can make a huge tree
	}
	present, at := s.present(), f.at(s.span.Start)
	list := mapping.KindsOf(mapping.Array)
	if t.NonNull && s.optional != certain && s.kinds.Has(mapping.Missing) {
		f.report(at, "REQUIRED_FIELD_OPTIONAL", f.con.name(), "%s is %s, and there may be nothing here", name, t.String())
		f.hint("give another value, as in $(… ?? …), or let the field be null")
		if s.optional == byKey {
			f.warn()
		}
	}
	switch {
	case present == 0:
	case t.Elem != nil && present&list == 0:
		f.report(at, "LIST_MISMATCH", f.con.name(), "%s is %s, and this is %s", name, t.String(), inWords(s.shown()))
	case t.Elem != nil:
		f.value(name, s.items(), t.Elem, around)
	case present == list && !f.holdsLists(t):
		f.report(at, "LIST_MISMATCH", f.con.name(), "%s is %s, and this is a list", name, t.String())
		f.hint("->first takes one item")
	default:
		f.named(name, s, f.schema.AST.Types[t.Name()], around)
	}
}

// holdsLists says whether a type that is no list may decode one all the same.
func (f *fitting) holdsLists(t *ast.Type) bool {
	def := f.schema.AST.Types[t.Name()]
	return def == nil || f.isValue(def) || def.Kind == ast.Scalar && !def.BuiltIn
}

func (f *fitting) named(name string, s *static, def *ast.Definition, around []*ast.Definition) {
	switch {
	case def == nil || f.isValue(def):
	case def.Kind == ast.Enum || def.Kind == ast.Scalar && def.BuiltIn:
		f.scalar(name, s, def)
	case def.Kind == ast.Object:
		f.object(s, def, append(slices.Clip(around), def))
	case isAbstract(def):
		for _, o := range f.objectsOf(def) {
			f.object(s, o, append(slices.Clip(around), o))
		}
	}
}

// object fits the members of an object to the fields of its type.
func (f *fitting) object(s *static, def *ast.Definition, around []*ast.Definition) {
	for _, name := range slices.SortedFunc(maps.Keys(s.members), func(a, b string) int {
		return cmp.Compare(s.members[a].key.Start, s.members[b].key.Start)
	}) {
		field, m := def.Fields.ForName(name), s.members[name]
		if field == nil || len(field.Arguments) > 0 || connected(field) {
			continue
		}
		inner := f.schema.AST.Types[field.Type.Name()]
		if slices.Contains(around, inner) && !f.isValue(inner) {
			f.report(f.at(m.key.Start), "CIRCULAR_REFERENCE", f.con.name(), "type %s inside itself, in one selection", inner.Name)
			f.warn()
		}
		t := field.Type
		if t.NonNull && f.isKey(def, name) { // without its key an object is not there at all
			t = &ast.Type{NamedType: t.NamedType, Elem: t.Elem}
		}
		f.value(coordinate(def, field), m.value, t, around)
	}
}

// isKey says whether a field is a part of a key by which a connector loads objects.
func (f *fitting) isKey(def *ast.Definition, field string) bool {
	return slices.ContainsFunc(f.schema.Connectors, func(con *Connector) bool {
		loads := con.loads(def)
		return loads && slices.Contains(con.Key, field)
	})
}

// scalar fits a scalar: every constant that it may be, or else its kind. A constant
// among other values that may fit is no mistake for certain.
func (f *fitting) scalar(name string, s *static, def *ast.Definition) {
	const code = "SCALAR_MISMATCH"
	possible := s.present()&taken(def) != 0
	wrong := false
	for _, v := range s.values {
		if fits(def, v.value) {
			continue
		}
		wrong = true
		f.report(f.at(v.span.Start), code, f.con.name(), "%s is %s, which %s is not", name, def.Name, v.value)
		f.hintAt(def, v.value)
		if possible && !s.only {
			f.warn()
		}
	}
	object := mapping.KindsOf(mapping.Object)
	switch {
	case wrong || possible:
	case s.present() == object && !f.reported("GROUP_SELECTION_IS_NOT_OBJECT", name):
		f.report(f.at(s.span.Start), "GROUP_SELECTION_IS_NOT_OBJECT", name, "%s is no object, but the selection yields one", def.Name)
	case s.present() == object:
	default:
		f.report(f.at(s.span.Start), code, f.con.name(), "%s is %s, and this is %s", name, def.Name, inWords(s.shown()))
		f.conversion(def, s.present())
	}
}

// taken are the kinds that a type of the graph decodes.
func taken(def *ast.Definition) mapping.Kinds {
	kind, _ := heldAs(def)
	if def.Name == "ID" {
		return mapping.KindsOf(mapping.String, mapping.Number)
	}
	return mapping.KindsOf(kind)
}

// fits says whether a type of the graph decodes a constant.
func fits(def *ast.Definition, v mapping.Value) bool {
	text, _ := v.Str()
	n, whole := v.Int64()
	switch {
	case !taken(def).Has(v.Kind()):
		return false
	case def.Kind == ast.Enum:
		return def.EnumValues.ForName(text) != nil
	case def.Name == "Int":
		return whole && n >= math.MinInt32 && n <= math.MaxInt32
	}
	return true
}

// hintAt says what to write for a constant that does not fit.
func (f *fitting) hintAt(def *ast.Definition, v mapping.Value) {
	text, isText := v.Str()
	if def.Kind != ast.Enum || !isText {
		f.conversion(def, mapping.KindsOf(v.Kind()))
		return
	}
	var names []string
	for _, e := range def.EnumValues {
		names = append(names, e.Name)
	}
	if !f.meant(text, names) {
		f.hint("expected %s", list(names))
	}
}

// conversion hints at the method that makes one kind of another.
func (f *fitting) conversion(def *ast.Definition, from mapping.Kinds) {
	switch {
	case def.Name == "String" && from&(nested|nothing) == 0:
		f.hint("->toString makes a string of it")
	case def.Name == "Int" && from == mapping.KindsOf(mapping.String):
		f.hint("->parseInt makes a number of it")
	}
}
