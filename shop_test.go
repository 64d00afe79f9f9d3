package main

import (
	"os"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect"
	"holdfast/testdata/shop/graph"
	"holdfast/testdata/shop/resolvers"
)

// The graph in testdata/shop is compiled as the shipped one is, with settings of
// its own. It asks the sandbox's APIs, and knows nothing of the graph in graph/.
//
//go:generate go -C testdata/shop run ../../connect/generate

// shopSettings is where the APIs of the shop are.
const shopSettings = "testdata/shop/holdfast.yaml"

// shop is the graph that the program is tested with.
func shop() compiledGraph {
	return compiledGraph{
		files:    os.DirFS("."),
		sdl:      "testdata/shop/graph/*.graphqls",
		declared: resolvers.Declared(),
		types:    graph.NewExecutableSchema(graph.Config{}).Schema(),
		examples: os.DirFS("testdata/shop/examples"),
		open: func(api func(connect.Source) (*connect.API, error)) (graphql.ExecutableSchema, error) {
			sources, err := resolvers.NewSources(api)
			if err != nil {
				return nil, err
			}
			return graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{Sources: sources}}), nil
		},
	}
}
