package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

func isAbstract(def *ast.Definition) bool {
	return def.Kind == ast.Interface || def.Kind == ast.Union
}

// abstract is the shape of an interface or union: for each object that may stand
// there, what it has of the group's keys.
func (s selection) abstract(p part, def *ast.Definition) *Shape {
	shape := &Shape{From: p.from, Type: def, At: p.at.String(), dark: true}
	if p.group == nil && literalOf(p.path) == nil {
		s.report(s.keyOf(p), "GROUP_SELECTION_REQUIRED_FOR_OBJECT", p.name, "%s is %s: say which fields are there", def.Name, kindName(def))
		s.hint("add { __typename: … } with the fields of its objects")
		return shape
	}
	if p.group != nil {
		if only := sole(p.group); only != nil {
			return s.through(p, only)
		}
	}
	s.among = s.objectsOf(def)
	if len(s.among) == 0 {
		s.report(p.at, "ABSTRACT_TYPE_NEEDS_TYPENAME", p.name, "%s is %s, and there is no object of it", def.Name, kindName(def))
		return shape
	}
	name := typeNameIn(p)
	if name == nil {
		s.report(p.at, "ABSTRACT_TYPE_NEEDS_TYPENAME", p.name, "%s is %s: the selection does not say of which type an object is", def.Name, kindName(def))
		s.hint(`map it, as in __typename: kind->match(["a", %q])`, s.among[0].Name)
		return shape
	}
	left := false
	shape.dark = false
	for _, m := range s.possible(name) {
		if s.isValue(m) {
			s.report(p.at, "ABSTRACT_TYPE_UNSUPPORTED", p.name, "%s decodes itself, so it cannot be one of several types", m.Name)
			shape.dark = true
			return shape
		}
		member, more := s.member(p, m)
		shape.Members = append(shape.Members, member)
		shape.TypeName = member.TypeName
		left = left || more
	}
	if left {
		return shape.whole(p.whole)
	}
	return shape
}

// objectsOf are the objects of an interface or union that are served, by name.
func (c *checker) objectsOf(def *ast.Definition) []*ast.Definition {
	objects := slices.Clone(c.schema.AST.GetPossibleTypes(def))
	objects = slices.DeleteFunc(objects, func(d *ast.Definition) bool { return d.Kind != ast.Object || inaccessible(d.Directives) })
	slices.SortFunc(objects, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return objects
}

func kindName(def *ast.Definition) string {
	if def.Kind == ast.Union {
		return "a union"
	}
	return "an interface"
}

// member is the shape of one of the objects; left as [selection.items] has it.
func (s selection) member(p part, def *ast.Definition) (shape *Shape, left bool) {
	if p.group != nil {
		shape = &Shape{Type: def, At: p.at.String()}
		return shape, s.items(shape, p.group, def, 0)
	}
	shape = s.literal(p, def)
	shape.TypeName = evaluated(typeName)
	return shape, false
}

// isForeign says whether another of the objects at this place has a key.
func (s selection) isForeign(name string) bool {
	return slices.ContainsFunc(s.among, func(def *ast.Definition) bool {
		return def.Fields.ForName(name) != nil || s.isHidden(def, name)
	})
}

// below are the objects that a field of one of the objects at this place may hold.
// One group is read for all of them.
func (s selection) below(field string) []*ast.Definition {
	var all []*ast.Definition
	for _, def := range s.among {
		f := def.Fields.ForName(field)
		if f == nil {
			continue
		}
		t := s.schema.AST.Types[f.Type.Name()]
		held := []*ast.Definition{t}
		if isAbstract(t) {
			held = s.objectsOf(t)
		}
		for _, d := range held {
			if !slices.Contains(all, d) {
				all = append(all, d)
			}
		}
	}
	return all
}

func (s selection) amongFields() []string {
	var names []string
	for _, def := range s.among {
		names = append(names, fieldNames(def)...)
	}
	return names
}
