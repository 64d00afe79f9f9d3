package connect_test

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// What the compiler writes for a field with a @connect is a connector, and one
// line that asks it. A server installs [connect.Extension]; here there is no
// server, so the context is made by hand.
func ExampleOne() {
	type order struct{ Number string }
	connector := &connect.Connector[*order]{
		Call: connect.Call{
			ID:       "Query.order",
			Method:   "GET",
			URL:      mapping.MustTemplate("/orders/{$args.id}"),
			Nullable: true,
		},
		Map: func(m *connect.Mapper, in connect.Value) *order {
			f := m.Answer()
			return &order{Number: connect.Need(f, "number", in.Key("number"), connect.String)}
		},
	}
	api := upstreamtest.Play(upstreamtest.Answer(200, `{"number":"A-7"}`), upstreamtest.Answer(404, `{}`))
	source := connect.Source{Name: "shop", BaseURL: "https://shop.example.com/v1"}
	shop, err := source.Open(upstreams.New(upstreams.Config{Name: "shop"}, nil, api), connect.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := graphql.WithResponseContext(context.Background(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	there, err := connect.One(ctx, shop, connector, connect.Args{"id": "7/x"})
	fmt.Println(there.Number, err, api.Log()[0].URL)
	gone, err := connect.One(ctx, shop, connector, connect.Args{"id": "8"})
	fmt.Println(gone, err)
	_, err = connect.One(ctx, shop, connector, connect.Args{"id": ".."})
	fmt.Println(err)
	// Output:
	// A-7 <nil> https://shop.example.com/v1/orders/7%2Fx
	// <nil> <nil>
	// shop (Query.order): bad input: a segment of the URL's path is "..", which would leave the API's path
}
