package cache

import (
	"container/list"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"testing"
	"time"
)

// zipf draws numbers below n: k with a probability in proportion to 1/(k+1)^s.
type zipf struct {
	*rand.Rand
	upTo []float64
}

func newZipf(r *rand.Rand, n int, s float64) *zipf {
	z, sum := &zipf{r, make([]float64, n)}, 0.0
	for k := range z.upTo {
		sum += math.Pow(float64(k+1), -s)
		z.upTo[k] = sum
	}
	return z
}

func (z *zipf) next() int { return sort.SearchFloat64s(z.upTo, z.Float64()*z.upTo[len(z.upTo)-1]) }

// ideal is an LRU within a number of bytes, of which it needs none itself.
type ideal struct {
	max, bytes int
	order      list.List // of int, the most recently used first
	at         map[int]*list.Element
	size       func(int) int
}

// asked reports whether k is there. It is afterwards, if it fits at all.
func (l *ideal) asked(k int) bool {
	if at := l.at[k]; at != nil {
		l.order.MoveToFront(at)
		return true
	}
	if l.size(k) > l.max {
		return false
	}
	l.at[k] = l.order.PushFront(k)
	for l.bytes += l.size(k); l.bytes > l.max; {
		last := l.order.Remove(l.order.Back()).(int) //nolint:errcheck // nothing else is in it
		delete(l.at, last)
		l.bytes -= l.size(last)
	}
	return false
}

// TestHitRatio asks for things some of which are asked for much more than others, by Zipf's law, and holds that memory
// answers no fewer than an LRU of as many bytes, less two of a hundred.
func TestHitRatio(t *testing.T) {
	const things, asked = 5_000, 60_000
	small := func(int) int { return 300 }
	mixed := func(k int) int { return 200 << (k % 8) } // to 25 KB
	tests := map[string]struct {
		s     float64
		bytes func(int) int // of a body
		room  float64       // for a part of all
		drift int           // after so many questions, the next thing is what most ask for; 0: never
		once  int           // one of so many questions is for what is never asked for again; 0: none is
	}{
		"few are asked for a little more":             {s: 0.7, bytes: small, room: 0.1},
		"some are asked for more":                     {s: 0.9, bytes: small, room: 0.1},
		"there is room for one of a hundred":          {s: 0.9, bytes: small, room: 0.01},
		"there is room for half":                      {s: 0.9, bytes: small, room: 0.5},
		"few are asked for much more":                 {s: 1.2, bytes: small, room: 0.01},
		"things are larger":                           {s: 0.9, bytes: func(int) int { return 4000 }, room: 0.1},
		"sizes differ":                                {s: 0.9, bytes: mixed, room: 0.1},
		"what is asked for changes":                   {s: 0.9, bytes: small, room: 0.1, drift: 500},
		"a third is asked for once":                   {s: 0.9, bytes: small, room: 0.1, once: 3},
		"sizes differ, and what is asked for changes": {s: 0.9, bytes: mixed, room: 0.1, drift: 500},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body := make([]byte, 32_000)
			thing := func(k int) *Entry {
				n := tt.bytes(k)
				return &Entry{Key: strconv.Itoa(k), Body: body[:n:n], Received: time.Now()}
			}
			size := func(k int) int { return thing(k).Size() }
			all := 0
			for k := range things {
				all += size(k)
			}
			room := int(float64(all) * tt.room)
			c, err := New(Config{Memory: int64(room)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { closed(c) }()
			lru := ideal{max: room, at: map[int]*list.Element{}, size: size}
			bare := ideal{max: room, at: map[int]*list.Element{}, size: func(k int) int { return len(strconv.Itoa(k)) + tt.bytes(k) }}
			r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
			z := newZipf(r, things, tt.s)
			var hits, ideally, barely, counted int
			for n := range asked {
				k := z.next()
				if tt.drift > 0 {
					k = (k + n/tt.drift) % things
				}
				if tt.once > 0 && n%tt.once == 0 {
					k = things + n
				}
				e, there, thereBare := c.Held(strconv.Itoa(k), ""), lru.asked(k), bare.asked(k)
				if e == nil {
					c.Put(thing(k), time.Hour)
				}
				if n < asked/4 {
					continue // both are filled first
				}
				counted++
				if e != nil {
					hits++
				}
				if there {
					ideally++
				}
				if thereBare {
					barely++
				}
			}
			percent := func(n int) float64 { return 100 * float64(n) / float64(counted) }
			t.Logf("%.1f %% are answered, by an LRU %.1f %%, by one whose entries take nothing but key and body %.1f %%",
				percent(hits), percent(ideally), percent(barely))
			if percent(hits) < percent(ideally)-2 {
				t.Error("too few are answered")
			}
		})
	}
}
