// Package scalars knows the scalars and value objects of a graph by name: how an
// API's value becomes ready JSON, and a caller's input its one form. What GraphQL
// has built in is here; a graph brings its own in a [Registry].
//
// Read [Scalar] first.
package scalars
