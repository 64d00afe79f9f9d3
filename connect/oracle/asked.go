package oracle

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/record"
)

// asked is what an operation asks of a value: [record.Asked].
type asked struct {
	ctx        context.Context
	selections ast.SelectionSet
}

func askedOf(ctx context.Context, selections ast.SelectionSet) record.Asked {
	if len(selections) == 0 {
		return nil
	}
	return &asked{ctx, selections}
}

// Below implements [record.Asked].
func (a *asked) Below(typeName, field string) []record.Asked {
	var below []record.Asked
	for _, f := range collect(a.ctx, a.selections, typeName) {
		if f.Name == field {
			below = append(below, askedOf(a.ctx, f.Selections))
		}
	}
	return below
}

// collect are the fields that are asked of objects of a type, or of any if it is "".
func collect(ctx context.Context, selections ast.SelectionSet, typeName string) []graphql.CollectedField {
	s := operationOf(ctx).graph.Schema.AST
	names := []string{typeName}
	if def := s.Types[typeName]; def != nil {
		for _, abstract := range s.GetImplements(def) {
			names = append(names, abstract.Name)
		}
	} else {
		for name := range s.Types {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return graphql.CollectFields(graphql.GetOperationContext(ctx), selections, names)
}
