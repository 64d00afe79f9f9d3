package jetstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// directory is DIR/store: the file format, and what the server keeps.
type directory struct{ path string }

func storeDirectory(dir string) directory { return directory{filepath.Join(dir, "store")} }

func (d directory) format() string { return filepath.Join(d.path, "format") }

// engine is where the server keeps its things.
func (d directory) engine() string { return filepath.Join(d.path, "jetstream") }

// stream is where the server keeps a stream.
func (d directory) stream(name string) string {
	return filepath.Join(d.engine(), "$G", "streams", name)
}

// having returns those streams of which something is there: an older version had not all of them.
func (d directory) having(streams ...string) []string {
	return slices.DeleteFunc(streams, func(name string) bool {
		_, err := os.Stat(d.stream(name))
		return errors.Is(err, fs.ErrNotExist)
	})
}

// check returns a [Refused] if what is there cannot be used. It changes nothing, so that it may be asked while another
// process has the directory.
func (d directory) check(key []byte) error {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return refusedPath(err)
	case !info.IsDir():
		return &Refused{d.path + ": is not a directory"}
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0:
		return &Refused{fmt.Sprintf("%s: everybody can get at it (mode %04o), and answers are in it: chmod -R o= %[1]s", d.path, info.Mode().Perm())}
	}
	f, err := readFormat(d.format())
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) {
		return nil // prepare sees to that
	}
	if err != nil {
		return err
	}
	return f.refuses(d.path, key)
}

// prepare makes the directory ready for a server and returns its format, and whether it is new. Who calls it has the
// lock. What is there without a format that can be read is moved aside.
func (d directory) prepare(key []byte, now time.Time, alarm func(string)) (f format, isNew bool, err error) {
	if err := d.check(key); err != nil {
		return f, false, err
	}
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return f, false, refusedPath(err)
	}
	f, err = readFormat(d.format())
	if err == nil {
		_, err := os.Stat(d.engine())
		return f, errors.Is(err, fs.ErrNotExist), writable(d.path)
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errDamaged) {
		return f, false, err
	}
	for _, path := range []string{d.format(), d.engine()} {
		if moved, err := d.aside(path, now); err != nil {
			return f, false, err
		} else if moved != "" {
			alarm(path + " cannot be used, since the file format is damaged or lost: it is now " + moved)
		}
	}
	f = newFormat(key)
	return f, true, f.write(d.format())
}

// aside moves what is at path out of the way, and returns where it is now, "" if nothing was there.
func (d directory) aside(path string, now time.Time) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	damaged := filepath.Join(d.path, "damaged")
	if err := os.MkdirAll(damaged, 0o700); err != nil {
		return "", refusedPath(err)
	}
	moved := filepath.Join(damaged, now.UTC().Format("20060102T150405.000000000Z")+"-"+filepath.Base(path))
	return moved, os.Rename(path, moved)
}

// dropIndex has a server that starts read and check all messages of a stream, and leave out what is damaged.
func (d directory) dropIndex(stream string) error {
	err := os.Remove(filepath.Join(d.stream(stream), "msgs", "index.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// roomy reports whether something can be written. Where it cannot, what the server says it cannot read may be well.
func (d directory) roomy() bool {
	file, err := os.CreateTemp(d.path, ".probe-")
	if err != nil {
		return false
	}
	_, err = file.Write(make([]byte, 64<<10))
	err = errors.Join(err, file.Sync(), file.Close())
	return errors.Join(err, os.Remove(file.Name())) == nil
}

// writable returns a [Refused] where nothing can be written to a directory; that the disk is full is no reason.
func writable(dir string) error {
	file, err := os.CreateTemp(dir, ".probe-")
	if err != nil {
		if refused := (*Refused)(nil); errors.As(refusedPath(err), &refused) {
			return refused
		}
		return nil
	}
	_ = file.Close()
	return os.Remove(file.Name())
}
