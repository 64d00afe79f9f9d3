// Package httpcache is an [http.RoundTripper] that remembers answers by the rules of HTTP (RFC 9111, 5861,
// 8246, 9211), to the letter: a private cache for one user or a shared one for all, for any Go client or
// reverse proxy. The rules are in holdfast/freshness, the memory is a [cache.Cache].
//
// An answer is stored when its body was read to the end and was complete; so read and close what you are
// given, as with any client. Requests with a Range, If-Match, If-Unmodified-Since or If-Range, a GET with
// a body, and methods other than GET and HEAD pass through; unsafe methods invalidate what they change.
// Each response says in Cache-Status what became of its request.
//
// Read [New] and [Options], then [Transport.RoundTrip].
package httpcache
