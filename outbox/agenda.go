package outbox

import (
	"container/heap"
	"time"
)

// agenda has what is to be looked at, by time. What is not of interest any more is found out then.
type agenda[T any] struct{ items appointments[T] }

type appointment[T any] struct {
	at   time.Time
	what T
}

func (a *agenda[T]) add(at time.Time, what T) { heap.Push(&a.items, appointment[T]{at, what}) }

// next returns when the first is, if that is before the given time, and not before another.
func (a *agenda[T]) next(before, least time.Time) time.Time {
	if len(a.items) == 0 {
		return before
	}
	at := a.items[0].at
	if at.Before(least) {
		at = least
	}
	if at.After(before) {
		return before
	}
	return at
}

// due takes one off that is due.
func (a *agenda[T]) due(now time.Time) (what T, ok bool) {
	if len(a.items) == 0 || a.items[0].at.After(now) {
		return what, false
	}
	first, _ := heap.Pop(&a.items).(appointment[T])
	return first.what, true
}

type appointments[T any] []appointment[T]

func (a appointments[T]) Len() int           { return len(a) }
func (a appointments[T]) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a appointments[T]) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push implements [heap.Interface].
func (a *appointments[T]) Push(x any) {
	item, _ := x.(appointment[T])
	*a = append(*a, item)
}

// Pop implements [heap.Interface].
func (a *appointments[T]) Pop() any {
	last := len(*a) - 1
	item := (*a)[last]
	(*a)[last] = appointment[T]{}
	*a = (*a)[:last]
	return item
}
