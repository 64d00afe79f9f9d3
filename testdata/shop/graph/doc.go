// Package graph is the graph that the program is tested with, over the APIs of the
// sandbox. It is not the one in graph/ at the root, which is there to be replaced.
package graph
