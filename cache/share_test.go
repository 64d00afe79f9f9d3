package cache

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// of returns an entry of a source, which takes about so many bytes.
func of(source, key string, bytes int) *Entry {
	e := entry(source+" "+key, "", "")
	e.Tags = []Tag{TagOf("connector:" + source), TagOf("source:" + source)}
	e.Body = make([]byte, bytes-e.Size())
	return e
}

// consistent holds that memory, and each share of it, has no more than it may, and knows what it has.
func consistent(t *testing.T, c *Cache) {
	t.Helper()
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	sieves := []*sieve{&m.all}
	for _, s := range m.shares {
		sieves = append(sieves, s)
	}
	for _, s := range sieves {
		var bytes int64
		var last *held
		n, hand := 0, s.hand == nil
		for h := range s.entries.all() {
			if m.byName[h.name] != h || s != &m.all && h.share != s || h.beside[s.entries.kind].older != last {
				t.Fatalf("%s is out of place", h.Key)
			}
			hand = hand || s.hand == h
			last = h
			bytes += h.cost
			n++
		}
		if s.entries.newest != last || !hand || bytes != s.bytes || bytes > s.max || s == &m.all && n != len(m.byName) {
			t.Fatalf("%d bytes in %d entries, said to be %d in %d, of %d", bytes, n, s.bytes, len(m.byName), s.max)
		}
	}
}

// TestShares holds what is left of a memory of 100 KB, of which the shop may take 40, after something was put.
func TestShares(t *testing.T) {
	kept := func(t *testing.T, c *Cache, source string, n int) (left []int) {
		t.Helper()
		for i := range n {
			if c.Held(source+" "+strconv.Itoa(i), "") != nil {
				left = append(left, i)
			}
		}
		return left
	}
	many := func(c *Cache, source string, n int) {
		for i := range n {
			c.Put(of(source, strconv.Itoa(i), 2000), time.Hour)
		}
	}
	tests := map[string]struct {
		play       func(*testing.T, *Cache)
		shop, desk int // of a hundred
		has        []string
		hasNot     []string
	}{
		"who has a share takes no more": {
			play: func(_ *testing.T, c *Cache) { many(c, "shop", 100) },
			shop: 20, has: []string{"shop 99", "shop 80"}, hasNot: []string{"shop 79"},
		},
		"who has none takes all": {
			play: func(_ *testing.T, c *Cache) { many(c, "desk", 100) },
			desk: 50, has: []string{"desk 99"},
		},
		"what is beyond the share is at the cost of the same source": {
			play: func(_ *testing.T, c *Cache) { many(c, "desk", 30); many(c, "shop", 100) },
			desk: 30, shop: 20, has: []string{"desk 0", "shop 99"},
		},
		"a share is not set aside": {
			play: func(_ *testing.T, c *Cache) { many(c, "shop", 20); many(c, "desk", 100) },
			desk: 50, hasNot: []string{"shop 0"},
		},
		"what is read of a share stays": {
			play: func(t *testing.T, c *Cache) {
				t.Helper()
				for i := range 100 {
					c.Put(of("shop", strconv.Itoa(i), 2000), time.Hour)
					if c.Held("shop 7", "") == nil && i >= 7 {
						t.Fatalf("gone after %d", i)
					}
				}
			},
			shop: 20, has: []string{"shop 7"},
		},
		"what is larger than its share is not held, and nothing goes for it": {
			play: func(_ *testing.T, c *Cache) { many(c, "shop", 20); c.Put(of("shop", "large", 50_000), time.Hour) },
			shop: 20, hasNot: []string{"shop large"},
		},
		"nor is what was there in its place": {
			play: func(_ *testing.T, c *Cache) { many(c, "shop", 20); c.Put(of("shop", "7", 50_000), time.Hour) },
			shop: 19, hasNot: []string{"shop 7"},
		},
		"values take of the share, too": {
			play: func(t *testing.T, c *Cache) {
				t.Helper()
				many(c, "desk", 10)
				many(c, "shop", 19)
				e := of("shop", "19", 2000)
				c.Put(e, time.Hour)
				fill(t, e, "slot", sized(20_000))
				if _, made := e.Made("slot"); !made {
					t.Error("the value went, though there was room for it")
				}
			},
			desk: 10, shop: 9, has: []string{"shop 19"},
		},
		"values that are larger than the share go, and nothing else": {
			play: func(t *testing.T, c *Cache) {
				t.Helper()
				many(c, "shop", 19)
				e := of("shop", "19", 2000)
				c.Put(e, time.Hour)
				fill(t, e, "slot", sized(41_000))
				if _, made := e.Made("slot"); made {
					t.Error("the value takes more than the share")
				}
			},
			shop: 20,
		},
		"what was deleted makes room": {
			play: func(t *testing.T, c *Cache) {
				t.Helper()
				many(c, "shop", 20)
				for i := range 10 {
					_ = c.Delete(t.Context(), []string{"shop " + strconv.Itoa(i)}, "")
				}
				for i := 20; i < 30; i++ {
					c.Put(of("shop", strconv.Itoa(i), 2000), time.Hour)
				}
			},
			shop: 20, has: []string{"shop 10", "shop 29"}, hasNot: []string{"shop 9"},
		},
		"a share of all is none, and so is one of nothing": {
			play: func(_ *testing.T, c *Cache) { many(c, "all", 50); many(c, "nothing", 45) },
			has:  []string{"nothing 0", "nothing 44", "all 49"}, hasNot: []string{"all 0"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := New(Config{Memory: 100_000, Shares: map[string]int{"shop": 40, "all": 100, "nothing": 0, "none": -1}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { closed(c) })
			tt.play(t, c)
			consistent(t, c)
			if shop, desk := kept(t, c, "shop", 100), kept(t, c, "desk", 100); len(shop) != tt.shop || len(desk) != tt.desk {
				t.Errorf("left are %v of the shop and %v of the desk, want %d and %d", shop, desk, tt.shop, tt.desk)
			}
			for _, key := range tt.has {
				if c.Held(key, "") == nil {
					t.Errorf("%s is gone", key)
				}
			}
			for _, key := range tt.hasNot {
				if c.Held(key, "") != nil {
					t.Errorf("%s is there", key)
				}
			}
		})
	}
}

// TestSharesAtRandom puts, reads, values, deletes and forgets answers of sources with and without shares.
func TestSharesAtRandom(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // not a secret
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // not a secret
	c, err := New(Config{Memory: 100_000, Shares: map[string]int{"shop": 40, "desk": 80}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closed(c) }()
	sources := [...]string{"shop", "desk", "other"}
	for range 20_000 {
		source, key := sources[r.IntN(len(sources))], strconv.Itoa(r.IntN(60))
		switch p := r.IntN(100); {
		case p < 40:
			c.Put(of(source, key, 1000+r.IntN(5000)*r.IntN(10)), time.Duration(r.IntN(1000))*time.Millisecond)
		case p < 70:
			c.Held(source+" "+key, "")
		case p < 90:
			if e := c.Held(source+" "+key, ""); e != nil {
				fill(t, e, strings.Repeat("s", 1+r.IntN(maxSlots+2)), sized(r.IntN(10_000)))
				c.Shorten(key+source, e, "s")
			}
		case p < 99:
			_ = c.Delete(t.Context(), []string{source + " " + key}, "")
		default:
			if _, err := c.Forget(t.Context(), TagOf("source:"+source)); err != nil {
				t.Fatal(err)
			}
		}
		consistent(t, c)
	}
}
