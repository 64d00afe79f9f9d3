package cache

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// sized is a value that knows its size.
type sized int

func (s sized) Size() int { return int(s) }

func fill(t *testing.T, e *Entry, slot string, v any) {
	t.Helper()
	if _, err := e.Value(slot, func() (any, error) { return v, nil }); err != nil {
		t.Fatal(err)
	}
}

// TestMemoryStaysBounded puts and reads what is much more than the memory. It holds what fits, and knows its bytes.
func TestMemoryStaysBounded(t *testing.T) {
	const budget = 1 << 20
	tests := map[string]struct {
		body string
		fill func(*Entry, int)
		most int // entries
	}{
		"answers": {strings.Repeat("x", 10_000), func(*Entry, int) {}, budget / 10_000},
		"answers with a value that nobody knows the size of": {
			strings.Repeat("x", 10_000), func(e *Entry, _ int) { fill(t, e, "slot", 1) }, budget / 20_000,
		},
		"values in every slot count": {"x", func(e *Entry, _ int) {
			for slot := range maxSlots {
				fill(t, e, strconv.Itoa(slot), sized(1000))
			}
		}, budget / 16_000},
		"names of slots count": {"x", func(e *Entry, i int) {
			fill(t, e, strings.Repeat("n", 10_000)+strconv.Itoa(i), sized(0))
		}, budget / 10_000},
		"headers count": {"x", func(e *Entry, i int) {
			e.Header = map[string][]string{"A": {strings.Repeat("h", 10_000)}}
			e.Key = strconv.Itoa(i)
		}, budget / 10_000},
	}
	for name, tt := range tests {
		for when, early := range map[string]bool{" before the put": true, " after the put": false} {
			if name == "headers count" && !early {
				continue // headers do not change
			}
			t.Run(name+when, func(t *testing.T) {
				c := newCache(t, nil)
				for i := range 1000 {
					e := entry(strconv.Itoa(i), "", tt.body)
					if early {
						tt.fill(e, i)
					}
					put(t, c, e, time.Hour)
					if !early {
						tt.fill(e, i)
					}
					if c.Get(t.Context(), e.Key, "") != e {
						t.Fatalf("what was put last is gone")
					}
					if s := c.Stats(); s.Memory.Bytes > budget {
						t.Fatalf("%+v", s)
					}
				}
				if s := c.Stats(); s.Memory.Entries > tt.most || s.Memory.Entries < tt.most*8/10 {
					t.Errorf("%+v, want about %d entries", s, tt.most)
				}
			})
		}
	}
}

// TestWhatIsReadStays holds that what is read outlives what is only put, however much that is.
func TestWhatIsReadStays(t *testing.T) {
	c := newCache(t, nil)
	put(t, c, entry("read", "", "1"), time.Hour)
	for i := range 5000 {
		put(t, c, entry(strconv.Itoa(i), "", strings.Repeat("x", 1000)), time.Hour)
		if get(t, c, "read", "") != "1" {
			t.Fatalf("gone after %d others", i)
		}
	}
	if get(t, c, "1", "") != "-" {
		t.Error("what nobody read is still there")
	}
}

func TestWhatIsLargerThanTheMemory(t *testing.T) {
	c := newCache(t, nil)
	put(t, c, entry("other", "", "1"), time.Hour)
	put(t, c, entry("large", "", strings.Repeat("x", 2<<20)), time.Hour)
	if got := get(t, c, "large", "") + get(t, c, "other", ""); got != "-1" {
		t.Errorf("got %s: want it not kept, and the others not gone for it", got)
	}
	e := entry("values", "", "body")
	put(t, c, e, time.Hour)
	for n := range 3 {
		fill(t, e, strconv.Itoa(n), sized(600_000))
	}
	if got := c.Get(t.Context(), "values", ""); got != e {
		t.Fatal("an answer went for the sake of its values")
	}
	if s := c.Stats(); s.Memory.Bytes > 1<<20 {
		t.Errorf("%+v", s)
	}
}

// TestManyAtOnce is for the race detector: all that changes memory at the same time.
func TestManyAtOnce(t *testing.T) {
	c := newCache(t, NewMemory(0))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				key := strconv.Itoa(rand.IntN(40)) //nolint:gosec // not a secret
				e := entry(key, "", strings.Repeat("x", 40_000))
				c.Put(e, time.Hour)
				if e := c.Get(t.Context(), key, ""); e != nil {
					_, _ = e.Value("slot", func() (any, error) { return sized(10_000), nil })
				}
				if rand.IntN(10) == 0 { //nolint:gosec // not a secret
					_ = c.Delete(t.Context(), []string{key}, "")
				}
			}
		})
	}
	all.Wait()
	consistent(t, c)
}
