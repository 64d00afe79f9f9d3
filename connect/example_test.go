package connect_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/connect/call"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A field that SDL cannot express is a method. The compiler lists it in a table; here
// that is written by hand.
func ExampleMany() {
	const sdl = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.example"})
type Query { products: [Product!] @connect(source: "shop", http: {GET: "/products"}, selection: "id name") }
type Product { id: ID! name: String! slug(upper: Boolean = false): String! }
`
	type Product struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	type arguments struct {
		Upper bool `json:"upper"`
	}
	slug := func(_ context.Context, products []*Product, args arguments) ([]string, error) {
		slugs := make([]string, len(products))
		for i, p := range products {
			slugs[i] = strings.ReplaceAll(strings.ToLower(p.Name), " ", "-")
			if args.Upper {
				slugs[i] = strings.ToUpper(slugs[i])
			}
		}
		return slugs, nil
	}
	fields := connect.Fields{Methods: map[string]connect.Method{"Product.slug": connect.Many(slug)}}

	read, findings := schema.Read([]*ast.Source{{Name: "shop.graphqls", Input: sdl}}, schema.Options{ByHand: fields.Has})
	if findings.Failed() {
		fmt.Println(findings)
		return
	}
	table, err := fields.Table(read, scalars.New())
	if err != nil {
		fmt.Println(err)
		return
	}
	api := upstreamtest.Play(upstreamtest.Answer(200, `[{"id": 1, "name": "Salt Mill"}, {"id": 2, "name": "Cork"}]`))
	graph, err := executor.New(executor.Config{Schema: read, Hand: table, Open: func(s call.Source) (*call.API, error) {
		return s.Open(upstreams.New(upstreams.Config{Name: s.Name}, nil, api), call.Settings{})
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := graph.Run(context.Background(), executor.Job{Query: `{ products { slug loud: slug(upper: true) } }`, Service: "example"})
	fmt.Println(string(out.Data), err)
	// Output:
	// {"products":[{"slug":"salt-mill","loud":"SALT-MILL"},{"slug":"cork","loud":"CORK"}]} <nil>
}
