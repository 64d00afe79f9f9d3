package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAFlippedBitIsNoAnswer flips one bit of one file of the data directory after another, and starts a program there
// while no API can be reached. What it answers is what was seen, or that there is nothing.
func TestAFlippedBitIsNoAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{"in plain": nil}
	if *long {
		tests["encrypted"] = []string{someKey}
	}
	for name, settings := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flipBits(t, settings...)
		})
	}
}

// flipBits does so with settings.
func flipBits(t *testing.T, settings ...string) {
	t.Helper()
	v := startAPIs(t)
	args := v.sources(append(neverFresh(), settings...)...)
	whole := shortDir(t)
	p := spawnOn(t, v, append(args, "-data", whole)...)
	seen := p.see(seenQueries()...)
	p.refund() // so that there are bumps, too
	p.keeping()
	p.kill()
	v.gone()
	for _, at := range bitsOf(t, whole) {
		t.Run(at.file, func(t *testing.T) {
			t.Parallel()
			dir := shortDir(t)
			copyData(t, dir, whole)
			flip(t, filepath.Join(dir, at.file), at.offset)
			p := spawnOn(t, v, append(args, "-data", dir)...)
			missing := 0
			for _, m := range seen {
				a := p.ask(m.query)
				if !partOf(a.Data, m.data) {
					t.Errorf("%s\n%s", m.query, cmp.Diff(m.data, a.Data))
				}
				for _, e := range a.Errors {
					if e.Extensions["code"] != "UPSTREAM_UNAVAILABLE" {
						t.Errorf("%s\n%+v", m.query, e)
					}
				}
				if len(a.Errors) > 0 {
					missing++
				} else if !cmp.Equal(a.Data, m.data) {
					t.Errorf("%s\nhas no error: %s", m.query, cmp.Diff(m.data, a.Data))
				}
			}
			t.Logf("bit of byte %d: %d of %d are missing; %s", at.offset, missing, len(seen), p.toldOfStore())
		})
	}
}

// toldOfStore is what the program counts of its store.
func (p *program) toldOfStore() string {
	p.t.Helper()
	var s struct {
		Cache struct{ Store json.RawMessage }
	}
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.url+"/status", "")), &s); err != nil {
		p.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, s.Cache.Store); err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

// A place is where a bit is flipped.
type place struct {
	file   string
	offset int64
}

// bitsOf are places in all files of a directory that hold something: in the middle, or, in the long form, all over.
func bitsOf(t *testing.T, dir string) (all []place) {
	t.Helper()
	at := []int64{50}
	if *long {
		at = []int64{0, 7, 20, 35, 50, 65, 80, 93, 99}
	}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() == 0 {
			return err
		}
		for _, percent := range at {
			all = append(all, place{name, info.Size() * percent / 100})
		}
		return nil
	})
	if err != nil || len(all) < 3 {
		t.Fatal(all, err)
	}
	return all
}

func flip(t *testing.T, file string, offset int64) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[offset] ^= 1 << 3
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// partOf reports whether all that is in got is in want, at the same places; null stands for anything.
func partOf(got, want any) bool {
	switch got := got.(type) {
	case nil:
		return true
	case map[string]any:
		want, ok := want.(map[string]any)
		for name, value := range got {
			ok = ok && partOf(value, want[name])
		}
		return ok
	case []any:
		want, ok := want.([]any)
		ok = ok && len(got) == len(want)
		for i := range got {
			ok = ok && partOf(got[i], want[i])
		}
		return ok
	}
	return reflect.DeepEqual(got, want)
}

// copyData copies the data directory of a program that has ended.
func copyData(t *testing.T, to, from string) {
	t.Helper()
	if err := os.Remove(filepath.Join(from, "admin.sock")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	err := os.CopyFS(to, os.DirFS(from))
	if err == nil {
		err = os.Chmod(filepath.Join(to, "store"), 0o700) // CopyFS does not keep modes of folders
	}
	if err != nil {
		t.Fatal(err)
	}
}
