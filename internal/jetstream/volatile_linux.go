package jetstream

import (
	"path/filepath"
	"syscall"
)

// Magic numbers of file systems, as in statfs(2).
const (
	overlayMagic = 0x794c7630
	tmpfsMagic   = 0x01021994
	ramfsMagic   = 0x858458f6
)

// Volatile returns what a directory is on if that does not outlive the container or the machine: "overlay", "tmpfs" or
// "ramfs"; "" otherwise. The directory need not be there yet.
func Volatile(dir string) string {
	path, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	var fs syscall.Statfs_t
	for syscall.Statfs(path, &fs) != nil {
		if path == filepath.Dir(path) {
			return ""
		}
		path = filepath.Dir(path)
	}
	switch uint32(fs.Type) { //nolint:gosec // magic numbers are 32 bits wide
	case overlayMagic:
		return "overlay"
	case tmpfsMagic:
		return "tmpfs"
	case ramfsMagic:
		return "ramfs"
	}
	return ""
}
