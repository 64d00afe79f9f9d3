// Package view gives typed Go of what connectors fetch, and makes the keys and
// arguments that they are asked with of typed Go. Read [Graph.Ask].
package view
