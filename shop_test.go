package main

import (
	"embed"

	"holdfast/graph/scalar"
	"holdfast/testdata/shop/resolvers"
)

// The graph in testdata/shop asks the sandbox's APIs, and knows nothing of the graph
// in graph/. Its fields by hand are compiled with settings of its own, and its oracle.
//
//go:generate go -C testdata/shop run ../../connect/generate

// shopSettings is where the APIs of the shop are.
const shopSettings = "testdata/shop/holdfast.yaml"

// shopFiles is its SDL, and the queries that explore it.
//
//go:embed testdata/shop/graph/*.graphqls testdata/shop/examples
var shopFiles embed.FS

// shop is the graph that the program is tested with.
func shop() folder {
	return folder{
		files:    shopFiles,
		sdl:      "testdata/shop/graph/*.graphqls",
		scalars:  scalar.Registry(),
		hand:     resolvers.Fields(&resolvers.Resolver{}),
		examples: shopFiles,
	}
}
