//go:build !linux

package jetstream

func born(string) int64 { return 0 }
