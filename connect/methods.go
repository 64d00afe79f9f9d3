package connect

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/hand"
	"holdfast/upstreams/panics"
)

// Many is a method that resolves a field of many objects at once: results are in the
// order of objs. To fail for some of them it returns a [graphql.BatchErrorList] with
// an error, or nil, for each. A is a struct with a field for each argument, called in
// its JSON tag as in the SDL.
//
// The context is that of gqlgen's resolvers as far as there is one field with many
// parents: [graphql.GetFieldContext] has the object type, the field with all that is
// selected below it, and the arguments; its path and parent are those of the first
// of objs. [graphql.GetBatchParentGroup] has objs. [graphql.GetOperationContext] is
// the operation. What is given to [graphql.AddError] stands beside the results.
func Many[P, A, T any](method func(ctx context.Context, objs []P, args A) ([]T, error)) Method {
	return Method{func(ctx context.Context, f *bound, in *hand.Input) []hand.Result {
		objs, args, err := given[P, A](f, in)
		if err != nil {
			return failed(len(in.Parents), err)
		}
		ctx, beside := withField(ctx, in, objs)
		var values []T
		err = panics.Catch(func() (err error) {
			values, err = method(ctx, objs, args)
			return err
		})
		return besides(results(f, values, err, len(objs)), beside())
	}}
}

// Single is a method that resolves a field of one object. It is called for many of
// the objects of a place at once, with the context that [Many] tells of.
func Single[P, A, T any](method func(ctx context.Context, obj P, args A) (T, error)) Method {
	return Method{func(ctx context.Context, f *bound, in *hand.Input) []hand.Result {
		objs, args, err := given[P, A](f, in)
		if err != nil {
			return failed(len(in.Parents), err)
		}
		all := make([]hand.Result, len(objs))
		concurrently(len(objs), func(i int) {
			own := *in
			own.Parents = in.Parents[i : i+1]
			if in.At != nil {
				own.At = func(int) ast.Path { return in.At(i) }
			}
			ctx, beside := withField(ctx, &own, objs[i:i+1])
			var value T
			err := panics.Catch(func() (err error) {
				value, err = method(ctx, objs[i], args)
				return err
			})
			all[i] = besides([]hand.Result{result(f, value, err)}, beside())[0]
		})
		return all
	}}
}

// Root is a method that resolves a field of Query or Mutation, with the context that
// [Many] tells of.
func Root[A, T any](method func(ctx context.Context, args A) (T, error)) Method {
	return Method{func(ctx context.Context, f *bound, in *hand.Input) []hand.Result {
		var args A
		if err := decodeArgs(in.Args, &args); err != nil {
			return failed(1, err)
		}
		ctx, beside := withField[any](ctx, in, nil)
		var value T
		err := panics.Catch(func() (err error) {
			value, err = method(ctx, args)
			return err
		})
		return besides([]hand.Result{result(f, value, err)}, beside())
	}}
}

// given are the parents and arguments that a method is called with.
func given[P, A any](f *bound, in *hand.Input) ([]P, A, error) {
	var args A
	if err := decodeArgs(in.Args, &args); err != nil {
		return nil, args, err
	}
	objs := make([]P, len(in.Parents))
	for i, parent := range in.Parents {
		if err := f.graph.DecodeRow(parent, &objs[i]); err != nil {
			return nil, args, fmt.Errorf("%s: %w", in.Type, err)
		}
	}
	return objs, args, nil
}

// results are those of a method for n parents.
func results[T any](f *bound, values []T, err error, n int) []hand.Result {
	each, some := errors.AsType[graphql.BatchErrors](err)
	var errs []error
	switch {
	case some:
		errs = each.Errors()
	case err != nil:
		return failed(n, err)
	default:
		errs = make([]error, n)
	}
	switch {
	case len(values) != n:
		return failed(n, fmt.Errorf("the method of %s returned %d results for %d parents", f.coordinate, len(values), n))
	case len(errs) != n:
		return failed(n, fmt.Errorf("the method of %s returned %d errors for %d parents", f.coordinate, len(errs), n))
	}
	all := make([]hand.Result, n)
	for i := range all {
		all[i] = result(f, values[i], errs[i])
	}
	return all
}

// result makes a record of what a method returned for one parent.
func result[T any](f *bound, value T, err error) hand.Result {
	if err != nil {
		return hand.Result{Err: err}
	}
	return hand.Result{Answer: f.result.Of(value)}
}

// failed is the same error for n parents.
func failed(n int, err error) []hand.Result {
	all := make([]hand.Result, max(n, 1))
	for i := range all {
		all[i].Err = err
	}
	return all
}

// besides has errors beside the first result.
func besides(all []hand.Result, errs []error) []hand.Result {
	if len(errs) > 0 && len(all) > 0 {
		all[0].Beside = errs
	}
	return all
}
