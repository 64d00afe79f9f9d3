// Package executortest proves what serves a graph: golden files of what is asked
// and answered, whoever computes it. It assumes a [graphql.ExecutableSchema] and
// asks its APIs through an [http.RoundTripper], without sockets, in a bubble of
// testing/synctest.
//
// Read [Golden] first, then testdata/golden/README.md, which says what the files
// hold.
package executortest
