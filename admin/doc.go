// Package admin is a listener of its own for who operates a gateway: to say that answers are out of date, to look
// at what is remembered and how the store is. It is a Unix socket that only the gateway's user opens, or an address
// with a token; never the public listener.
//
// Begin with [Server] and [Route]: what can be asked is a list of routes, and every call leaves a line in the log.
// [Client] is the other end.
package admin
