package jetstream

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast/internal/jetstream/jetstreamtest"
	"holdfast/outbox"
	"holdfast/outbox/outboxtest"
)

func putWrite(t *testing.T, s *Store, id outbox.ID, known outbox.Revision) outbox.Kept {
	t.Helper()
	k, err := s.Writes().Put(t.Context(), id, known, outboxtest.Record(500))
	if err != nil {
		t.Fatalf("put: %v", err)
	}
	return k
}

// awaitCondition waits for the journal to be in a condition, and returns why it is.
func awaitCondition(t *testing.T, s *Store, c outbox.Condition) string {
	t.Helper()
	await(t, string(c), func() bool { return s.Writes().State().Condition == c })
	return s.Writes().State().Reason
}

// copied is the tree below from, in a directory of its own.
func copied(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestWritesAreRefused opens directories whose writes are not what they were: nothing is accepted, nothing is made anew,
// and answers are served all the same.
func TestWritesAreRefused(t *testing.T) {
	dir := t.TempDir()
	stream := func(dir string) string { return storeDirectory(dir).stream(namesOf("").writes()) }
	s := start(t, Options{Dir: dir})
	awaitOpen(t, s)
	putWrite(t, s, outbox.NewID(), 0)
	stop(t, s)
	early := copied(t, stream(dir))
	s = start(t, Options{Dir: dir})
	awaitOpen(t, s)
	var last outbox.Kept
	for range 5 {
		last = putWrite(t, s, outbox.NewID(), 0)
	}
	await(t, "be seen", func() bool {
		seen, _, err := storeDirectory(dir).witness().read()
		return err == nil && seen >= uint64(last.Revision)
	})
	stop(t, s)

	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string) error
		want  string
		left  int // writes, once an operator has removed the witness
	}{
		"a stream that is lost": {
			spoil: func(_ *testing.T, dir string) error { return os.RemoveAll(stream(dir)) },
			want:  "cannot be read, or is lost", left: 0,
		},
		"a stream whose description is damaged": {
			spoil: func(_ *testing.T, dir string) error {
				return os.WriteFile(filepath.Join(stream(dir), "meta.inf"), []byte("{"), 0o600)
			},
			want: "cannot be read, or is lost", left: 0,
		},
		"a stream that is older than it was": {
			spoil: func(_ *testing.T, dir string) error {
				return errors.Join(os.RemoveAll(stream(dir)), os.CopyFS(stream(dir), os.DirFS(early)))
			},
			want: "ends at 1 and was seen up to", left: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t, dir)
			_ = os.Chmod(filepath.Join(dir, "store"), 0o700) //nolint:gosec // as it was
			if err := test.spoil(t, dir); err != nil {
				t.Fatal(err)
			}
			for range 2 { // it stays so
				s := start(t, Options{Dir: dir})
				awaitOpen(t, s)
				if why := awaitCondition(t, s, outbox.JournalRefused); !strings.Contains(why, test.want) {
					t.Errorf("refused: %s", why)
				}
				if _, err := s.Writes().Put(t.Context(), outbox.NewID(), 0, outboxtest.Record(10)); !errors.Is(err, outbox.ErrUnavailable) {
					t.Errorf("put: %v", err)
				}
				if _, err := s.Writes().Load(t.Context(), []outbox.ID{outbox.NewID()}); !errors.Is(err, outbox.ErrUnavailable) {
					t.Errorf("load: %v", err)
				}
				if err := s.Writes().Follow(t.Context(), func(outbox.Told) { t.Error("told of something") }); !errors.Is(err, outbox.ErrDamaged) {
					t.Errorf("follow: %v", err)
				}
				save(t, s, "a", "answers are kept", load(t, s, "a")[0].Revision)
				stop(t, s)
			}
			if err := os.Remove(storeDirectory(dir).witness().path); err != nil {
				t.Fatal(err)
			}
			if test.left == 0 {
				_ = os.RemoveAll(stream(dir))
			}
			s := start(t, Options{Dir: dir})
			awaitOpen(t, s)
			putWrite(t, s, outbox.NewID(), 0)
			if got := len(toldOf(t, s)); got != test.left+1 {
				t.Errorf("%d writes, want %d", got, test.left+1)
			}
		})
	}
}

// TestWritesOfAnExternalClusterNeedTheirStream is a cluster whose streams an older version made.
func TestWritesOfAnExternalClusterNeedTheirStream(t *testing.T) {
	e := External{Servers: jetstreamtest.Start(t).Addresses()}
	if _, err := Init(t.Context(), e, InitOptions{Bytes: 16 << 20, Entries: 1000}); err != nil {
		t.Fatal(err)
	}
	nc, err := e.connect(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c, err := newSession(&Store{}, nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.js.DeleteStream(t.Context(), namesOf("").writes()); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{External: &e})
	awaitOpen(t, s)
	if why := awaitCondition(t, s, outbox.JournalRefused); !strings.Contains(why, "make it with holdfast store init") {
		t.Errorf("refused: %s", why)
	}
	save(t, s, "a", "answers are kept", 0)
	if made, err := Init(t.Context(), e, InitOptions{Bytes: 16 << 20, Entries: 1000}); err != nil || made[3].Did != "made" || made[0].Did != "kept" {
		t.Fatalf("%v, %v", made, err)
	}
	awaitCondition(t, s, outbox.JournalOpen)
	putWrite(t, s, outbox.NewID(), 0)
}

// toldOf is all that is kept.
func toldOf(t *testing.T, s *Store) map[outbox.ID][]byte {
	t.Helper()
	all, err := tryToldOf(t, s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func tryToldOf(t *testing.T, s *Store) (map[outbox.ID][]byte, error) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), soon)
	defer end()
	var mu sync.Mutex
	all, current := map[outbox.ID][]byte{}, false
	err := s.Writes().Follow(ctx, func(told outbox.Told) {
		mu.Lock()
		defer mu.Unlock()
		if told.Revision != 0 {
			all[told.ID] = told.Record
		}
		if told.Current {
			current = true
			end()
		}
	})
	if err == nil && !current {
		t.Fatal("not all was told")
	}
	return all, err
}

// TestABitFlipLosesNoWriteSilently flips a bit in each file of the stream in turn: what is told is what was put, and if
// anything is missing that is said.
func TestABitFlipLosesNoWriteSilently(t *testing.T) {
	made := t.TempDir()
	s := start(t, Options{Dir: made})
	awaitOpen(t, s)
	want := map[outbox.ID][]byte{}
	for range 50 {
		id := outbox.NewID()
		want[id] = putWrite(t, s, id, 0).Record
	}
	await(t, "be seen", func() bool {
		seen, _, err := storeDirectory(made).witness().read()
		return err == nil && seen == 50
	})
	stop(t, s)
	stream := storeDirectory(made).stream(namesOf("").writes())
	for _, path := range slices.Sorted(maps.Keys(tree(t, stream))) {
		for quarter := 1; quarter <= 3; quarter++ {
			rel, _ := filepath.Rel(made, path)
			t.Run(rel, func(t *testing.T) {
				dir := copied(t, made)
				_ = os.Chmod(filepath.Join(dir, "store"), 0o700) //nolint:gosec // as it was
				file := filepath.Join(dir, rel)
				text, _ := os.ReadFile(file)
				if len(text) == 0 {
					t.Skip("it is empty")
				}
				text[len(text)*quarter/4] ^= 4
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				s := start(t, Options{Dir: dir})
				awaitOpen(t, s)
				got, err := tryToldOf(t, s)
				for id, record := range got {
					if !bytes.Equal(record, want[id]) {
						t.Error("something is told that was not put")
					}
				}
				c := s.Counts()
				t.Logf("%d of %d told, %v, %s, %+v", len(got), len(want), err, s.Writes().State().Condition, c)
				if len(got) < len(want) && err == nil && c.Alarms+c.Damaged == 0 {
					t.Error("what is missing is missing silently")
				}
			})
		}
	}
}
