package connect

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/connect/view"
	"holdfast/upstreams"
)

// Args are arguments of a field by their names, as typed Go. One that is nil or not
// there has its default, or is left out.
type Args map[string]any

// One asks what a field of Query or Mutation asks: id is its coordinate, such as
// Query.order, or the ID of one of its connectors. All that goes with the connector
// goes with it: answers are remembered, stand in, and are reported at the field whose
// method asks. The context has to be that method's.
func One[T any](ctx context.Context, id call.ID, args Args) (T, error) {
	var value T
	who, ok := ctx.Value(askingKey{}).(asking)
	if !ok {
		return value, errNoField
	}
	found, err := who.graph.Ask(ctx, who.question(id, args, []call.Key{""}))
	if err != nil {
		return value, err
	}
	err = who.take(ctx, found[0], 0, &value)
	return value, err
}

// Each asks, for each of objs, what a field of their type asks, or the connector of
// that ID: equal keys are asked for once, and together where the connector can. objs
// are models as methods get them; results are in their order. Nothing is asked for
// one that lacks what the connector reads of it: its result is T's zero value. The
// error, if any, is a [graphql.BatchErrorList].
func Each[T, P any](ctx context.Context, id call.ID, objs []P, args Args) ([]T, error) {
	values, errs := make([]T, len(objs)), make(graphql.BatchErrorList, len(objs))
	who, ok := ctx.Value(askingKey{}).(asking)
	if !ok {
		return values, errNoField
	}
	keys, lost, err := who.graph.Keys(string(id), objs, len(objs))
	if err != nil {
		return values, err
	}
	found, err := who.graph.Ask(ctx, who.question(id, args, keys))
	if err != nil {
		return values, err
	}
	failed := false
	for i := range objs {
		if errs[i] = lost[i]; errs[i] == nil {
			errs[i] = who.take(ctx, found[i], i, &values[i])
		}
		failed = failed || errs[i] != nil
	}
	if failed {
		return values, errs
	}
	return values, nil
}

var errNoField = errors.New("connect: the context is not that of a method which resolves a field")

func (who asking) question(id call.ID, args Args, keys []call.Key) view.Question {
	return view.Question{Of: string(id), Args: who.graph.Args(string(id), args), Keys: keys, Assumed: args["first"] == nil}
}

// take makes typed Go of what was found for a parent, notes how fresh it is, and has
// what is faulty in it told beside the field's own errors.
func (who asking) take(ctx context.Context, f view.Found, parent int, into any) error {
	if f.Err != nil || f.Answer == nil {
		return f.Err
	}
	f.Part.Path = who.in.Path
	upstreams.ReportFrom(ctx).Note(f.Part)
	root := f.Answer.Root()
	if fault := root.Fault(); fault != nil {
		return view.Misfit(fault)
	}
	if err := root.Decode(into, who.graph.Types); err != nil {
		return err
	}
	if f.Answer.Faults() || len(f.Answer.Beside()) > 0 {
		who.tell(ctx, f.Answer, parent)
	}
	return nil
}

// tell raises what is missing in the lists of an answer: nobody can tell it by what
// the models hold. Faults of objects are in their models.
func (who asking) tell(ctx context.Context, a *record.Answer, parent int) {
	var at ast.Path
	if who.in.At != nil {
		at = slices.Clip(who.in.At(parent))
	}
	view.Missing(a, func(below ast.Path, err error) {
		graphql.AddError(ctx, gqlerror.WrapPath(append(at, below...), err))
	})
}
