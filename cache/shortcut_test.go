package cache_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
)

func newCache(t *testing.T, bytes int64) *cache.Cache {
	t.Helper()
	c, err := cache.New(cache.Config{Memory: bytes}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// remembered puts an entry, with a value in a slot, and makes a shortcut to it.
func remembered(t *testing.T, c *cache.Cache, key, name string) *cache.Entry {
	t.Helper()
	e := &cache.Entry{Key: key, Received: time.Now()}
	c.Put(e, time.Hour)
	valued(t, e, "slot", "value of "+key)
	c.Shorten(name, e, "slot")
	return e
}

func valued(t *testing.T, e *cache.Entry, slot string, v any) {
	t.Helper()
	if _, err := e.Value(slot, func() (any, error) { return v, nil }); err != nil {
		t.Fatal(err)
	}
}

// short is the value that one shortcut leads to; nil for none.
func short(c *cache.Cache, name string) any {
	var found [1]cache.AtHand
	c.HeldShort(time.Now(), func(int) []byte { return []byte(name) }, found[:])
	return found[0].Value
}

func TestAShortcutLeadsToWhatIsRemembered(t *testing.T) {
	const found = "value of k"
	tests := map[string]struct {
		then func(*testing.T, *cache.Cache, *cache.Entry)
		want any
	}{
		"as long as it is": {func(*testing.T, *cache.Cache, *cache.Entry) {}, found},
		"not when it is forgotten": {func(t *testing.T, c *cache.Cache, e *cache.Entry) {
			t.Helper()
			_ = c.Delete(t.Context(), []string{e.Key}, e.Scope)
		}, nil},
		"not when a newer one took its place": {func(_ *testing.T, c *cache.Cache, e *cache.Entry) {
			c.Put(&cache.Entry{Key: e.Key, Received: e.Received.Add(1)}, time.Hour)
		}, nil},
		"not when it is too old to be remembered": {func(*testing.T, *cache.Cache, *cache.Entry) { time.Sleep(time.Hour) }, nil},
		"not when the value in the slot is gone": {func(t *testing.T, _ *cache.Cache, e *cache.Entry) {
			t.Helper()
			for i := range 16 {
				valued(t, e, strconv.Itoa(i), i)
			}
		}, nil},
		"not when it became that of another": {func(t *testing.T, c *cache.Cache, _ *cache.Entry) {
			t.Helper()
			remembered(t, c, "other", "name")
		}, "value of other"},
		"not when it has many newer ones": {func(_ *testing.T, c *cache.Cache, e *cache.Entry) {
			for i := range 8 {
				c.Shorten(strconv.Itoa(i), e, "slot")
			}
		}, nil},
		"also when it is made again, and again": {func(_ *testing.T, c *cache.Cache, e *cache.Entry) {
			for range 100 {
				c.Shorten("name", e, "slot")
			}
		}, found},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCache(t, 0)
				e := remembered(t, c, "k", "name")
				test.then(t, c, e)
				if got := short(c, "name"); got != test.want {
					t.Errorf("got %v, want %v", got, test.want)
				}
				if got := short(c, "nam"); got != nil {
					t.Errorf("another name leads to %v", got)
				}
			})
		})
	}
}

func TestShortcutsTakeRoom(t *testing.T) {
	c := newCache(t, 0)
	e := remembered(t, c, "k", "name")
	before := c.Stats().Memory.Bytes
	c.Shorten("another name", e, "slot")
	if after := c.Stats().Memory.Bytes; after < before+int64(len("another name")) {
		t.Errorf("%d bytes, and %d with one more", before, after)
	}
	_ = c.Delete(t.Context(), []string{e.Key}, e.Scope)
	if left := c.Stats().Memory.Bytes; left != 0 {
		t.Errorf("%d bytes of nothing", left)
	}
}

// Within little memory, entries with shortcuts go as others do, and take these with them.
func TestShortcutsGoWithTheirEntries(t *testing.T) {
	const room = 20_000
	c, found := newCache(t, room), 0
	for i := range 1000 {
		remembered(t, c, strconv.Itoa(i), "name "+strconv.Itoa(i))
	}
	if bytes := c.Stats().Memory.Bytes; bytes > room {
		t.Errorf("%d bytes in %d", bytes, room)
	}
	for i := range 1000 {
		if short(c, "name "+strconv.Itoa(i)) != nil {
			found++
		}
	}
	if entries := c.Stats().Memory.Entries; found != entries || found == 0 {
		t.Errorf("%d shortcuts lead to %d entries", found, entries)
	}
}

func TestNoTwoMakersMakeOneName(t *testing.T) {
	c := newCache(t, 0)
	if a, b := string(c.Maker()), string(c.Maker()); a == b || len(a) != len(b) {
		t.Errorf("%q and %q", a, b)
	}
}
