// Package fetch asks connectors: for all keys of a group together, each once per
// operation, in as few calls as their sources allow. What memory holds is answered at
// once; goroutines are only for calls under way.
//
// Read [Operation.Begin] first; then single.go, batch.go and pages.go for the three
// ways to ask, and alternatives.go for who is asked next.
package fetch
