package jetstream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrHeld means that another process has a data directory.
var ErrHeld = errors.New("another process has the data directory")

// DirLock is a data directory that no other process has. It ends with the process, however that ends.
type DirLock struct{ file *os.File }

// Lock takes a data directory, which is made if it is not there, or returns an error that is [ErrHeld].
func Lock(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, refusedPath(err)
	}
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's directory
	if err != nil {
		return nil, refusedPath(err)
	}
	if err := tryLock(file); err != nil {
		defer file.Close()
		if !errors.Is(err, ErrHeld) {
			return nil, &Refused{fmt.Sprintf("%s: cannot be locked: %v; -data none keeps nothing on disk", path, err)}
		}
		return nil, heldBy(path)
	}
	// Who has it is for people; that it cannot be written on a full disk keeps nobody from starting.
	if file.Truncate(0) == nil {
		_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &DirLock{file: file}, nil
}

// Release gives the directory back.
func (l *DirLock) Release() { _ = l.file.Close() }

func heldBy(path string) error {
	dir := filepath.Dir(path)
	text, _ := os.ReadFile(path) //nolint:gosec // the operator's directory
	if pid := strings.TrimSpace(string(text)); pid != "" {
		return fmt.Errorf("%s: %w (%s)", dir, ErrHeld, pid)
	}
	return fmt.Errorf("%s: %w", dir, ErrHeld)
}
