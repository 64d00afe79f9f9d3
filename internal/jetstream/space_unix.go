//go:build darwin || freebsd || linux

package jetstream

import "syscall"

// freeBytes is how much can be written to the file system of a directory; it is not ok where nobody knows.
func freeBytes(dir string) (free int64, ok bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true //nolint:gosec,unconvert // of other types elsewhere
}
