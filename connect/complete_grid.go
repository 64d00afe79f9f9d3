package connect

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// CompleteGrid is [CompleteList] for a field that is a list of lists.
func CompleteGrid[P, T any](ctx context.Context, api *API, e *Entity[T], objs []*P, parts func(*P) [][]*T, offer ...Offer[*T]) ([][][]*T, error) {
	grids := make([][][]*T, len(objs))
	paths := make([]ast.Path, len(objs))
	path := siblings(ctx, len(objs))
	for i, o := range objs {
		if o != nil {
			grids[i], paths[i] = parts(o), path(i)
		}
	}
	return e.completeGrids(ctx, api, grids, paths, offer), nil
}

// GridCompleted is [OneCompleted] for a field that is a list of lists.
func GridCompleted[T any](ctx context.Context, api *API, c *Connector[[][]*T], args Args, by *API, e *Entity[T], offer ...Offer[*T]) ([][]*T, error) {
	parts, err := One(ctx, api, c, args)
	if err != nil || parts == nil {
		return nil, err
	}
	return e.completeGrids(ctx, by, [][][]*T{parts}, []ast.Path{graphql.GetPath(ctx)}, offer)[0], nil
}

// EachGridCompleted is [EachCompleted] for a field that is a list of lists.
func EachGridCompleted[P, T any](
	ctx context.Context, api *API, c *Connector[[][]*T], objs []*P, this func(*P) Value, args Args,
	by *API, e *Entity[T], offer ...Offer[*T],
) ([][][]*T, error) {
	parts, err := Each(ctx, api, c, objs, this, args)
	wholes, incomplete := CompleteGrid(ctx, by, e, pointers(parts), func(p *[][]*T) [][]*T { return *p }, offer...)
	return wholes, joined(err, incomplete)
}

// completeGrids completes the items of lists of lists, each at its path.
func (e *Entity[T]) completeGrids(ctx context.Context, api *API, grids [][][]*T, paths []ast.Path, offer []Offer[*T]) [][][]*T {
	var rowPaths []ast.Path
	for i, grid := range grids {
		for j := range grid {
			rowPaths = append(rowPaths, append(slices.Clip(paths[i]), ast.PathIndex(j)))
		}
	}
	rows := e.completeLists(ctx, api, Flat(grids), rowPaths, offer)
	completed := make([][][]*T, len(grids))
	for i, grid := range grids {
		n := len(grid)
		if completed[i] = grid; n > 0 { // else it may be null
			completed[i], rows = rows[:n:n], rows[n:]
		}
	}
	return completed
}
