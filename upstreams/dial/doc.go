// Package dial connects to the APIs we do not control. A [Transport] is an [http.RoundTripper] that reaches
// public addresses and those its operator named, looks again at files and names that change, and keeps to
// TLS and proxy as configured.
//
// Read [New] first, then guard.go: what may be dialled.
package dial
