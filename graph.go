package main

import (
	"embed"
	"io/fs"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/gateway"
	"holdfast/graph/scalar"
	"holdfast/resolvers"
)

// A folder is a graph that the program can serve: SDL, and what SDL does not say.
// Nothing but [shippedGraph] knows which one it is.
type folder struct {
	files    fs.FS  // that SDL is in
	sdl      string // pattern of their names
	scalars  scalars.Registry
	hand     connect.Fields // resolved by methods
	examples fs.FS          // queries that the page at / opens with
}

// shipped is the SDL of the graph in graph/, and the queries that explore it.
//
//go:embed graph/*.graphqls graph/examples
var shipped embed.FS

// shippedGraph is the one in graph/ and resolvers/.
func shippedGraph() folder {
	return folder{
		files:    shipped,
		sdl:      "graph/*.graphqls",
		scalars:  scalar.Registry(),
		hand:     resolvers.Fields(&resolvers.Resolver{}),
		examples: shipped,
	}
}

// open makes of the folder's SDL, which was read, a graph that answers from APIs: cfg says the rest. An error of its Open
// is returned as it is.
func (f folder) open(sdl *schema.Schema, cfg executor.Config) (*engine, error) {
	hand, err := f.hand.Table(sdl, f.scalars)
	if err != nil {
		return nil, err
	}
	cfg.Schema, cfg.Scalars, cfg.Hand = sdl, f.scalars, hand
	es, err := executor.New(cfg)
	if err != nil {
		return nil, err
	}
	return &engine{es, es}, nil
}

// engine is the executor as the gateway wants it.
type engine struct {
	graphql.ExecutableSchema

	schema *executor.Schema
}

var (
	_ gateway.Planner = (*engine)(nil)
	_ gateway.Knower  = (*engine)(nil)
)

// Scalar implements [gateway.Knower].
func (e *engine) Scalar(name string) func(value any) error { return e.schema.Scalar(name) }

// Plan implements [gateway.Planner].
func (e *engine) Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (gateway.Planned, error) {
	planned, err := e.schema.Plan(doc, op, vars)
	if err != nil {
		return nil, err
	}
	return planned, nil
}
