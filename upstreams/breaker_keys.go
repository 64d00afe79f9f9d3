package upstreams

import (
	"hash/maphash"
	"time"
)

const (
	fewKeys  = 5    // that many keys must fail before it is the source's fault
	mostKeys = 1024 // are remembered; of more, an even sample is
)

// keys tells whether a source's answers have become useless, or a few of its records are: of what was asked for
// within the window, it knows which keys had an answer that cannot be used. One bad record must not cost all
// others, however often somebody asks for it. Guarded by breaker.mu.
type keys struct {
	cfg   Breaker
	seed  maphash.Seed
	known map[uint64]*keyTries
	skip  uint64 // keys of which the hash has one of these bits are not in the sample
}

// keyTries is what came of the tries with one key since a time at most a window ago.
type keyTries struct {
	since, last time.Time
	tries, bad  int
	failing     bool // the last one was bad
}

func newKeys(cfg Breaker) *keys {
	return &keys{cfg: cfg, seed: maphash.MakeSeed(), known: map[uint64]*keyTries{}}
}

// clear begins anew.
func (k *keys) clear() {
	clear(k.known)
	k.skip = 0
}

// note takes in a try of r: whether its answer could not be used.
func (k *keys) note(r *Request, bad bool) {
	now := time.Now()
	if r.things != nil {
		for _, key := range r.things {
			k.noteOne(maphash.String(k.seed, key), bad, now)
		}
		return
	}
	var h maphash.Hash // headers are left out: they say who asks, and how, and there is no end of them
	h.SetSeed(k.seed)
	_, _ = h.WriteString(r.Method + " " + r.URL + "\n")
	_, _ = h.Write(r.Body)
	k.noteOne(h.Sum64(), bad, now)
}

func (k *keys) noteOne(hash uint64, bad bool, now time.Time) {
	if hash&k.skip != 0 {
		return
	}
	t := k.known[hash]
	if t == nil {
		if len(k.known) >= mostKeys {
			k.thin(now)
		}
		t = &keyTries{}
		k.known[hash] = t
	}
	if now.Sub(t.since) > k.cfg.Window {
		*t = keyTries{since: now}
	}
	t.last, t.failing = now, bad
	t.tries++
	if bad {
		t.bad++
	}
}

// thin makes room: what is too old goes, and where that is not enough, half of the rest.
func (k *keys) thin(now time.Time) {
	k.forget(now)
	if len(k.known) < mostKeys/2 {
		k.skip >>= 1
		return
	}
	k.skip = k.skip<<1 | 1
	for hash := range k.known {
		if hash&k.skip != 0 {
			delete(k.known, hash)
		}
	}
}

func (k *keys) forget(now time.Time) {
	for hash, t := range k.known {
		if now.Sub(t.last) > k.cfg.Window {
			delete(k.known, hash)
		}
	}
}

// useless reports whether enough tries, and more than half of all keys, failed.
func (k *keys) useless() bool {
	k.forget(time.Now())
	tries, bad, failing := 0, 0, 0
	for _, t := range k.known {
		tries += t.tries
		bad += t.bad
		if t.failing {
			failing++
		}
	}
	return failing >= fewKeys && 2*failing > len(k.known) &&
		tries >= k.cfg.Calls && float64(bad) >= k.cfg.Share*float64(tries)
}
