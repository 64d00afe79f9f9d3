package watch

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Result is what became of one thing that was read.
type Result uint8

// The results.
const (
	Hit         Result = iota // remembered and fresh
	Stale                     // past fresh: served at once, and asked for again behind
	Miss                      // asked for
	Revalidated               // asked for, and what was remembered is still good
	StandIn                   // an old answer, because asking failed or was too slow
	Failed                    // an error
	results                   // how many there are
)

// String returns the result as metrics and the status call it.
func (r Result) String() string {
	switch r {
	case Hit:
		return "hit"
	case Stale:
		return "stale"
	case Miss:
		return "miss"
	case Revalidated:
		return "revalidated"
	case StandIn:
		return "stand_in"
	default:
		return "error"
	}
}

// Tally is what is counted of one connector of one source since the start, by all clients of that source. What
// a remembered answer costs is one addition. The zero value is ready for use, by many at once.
type Tally struct {
	reads     [results]atomic.Uint64
	written   atomic.Uint64 // writes that went well
	joined    atomic.Uint64 // callers who waited for a call of another
	sent      atomic.Uint64 // HTTP attempts
	resent    atomic.Uint64 // those of them that repeat one
	confirmed atomic.Uint64 // those of them that said that what is remembered is still good
	shrunk    atomic.Uint64 // answers that lost so much that they were not believed at once
	underWay  atomic.Int64  // HTTP attempts
	drift     atomic.Uint64 // items that broke the contract
	latency   recent

	mu       sync.Mutex
	failures map[string]uint64 // reads and writes that ended with an error, by class
	paths    placeCount        // where items broke the contract
	nulls    placeCount        // which nullable fields had no value
}

// Read counts one thing that was read, and what became of it.
func (t *Tally) Read(came Result) { t.reads[came].Add(1) }

// Written counts a write that went well.
func (t *Tally) Written() { t.written.Add(1) }

// Joined counts a caller who waited for a call of another.
func (t *Tally) Joined() { t.joined.Add(1) }

// Confirmed counts an attempt that said that what is remembered is still good.
func (t *Tally) Confirmed() { t.confirmed.Add(1) }

// Shrunk counts an answer that lost so much that it is not believed at once.
func (t *Tally) Shrunk() { t.shrunk.Add(1) }

// Failed counts an error of a class that a caller was told. There are not many classes.
func (t *Tally) Failed(class string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failures == nil {
		t.failures = map[string]uint64{}
	}
	t.failures[class]++
}

// failuresByClass returns a copy.
func (t *Tally) failuresByClass() map[string]uint64 {
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

// Drifted counts one item that broke the contract at path. At most 100 paths are counted.
func (t *Tally) Drifted(path string) {
	t.drift.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.paths.add(path, 1)
}

// Missed counts n objects without a value for a field that may be null. At most 100 fields are counted.
func (t *Tally) Missed(field string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nulls.add(field, n)
}

// Count fills in what is counted.
func (t *Tally) Count(s *ConnectorStatus) {
	s.InFlight, s.Calls, s.Retries, s.NotModified = t.underWay.Load(), t.sent.Load(), t.resent.Load(), t.confirmed.Load()
	s.Shrunk = t.shrunk.Load()
	s.Amplification, s.LatencyMS, s.Reads = t.amplification(), t.latency.quantiles(), t.readsByResult()
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Failures, s.Drift, s.Nulls = maps.Clone(t.failures), maps.Clone(t.paths), maps.Clone(t.nulls)
}

// readsByResult returns the results that there were.
func (t *Tally) readsByResult() map[string]uint64 {
	counts := map[string]uint64{}
	for i := range t.reads {
		if n := t.reads[i].Load(); n > 0 {
			counts[Result(i).String()] = n
		}
	}
	return counts
}

// amplification is how many attempts were made for each one that was not a repetition; 0 without any.
func (t *Tally) amplification() float64 {
	sent, resent := t.sent.Load(), t.resent.Load()
	if sent <= resent { // none, or just between the two additions
		return 0
	}
	return float64(sent) / float64(sent-resent)
}
