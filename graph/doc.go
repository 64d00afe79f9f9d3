// Package graph is the contract of the API: one .graphqls file for each API
// behind it and one for what they share, and the code that gqlgen and the
// connector compiler make of them. Read the .graphqls files; nothing here is
// edited by hand but them, model and scalar. The go:generate line stands in
// resolvers/generate_test.go.
package graph
