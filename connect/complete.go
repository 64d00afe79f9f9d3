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
}

// Complete resolves a field whose parents hold a part of its object, often only
// a key. What is asked for decides whether the rest is fetched. Null stays null.
// Results and errors are in the order of objs.
func Complete[P, T any](ctx context.Context, api *API, e *Entity[T], objs []*P, part func(*P) *T) ([]*T, error) {
	enough := e.enough(ctx)
	return all(ctx, len(objs), func(i int, path ast.Path) (*T, error) {
		return e.complete(ctx, api, part(objs[i]), enough, path)
	})
}

// CompleteList is Complete for a field that is a list.
func CompleteList[P, T any](ctx context.Context, api *API, e *Entity[T], objs []*P, parts func(*P) []*T) ([][]*T, error) {
	return all(ctx, len(objs), func(i int, path ast.Path) ([]*T, error) {
		return e.completeItems(ctx, api, parts(objs[i]), path)
	})
}

// OneCompleted resolves a root field whose own connector yields only a part.
func OneCompleted[T any](ctx context.Context, api *API, c *Connector[*T], args Args, by *API, e *Entity[T]) (*T, error) {
	part, err := One(ctx, api, c, args)
	if err != nil {
		return nil, err
	}
	return e.complete(ctx, by, part, e.enough(ctx), graphql.GetPath(ctx))
}

// ListCompleted is OneCompleted for a field that is a list.
func ListCompleted[T any](ctx context.Context, api *API, c *Connector[[]*T], args Args, by *API, e *Entity[T]) ([]*T, error) {
	parts, err := One(ctx, api, c, args)
	if err != nil {
		return nil, err
	}
	return e.completeItems(ctx, by, parts, graphql.GetPath(ctx))
}

// completeItems completes the items of a list, each with an error of its own.
func (e *Entity[T]) completeItems(ctx context.Context, api *API, parts []*T, path ast.Path) ([]*T, error) {
	if e.enough(ctx) || parts == nil {
		return parts, nil
	}
	path = slices.Clip(path)
	wholes, err := all(ctx, len(parts), func(i int, _ ast.Path) (*T, error) {
		return e.complete(ctx, api, parts[i], false, append(path, ast.PathIndex(i)))
	})
	errs, ok := err.(graphql.BatchErrorList) //nolint:errorlint // all returns nothing else
	if !ok {
		return wholes, err
	}
	for i, err := range errs {
		if err != nil {
			raiseAt(ctx, append(path, ast.PathIndex(i)), err)
		}
	}
	return wholes, nil
}

func (e *Entity[T]) complete(ctx context.Context, api *API, part *T, enough bool, path ast.Path) (*T, error) {
	if part == nil || enough {
		return part, nil
	}
	key := e.Key(part)
	if lacks(key) {
		return nil, nil //nolint:nilnil // without a key there is no object
	}
	args, this := Value{}, key
	if e.AsArgs {
		args, this = key, Value{}
	}
	answer, err := loaded(ctx, api, e.Connector, args, this)
	whole, err := take[*T](ctx, path, api, &e.Connector.Call, answer, err)
	if err != nil || whole == nil || e.Merge == nil {
		return whole, err
	}
	return e.Merge(part, whole), nil
}

// enough says whether the part has all that the operation asks for here.
func (e *Entity[T]) enough(ctx context.Context) bool {
	fc := graphql.GetFieldContext(ctx)
	for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), fc.Field.Selections, e.Types) {
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
