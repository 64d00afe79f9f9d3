package main

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	oracles "holdfast/connect/oracle"
	"holdfast/connect/schema"
	"holdfast/gateway/console"
	"holdfast/graph/oracle"
	"holdfast/graph/scalar"
	"holdfast/resolvers"
)

// The queries that the page shows are answered as the oracle answers them.
func TestTheReferenceGraphAnswersAsTheOracle(t *testing.T) {
	examples, err := console.Examples(shippedGraph().examples)
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	as := func(sdl *schema.Schema, es *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension) {
		resolve, err := oracles.New(sdl, scalar.Registry(), oracle.Types, es.schema.Loads)
		if err != nil {
			t.Fatal(err)
		}
		config := oracle.Config{Resolvers: &oracle.Resolver{Hand: &resolvers.Resolver{}}}
		return oracle.NewExecutableSchema(config), []graphql.HandlerExtension{resolve}
	}
	for _, e := range examples {
		if strings.Contains(e.Query, "\nsubscription ") { // what it follows is compared as a query
			continue
		}
		t.Run(e.Name, func(t *testing.T) { compareWithOracle(t, shippedGraph(), as, e.Query) })
	}
}
