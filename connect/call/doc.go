// Package call is what connectors are made of: sources, connectors and paging as data, the requests they make of
// inputs, and what they think of answers. It asks nobody: a [upstreams.Client] does.
//
// Begin with [Connector] and [NewRegistry]. [Opened.Ask] makes a request, whose key comes straight from connector
// and inputs; the rest of it is built when it must be sent. [Opened.Judge] says what an answer is worth.
package call
