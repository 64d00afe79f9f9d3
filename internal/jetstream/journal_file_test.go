package jetstream

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/internal/jetstream/jetstreamtest"
)

// bump appends one of each tag, and returns where the last is.
func bump(t *testing.T, s *Store, forget bool, tags ...cache.Tag) (last cache.Place) {
	t.Helper()
	p, err := s.Journal().Append(t.Context(), cache.Bump{Tags: tags, Forget: forget, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tags(first cache.Tag, count int) (all []cache.Tag) {
	for n := range count {
		all = append(all, first+cache.Tag(n)) //nolint:gosec // small
	}
	return all
}

// told is all that the journal tells, and where it is then.
func told(t *testing.T, s *Store) (bumps []cache.Bump, at cache.Place) {
	t.Helper()
	followAll(t, s, func(b cache.Bump) {
		if len(b.Tags) > 0 {
			bumps = append(bumps, b)
		}
		at = b.Place
	})
	return bumps, at
}

// testified waits until the file says that the journal is at p.
func testified(t *testing.T, dir string, p cache.Place) {
	t.Helper()
	await(t, "say how far the journal is", func() bool {
		got, err := journalFileIn(dir).read()
		return err == nil && got == p
	})
}

// copyStore copies a data directory, or what is in one.
func copyStore(t *testing.T, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for _, store := range []string{to, filepath.Join(to, "store")} {
		_ = os.Chmod(store, 0o700) //nolint:gosec // CopyFS does not keep modes of folders
	}
}

func TestAStoreThatWasPutBackIsFoundOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		puts func(t *testing.T, dir, backup string) string // returns the directory to open
		same bool
	}{
		"nothing was put back": {func(_ *testing.T, dir, _ string) string { return dir }, true},
		"the store": {func(t *testing.T, dir, backup string) string {
			t.Helper()
			if err := os.RemoveAll(filepath.Join(dir, "store")); err != nil {
				t.Fatal(err)
			}
			copyStore(t, filepath.Join(dir, "store"), filepath.Join(backup, "store"))
			return dir
		}, false},
		"the whole directory": {func(_ *testing.T, _, backup string) string { return backup }, false},
		"the store, into a directory that has none": {func(t *testing.T, _, backup string) string {
			t.Helper()
			if err := os.Remove(journalFileIn(backup).path); err != nil {
				t.Fatal(err)
			}
			return backup
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, backup := t.TempDir(), t.TempDir()
			s := start(t, Options{Dir: dir})
			awaitOpen(t, s)
			p := bump(t, s, false, 1, 2)
			testified(t, dir, p)
			stop(t, s)
			copyStore(t, backup, dir)
			s = start(t, Options{Dir: dir})
			awaitOpen(t, s)
			if last := bump(t, s, false, 3); last.Incarnation != p.Incarnation {
				t.Errorf("a restart made it another one")
			} else {
				testified(t, dir, last)
			}
			stop(t, s)
			for _, again := range []bool{false, true} {
				s = start(t, Options{Dir: tt.puts(t, dir, backup)})
				awaitOpen(t, s)
				bumps, at := told(t, s)
				if (at.Incarnation == p.Incarnation) != (tt.same || again) || len(bumps) < 2 {
					t.Errorf("%d bumps, the same incarnation: %v", len(bumps), at.Incarnation == p.Incarnation)
				}
				p = at
				testified(t, s.options.Dir, at)
				stop(t, s)
				tt.puts = func(*testing.T, string, string) string { return s.options.Dir }
			}
		})
	}
	t.Run("a cluster", func(t *testing.T) {
		t.Parallel()
		e := External{Servers: jetstreamtest.Start(t).Addresses()}
		if _, err := Init(t.Context(), e, InitOptions{Bytes: 64 << 20}); err != nil {
			t.Fatal(err)
		}
		o := Options{Dir: t.TempDir(), External: &e}
		s := start(t, o)
		awaitOpen(t, s)
		p := bump(t, s, false, 1)
		if _, at := told(t, s); at != p {
			t.Errorf("at %v, bumped at %v", at, p)
		}
		testified(t, o.Dir, p)
		stop(t, s)
		p.Sequence += 100 // as if it had been there once
		if err := journalFileIn(o.Dir).write(p); err != nil {
			t.Fatal(err)
		}
		s = start(t, o)
		if bumps, at := told(t, s); at.Incarnation == p.Incarnation || len(bumps) == 0 {
			t.Errorf("at %v of another that was at %v, with %d bumps", at, p, len(bumps))
		}
	})
}

// TestAFloodOfBumpsCostsNoForget has more bumped than is kept.
func TestAFloodOfBumpsCostsNoForget(t *testing.T) {
	t.Parallel()
	const most = 20
	stores(t, func(t *testing.T, o Options) {
		t.Helper()
		o.bumps = most
		s := start(t, o)
		awaitOpen(t, s)
		bump(t, s, true, 1, 2, 3)
		bump(t, s, false, tags(100, 3*most)...)
		kept := func() (changed, forgotten []cache.Tag) {
			bumps, _ := told(t, s)
			for _, b := range bumps {
				if b.Forget {
					forgotten = append(forgotten, b.Tags...)
				} else {
					changed = append(changed, b.Tags...)
				}
			}
			return changed, forgotten
		}
		await(t, "have the oldest go", func() bool { changed, _ := kept(); return len(changed) == most })
		changed, forgotten := kept()
		if changed[0] != 100+2*most || !slices.Equal(forgotten, []cache.Tag{1, 2, 3}) {
			t.Errorf("changed %v, forgotten %v", changed, forgotten)
		}
		bump(t, s, true, tags(200, most+5)...)
		await(t, "have the oldest that forget go", func() bool { _, forgotten := kept(); return len(forgotten) == most })
		if changed, forgotten := kept(); len(changed) != most || forgotten[0] != 205 {
			t.Errorf("changed %v, forgotten %v", changed, forgotten)
		}
		if s.Counts().Incarnations != 0 {
			t.Error("it is another one")
		}
	})
}

// TestAJournalFileKnowsItself holds that a file says where it was made, and no copy of it does.
func TestAJournalFileKnowsItself(t *testing.T) {
	dir := t.TempDir()
	w, p := journalFileIn(dir), cache.Place{Incarnation: 1<<64 - 1, Sequence: 1 << 60}
	for range 2 {
		if err := w.write(p); err != nil {
			t.Fatal(err)
		}
		if got, err := w.read(); got != p || err != nil {
			t.Fatal(got, err)
		}
	}
	if born(w.path) == 0 {
		t.Skip("the file system does not say when a file was made")
	}
	<-time.After(50 * time.Millisecond) // what is made in one tick of the file system's clock is born at one time
	copied := t.TempDir()
	copyStore(t, copied, dir)
	if _, err := journalFileIn(copied).read(); err != errCopied { //nolint:errorlint // it is just that
		t.Errorf("a copy: %v", err)
	}
	if err := os.WriteFile(w.path, []byte("holdfast journal 1\nffff 1 0\nsum 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(); err != errDamaged { //nolint:errorlint // it is just that
		t.Errorf("damaged: %v", err)
	}
}
