// Package field says which field of a source's settings is wrong. Every room of upstreams that has settings
// of its own checks them with it.
package field
