package connect

import (
	"context"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/mapping"
)

// Extension gives every operation its loaders, and raises the faults of mapped
// objects at the fields that are asked for. A server of generated resolvers
// needs it.
func Extension() graphql.HandlerExtension { return extension{} }

type extension struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.RootFieldInterceptor
	graphql.FieldInterceptor
} = extension{}

// ExtensionName is part of gqlgen's interface.
func (extension) ExtensionName() string { return "Connect" }

// Validate is part of gqlgen's interface.
func (extension) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation gives an operation its state. Root fields run in the
// context of the response handler, so that gets it too.
func (extension) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	s := newState()
	respond := next(withState(ctx, s))
	return func(ctx context.Context) *graphql.Response { return respond(withState(ctx, s)) }
}

// InterceptRootField gives each field of a mutation loaders of its own: what one
// writes, the next must read.
func (extension) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if op := graphql.GetOperationContext(ctx).Operation; op != nil && op.Operation == ast.Mutation {
		ctx = withState(ctx, stateOf(ctx).anew())
	}
	return next(ctx)
}

// InterceptField raises the faults that the parent has for this field.
func (extension) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	s, ok := ctx.Value(stateKey{}).(*state)
	if !ok || !s.faulty.Load() {
		return next(ctx)
	}
	fc := graphql.GetFieldContext(ctx)
	faults := faultsOf(fc)
	if len(faults) == 0 {
		return next(ctx)
	}
	whole := false
	for _, f := range faults {
		raise(ctx, fc.Path(), f)
		whole = whole || f.Whole
	}
	if whole {
		return nil, nil //nolint:nilnil // null, with the errors just raised
	}
	return next(ctx)
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

// raise adds the error of one fault below a path.
func raise(ctx context.Context, path ast.Path, f mapping.Fault) {
	if !f.Whole {
		path = slices.Clip(path)
		for _, i := range f.Index {
			path = append(path, ast.PathIndex(i))
		}
	}
	raiseAt(ctx, path, misfit(f))
}

// raiseAt adds an error at a path.
func raiseAt(ctx context.Context, path ast.Path, err error) {
	graphql.AddError(ctx, gqlerror.WrapPath(path, err))
}
