package events

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// Status is what an inbox did since the process began, and how its journal is.
type Status struct {
	Journal JournalState `json:"journal"`
	// LeftBehind is how many events other gateways took in of which it is not known that they are worked off.
	LeftBehind int            `json:"leftBehind"`
	Unknown    uint64         `json:"unknown"` // deliveries for sources that have no webhooks
	Sources    []SourceStatus `json:"sources"` // by name
}

// SourceStatus is what came from one source since the process began. Deliveries are counted where they arrive, events where
// they are worked off, which another gateway may do.
type SourceStatus struct {
	Source     string            `json:"source"`
	Received   uint64            `json:"received"` // deliveries
	Verified   uint64            `json:"verified"` // of those: signed as they should be
	Refused    map[Reason]uint64 `json:"refused"`  // by why
	Pings      uint64            `json:"pings"`    // that only try whether we are here
	Kept       uint64            `json:"kept"`     // events
	Duplicates uint64            `json:"duplicates"`
	Unrecorded uint64            `json:"unrecorded"` // that were worked off at once, since they could not be kept
	Worked     uint64            `json:"worked"`
	Unmatched  uint64            `json:"unmatched"` // of those: nothing says what they change
	Failed     uint64            `json:"failed"`    // that could not be worked off
	LastType   string            `json:"lastType,omitempty"`
	LastAt     time.Time         `json:"lastAt,omitzero"` // when the newest came that was worked off
	LagSeconds float64           `json:"lagSeconds"`      // how long after that
}

// Status returns what is known now, without asking anybody.
func (x *Inbox) Status() Status {
	s := x.tally.status()
	s.Journal = x.journal.State()
	return s
}

// A tally counts. It is safe for concurrent use.
type tally struct {
	mu      sync.Mutex
	behind  int
	unknown uint64
	sources map[string]*SourceStatus
}

func newTally() tally { return tally{sources: map[string]*SourceStatus{}} }

func (t *tally) status() Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Status{LeftBehind: t.behind, Unknown: t.unknown, Sources: []SourceStatus{}}
	for _, one := range t.sources {
		is := *one
		is.Refused = maps.Clone(one.Refused)
		s.Sources = append(s.Sources, is)
	}
	slices.SortFunc(s.Sources, func(a, b SourceStatus) int { return cmp.Compare(a.Source, b.Source) })
	return s
}

// of has count change what is known of a source, which is one that the settings name.
func (t *tally) of(source string, count func(*SourceStatus)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sources[source]
	if s == nil {
		s = &SourceStatus{Source: source, Refused: map[Reason]uint64{}}
		t.sources[source] = s
	}
	count(s)
}

func (t *tally) kept(source string)       { t.of(source, func(s *SourceStatus) { s.Kept++ }) }
func (t *tally) duplicate(source string)  { t.of(source, func(s *SourceStatus) { s.Duplicates++ }) }
func (t *tally) unrecorded(source string) { t.of(source, func(s *SourceStatus) { s.Unrecorded++ }) }

func (t *tally) worked(e *Event, known bool, err error) {
	t.of(e.Source, func(s *SourceStatus) {
		switch {
		case err != nil:
			s.Failed++
			return
		case !known:
			s.Unmatched++
		}
		s.Worked++
		if !e.Received.Before(s.LastAt) {
			s.LastType, s.LastAt, s.LagSeconds = e.Type, e.Received.Round(0), max(0, time.Since(e.Received).Seconds())
		}
	})
}

func (t *tally) left(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.behind = n
}

func (t *tally) notOurs() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unknown++
}
