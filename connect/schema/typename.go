package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// typeName is the key by which a group says of which type its object is.
const typeName = "__typename"

// typeNameIn is what a part of a selection maps to __typename; nil for nothing.
func typeNameIn(p part) *mapping.Expr {
	if p.group != nil {
		return typeNameOf(p.group)
	}
	for _, prop := range literalOf(p.path).Object {
		if prop.Key.Name == typeName {
			return prop.Value
		}
	}
	return nil
}

func typeNameOf(g *mapping.Group) *mapping.Expr {
	for _, it := range g.Items {
		switch {
		case it.Splices():
			if e := typeNameOf(it.Path.Group); e != nil {
				return e
			}
		case it.Path != nil && !it.Anonymous() && keyOf(it).Name == typeName:
			return &mapping.Expr{Span: it.Path.Span, Operands: []*mapping.Path{it.Path}}
		}
	}
	return nil
}

// possible are the objects that a type name may stand for: where all that it can
// be is written in the selection, no others. Names of none are reported.
func (s selection) possible(name *mapping.Expr) []*ast.Definition {
	written, known := writtenIn(name)
	var objects []*ast.Definition
	for _, l := range written {
		text, _ := l.Value.Str()
		i := slices.Index(typeNames(s.among), text)
		switch {
		case i >= 0:
			objects = append(objects, s.among[i])
		case l.Kind != mapping.Null:
			s.report(s.at(l.Start), "ABSTRACT_TYPE_NEEDS_TYPENAME", s.con.name(), "%s is not one of %s",
				s.con.Selection.Source[l.Start:l.End], list(typeNames(s.among)))
			s.meant(text, typeNames(s.among))
			known = false
		}
	}
	if k := name.Operands[0].SingleKey(); k != nil && k.Quoted && slices.Contains(typeNames(s.among), k.Name) {
		s.report(s.at(k.Start), "ABSTRACT_TYPE_NEEDS_TYPENAME", s.con.name(), "%q is a key of the answer here", k.Name)
		s.hint("for the type, write $(%q)", k.Name)
		s.warn()
	}
	if known && objects != nil {
		return slices.DeleteFunc(slices.Clone(s.among), func(def *ast.Definition) bool { return !slices.Contains(objects, def) })
	}
	return s.among
}

// writtenIn are the literals that an expression may yield; known, when it yields
// nothing else.
func writtenIn(e *mapping.Expr) (literals []*mapping.Literal, known bool) {
	known = true
	for _, op := range e.Operands {
		more, all := writtenAt(op)
		literals, known = append(literals, more...), known && all
	}
	return literals, known
}

// writtenAt is [writtenIn] for a path: what it starts with, or what its last
// method chooses.
func writtenAt(p *mapping.Path) (literals []*mapping.Literal, known bool) {
	if len(p.Steps) == 0 {
		switch p.Start.Kind {
		case mapping.StartExpr:
			return writtenIn(p.Start.Expr)
		case mapping.StartLiteral:
			return []*mapping.Literal{p.Start.Literal}, true
		}
		return nil, false
	}
	last := p.Steps[len(p.Steps)-1]
	switch {
	case last.Kind != mapping.StepMethod:
		return nil, false
	case last.Key.Name == "echo" && len(last.Args) == 1:
		return writtenIn(last.Args[0])
	case last.Key.Name != "match":
		return nil, false
	}
	known = true
	for _, arg := range last.Args {
		pair := arg.Operands[0].Start.Literal
		if pair == nil || len(pair.Array) != 2 {
			return nil, false
		}
		more, all := writtenIn(pair.Array[1])
		literals, known = append(literals, more...), known && all
	}
	return literals, known
}

func typeNames(defs []*ast.Definition) []string {
	names := make([]string, len(defs))
	for i, def := range defs {
		names[i] = def.Name
	}
	return names
}
