package cache

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxSlots bounds the typed values on one entry.
const maxSlots = 16

// Entry is one remembered answer. It must not be changed or copied once it was put; only the values in
// its slots come and go, which is safe for concurrent use.
type Entry struct {
	Key    string              // everything that can change the answer; compared on read
	Scope  string              // whose answer it is; "" is everybody's; compared on read
	Status int                 // HTTP status
	Header map[string][]string // canonical names
	Body   []byte

	Asked    time.Time // when the request left, for its age
	Received time.Time // when the answer was complete, for its age
	// Confirmed says that what was received then is only that the body of an earlier answer is still good.
	Confirmed bool

	// AsOf is where the [Epochs] were before the request left: after a later bump of one of Tags it is not
	// fresh. Tags are not changed either; one is that of its source.
	AsOf AsOf
	Tags []Tag

	slots values
	notes values
	place held
	own   Tag                  // of its name; set by the first put, and where it comes from a store
	home  atomic.Pointer[held] // its place, once it was put
	fresh atomic.Uint64        // the number of the last bump when it was last judged to be fresh; 0: never
}

// Sized is a value that knows about how many bytes it takes. One that does not is taken for as large as the body
// it was made of.
type Sized interface{ Size() int }

// values are what was made of an entry, by name. The zero value is ready for use.
type values struct {
	mu  sync.Mutex               // orders changes
	all atomic.Pointer[[]*value] // oldest first; replaced, never changed

	// The first has its room here, once. Guarded by mu.
	first value
	room  [1]*value
	list  []*value
}

// value is what was made of an entry under one name.
type value struct {
	name string
	mu   sync.Mutex // held while it is built
	done atomic.Bool
	v    any
	size int64 // of v; set before done
}

// Value returns what build made of the entry under slot. One caller builds it, concurrent callers of the
// same slot wait for that; an error is returned to the caller whose build failed and is not kept. An
// entry keeps 16 slots, the oldest goes; all of them go where Config.Memory has room for the entry alone.
func (e *Entry) Value(slot string, build func() (any, error)) (any, error) {
	s := e.slots.named(slot, maxSlots)
	if s.done.Load() {
		return s.v, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done.Load() {
		return s.v, nil
	}
	v, err := build()
	if err != nil {
		return nil, err
	}
	s.v, s.size = v, int64(len(e.Body))
	if sized, ok := v.(Sized); ok {
		s.size = int64(sized.Size())
	}
	s.done.Store(true)
	if h := e.home.Load(); h != nil {
		h.in.weigh(h)
	}
	return v, nil
}

// Made is Value of what was made before: it builds nothing and waits for nobody.
func (e *Entry) Made(slot string) (any, bool) {
	if v := e.slots.find(slot); v != nil && v.done.Load() {
		return v.v, true
	}
	return nil, false
}

// Note is Value for small things of which there are few, such as when the entry was last asked for again: they
// stay as long as the entry, however many slots it has.
func (e *Entry) Note(name string, build func() any) any {
	n := e.notes.named(name, math.MaxInt)
	if n.done.Load() {
		return n.v
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.done.Load() {
		n.v = build()
		n.done.Store(true)
	}
	return n.v
}

// named returns the value of that name, a new one if there is none: then, of more than most, the oldest goes.
func (s *values) named(name string, most int) *value {
	if v := s.find(name); v != nil {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.find(name); v != nil {
		return v
	}
	old := s.all.Load()
	if old == nil && s.list == nil {
		s.first.name, s.room[0] = name, &s.first
		s.list = s.room[:]
		s.all.Store(&s.list)
		return &s.first
	}
	v := &value{name: name}
	all := []*value{v}
	if old != nil {
		all = append(slices.Clone((*old)[max(0, len(*old)-most+1):]), v)
	}
	s.all.Store(&all)
	return v
}

func (s *values) find(name string) *value {
	if all := s.all.Load(); all != nil {
		for _, v := range *all {
			if v.name == name {
				return v
			}
		}
	}
	return nil
}

// size returns about how many bytes the values take.
func (s *values) size() (n int64) {
	const fixed = 128 // a value, its place among all, what the allocator rounds up
	if all := s.all.Load(); all != nil {
		for _, v := range *all {
			n += fixed + int64(len(v.name))
			if v.done.Load() {
				n += v.size
			}
		}
	}
	return n
}

func (s *values) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.Store(nil)
}

// named gives e, which nobody else has yet, the tag of its name.
func (e *Entry) named(i ID) {
	if own := i.tag(); e.own != own {
		e.own = own
		e.fresh.Store(0) // it was judged without
	}
}

// supersedes reports whether o, an entry of the same key, is out of date beside e.
func (e *Entry) supersedes(o *Entry) bool {
	return o.AsOf.Before(e.AsOf) || !e.AsOf.Before(o.AsOf) && e.Received.After(o.Received) && !sameTime(e.Received, o.Received)
}

// says reports whether e and o, of the same key, are one answer that depends on the same.
func (e *Entry) says(o *Entry) bool {
	return e.AsOf == o.AsOf && sameTime(e.Received, o.Received) && slices.Equal(e.Tags, o.Tags)
}

// sameTime reports whether a and b, of which one may have been stored, are one time.
func sameTime(a, b time.Time) bool { return a.Round(0).Equal(b.Round(0)) }

// Renew returns an entry with e's body, and the values in its slots, under header and the times of by, which
// came in place of a body to say that e is still good.
func (e *Entry) Renew(by *Entry, header map[string][]string) *Entry {
	renewed := &Entry{
		Key: e.Key, Scope: e.Scope, Status: e.Status, Header: header, Body: e.Body,
		Asked: by.Asked, Received: by.Received, Confirmed: true, AsOf: by.AsOf, Tags: by.Tags,
	}
	if all := e.slots.all.Load(); all != nil {
		var made []*value
		for _, v := range *all {
			if v.done.Load() {
				own := &value{name: v.name, v: v.v, size: v.size} // e is not kept for it
				own.done.Store(true)
				made = append(made, own)
			}
		}
		renewed.slots.all.Store(&made)
	}
	return renewed
}

// Size returns about how many bytes the entry takes in memory, without the values in its slots.
func (e *Entry) Size() int {
	const fixed, perItem = 768, 96 // with notes and place in memory; measured, rather too much than too little
	n := fixed + len(e.Key) + len(e.Scope) + cap(e.Body)
	for name, values := range e.Header {
		n += perItem + len(name)
		for _, v := range values {
			n += perItem/3 + len(v)
		}
	}
	return n + 8*cap(e.Tags)
}
