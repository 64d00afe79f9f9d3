package httpcache

import (
	"slices"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
)

// stored is an answer in the cache.
type stored struct {
	*freshness.Stored
	entry *cache.Entry
}

// rulesSlot holds an entry as the rules see it, so that its headers are read once.
const rulesSlot = "httpcache"

// storedFrom returns e as the rules see it.
func storedFrom(e *cache.Entry) *stored {
	v, _ := e.Value(rulesSlot, func() (any, error) { // never an error
		return freshness.Restored(e.Status, e.Header, e.Asked, e.Received), nil
	})
	s, _ := v.(*freshness.Stored)
	return &stored{Stored: s, entry: e}
}

// find returns the stored answers whose Vary fits the request, the newest Date first, or why there is
// none (RFC 9111 §4.1).
func (t *Transport) find(x *exchange) ([]*stored, freshness.Forward) {
	list := t.variants(x)
	if len(list) == 0 {
		return nil, freshness.ForwardURIMiss
	}
	fitting := list.fitting(x.req)
	if len(fitting) == 0 {
		return nil, freshness.ForwardVaryMiss
	}
	var found []*stored
	for _, v := range fitting {
		if e := t.cache.Get(x.memory(), x.key+v.suffix(), x.scope); e != nil {
			found = append(found, storedFrom(e))
		}
	}
	if len(found) == 0 {
		return nil, freshness.ForwardMiss
	}
	slices.SortStableFunc(found, func(a, b *stored) int { return b.Directives.Date.Compare(a.Directives.Date) })
	return found, ""
}

// freshened is [freshness.Freshened] for answers in the cache.
func freshened(found []*stored, h map[string][]string) []*stored {
	plain := make([]*freshness.Stored, len(found))
	for n, s := range found {
		plain[n] = s.Stored
	}
	current := freshness.Freshened(plain, h)
	return slices.DeleteFunc(slices.Clone(found), func(s *stored) bool { return !slices.Contains(current, s.Stored) })
}

// update returns s with the headers of r, and stores it so if it may still be stored.
func (t *Transport) update(x *exchange, s *stored, r *reply) *stored {
	fresh := s.Update(r.Header, r.asked, r.received)
	e := &cache.Entry{
		Scope: x.scope, Status: fresh.Status, Header: fresh.Header, Body: s.entry.Body,
		Asked: fresh.Asked, Received: fresh.Received,
	}
	updated := &stored{Stored: fresh, entry: e}
	switch {
	case x.wishes.NoStore: // what is stored keeps the headers it had
	case t.storable(x, fresh):
		if t.put(x, updated, r.epoch) && e.Key != s.entry.Key { // its Vary changed
			t.drop(x, s.entry.Key)
		}
	case fresh.Directives.NoStore || fresh.Directives.Private:
		t.drop(x, s.entry.Key)
	}
	return updated
}

// storable reports whether s may be stored, and would be of use.
func (t *Transport) storable(x *exchange, s *freshness.Stored) bool {
	req := x.req
	if x.head() {
		req = req.WithContext(req.Context())
		req.Method = "" // it updates what is stored of GET
	}
	if !t.rules.MayStore(req, s.Status, s.Directives) || freshness.ParseVary(s.Header).Any {
		return false
	}
	return t.rules.Lifetime(s) > s.Age(time.Now()) || s.HasValidator() ||
		s.Directives.WhileRevalidate.Set || s.Directives.IfError.Set
}
