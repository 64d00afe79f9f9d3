package connect

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/hand"
)

// withField is ctx with what gqlgen tells a resolver of its field. beside are the
// errors that were added meanwhile.
func withField[P any](ctx context.Context, in *hand.Input, objs []P) (_ context.Context, beside func() []error) {
	ctx = graphql.WithResponseContext(ctx, presentAt, graphql.DefaultRecover)
	added := ctx
	var at ast.Path
	if in.At != nil {
		at = in.At(0)
	}
	ctx = withParents(ctx, at, in.Type, objs)
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{
		Object: in.Type, IsMethod: true, IsResolver: true,
		Field: graphql.CollectedField{Field: in.Field, Selections: in.Selections},
		Args:  argsOf(ctx, in.Field), Child: child,
	})
	if len(objs) > 0 {
		ctx = graphql.WithBatchParents(ctx, in.Type, objs, nil)
	}
	return ctx, func() (errs []error) {
		for _, err := range graphql.GetErrors(added) {
			errs = append(errs, err)
		}
		return errs
	}
}

// presentAt gives an error its path. How errors look is for who answers to say.
func presentAt(ctx context.Context, err error) *gqlerror.Error {
	if own, ok := errors.AsType[*gqlerror.Error](err); ok && own.Path != nil {
		return own
	}
	return &gqlerror.Error{Err: err, Message: err.Error(), Path: graphql.GetPath(ctx)}
}

// withParents is ctx with a field context for every step of a path but the last.
func withParents[P any](ctx context.Context, at ast.Path, typeName string, objs []P) context.Context {
	above := at[:max(len(at)-1, 0)]
	for i, step := range above {
		fc := &graphql.FieldContext{}
		switch step := step.(type) {
		case ast.PathName:
			fc.Field = graphql.CollectedField{Field: &ast.Field{Alias: string(step), Name: string(step)}}
		case ast.PathIndex:
			fc.Index = new(int(step))
		}
		if i == len(above)-1 && len(objs) > 0 {
			fc.Result = objs[0]
		}
		ctx = graphql.WithFieldContext(ctx, fc) //nolint:fatcontext // gqlgen's path is made of contexts
	}
	if len(above) == 0 {
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: typeName})
	}
	return ctx
}

// argsOf are the arguments of a field as the operation has them.
func argsOf(ctx context.Context, f *ast.Field) map[string]any {
	if f == nil || f.Definition == nil || !graphql.HasOperationContext(ctx) {
		return nil
	}
	return f.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
}

// child is the context that a field below would have.
func child(ctx context.Context, field graphql.CollectedField) (*graphql.FieldContext, error) {
	fc := &graphql.FieldContext{Field: field, Parent: graphql.GetFieldContext(ctx), Args: argsOf(ctx, field.Field)}
	if field.ObjectDefinition != nil {
		fc.Object = field.ObjectDefinition.Name
	}
	return fc, nil
}
