package jetstream

import "golang.org/x/sys/unix"

// born returns when the file system made a file, in Unix nanoseconds: no copy has the same, and a file keeps it under
// another name. It is 0 where the file system does not say.
func born(path string) int64 {
	var s unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BTIME, &s) != nil || s.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return s.Btime.Sec*1e9 + int64(s.Btime.Nsec)
}
