//go:build !linux

package jetstream

// Volatile returns "": nobody knows here.
func Volatile(string) string { return "" }
