// Package resolvers says, for every field of the graph that is not simply part
// of its parent, which connector of which API resolves it. The compiler writes
// <name>.generated.go for each SDL file and sources.generated.go; a field that
// SDL cannot express is a method in <name>.resolvers.go, which the compiler finds
// and leaves alone. docs/adding-an-api.md shows how.
package resolvers

// Resolver is the root of all resolvers: what they ask.
type Resolver struct{ *Sources }
