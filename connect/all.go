package connect

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// all resolves n siblings at once, each with its own path and error.
func all[T any](ctx context.Context, n int, resolve func(i int, path ast.Path) (T, error)) ([]T, error) {
	values, errs := make([]T, n), make(graphql.BatchErrorList, n)
	var wg sync.WaitGroup
	for i := range n {
		one := func() { values[i], errs[i] = resolve(i, graphql.BatchPathWithIndex(ctx, i)) }
		if i == n-1 {
			one() // the caller's own goroutine takes the last
		} else {
			wg.Go(one)
		}
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return values, errs
		}
	}
	return values, nil
}
