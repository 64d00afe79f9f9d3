package httpcache

import (
	"hash/maphash"
	"time"

	"holdfast/freshness"
)

func (t *Transport) stripe(key string) *stripe {
	return &t.stripes[maphash.String(t.seed, key)%uint64(len(t.stripes))]
}

// epoch returns the number of invalidations so far, of key or one that shares its stripe.
func (t *Transport) epoch(key string) uint64 {
	s := t.stripe(key)
	s.Lock()
	defer s.Unlock()
	return s.epoch
}

// put stores s, whose entry gets its key, and reports whether it did: not if its URI was invalidated after
// the request for it left, nor if an answer was stored meanwhile that its source made later.
func (t *Transport) put(x *exchange, s *stored, epoch uint64) bool {
	st := t.stripe(x.key)
	st.Lock()
	defer st.Unlock()
	if st.epoch != epoch {
		return false
	}
	names := freshness.ParseVary(s.Header)
	v := variant{Names: names.Names, Key: names.Key(x.req)}
	s.entry.Key = x.key + v.suffix()
	if old := t.cache.Get(x.memory(), s.entry.Key, x.scope); old != nil && overtaken(s, storedFrom(old)) {
		return false
	}
	keep := t.keepFor(s)
	_ = t.cache.Put(x.memory(), s.entry, keep) // the cache counts the errors of its store
	list, gone := t.variants(x).with(v)
	t.list(x, list, keep)
	for _, g := range gone {
		_ = t.cache.Delete(x.memory(), x.key+g.suffix(), x.scope)
	}
	return true
}

// overtaken reports whether old came in while s was being asked for, and is newer by its Date (RFC 9111 §4).
func overtaken(s, old *stored) bool {
	return old.Received.After(s.Asked) && old.Directives.Date.After(s.Directives.Date)
}

// keepFor returns how long s is kept from now.
func (t *Transport) keepFor(s *stored) time.Duration {
	return min(farthest, max(0, t.rules.Lifetime(s.Stored)-s.Age(time.Now()))+t.opts.Keep)
}

// drop forgets the one answer stored under key.
func (t *Transport) drop(x *exchange, key string) {
	st := t.stripe(x.key)
	st.Lock()
	defer st.Unlock()
	_ = t.cache.Delete(x.memory(), key, x.scope)
}

// invalidate forgets all that is stored for the URI of x, and keeps answers that are on their way from
// being stored.
func (t *Transport) invalidate(x *exchange) {
	st := t.stripe(x.key)
	st.Lock()
	defer st.Unlock()
	st.epoch++
	for _, v := range t.variants(x) {
		_ = t.cache.Delete(x.memory(), x.key+v.suffix(), x.scope)
	}
	_ = t.cache.Delete(x.memory(), x.key, x.scope)
}
