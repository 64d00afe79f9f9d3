package schema

import (
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// literal is the shape of an object literal: $({id: user_id}).
func (s selection) literal(p part, def *ast.Definition) *Shape {
	shape := &Shape{From: p.from, Type: def, At: p.at.String()}
	literal := literalOf(p.path)
	if literal == nil {
		s.report(s.keyOf(p), "GROUP_SELECTION_REQUIRED_FOR_OBJECT", p.name, "%s is an object: say which of its fields are there", def.Name)
		s.hint("add { … } with fields of %s", def.Name)
		shape.dark = true
		return shape
	}
	for _, prop := range literal.Object {
		if prop.Key.Name == typeName {
			continue
		}
		at := s.at(prop.Key.Start)
		f, ok := s.key(def, prop.Key.Name, at)
		if !ok {
			s.excuse(shape, prop.Key.Name, def)
			continue
		}
		sel := &Selected{Name: prop.Key.Name, Def: f, Column: at, Shape: &Shape{At: at.String()}}
		if f != nil {
			value := part{name: coordinate(def, f), t: f.Type, at: at}
			if op := prop.Value.Operands[0]; len(prop.Value.Operands) == 1 {
				value.path, value.group = op, op.Group
			}
			inner := s
			inner.among = s.below(f.Name)
			sel.Shape = inner.shape(value).whole(nil)
		}
		sel.Shape.From = Origin{Keys: []Key{{Name: prop.Key.Name}}}
		shape.Fields = append(shape.Fields, sel)
	}
	return shape
}

// literalOf is the object literal that a path's value is, or that its items are.
func literalOf(p *mapping.Path) *mapping.Literal {
	switch {
	case p == nil || p.Group != nil:
		return nil
	case len(p.Steps) > 0:
		last := p.Steps[len(p.Steps)-1]
		if last.Kind == mapping.StepMethod && (last.Key.Name == "map" || last.Key.Name == "echo") && len(last.Args) == 1 {
			return literalIn(last.Args[0])
		}
		return nil
	case p.Start.Kind == mapping.StartExpr:
		return literalIn(p.Start.Expr)
	case p.Start.Kind == mapping.StartLiteral && p.Start.Literal.Kind == mapping.Object:
		return p.Start.Literal
	}
	return nil
}

func literalIn(e *mapping.Expr) *mapping.Literal {
	if len(e.Operands) > 1 {
		return nil
	}
	return literalOf(e.Operands[0])
}
