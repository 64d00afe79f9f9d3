package jetstream

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/internal/jetstream/jetstreamtest"
)

// soon is generous: it says that something hangs, not that it is slow.
const soon = 30 * time.Second

func start(tb testing.TB, o Options) *Store {
	tb.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	s, err := Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { stop(tb, s) })
	return s
}

func stop(tb testing.TB, s *Store) {
	tb.Helper()
	ctx, done := context.WithTimeout(context.Background(), soon)
	defer done()
	if err := s.Close(ctx); err != nil {
		tb.Errorf("close: %v", err)
	}
}

func await(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	for late := time.Now().Add(soon); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			tb.Fatalf("%s: not within %v", what, soon)
		}
	}
}

func awaitOpen(tb testing.TB, s *Store) {
	tb.Helper()
	await(tb, "open", func() bool { return s.State().Condition == cache.StoreOpen })
}

func id(name string) cache.ID { return cache.IDOf(name, "") }

func save(tb testing.TB, s *Store, name, value string, known cache.Revision) cache.Revision {
	tb.Helper()
	r, err := s.Save(tb.Context(), []cache.Change{{ID: id(name), Value: []byte(value), Keep: time.Hour, Known: known}})
	if err != nil {
		tb.Fatalf("save %s: %v", name, err)
	}
	return r[0]
}

func load(tb testing.TB, s *Store, names ...string) []cache.Stored {
	tb.Helper()
	ids := make([]cache.ID, len(names))
	for i, name := range names {
		ids[i] = id(name)
	}
	got, err := s.Load(tb.Context(), ids)
	if err != nil {
		tb.Fatalf("load: %v", err)
	}
	return got
}

// stores are the two kinds, empty.
func stores(t *testing.T, test func(*testing.T, Options)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, Options{Dir: t.TempDir()})
	})
	t.Run("encrypted", func(t *testing.T) {
		t.Parallel()
		test(t, Options{Dir: t.TempDir(), Key: bytes.Repeat([]byte("k"), 32)})
	})
	t.Run("three nodes", func(t *testing.T) {
		t.Parallel()
		e := External{Servers: jetstreamtest.Start(t).Addresses()}
		if _, err := Init(t.Context(), e, InitOptions{Bytes: 256 << 20}); err != nil {
			t.Fatal(err)
		}
		test(t, Options{External: &e})
	})
}

func TestAStoreKeepsValues(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, o Options) {
		t.Helper()
		s := start(t, o)
		awaitOpen(t, s)
		first := save(t, s, "a", "1", 0)
		if first == 0 {
			t.Error("nothing was saved")
		}
		if r := save(t, s, "a", "2", 0); r != 0 {
			t.Error("a newer one was replaced by who does not know it")
		}
		second := save(t, s, "a", "2", first)
		if second <= first {
			t.Errorf("revision %d after %d", second, first)
		}
		large := make([]byte, 3<<20)
		_, _ = rand.Read(large)
		revisions := map[string]cache.Revision{"a": second, "large": save(t, s, "large", string(large), 0)}
		save(t, s, "empty", "", 0)
		await(t, "read what was written", func() bool {
			got := load(t, s, "a", "none", "large", "empty")
			return string(got[0].Value) == "2" && got[1].Revision == 0 && bytes.Equal(got[2].Value, large) &&
				got[3].Revision != 0 && len(got[3].Value) == 0
		})
		for gone, known := range revisions {
			r, err := s.Save(t.Context(), []cache.Change{{ID: id(gone), Known: known}})
			if err != nil || r[0] == 0 {
				t.Errorf("delete: %v %v", r, err)
			}
		}
		await(t, "delete", func() bool {
			got := load(t, s, "a", "large")
			return got[0].Revision == 0 && got[1].Revision == 0
		})
		seen := 0
		if err := s.Scan(t.Context(), func(cache.ID, cache.Stored) bool { seen++; return true }); err != nil || seen != 1 {
			t.Errorf("scan: %d, %v", seen, err)
		}
	})
}

func TestAJournalIsFollowed(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, o Options) {
		t.Helper()
		s := start(t, o)
		awaitOpen(t, s)
		j := s.Journal()
		if _, err := j.Append(t.Context(), cache.Bump{Tags: []cache.Tag{5, 6}, At: time.Now(), By: 7, Number: 8}); err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		type told struct {
			b       cache.Bump
			current bool
		}
		got := make(chan told, 1000)
		ended := make(chan error, 1)
		go func() { ended <- j.Follow(ctx, func(b cache.Bump, current bool) { got <- told{b, current} }) }()
		tags := map[cache.Tag]cache.Bump{}
		late := time.After(soon)
		for n, current := 0, false; !current || len(tags) < 3; {
			select {
			case g := <-got:
				current = g.current
				for _, tag := range g.b.Tags {
					tags[tag] = g.b
				}
				if current && n == 0 {
					n++
					if _, err := j.Append(t.Context(), cache.Bump{Tags: []cache.Tag{5}, Forget: true, At: time.Now()}); err != nil {
						t.Fatal(err)
					}
					if _, err := j.Append(t.Context(), cache.Bump{Tags: []cache.Tag{9}, At: time.Now()}); err != nil {
						t.Fatal(err)
					}
				}
			case <-late:
				t.Fatal("not told", tags)
			}
		}
		if !tags[5].Forget || tags[6].By != 7 || tags[6].Number != 8 || tags[6].Incarnation == 0 || tags[9].Sequence <= tags[6].Sequence {
			t.Errorf("%+v", tags)
		}
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestALeaseHasOneHolder(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, o Options) {
		t.Helper()
		s := start(t, o)
		awaitOpen(t, s)
		release, ok, err := s.Leases().Take(t.Context(), "a", time.Minute)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if _, ok, err := s.Leases().Take(t.Context(), "a", time.Minute); ok || err != nil {
			t.Fatal(ok, err)
		}
		release()
		await(t, "take it again", func() bool {
			_, ok, err := s.Leases().Take(t.Context(), "a", time.Second)
			return ok && err == nil
		})
		await(t, "end by itself", func() bool {
			_, ok, err := s.Leases().Take(t.Context(), "a", time.Minute)
			return ok && err == nil
		})
	})
}

func TestACallerWithoutTimeSaysNothingOfTheStore(t *testing.T) {
	s := start(t, Options{Dir: t.TempDir()})
	awaitOpen(t, s)
	for range 10 {
		ctx, done := context.WithTimeout(t.Context(), time.Microsecond)
		_, _ = s.Load(ctx, []cache.ID{id("a")})
		_, _ = s.Save(ctx, []cache.Change{{ID: id("a"), Value: []byte("1"), Keep: time.Hour}})
		done()
	}
	if err := s.reads.closed(); err != nil {
		t.Error(err)
	}
	if err := s.writes.closed(); err != nil {
		t.Error(err)
	}
	if n := s.Counts().Opened; n != 1 {
		t.Errorf("opened %d times", n)
	}
}
