package jetstream

import (
	"errors"
	"io/fs"
	"syscall"
)

// Refused is why a store cannot be opened until the operator has done something. Its text says what.
type Refused struct{ Reason string } //nolint:errname // as it is read: errors.As(err, &refused)

func (r *Refused) Error() string { return r.Reason }

// refusedPath is an error at a path, as one that the operator can do something about where that is so.
func refusedPath(err error) error {
	var at *fs.PathError
	switch {
	case !errors.As(err, &at):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &Refused{at.Path + ": permission denied: the data directory must belong to the user that runs this"}
	case errors.Is(err, syscall.EROFS):
		return &Refused{at.Path + ": the file system is read-only: give -data a directory that can be written, or none"}
	case errors.Is(err, syscall.ENOTDIR):
		return &Refused{at.Path + ": is not a directory"}
	}
	return err
}
