package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/gateway"
	"holdfast/upstreams"
)

// On what answers depend is for those who run the gateway: it has values of them.
func TestATraceShowsTagsWhereItMay(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf("Order:%02d", i))
	}
	parts := []upstreams.Part{
		{Path: []any{"orders", 1, "payment"}, Source: "stripe", Connector: "Payment", Depends: &upstreams.Dependence{Tags: []string{"Payment:b", "source:stripe"}}},
		{Path: []any{"orders", 0, "payment"}, Source: "stripe", Connector: "Payment", State: upstreams.StateFresh, Depends: &upstreams.Dependence{Tags: []string{"Payment:a", "source:stripe"}}},
		{Path: []any{"orders"}, Source: "shop", Connector: "Query.orders", Depends: &upstreams.Dependence{Tags: many}},
		{Path: []any{"stock"}, Source: "shop", Connector: "Query.stock", Depends: &upstreams.Dependence{Tags: []string{"#1a", "Order:*", "Order:5", "connector:Query.stock", "lists"}}},
		{Path: []any{"pay"}, Source: "stripe", Connector: "Mutation.pay", Depends: &upstreams.Dependence{Invalidated: []string{"Payment:a"}}},
		{Path: []any{"untold"}, Source: "shop", Connector: "Query.untold"},
	}
	want := `[{"path":["orders"],"source":"shop","connector":"Query.orders","tags":["` + strings.Join(many[:20], `","`) + `"],"more":30},` +
		`{"path":["orders","*","payment"],"source":"stripe","connector":"Payment","tags":["Payment:a","Payment:b","source:stripe"]},` +
		`{"path":["pay"],"source":"stripe","connector":"Mutation.pay","invalidated":["Payment:a"]},` +
		`{"path":["stock"],"source":"shop","connector":"Query.stock","tags":["#1a","Order:*","Order:5","connector:Query.stock","lists"]}]`
	const kinds = `[{"path":["orders"],"source":"shop","connector":"Query.orders","tags":["Order:…"]},` +
		`{"path":["orders","*","payment"],"source":"stripe","connector":"Payment","tags":["Payment:…","source:stripe"]},` +
		`{"path":["pay"],"source":"stripe","connector":"Mutation.pay","invalidated":["Payment:…"]},` +
		`{"path":["stock"],"source":"shop","connector":"Query.stock","tags":["Order:*","Order:…","connector:Query.stock","lists"]}]`
	for keys, want := range map[bool]string{true: want, false: kinds} {
		g, _ := serve(t, gateway.Config{Trace: new(true), TraceKeys: &keys}, map[string]resolver{"Query.hello": notes(parts...)})
		got := do(t, g, query(t, "{hello}", "X-Holdfast-Trace", "1")).Extensions["trace"]
		if !strings.Contains(string(got), `,"tags":`+want) {
			t.Errorf("keys %v: got\n%s\nwant\n%s", keys, got, want)
		}
		if got := do(t, g, query(t, "{hello}")); got.Extensions["trace"] != nil {
			t.Errorf("nobody asked for %s", got.Body)
		}
	}
}
