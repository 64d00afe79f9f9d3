package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// fault is what is wrong with a source, as somebody put it. What is set works
// together: a latency and a status make a slow error.
type fault struct {
	Status      int      `json:"status,omitempty"`      // answer with it, in the vendor's error format
	Body        string   `json:"body,omitempty"`        // answer with it as it stands; status 200 unless set
	ContentType string   `json:"contentType,omitempty"` // of Body; "" leaves it out
	Latency     duration `json:"latency,omitzero"`      // answer later by this much
	Hang        bool     `json:"hang,omitempty"`        // never answer; cut when lifted
	Reset       bool     `json:"reset,omitempty"`       // reset the connection
	Truncate    bool     `json:"truncate,omitempty"`    // send half the body, then cut
	CutAfter    bool     `json:"cutAfter,omitempty"`    // do the work, then cut without a word
	Rate        *rate    `json:"rate,omitempty"`        // answer 429 above it
	Path        string   `json:"path,omitempty"`        // only paths that begin so, below the source or below its base
	Share       *float64 `json:"share,omitempty"`       // only this share of the requests, 0 < share <= 1
}

// rate allows Limit requests in each window of Per; a window begins with the
// first request after the one before it.
type rate struct {
	Limit int      `json:"limit"`
	Per   duration `json:"per"`
}

// duration is a time.Duration written like "2s".
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed <= 0 {
		return fmt.Errorf("%q is not a positive duration such as \"2s\" or \"300ms\"", text)
	}
	*d = duration(parsed)
	return nil
}

// parseFault reads one fault and says in one sentence what is wrong with it.
func parseFault(body io.Reader) (fault, error) {
	var f fault
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			return f, fmt.Errorf("%s cannot be a JSON %s", kind.Field, kind.Value)
		}
		return f, fmt.Errorf("the body is not a fault: %s; a fault may have status, body, contentType, "+
			"latency, hang, reset, truncate, cutAfter, rate, path and share", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f, errors.New("the body is not a fault: there is more than one JSON value")
	}
	return f, f.check()
}

func (f fault) check() error {
	least := http.StatusMultipleChoices
	if f.Body != "" {
		least = http.StatusOK
	}
	switch {
	case f.Status != 0 && (f.Status < least || f.Status > 599):
		return fmt.Errorf("status must be from %d to 599, not %d", least, f.Status)
	case f.ContentType != "" && f.Body == "":
		return errors.New("contentType needs a body")
	case f.Rate != nil && (f.Rate.Limit < 1 || f.Rate.Per <= 0):
		return errors.New(`rate needs a limit of at least 1 and a per, such as {"limit":5,"per":"1s"}`)
	case f.Path != "" && !strings.HasPrefix(f.Path, "/"):
		return fmt.Errorf("path must begin with /, unlike %q", f.Path)
	case f.Share != nil && (*f.Share <= 0 || *f.Share > 1):
		return errors.New("share must be above 0 and at most 1")
	case f.CutAfter && (f.Status != 0 || f.Body != "" || f.Hang || f.Reset || f.Truncate || f.Rate != nil):
		return errors.New("with cutAfter the work is always done: only latency, path and share may stand beside it")
	case f.Status == 0 && f.Body == "" && f.Latency == 0 && !f.Hang && !f.Reset && !f.Truncate && !f.CutAfter && f.Rate == nil:
		return errors.New("nothing would be broken: set status, body, latency, hang, reset, truncate, cutAfter or rate")
	}
	return nil
}

// faults holds at most one fault per source.
type faults struct {
	mu       sync.Mutex
	seed     uint64
	sources  []string
	bySource map[string]*active
}

// active is a fault at work.
type active struct {
	fault
	lifted chan struct{} // closed when it is deleted or replaced
	dice   *rand.Rand    // for Share
	window time.Time     // for Rate: when this window began
	used   int           // and how many it has seen
}

func newFaults(vendors map[string]*vendor, seed uint64) *faults {
	return &faults{seed: seed, sources: slices.Sorted(maps.Keys(vendors)), bySource: map[string]*active{}}
}

// list serves GET /_faults.
func (f *faults) list(w http.ResponseWriter, _ *http.Request) {
	a := newAnswer()
	f.mu.Lock()
	now := map[string]fault{}
	for source, is := range f.bySource {
		now[source] = is.fault
	}
	f.mu.Unlock()
	writeJSON(a, http.StatusOK, now)
	a.send(w)
}

// put serves PUT /_faults and PUT /_faults/{source}. It replaces what was there
// and answers with all that is broken now.
func (f *faults) put(w http.ResponseWriter, r *http.Request) {
	sources, err := f.named(r)
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	is, err := parseFault(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	f.set(sources, &is)
	f.list(w, r)
}

// lift serves DELETE /_faults and DELETE /_faults/{source}.
func (f *faults) lift(w http.ResponseWriter, r *http.Request) {
	sources, err := f.named(r)
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	f.set(sources, nil)
	w.WriteHeader(http.StatusNoContent)
}

// named returns the sources that a request to /_faults means.
func (f *faults) named(r *http.Request) ([]string, error) {
	source := r.PathValue("source")
	if source == "" {
		return f.sources, nil
	}
	if !slices.Contains(f.sources, source) {
		return nil, fmt.Errorf("there is no source %q; there are %s", source, strings.Join(f.sources, ", "))
	}
	return []string{source}, nil
}

// set puts is on sources; nil mends them.
func (f *faults) set(sources []string, is *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, source := range sources {
		if old := f.bySource[source]; old != nil {
			close(old.lifted)
			delete(f.bySource, source)
		}
		if is != nil {
			f.bySource[source] = &active{fault: *is, lifted: make(chan struct{}), dice: rand.New(rand.NewPCG(f.seed, 0))}
		}
	}
}
