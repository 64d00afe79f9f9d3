package quota

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// slots count the calls under way, and let no more go out than there is room for. Who waits goes in the order
// of coming. The room may change while calls are under way.
type slots struct {
	mu      sync.Mutex
	room    int
	taken   int
	waiting list.List // of chan struct{}, closed when the slot is given
}

// resize lets n calls be under way. Those that are too many now end in their own time.
func (s *slots) resize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room = n
	s.next()
}

// take waits for a slot, until ends at the latest.
func (s *slots) take(ctx context.Context, ends time.Time) error {
	s.mu.Lock()
	if s.taken < s.room {
		s.taken++
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	place := s.waiting.PushBack(turn)
	s.mu.Unlock()

	timer := time.NewTimer(time.Until(ends))
	defer timer.Stop()
	select {
	case <-turn:
		return nil
	case <-timer.C:
		return s.leave(place, &Error{})
	case <-ctx.Done():
		return s.leave(place, ctx.Err())
	}
}

// leave gives up a place in the queue for why, and the slot if it was just given.
func (s *slots) leave(place *list.Element, why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if turn, ok := place.Value.(chan struct{}); ok {
		select {
		case <-turn:
			s.taken--
			s.next()
		default:
			s.waiting.Remove(place)
		}
	}
	return why
}

// takeNow takes a slot if p leaves enough of them.
func (s *slots) takeNow(p Priority) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.leaves(p) {
		return false
	}
	s.taken++
	return true
}

// hasRoom reports whether takeNow would take one.
func (s *slots) hasRoom(p Priority) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaves(p)
}

func (s *slots) leaves(p Priority) bool { return s.taken < s.room-int(p.leaves()*float64(s.room)) }

func (s *slots) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.next()
}

// next gives free slots to those who wait, under mu.
func (s *slots) next() {
	for s.taken < s.room && s.waiting.Len() > 0 {
		if turn, ok := s.waiting.Remove(s.waiting.Front()).(chan struct{}); ok {
			s.taken++
			close(turn)
		}
	}
}

func (s *slots) status() (taken, room int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken, s.room
}
