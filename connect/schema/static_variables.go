package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// declaredVariable is what a variable that no ->as binds may be.
func (t *typing) declaredVariable(name string) *static {
	object := mapping.KindsOf(mapping.Object)
	switch {
	case !slices.Contains(t.legal, name):
	case name == "$status":
		return kindOf(mapping.Number)
	case name == "$env":
		return &static{kinds: object, rest: kindOf(mapping.String, mapping.Missing)}
	case name == "$request", name == "$response":
		values := listOf(kindOf(mapping.String), 1).orMissing()
		headers := &static{kinds: object, rest: values, lower: true}
		return &static{kinds: object, members: map[string]member{"headers": {value: headers}}, closed: true}
	case name == "$write":
		return t.write()
	case t.con == nil:
	case name == "$args" && t.con.Field != nil:
		return &static{kinds: object, declared: &declared{def: arguments(t.con.Field), code: "UNDEFINED_ARGUMENT"}}
	case name == "$this" && !t.isRoot(t.con.Type):
		return t.parent()
	case name == "$batch" && t.con.Field == nil:
		return listOf(t.parent(), 1)
	}
	return anything()
}

// write is what is known of a write: where its request is made, which is before it is
// sent for the first time, or where it is looked for.
func (t *typing) write() *static {
	text := member{value: kindOf(mapping.String)}
	s := &static{
		kinds: mapping.KindsOf(mapping.Object), closed: true,
		members: map[string]member{"id": text, "key": text, "acceptedAt": text},
	}
	if t.what == "variables" || t.what == "made" {
		s.members["sentAt"], s.members["attempt"] = text, member{value: kindOf(mapping.Number)}
	}
	return s
}

func (t *typing) parent() *static {
	return &static{
		kinds:    mapping.KindsOf(mapping.Object),
		declared: &declared{def: t.con.Type, code: "UNDEFINED_FIELD", parent: true},
	}
}

// argumentsKind is the kind of a definition that stands for a field's arguments.
const argumentsKind = ast.DefinitionKind("ARGUMENTS")

// arguments are a field's arguments as one input object.
func arguments(f *ast.FieldDefinition) *ast.Definition {
	def := &ast.Definition{Kind: argumentsKind, Name: f.Name}
	for _, a := range f.Arguments {
		def.Fields = append(def.Fields, &ast.FieldDefinition{Name: a.Name, Type: a.Type, DefaultValue: a.DefaultValue})
	}
	return def
}

// ofType is a value of a type of the graph, as variables hold it.
func (t *typing) ofType(typ *ast.Type, code string) *static {
	var s *static
	if typ.Elem != nil {
		s = listOf(t.ofType(typ.Elem, code), 0)
	} else {
		s = t.ofNamed(t.schema.AST.Types[typ.Name()], code)
	}
	if !typ.NonNull {
		s = s.with(s.kinds | nothing)
	}
	return s
}

func (t *typing) ofNamed(def *ast.Definition, code string) *static {
	kind, known := heldAs(def)
	if !known || t.isValue(def) {
		return anything()
	}
	return &static{kinds: mapping.KindsOf(kind), declared: &declared{def: def, code: code}}
}

// heldAs is the kind that values of a type have in variables; false where that is
// not known.
func heldAs(def *ast.Definition) (mapping.Kind, bool) {
	switch {
	case def == nil:
		return 0, false
	case def.Kind == ast.InputObject || def.Kind == ast.Object:
		return mapping.Object, true
	case def.Kind == ast.Enum:
		return mapping.String, true
	}
	kind, ok := map[string]mapping.Kind{
		"ID": mapping.String, "String": mapping.String, "Int": mapping.Number, "Float": mapping.Number, "Boolean": mapping.Bool,
	}[def.Name]
	return kind, ok && def.Kind == ast.Scalar
}

// member is a member of an object.
func (t *typing) member(cur *static, k *mapping.Key) *static {
	if cur.declared != nil {
		return t.field(cur, k)
	}
	m, ok := cur.members[k.Name]
	switch {
	case ok:
		return m.value
	case cur.closed:
		return kindOf(mapping.Missing)
	case cur.rest != nil:
		return cur.rest
	}
	return anything()
}

// field is a member that the SDL declares, or does not.
func (t *typing) field(cur *static, k *mapping.Key) *static {
	d := cur.declared
	if d.parent {
		t.parents = append(t.parents, k)
	}
	f := d.def.Fields.ForName(k.Name)
	if f == nil && k.Name == typeName {
		return kindOf(mapping.String)
	}
	if f == nil {
		if !d.parent {
			t.undeclared(cur, k)
		}
		return anything()
	}
	s := t.ofType(f.Type, d.code)
	if f.DefaultValue != nil {
		s = s.with(s.kinds &^ mapping.KindsOf(mapping.Missing))
	}
	return s
}

// undeclared reports a key that a value of the graph does not have.
func (t *typing) undeclared(cur *static, k *mapping.Key) {
	d, at := cur.declared, t.quoted.at(k.Start)
	if d == nil || t.reportedAt(at) {
		return
	}
	noun := "field"
	if d.def.Kind == argumentsKind {
		noun = "argument"
	}
	t.report(at, d.code, t.coordinate, "%s has no %s %q", d.def.Name, noun, k.Name)
	if cur.kinds.Has(mapping.Object) || !t.meantMethod(k) {
		t.suggest(k.Name, fieldNames(d.def))
	}
}

// reported says whether there is a finding about a connector or field.
func (c *checker) reported(code, coordinate string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Code == code && f.Coordinate == coordinate })
}

// reportedAt says whether there is an error at a place already.
func (c *checker) reportedAt(at place) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		return !f.Warning && f.File == at.file && f.Line == at.line && f.Col == at.col
	})
}
