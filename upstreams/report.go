package upstreams

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Part is what is known about the freshness of one part of a response.
type Part struct {
	Path              []any // of string and int
	Source, Connector string
	State             State
	Reason            Reason
	Age, TTL          time.Duration
	Shared            bool
	// Vary is which headers of the request to us a part depends on that is not Shared; "*" is what no header tells.
	Vary  []string
	Cache string
	Err   error // why it is not fresh, for logs; nil: see Reason
	// Depends is what it depends on, where the report Traces; else nil. It is not changed.
	Depends *Dependence
}

// A Dependence has tags in words, those of a read or those of a write. Of tags whose texts are not known there are
// hashes. It has values of answers, also of what nobody asked for.
type Dependence struct {
	Tags        []string // what the answer depends on
	Invalidated []string // what the write left out of date
}

// mostDependences bounds the tags of one part.
const mostDependences = 1000

// With is d and e together, of which either may be nil.
func (d *Dependence) With(e *Dependence) *Dependence {
	switch {
	case e == nil || d != nil && len(d.Tags)+len(d.Invalidated) >= mostDependences:
		return d
	case d == nil:
		return e
	}
	return &Dependence{slices.Concat(d.Tags, e.Tags), slices.Concat(d.Invalidated, e.Invalidated)}
}

// Problem is something that did not go as the mapping of an answer says. It has no values.
type Problem struct {
	Source    string `json:"source"`
	Connector string `json:"connector"`
	Field     string `json:"field"`   // the place in the schema, such as Order.lines.*
	Kind      string `json:"kind"`    // such as MISSING_KEY
	Message   string `json:"message"` // with the key, or the way to it in the answer
	Count     int    `json:"count"`   // how often
}

// maxProblems bounds the different problems that a report keeps.
const maxProblems = 200

// Report collects what one request to us learnt on its way: the freshness of its parts, the calls
// that were made for it, and, where that is wanted, the problems of mappings. It travels in the context. All methods may be used concurrently, and on a nil
// Report, which keeps nothing.
type Report struct {
	mu    sync.Mutex
	parts []Part
	calls map[string]int
	live  bool // nobody may store the answer

	problems map[Problem]int // by how often, with Count 0; nil: not wanted
}

// NewReport returns an empty report, without problems.
func NewReport() *Report { return &Report{} }

// NewTrace returns an empty report that keeps problems, and what parts depend on, too.
func NewTrace() *Report { return &Report{problems: map[Problem]int{}} }

// Traces reports whether problems, and what parts depend on, are wanted.
func (r *Report) Traces() bool { return r != nil && r.problems != nil }

type reportKey struct{}

// WithReport returns a context that carries r.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// ReportFrom returns the report in ctx, nil when there is none.
func ReportFrom(ctx context.Context) *Report {
	r, _ := ctx.Value(reportKey{}).(*Report)
	return r
}

// Note adds a part.
func (r *Report) Note(p Part) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts = append(r.parts, p)
}

// Parts returns the parts noted so far in the order they were noted. The slice is the caller's.
func (r *Report) Parts() []Part {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.parts)
}

// Take is Parts for who is the last to look at them: the report has none afterwards.
func (r *Report) Take() []Part {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	parts := r.parts
	r.parts = nil
	return parts
}

// NoStore notes that the answer is good for now only, whatever its parts are: nobody may store it.
func (r *Report) NoStore() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = true
}

// Storable reports whether nobody said that the answer may not be stored.
func (r *Report) Storable() bool {
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.live
}

// Called counts one HTTP attempt that was sent to source on behalf of this request.
func (r *Report) Called(source string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	r.calls[source]++
}

// Calls returns the number of HTTP attempts by source. The map is the caller's; nil when there are none.
func (r *Report) Calls() map[string]int {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.calls)
}

// Found adds problems. Equal ones are counted.
func (r *Report) Found(problems ...Problem) {
	if !r.Traces() || len(problems) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range problems {
		n := p.Count
		p.Count = 0
		if _, known := r.problems[p]; known || len(r.problems) < maxProblems {
			r.problems[p] += n
		}
	}
}

// Problems returns the problems found so far, ordered by place. The slice is the caller's; nil when there are none.
func (r *Report) Problems() []Problem {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Problem
	for p, n := range r.problems {
		p.Count = n
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.Message, b.Message))
	})
	return all
}
