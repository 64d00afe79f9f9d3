package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"holdfast/cache"
)

// journalFile is the file DIR/journal, which says how far the journal of bumps had come, a second ago at most:
//
//	holdfast journal 1
//	INCARNATION SEQUENCE BORN
//	sum SHA-256 of all before
//
// It is outside of what it speaks of, so that a store that was put back from a backup is found out; and BORN is when
// the file system made the file, in nanoseconds, so that a copy of both is, too. It is 0 where a file system does not say.
type journalFile struct{ path string }

// journalFileIn is the one in a data directory, "" for none.
func journalFileIn(dir string) journalFile {
	if dir == "" {
		return journalFile{}
	}
	return journalFile{filepath.Join(dir, "journal")}
}

// errCopied is the error of a file that is not the file that was written.
var errCopied = errors.New("is a copy")

// read returns where the journal was. The error is [fs.ErrNotExist], errDamaged, errCopied or of the file system.
func (w journalFile) read() (p cache.Place, err error) {
	text, err := os.ReadFile(w.path)
	if err != nil {
		return p, err
	}
	content, ok := summed(text)
	var was int64
	if _, err := fmt.Sscanf(string(content), "holdfast journal 1\n%x %d %d\n", &p.Incarnation, &p.Sequence, &was); err != nil || !ok {
		return cache.Place{}, errDamaged
	}
	if was != born(w.path) {
		return p, errCopied
	}
	return p, nil
}

// ofCluster is where a journal was that is elsewhere, whatever became of the file since; zero: nobody knows.
func (w journalFile) ofCluster() cache.Place {
	p, err := w.read()
	if err != nil && !errors.Is(err, errCopied) {
		return cache.Place{}
	}
	return p
}

// write has the file say p.
func (w journalFile) write(p cache.Place) error {
	return writeWhole(w.path, func(file *os.File) []byte {
		return fmt.Appendf(nil, "holdfast journal 1\n%x %d %d\n", p.Incarnation, p.Sequence, born(file.Name()))
	})
}

// farthest is the place in the journal that somebody was told of last. It is safe for concurrent use.
type farthest struct {
	mu      sync.Mutex
	place   cache.Place
	written cache.Place // in the journalFile
}

func (f *farthest) get() cache.Place {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place
}

// is takes note that the journal is at p.
func (f *farthest) is(p cache.Place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.Incarnation != f.place.Incarnation || p.Sequence > f.place.Sequence {
		f.place = p
	}
}

// was takes note that it was said to have been at p, which says nothing of another incarnation.
func (f *farthest) was(p cache.Place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.Incarnation == f.place.Incarnation && p.Sequence > f.place.Sequence {
		f.place = p
	}
}

// unwritten returns the place, and whether the file does not say it yet; from now on it does.
func (f *farthest) unwritten() (cache.Place, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.place == f.written || f.place.Incarnation == 0 {
		return f.place, false
	}
	f.written = f.place
	return f.place, true
}

// testify has the file say how far the journal is. One that cannot be written, as on a full disk, finds out less.
func (s *Store) testify() {
	if p, ok := s.far.unwritten(); ok && s.journalFile.path != "" {
		_ = s.journalFile.write(p)
	}
}

// putBack returns why the journal in the directory may not be all that was there last, "" if it is.
func (s *Store) putBack(ctx context.Context, c *session) (why string, err error) {
	last, err := c.lastSequence(ctx)
	if err != nil {
		return "", err
	}
	was, err := s.journalFile.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.journalFile.path + " is not there", nil
	case err != nil:
		return s.journalFile.path + " " + err.Error(), nil //nolint:nilerr // that is why
	case was.Incarnation != c.incarnation.Load():
		return s.journalFile.path + " is of another journal", nil
	case was.Sequence > last:
		return fmt.Sprintf("%s says that the journal was at %d, and it is at %d", s.journalFile.path, was.Sequence, last), nil
	}
	s.far.is(cache.Place{Incarnation: was.Incarnation, Sequence: last})
	return "", nil
}

// lastSequence returns where the journal is.
func (c *session) lastSequence(ctx context.Context) (uint64, error) {
	stream, err := c.js.Stream(ctx, c.names.bumps())
	if err != nil {
		return 0, err
	}
	return stream.CachedInfo().State.LastSeq, nil
}

// sumLine ends a text that can be told from a damaged one.
func sumLine(text []byte) []byte { return fmt.Appendf(text, "sum %s\n", sumOf(text)) }

// summed returns what is before the last line, which is that of sumLine, and whether it fits.
func summed(text []byte) (content []byte, ok bool) {
	content, sum, ok := bytes.Cut(text, []byte("\nsum "))
	content = append(bytes.Clone(content), '\n')
	return content, ok && string(sum) == sumOf(content)+"\n"
}

// writeWhole writes a file that is whole or as before, also after the power failed: with what text returns, which may
// look at the file, and the line that ends it.
func writeWhole(path string, text func(*os.File) []byte) error {
	next := path + ".new"
	_ = os.Remove(next)                                                       // so that it is a new file
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the operator's directory
	if err != nil {
		return refusedPath(err)
	}
	_, err = file.Write(sumLine(text(file)))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err == nil {
		syncDir(filepath.Dir(path))
	}
	return err
}
