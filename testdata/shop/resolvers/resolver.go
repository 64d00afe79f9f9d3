// Package resolvers resolves the graph that the program is tested with.
package resolvers

// Resolver is the root of all resolvers: what they ask.
type Resolver struct{ *Sources }
