package oracle

import (
	"context"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/view"
	"holdfast/upstreams"
)

// Args are a field's arguments by their names, as gqlgen gives them to a resolver.
type Args map[string]any

// One resolves a field of Query or Mutation by its connectors.
func One[T any](ctx context.Context, coordinate string, args Args) (T, error) {
	values := make([]T, 1)
	errs, err := ask(ctx, coordinate, args, []call.Key{""}, values, func(int) ast.Path { return graphql.GetPath(ctx) })
	if err == nil {
		err = errs[0]
	}
	return values[0], err
}

// Recorded resolves a field of Query or Mutation that an outbox does, where there is none: nothing is recorded, so it is
// null.
func Recorded[T any]() (none T, err error) { return none, nil }

// Each resolves a field of objects by its connectors.
func Each[T, P any](ctx context.Context, objs []P, coordinate string, args Args) ([]T, error) {
	keys, errs, err := operationOf(ctx).graph.Keys(coordinate, objs, len(objs))
	if err != nil {
		return nil, err
	}
	values := make([]T, len(objs))
	found, err := ask(ctx, coordinate, args, keys, values, siblings(ctx, len(objs)))
	if err != nil {
		return nil, err
	}
	for i, err := range found {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return values, all(errs)
}

// all are errors of siblings; nil if there are none.
func all(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return graphql.BatchErrorList(errs)
		}
	}
	return nil
}

// ask asks a field's connectors for keys, and completes what comes.
func ask[T any](ctx context.Context, coordinate string, args Args, keys []call.Key, values []T, at func(int) ast.Path) ([]error, error) {
	op, field := operationOf(ctx), graphql.GetFieldContext(ctx).Field
	given := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	isNull := func(name string) bool {
		v, ok := given[name]
		return ok && v == nil
	}
	found, err := op.graph.Ask(ctx, view.Question{
		Of: coordinate, Args: op.graph.ArgsOr(coordinate, args, isNull), Keys: keys,
		Assumed: field.Arguments.ForName("first") == nil, Asked: askedOf(ctx, field.Selections),
	})
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(keys))
	for i, f := range found {
		errs[i] = take(ctx, f, at(i), &values[i])
	}
	if plan := op.graph.Schema.Plans[coordinate]; len(plan.Completions) > 0 {
		complete(ctx, coordinate, reflect.ValueOf(values), func(i int) ast.Path { return at(i) }, errs)
	}
	return errs, nil
}

// take makes typed Go of what was found, notes how fresh it is, and raises what is
// missing in it, as far as it has no model to say so.
func take(ctx context.Context, f view.Found, path ast.Path, into any) error {
	if f.Err != nil || f.Answer == nil {
		return f.Err
	}
	f.Part.Path = plain(path)
	upstreams.ReportFrom(ctx).Note(f.Part)
	if fault := f.Answer.Root().Fault(); fault != nil {
		return view.Misfit(fault)
	}
	selections := graphql.GetFieldContext(ctx).Field.Selections
	view.Missing(f.Answer, func(below ast.Path, err error) {
		// nodes have a model that says so
		if below[0] != ast.PathName("edges") || len(below) == 2 && len((&asked{ctx, selections}).Below("", "edges")) > 0 {
			graphql.AddError(ctx, gqlerror.WrapPath(append(slices.Clip(path), below...), err))
		}
	})
	return f.Answer.Root().Decode(into, operationOf(ctx).graph.Types)
}

// plain is a path of strings and ints, as reports hold it.
func plain(path ast.Path) []any {
	out := make([]any, len(path))
	for i, step := range path {
		switch step := step.(type) {
		case ast.PathName:
			out[i] = string(step)
		case ast.PathIndex:
			out[i] = int(step)
		}
	}
	return out
}

// siblings gives the path of the current field in each of its n parents.
func siblings(ctx context.Context, n int) func(i int) ast.Path {
	if n == 1 {
		own := graphql.GetPath(ctx)
		return func(int) ast.Path { return own }
	}
	places := map[int]int{} // of parents in a list of several types
	if fc := graphql.GetFieldContext(ctx); fc != nil {
		if group := graphql.GetBatchParentGroup(ctx, fc.Object); group != nil {
			for place, i := range group.IndexMap {
				places[i] = place
			}
		}
	}
	return func(i int) ast.Path {
		if place, ok := places[i]; ok {
			i = place
		}
		return graphql.BatchPathWithIndex(ctx, i)
	}
}
