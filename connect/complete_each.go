package connect

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// EachCompleted is Each for a field whose own connector yields only a part of
// its object; e, asked through by, has the rest.
func EachCompleted[P, T any](
	ctx context.Context, api *API, c *Connector[*T], objs []*P, this func(*P) Value, args Args,
	by *API, e *Entity[T], offer ...Offer[*T],
) ([]*T, error) {
	parts, err := Each(ctx, api, c, objs, this, args)
	wholes, incomplete := Complete(ctx, by, e, pointers(parts), func(p **T) *T { return *p }, offer...)
	return wholes, joined(err, incomplete)
}

// EachListCompleted is EachCompleted for a field that is a list.
func EachListCompleted[P, T any](
	ctx context.Context, api *API, c *Connector[[]*T], objs []*P, this func(*P) Value, args Args,
	by *API, e *Entity[T], offer ...Offer[*T],
) ([][]*T, error) {
	parts, err := Each(ctx, api, c, objs, this, args)
	wholes, incomplete := CompleteList(ctx, by, e, pointers(parts), func(p *[]*T) []*T { return *p }, offer...)
	return wholes, joined(err, incomplete)
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

// joined is one list of the errors of siblings, of which each has one at most.
func joined(first, second error) error {
	a, ok := first.(graphql.BatchErrorList)    //nolint:errorlint // siblings' errors are not wrapped
	b, more := second.(graphql.BatchErrorList) //nolint:errorlint // likewise
	switch {
	case !ok:
		return second
	case !more:
		return first
	}
	for i := range a {
		if a[i] == nil {
			a[i] = b[i]
		}
	}
	return a
}
