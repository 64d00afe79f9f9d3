package field

import (
	"errors"
	"os"
	"strings"
)

// Error says which field is wrong.
type Error struct {
	Path   string // as in the file, below sources.NAME: "auth.header.name"
	Reason string // without the value, which may be a secret
}

// Error returns path and reason.
func (e *Error) Error() string { return e.Path + ": " + e.Reason }

// Wrong returns the error of the field at path.
func Wrong(path, reason string) *Error { return &Error{Path: path, Reason: reason} }

// First returns the first of errs that is one, else nil.
func First(errs ...*Error) *Error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Reason is what the system says of a file, without its name again.
func Reason(err error) string {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// Either lists what may stand in one place: a, b or c.
func Either(values []string) string {
	last := len(values) - 1
	if last < 1 {
		return strings.Join(values, "")
	}
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
