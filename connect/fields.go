package connect

import (
	"context"
	"fmt"
	"reflect"

	"holdfast/connect/hand"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/connect/view"
)

// Fields are the fields of a graph that methods resolve. The compiler lists them.
type Fields struct {
	// Methods are by the coordinates of their fields: Customer.lifetimeValue.
	Methods map[string]Method
	// Types are the Go models of object types that stand where one of several may.
	Types map[string]reflect.Type
}

// A Method resolves one field. Make it with [Many], [Single] or [Root].
type Method struct {
	resolve func(ctx context.Context, f *bound, in *hand.Input) []hand.Result
}

// A bound method belongs to a schema.
type bound struct {
	coordinate string
	graph      *view.Graph
	result     *record.Field
}

// Has says whether a method resolves a field.
func (f Fields) Has(typeName, fieldName string) bool {
	_, ok := f.Methods[typeName+"."+fieldName]
	return ok
}

// Table is what the engine calls for the fields of a schema. Methods of fields that
// the schema has not are left out.
func (f Fields) Table(s *schema.Schema, known scalars.Registry) (hand.Table, error) {
	g := view.New(s, known, f.Types)
	table := hand.Table{}
	for coordinate, method := range f.Methods {
		if !g.Has(coordinate) {
			continue
		}
		result, err := g.Records(coordinate)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", coordinate, err)
		}
		b := &bound{coordinate, g, result}
		table[coordinate] = func(ctx context.Context, in *hand.Input) []hand.Result {
			return method.resolve(For(ctx, g, in), b, in)
		}
	}
	return table, nil
}

// For is a context in which [One] and [Each] ask for a field of a graph. Whoever calls
// a method otherwise than through a [Fields.Table] needs it.
func For(ctx context.Context, g *view.Graph, in *hand.Input) context.Context {
	return context.WithValue(ctx, askingKey{}, asking{g, in})
}

type askingKey struct{}

// asking is who asks: the field that a method resolves.
type asking struct {
	graph *view.Graph
	in    *hand.Input
}
