// Package resolvers resolves by hand what the SDL of the graph in testdata/shop cannot
// express.
package resolvers

// Resolver is the root of all resolvers.
type Resolver struct{}
