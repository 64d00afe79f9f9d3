package connect

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// An Entity says how objects at one place of the graph, of which an answer has
// only a part, are completed. The compiler writes these.
type Entity[T any] struct {
	Connector *Connector[*T]
	// Types are the names of T in fragments: its own and its interfaces'.
	Types []string
	// Provided are the fields that the objects have without asking.
	Provided []string
	// Needs are, for fields with connectors of their own, the fields they read.
	Needs map[string][]string
	// Key is what identifies an object, by the names the connector reads.
	Key func(*T) Value
	// AsArgs says that the key stands in $args, not in $this.
	AsArgs bool
	// Merge puts what only the part has into a copy of the whole; nil: the whole
	// has everything.
	Merge func(part, whole *T) *T
	// Lost is a copy of the part that says why it lacks what this connector has,
	// where others have more of it; nil: without this one there is no object.
	Lost func(part *T, err error) *T
}

// Complete resolves a field whose parents hold a part of its object, often only
// a key. What is asked for decides whether the rest is fetched. Null stays null.
// Results and errors are in the order of objs.
func Complete[P, T any](ctx context.Context, api *API, e *Entity[T], objs []*P, part func(*P) *T, offer ...Offer[*T]) ([]*T, error) {
	parts := make([]*T, len(objs))
	for i, o := range objs {
		if o != nil {
			parts[i] = part(o)
		}
	}
	return e.complete(ctx, api, parts, siblings(ctx, len(objs)), offer)
}

// CompleteList is Complete for a field that is a list. Errors are raised at the
// items.
func CompleteList[P, T any](ctx context.Context, api *API, e *Entity[T], objs []*P, parts func(*P) []*T, offer ...Offer[*T]) ([][]*T, error) {
	lists := make([][]*T, len(objs))
	paths := make([]ast.Path, len(objs))
	path := siblings(ctx, len(objs))
	for i, o := range objs {
		if o != nil {
			lists[i], paths[i] = parts(o), path(i)
		}
	}
	return e.completeLists(ctx, api, lists, paths, offer), nil
}

// OneCompleted resolves a root field whose own connector yields only a part.
func OneCompleted[T any](ctx context.Context, api *API, c *Connector[*T], args Args, by *API, e *Entity[T], offer ...Offer[*T]) (*T, error) {
	part, err := One(ctx, api, c, args)
	if err != nil {
		return nil, err
	}
	whole, err := e.complete(ctx, by, []*T{part}, func(int) ast.Path { return graphql.GetPath(ctx) }, offer)
	if errs, ok := err.(graphql.BatchErrorList); ok { //nolint:errorlint // complete returns nothing else
		return nil, errs[0]
	}
	return whole[0], err
}

// ListCompleted is OneCompleted for a field that is a list.
func ListCompleted[T any](ctx context.Context, api *API, c *Connector[[]*T], args Args, by *API, e *Entity[T], offer ...Offer[*T]) ([]*T, error) {
	parts, err := One(ctx, api, c, args)
	if err != nil || parts == nil {
		return nil, err
	}
	return e.completeLists(ctx, by, [][]*T{parts}, []ast.Path{graphql.GetPath(ctx)}, offer)[0], nil
}

// completeLists completes the items of lists, each at its path, and raises the
// error of each there.
func (e *Entity[T]) completeLists(ctx context.Context, api *API, lists [][]*T, paths []ast.Path, offer []Offer[*T]) [][]*T {
	return completeLists(ctx, lists, paths, func(parts []*T, path func(int) ast.Path) ([]*T, error) {
		return e.complete(ctx, api, parts, path, offer)
	})
}

func completeLists[T any](ctx context.Context, lists [][]T, paths []ast.Path, complete func([]T, func(int) ast.Path) ([]T, error)) [][]T {
	var flat []T
	var places []ast.Path
	for i, list := range lists {
		for j := range list {
			places = append(places, append(slices.Clip(paths[i]), ast.PathIndex(j)))
		}
		flat = append(flat, list...)
	}
	wholes, err := complete(flat, func(i int) ast.Path { return places[i] })
	if errs, ok := err.(graphql.BatchErrorList); ok { //nolint:errorlint // complete returns nothing else
		for i, err := range errs {
			if err != nil {
				raiseAt(ctx, places[i], err)
			}
		}
	}
	completed := make([][]T, len(lists))
	for i, list := range lists {
		n := len(list)
		if completed[i] = list; n > 0 { // else it may be null
			completed[i], wholes = wholes[:n:n], wholes[n:]
		}
	}
	return completed
}

// complete completes parts; those that have enough, or no key, are not asked for.
// The error is a list with one error for each part.
func (e *Entity[T]) complete(ctx context.Context, api *API, parts []*T, path func(int) ast.Path, offer []Offer[*T]) ([]*T, error) {
	field := graphql.GetFieldContext(ctx).Field
	if e.enough(ctx, field.Selections) {
		makeOffers(ctx, offer, func() []*T { return parts })
		return parts, nil
	}
	keys, unfit := make([]Value, len(parts)), make([]error, len(parts))
	for i, part := range parts {
		keys[i], unfit[i] = e.keyOf(part)
	}
	s := stateOf(ctx)
	s.gather(place{&e.Connector.Call, field.Field}, present(keys), func(keys []Value) {
		e.fetch(ctx, s, api, keys)
		makeOffers(ctx, offer, func() []*T { return loadedValues[*T](ctx, s, keys, e.loadKey) })
	})
	return each(len(parts), func(i int) (*T, error) {
		if keys[i].IsMissing() {
			return nil, unfit[i] // without a key there is no object
		}
		answer, err := s.loaded(ctx, e.loadKey(keys[i]))
		whole, err := take[*T](ctx, path(i), answer, err)
		switch {
		case err != nil && e.Lost != nil:
			s.faulty.Store(true)
			return e.Lost(parts[i], err), nil
		case err != nil || whole == nil || e.Merge == nil:
			return whole, err
		}
		return e.Merge(parts[i], whole), nil
	})
}

// fetch loads the objects that keys name.
func (e *Entity[T]) fetch(ctx context.Context, s *state, api *API, keys []Value) {
	if e.Connector.Batch != nil {
		askBatch(ctx, s, api, e.Connector, keys)
		return
	}
	concurrently(len(keys), func(i int) {
		_, _ = s.load(ctx, e.loadKey(keys[i]), func() (*answerOf, error) { // whoever asks for it sees the error
			args, this := Value{}, keys[i]
			if e.AsArgs {
				args, this = keys[i], Value{}
			}
			return ask(ctx, api, e.Connector, args, this)
		})
	})
}

func (e *Entity[T]) loadKey(key Value) loadKey {
	return loadKey{call: &e.Connector.Call, inputs: key.String()}
}

// keyOf is the key of a part, if it has one that is usable.
func (e *Entity[T]) keyOf(part *T) (Value, error) {
	if part == nil {
		return Value{}, nil
	}
	return usable(part, e.Key(part))
}

// enough says whether the parts have all that sel asks for.
func (e *Entity[T]) enough(ctx context.Context, sel ast.SelectionSet) bool {
	for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), sel, e.Types) {
		needs, connected := e.Needs[f.Name]
		if !connected {
			needs = []string{f.Name}
		}
		for _, name := range needs {
			if name != "__typename" && !slices.Contains(e.Provided, name) {
				return false
			}
		}
	}
	return true
}
