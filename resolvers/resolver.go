// Package resolvers resolves the fields of the graph that SDL cannot express: each is
// a method in <name>.resolvers.go. The compiler finds them, and lists them in
// fields.generated.go with their signatures. docs/adding-an-api.md shows how.
package resolvers

// Resolver is the root of all resolvers: what methods need besides the graph.
type Resolver struct{}
