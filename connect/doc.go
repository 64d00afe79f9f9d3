// Package connect is what generated resolvers call: it builds a connector's
// request, asks the source's client, maps the answer to typed Go, completes
// stubs through entity connectors, and notes how fresh everything was.
//
// Read [Connector] first, the generated value behind every @connect; then [One],
// which a root field calls, and [Complete] and [Each] for fields of objects.
// Mapping begins at [Mapper].
package connect
