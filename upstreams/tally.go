package upstreams

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
)

// result is what became of one thing that was read.
type result uint8

const (
	readHit         result = iota // remembered and fresh
	readStale                     // past fresh: served at once, and asked for again behind
	readMiss                      // asked for
	readRevalidated               // asked for, and what was remembered is still good
	readStandIn                   // an old answer, because asking failed or was too slow
	readFailed                    // an error
	results                       // how many there are
)

// String returns the result as metrics and the status call it.
func (r result) String() string {
	switch r {
	case readHit:
		return "hit"
	case readStale:
		return "stale"
	case readMiss:
		return "miss"
	case readRevalidated:
		return "revalidated"
	case readStandIn:
		return "stand_in"
	default:
		return "error"
	}
}

// resultOf says what became of a read that ended with a or err.
func resultOf(a *Answer, err error) result {
	switch {
	case err != nil:
		return readFailed
	case a.State == StateStandingIn:
		return readStandIn
	case a.State == StateRefreshing:
		return readStale
	case a.Cache == "hit":
		return readHit
	case a.Cache == "revalidated":
		return readRevalidated
	}
	return readMiss
}

// class is the name of an error in metrics, spans and the status: its reason, or its kind where it has none,
// or GONE if it is of a caller who went away. There are not many.
func class(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return "OTHER"
	case e.left && errors.Is(e.Err, context.Canceled):
		return "GONE"
	case e.Reason != "":
		return string(e.Reason)
	case e.Kind == Refused:
		return "REFUSED"
	case e.Kind == BadInput:
		return "BAD_INPUT"
	}
	return "OTHER"
}

// tally is what is counted of one connector of one source since the start, by all clients of that source.
// What a remembered answer costs is one addition. The zero value is ready for use.
type tally struct {
	reads     [results]atomic.Uint64
	written   atomic.Uint64 // writes that went well
	joined    atomic.Uint64 // callers who waited for a call of another
	sent      atomic.Uint64 // HTTP attempts
	resent    atomic.Uint64 // those of them that repeat one
	confirmed atomic.Uint64 // those of them that said that what is remembered is still good
	underWay  atomic.Int64  // HTTP attempts
	drift     atomic.Uint64 // items that broke the contract
	latency   recent

	mu       sync.Mutex
	failures map[string]uint64 // reads and writes that ended with an error, by class
	paths    placeCount        // where items broke the contract
	nulls    placeCount        // which nullable fields had no value
}

// failed counts an error that a caller was told.
func (t *tally) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failures == nil {
		t.failures = map[string]uint64{}
	}
	t.failures[class(err)]++
}

// failuresByClass returns a copy.
func (t *tally) failuresByClass() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.failures)
}

// maxPlaces bounds the places counted for one connector.
const maxPlaces = 100

// A placeCount counts by places of the schema, which come from connectors: not more than so many. The zero
// value is ready for use.
type placeCount map[string]uint64

func (p *placeCount) add(place string, n int) {
	if *p == nil {
		*p = placeCount{}
	}
	if _, known := (*p)[place]; known || len(*p) < maxPlaces {
		(*p)[place] += uint64(n)
	}
}

// drifted counts one item that broke the contract at path.
func (t *tally) drifted(path string) {
	t.drift.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.paths.add(path, 1)
}

// missed counts n objects without a value for a field that may be null.
func (t *tally) missed(field string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nulls.add(field, n)
}

// driftByPath returns a copy.
func (t *tally) driftByPath() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.paths)
}

// nullsByField returns a copy.
func (t *tally) nullsByField() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.nulls)
}

// readsByResult returns the results that there were.
func (t *tally) readsByResult() map[string]uint64 {
	counts := map[string]uint64{}
	for i := range t.reads {
		if n := t.reads[i].Load(); n > 0 {
			counts[result(i).String()] = n
		}
	}
	return counts
}

// amplification is how many attempts were made for each one that was not a repetition; 0 without any.
func (t *tally) amplification() float64 {
	sent, resent := t.sent.Load(), t.resent.Load()
	if sent <= resent { // none, or just between the two additions
		return 0
	}
	return float64(sent) / float64(sent-resent)
}
