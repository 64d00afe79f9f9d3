//go:build race

package main

// raced says that the race detector is on, which keeps a shadow of all memory.
const raced = true
