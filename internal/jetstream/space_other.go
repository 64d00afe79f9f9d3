//go:build !(darwin || freebsd || linux)

package jetstream

func freeBytes(string) (free int64, ok bool) { return 0, false }
