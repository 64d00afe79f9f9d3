package executor_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"holdfast/upstreams/panics"
)

// BenchmarkWarmOrders answers a list of twenty orders with their customers and payments
// from memory: without what a gateway does before and after.
func BenchmarkWarmOrders(b *testing.B) {
	w := newShop(b)
	doc, errs := gqlparser.LoadQueryWithRules(w.graph.Schema(), ordersQuery, rules.NewDefaultRules())
	if errs != nil {
		b.Fatal(errs)
	}
	p, err := w.graph.Plan(doc, doc.Operations[0], nil)
	if err != nil {
		b.Fatal(err)
	}
	ctx := graphql.WithOperationContext(b.Context(), &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0]})
	ctx = graphql.WithResponseContext(ctx, asIs, func(_ context.Context, value any) error { return panics.Of(value) })
	for b.Loop() {
		if len(p.Exec(ctx)(ctx).Data) < 1000 {
			b.Fatal("no orders")
		}
	}
	b.StopTimer()
	if errs := graphql.GetErrors(ctx); len(errs) > 0 {
		b.Fatal(errs)
	}
}
