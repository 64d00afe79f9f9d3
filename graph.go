package main

import (
	"embed"
	"io/fs"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/graph"
	"holdfast/resolvers"
)

// A compiledGraph is a graph that the program can serve: SDL, and the Go that the
// compiler made of it. Nothing but [shippedGraph] knows which one it is.
type compiledGraph struct {
	files    fs.FS  // that SDL is in
	sdl      string // pattern of their names
	declared connect.Manifest
	types    *ast.Schema
	examples fs.FS // queries that the page at / opens with
	// open makes it answer from APIs; an error of api is returned as it is.
	open func(api func(connect.Source) (*connect.API, error)) (graphql.ExecutableSchema, error)
}

// shipped is the SDL of the graph in graph/, and the queries that explore it.
//
//go:embed graph/*.graphqls graph/examples
var shipped embed.FS

// shippedGraph is the one in graph/ and resolvers/.
func shippedGraph() compiledGraph {
	return compiledGraph{
		files:    shipped,
		sdl:      "graph/*.graphqls",
		declared: resolvers.Declared(),
		types:    graph.NewExecutableSchema(graph.Config{}).Schema(),
		examples: shipped,
		open: func(api func(connect.Source) (*connect.API, error)) (graphql.ExecutableSchema, error) {
			sources, err := resolvers.NewSources(api)
			if err != nil {
				return nil, err
			}
			return graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{Sources: sources}}), nil
		},
	}
}
