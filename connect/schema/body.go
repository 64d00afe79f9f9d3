package schema

import (
	"slices"

	"holdfast/connect/mapping"
)

// ReadsBody says whether the selection reads anything of an answer's body. One
// of variables and literals alone does not: $(true), id: $args.id.
func (con *Connector) ReadsBody() bool {
	return con.Paginate != nil || con.Selection == nil || groupReads(con.Selection.Root)
}

func groupReads(g *mapping.Group) bool {
	return slices.ContainsFunc(g.Items, func(it *mapping.Item) bool {
		if it.Group != nil {
			return groupReads(it.Group)
		}
		return pathReads(it.Path, true)
	})
}

// pathReads says whether a path leads to the body. A group at its end does not if
// its start does not; at says whether @ stands for the body, as outside of methods.
func pathReads(p *mapping.Path, at bool) bool {
	start := p.Start
	switch start.Kind {
	case mapping.StartKey, mapping.StartDollar:
		return true
	case mapping.StartAt:
		if at {
			return true
		}
	case mapping.StartExpr:
		if exprReads(start.Expr, at) {
			return true
		}
	case mapping.StartLiteral:
		if literalReads(start.Literal, at) {
			return true
		}
	default:
	}
	return slices.ContainsFunc(p.Steps, func(s *mapping.Step) bool {
		return slices.ContainsFunc(s.Args, func(arg *mapping.Expr) bool { return exprReads(arg, false) })
	})
}

func exprReads(e *mapping.Expr, at bool) bool {
	return slices.ContainsFunc(e.Operands, func(p *mapping.Path) bool { return pathReads(p, at) })
}

func literalReads(l *mapping.Literal, at bool) bool {
	return slices.ContainsFunc(l.Object, func(p mapping.Property) bool { return exprReads(p.Value, at) }) ||
		slices.ContainsFunc(l.Array, func(e *mapping.Expr) bool { return exprReads(e, at) })
}
