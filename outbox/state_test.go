package outbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var states = []State{Queued, Sending, Unknown, Held, Applied, Refused, Expired, Cancelled, Dead}

// TestStates says for each pair of states which writes may take the step: of those that are to be queued and those that
// are not, in doubt and not.
func TestStates(t *testing.T) {
	want := map[string]string{ // q: queued, n: not; ?: in doubt afterwards, and the source honours keys
		" QUEUED": "q", " SENDING": "q n",
		"QUEUED SENDING": "q q?", "QUEUED UNKNOWN": "q?", "QUEUED EXPIRED": "q", "QUEUED CANCELLED": "q", "QUEUED DEAD": "q",
		"QUEUED APPLIED": "q?", "QUEUED REFUSED": "q?",
		"SENDING APPLIED": "q n q? n?", "SENDING REFUSED": "q n q? n?", "SENDING UNKNOWN": "q? n?", "SENDING QUEUED": "q q?",
		"SENDING DEAD": "q", "SENDING CANCELLED": "n",
		"UNKNOWN SENDING": "q? n?", "UNKNOWN APPLIED": "q? n?", "UNKNOWN REFUSED": "q? n?", "UNKNOWN QUEUED": "q?", "UNKNOWN CANCELLED": "n?",
		"DEAD QUEUED": "q", "DEAD CANCELLED": "q",
		"CANCELLED SENDING": "n",
	}
	for _, from := range append([]State{""}, states...) {
		for _, to := range states {
			var all []string
			for _, was := range []struct {
				name         string
				queue, doubt bool
			}{{"q", true, false}, {"n", false, false}, {"q?", true, true}, {"n?", false, true}} {
				if !may(from, was.doubt, was.queue) {
					continue
				}
				r := &Record{State: from, Doubt: was.doubt, Write: *order("a")}
				r.Write.Queue = was.queue
				s := step{to: to, at: time.Unix(1, 0), doubt: to == Unknown && was.doubt, notMade: from == Unknown && (to == Queued || to == Cancelled)}
				if _, err := r.next(s); err == nil {
					all = append(all, was.name)
				}
			}
			pair := fmt.Sprintf("%s %s", from, to)
			if got := strings.Join(all, " "); got != want[pair] {
				t.Errorf("%s: for %q, not for %q", pair, got, want[pair])
			}
		}
	}
}

// may reports whether there are such records.
func may(s State, doubt, queue bool) bool {
	switch s {
	case "", Held, Applied, Refused, Expired, Cancelled:
		return !doubt
	case Dead:
		return !doubt && queue
	case Queued:
		return queue
	case Unknown:
		return doubt
	}
	return true
}

// TestHistories takes steps at random, and compares what a record says with what has happened.
func TestHistories(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 5))
		w := order("a")
		w.Queue = random.IntN(3) > 0
		if random.IntN(2) == 0 {
			w.Window = 0
		}
		r := &Record{Write: *w}
		doubt, attempts, steps, final := false, 0, 0, false
		for range 300 {
			s := step{to: states[random.IntN(len(states))], at: time.Unix(int64(steps), 0)}
			s.doubt = r.State == Sending && random.IntN(3) == 0 && s.to != Applied && s.to != Refused
			s.notMade = r.State == Unknown && (s.to == Queued || s.to == Cancelled)
			n, err := r.next(s)
			if err != nil {
				continue
			}
			steps++
			switch {
			case s.to == Applied, s.to == Refused, s.notMade:
				doubt = false
			case s.doubt:
				doubt = true
			}
			if s.to == Sending {
				attempts++
			}
			story := fmt.Sprintf("seed %d, %s to %s, queued %t, window %v", seed, r.State, s.to, w.Queue, w.Window)
			switch {
			case final:
				t.Fatalf("%s: it was final", story)
			case n.Doubt != doubt, n.Attempts != attempts, len(n.History) != min(steps, mostHistory), n.Last().State != n.State:
				t.Fatalf("%s: doubt %t, %d attempts, %d steps; the record says %+v", story, doubt, attempts, steps, n)
			case doubt && n.State != Queued && n.State != Sending && n.State != Unknown:
				t.Fatalf("%s: it may have been made", story)
			case doubt && w.Window == 0 && n.State != Unknown:
				t.Fatalf("%s: it may be doubled", story)
			case n.State == Unknown && !doubt:
				t.Fatalf("%s: it is known", story)
			case n.State != Applied && n.State != Refused && (n.State == Sending || doubt) == n.FirstSent.IsZero():
				t.Fatalf("%s: in doubt: %t, first sent at %v", story, doubt, n.FirstSent)
			}
			final = n.State == Applied || n.State == Refused || n.State == Expired || n.State == Cancelled && w.Queue
			r = n
		}
	}
}
