package oracle

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// InterceptField raises the faults that the parent has for this field.
func (e *extension) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	whole := false
	for _, f := range faultsOf(fc) {
		path := fc.Path()
		if !f.Whole {
			for _, i := range f.Index {
				path = append(slices.Clip(path), ast.PathIndex(i))
			}
		}
		graphql.AddError(ctx, gqlerror.WrapPath(path, misfit(f)))
		whole = whole || f.Whole
	}
	if whole {
		return nil, nil //nolint:nilnil // null, with the errors just raised
	}
	return next(ctx)
}

// faulty is a model that has faults.
type faulty interface {
	FaultsOf(field string) []mapping.Fault
}

// faultsOf are the faults that the object around a field has for it.
func faultsOf(fc *graphql.FieldContext) []mapping.Fault {
	if fc == nil || fc.Parent == nil || fc.Parent.Result == nil || fc.Field.Field == nil {
		return nil
	}
	isReference := func(r reflect.Value) bool { return r.Kind() == reflect.Pointer || r.Kind() == reflect.Interface }
	for r := reflect.ValueOf(fc.Parent.Result); isReference(r) && !r.IsNil(); r = r.Elem() {
		if f, ok := reflect.TypeAssert[faulty](r); ok {
			return f.FaultsOf(fc.Field.Name)
		}
	}
	return nil
}

// misfit is the error of a value that does not fit the schema, or was lost.
func misfit(f mapping.Fault) error {
	if f.Err != nil {
		return f.Err
	}
	return &upstreams.Error{
		Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: f.Source, Connector: f.Connector,
		Err: errors.New(f.Why),
	}
}
