package connect

import (
	"cmp"
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams/panics"
)

// A Completer completes the objects of one type at a place where objects of
// several may stand. wholes and errs are in the order of parts; it sets its own.
type Completer[I any] func(ctx context.Context, parts, wholes []I, errs graphql.BatchErrorList, path func(int) ast.Path)

// ByType is the completer of objects of type T among those of I.
func ByType[I, T any](api *API, e *Entity[T], offer ...Offer[*T]) Completer[I] {
	return ofType[I](func(ctx context.Context, own []*T, errs graphql.BatchErrorList, path func(int) ast.Path) []*T {
		wholes, err := e.complete(ctx, api, own, path, offer)
		if list, failed := err.(graphql.BatchErrorList); failed { //nolint:errorlint // complete returns nothing else
			for i := range errs {
				errs[i] = cmp.Or(list[i], errs[i])
			}
		}
		return wholes
	})
}

// InTurn is the completer of objects of type T among those of I of which several
// entities each have a part: each goes on where the one before it ended.
func InTurn[I, T any](by ...Completer[*T]) Completer[I] {
	return ofType[I](func(ctx context.Context, own []*T, errs graphql.BatchErrorList, path func(int) ast.Path) []*T {
		for _, complete := range by {
			wholes := slices.Clone(own)
			complete(ctx, own, wholes, errs, path)
			own = wholes
		}
		return own
	})
}

// ofType completes the objects of type T among those of I. complete has an error
// for each of them to set.
func ofType[I, T any](complete func(ctx context.Context, own []*T, errs graphql.BatchErrorList, path func(int) ast.Path) []*T) Completer[I] {
	return func(ctx context.Context, parts, wholes []I, errs graphql.BatchErrorList, path func(int) ast.Path) {
		var own []*T
		var places []int
		for i, part := range parts {
			if t, ok := any(part).(*T); ok {
				own, places = append(own, t), append(places, i)
			}
		}
		if own == nil {
			return
		}
		failed := make(graphql.BatchErrorList, len(own))
		err := panics.Catch(func() error {
			own = complete(ctx, own, failed, func(i int) ast.Path { return path(places[i]) })
			return nil
		})
		for i, place := range places {
			failed[i] = cmp.Or(err, failed[i])
			var none I
			if wholes[place] = none; err == nil && own[i] != nil {
				wholes[place] = any(own[i]).(I) //nolint:errcheck // parts of type T were of I
			}
			errs[place] = cmp.Or(failed[i], errs[place])
		}
	}
}

// CompleteByType is [Complete] for objects of several types. Those that no
// completer is for are whole.
func CompleteByType[P, I any](ctx context.Context, objs []*P, part func(*P) I, by ...Completer[I]) ([]I, error) {
	parts := make([]I, len(objs))
	for i, o := range objs {
		if o != nil {
			parts[i] = part(o)
		}
	}
	return completeByType(ctx, parts, siblings(ctx, len(objs)), by)
}

// CompleteListByType is [CompleteList] for objects of several types.
func CompleteListByType[P, I any](ctx context.Context, objs []*P, parts func(*P) []I, by ...Completer[I]) ([][]I, error) {
	lists := make([][]I, len(objs))
	paths := make([]ast.Path, len(objs))
	path := siblings(ctx, len(objs))
	for i, o := range objs {
		if o != nil {
			lists[i], paths[i] = parts(o), path(i)
		}
	}
	return completeListsByType(ctx, lists, paths, by), nil
}

// OneCompletedByType is [OneCompleted] for objects of several types.
func OneCompletedByType[I any](ctx context.Context, api *API, c *Connector[I], args Args, by ...Completer[I]) (I, error) {
	part, err := One(ctx, api, c, args)
	if err != nil {
		return part, err
	}
	wholes, err := completeByType(ctx, []I{part}, func(int) ast.Path { return graphql.GetPath(ctx) }, by)
	if errs, ok := err.(graphql.BatchErrorList); ok { //nolint:errorlint // completeByType returns nothing else
		err = errs[0]
	}
	return wholes[0], err
}

// ListCompletedByType is [ListCompleted] for objects of several types.
func ListCompletedByType[I any](ctx context.Context, api *API, c *Connector[[]I], args Args, by ...Completer[I]) ([]I, error) {
	parts, err := One(ctx, api, c, args)
	if err != nil || parts == nil {
		return nil, err
	}
	return completeListsByType(ctx, [][]I{parts}, []ast.Path{graphql.GetPath(ctx)}, by)[0], nil
}

func completeListsByType[I any](ctx context.Context, lists [][]I, paths []ast.Path, by []Completer[I]) [][]I {
	return completeLists(ctx, lists, paths, func(parts []I, path func(int) ast.Path) ([]I, error) {
		return completeByType(ctx, parts, path, by)
	})
}

// completeByType completes parts, those of each type at once.
func completeByType[I any](ctx context.Context, parts []I, path func(int) ast.Path, by []Completer[I]) ([]I, error) {
	wholes, errs := append([]I(nil), parts...), make(graphql.BatchErrorList, len(parts))
	concurrently(len(by), func(i int) { by[i](ctx, parts, wholes, errs, path) })
	for _, err := range errs {
		if err != nil {
			return wholes, errs
		}
	}
	return wholes, nil
}

// EachCompletedByType is [EachCompleted] for objects of several types.
func EachCompletedByType[P, I any](
	ctx context.Context, api *API, c *Connector[I], objs []*P, this func(*P) Value, args Args, by ...Completer[I],
) ([]I, error) {
	parts, err := Each(ctx, api, c, objs, this, args)
	wholes, incomplete := CompleteByType(ctx, pointers(parts), func(p *I) I { return *p }, by...)
	return wholes, joined(err, incomplete)
}

// EachListCompletedByType is [EachListCompleted] for objects of several types.
func EachListCompletedByType[P, I any](
	ctx context.Context, api *API, c *Connector[[]I], objs []*P, this func(*P) Value, args Args, by ...Completer[I],
) ([][]I, error) {
	parts, err := Each(ctx, api, c, objs, this, args)
	wholes, incomplete := CompleteListByType(ctx, pointers(parts), func(p *[]I) []I { return *p }, by...)
	return wholes, joined(err, incomplete)
}
