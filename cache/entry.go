package cache

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxSlots bounds the typed values on one entry. Each is as large as the body or so.
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

	// AsOf is where the [Epochs] were before the request left: after a later bump of one of Tags it is not
	// fresh.
	AsOf AsOf
	Tags []string

	mu    sync.Mutex               // orders changes of slots
	slots atomic.Pointer[[]*value] // oldest first; replaced, never changed
}

// value is what was made of an entry under one name.
type value struct {
	slot string
	mu   sync.Mutex // held while it is built
	done atomic.Bool
	v    any
}

// Value returns what build made of the entry under slot. One caller builds it, concurrent callers of the
// same slot wait for that; an error is returned to the caller whose build failed and is not kept. An
// entry keeps 16 slots, the oldest goes.
func (e *Entry) Value(slot string, build func() (any, error)) (any, error) {
	s := e.find(slot)
	if s == nil {
		s = e.add(slot)
	}
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
	s.v = v
	s.done.Store(true)
	return v, nil
}

func (e *Entry) find(slot string) *value {
	if all := e.slots.Load(); all != nil {
		for _, s := range *all {
			if s.slot == slot {
				return s
			}
		}
	}
	return nil
}

func (e *Entry) add(slot string) *value {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.find(slot); s != nil {
		return s
	}
	var all []*value
	if old := e.slots.Load(); old != nil {
		all = *old
	}
	if len(all) >= maxSlots {
		all = all[1:]
	}
	s := &value{slot: slot}
	all = append(slices.Clone(all), s)
	e.slots.Store(&all)
	return s
}

// supersedes reports whether o, an entry of the same key, is out of date beside e.
func (e *Entry) supersedes(o *Entry) bool {
	return o.AsOf.Before(e.AsOf) || !e.AsOf.Before(o.AsOf) && e.Received.After(o.Received)
}

// Size returns about how many bytes the entry takes, without the values in its slots.
func (e *Entry) Size() int {
	const fixed, perItem = 256, 48
	n := fixed + len(e.Key) + len(e.Scope) + len(e.Body)
	for name, values := range e.Header {
		n += perItem + len(name)
		for _, v := range values {
			n += perItem/3 + len(v)
		}
	}
	for _, tag := range e.Tags {
		n += perItem/3 + len(tag)
	}
	return n
}
