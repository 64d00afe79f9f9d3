package connect

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams/panics"
)

// each resolves n siblings, each with its own value or error. The error, if any,
// is a [graphql.BatchErrorList].
func each[T any](n int, resolve func(i int) (T, error)) ([]T, error) {
	values, errs := make([]T, n), make(graphql.BatchErrorList, n)
	failed := false
	for i := range n {
		values[i], errs[i] = resolve(i)
		failed = failed || errs[i] != nil
	}
	if failed {
		return values, errs
	}
	return values, nil
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

// concurrently runs n tasks at once and waits for them; the caller's own
// goroutine takes the last. How many of them are calls under way is for the
// source's quota to say. One that panics does so here, when all have ended.
func concurrently(n int, task func(i int)) {
	var wg sync.WaitGroup
	failed := make([]error, n)
	run := func(i int) {
		failed[i] = panics.Catch(func() error {
			task(i)
			return nil
		})
	}
	for i := range n {
		if i == n-1 {
			run(i)
		} else {
			wg.Go(func() { run(i) })
		}
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			panic(err)
		}
	}
}

// loaded is what became of a load that a group has fetched.
func (s *state) loaded(ctx context.Context, key loadKey) (*answerOf, error) {
	return s.load(ctx, key, func() (*answerOf, error) { return nil, errNotFetched })
}

// loadedValues are the values of inputs that came without an error.
func loadedValues[T any](ctx context.Context, s *state, inputs []Value, keyOf func(Value) loadKey) []T {
	var values []T
	for _, in := range inputs {
		answer, err := s.loaded(ctx, keyOf(in))
		if err != nil {
			continue
		}
		if m, ok := serving(ctx, answer.Answer).Value.(*mapped[T]); ok {
			values = append(values, m.value)
		}
	}
	return values
}
