package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// vendor is a source that counts what it was made to do.
type vendor struct {
	keyed bool // it does once what comes twice under one key

	mu      sync.Mutex
	takes   time.Duration
	fault   func(a Attempt) fault // nil: none
	calls   int
	effects map[string]int    // by body
	order   []string          // bodies, as they were done
	times   []time.Time       // of calls
	kept    map[string]string // answers by key
}

// fault is what goes wrong with one call.
type fault int

const (
	fine     fault = iota
	down           // no connection
	busy           // 503, come again later
	cutShort       // it is done, and the answer is lost
	lost           // it is not done, and the answer is lost
	refuses        // 422
	fails          // 500, kept under the key
	denies         // 401
	broken         // our own fault
	panics
)

func newVendor(keyed bool) *vendor {
	return &vendor{keyed: keyed, effects: map[string]int{}, kept: map[string]string{}}
}

func (v *vendor) set(f func(a Attempt) fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fault = f
}

// all has every call fare alike.
func all(f fault) func(Attempt) fault { return func(Attempt) fault { return f } }

func (v *vendor) send(ctx context.Context, a Attempt) Result {
	v.mu.Lock()
	v.calls++
	v.times = append(v.times, time.Now())
	f := fine
	if v.fault != nil {
		f = v.fault(a)
	}
	takes := v.takes
	v.mu.Unlock()
	if takes > 0 {
		if pause(ctx, takes); ctx.Err() != nil {
			return Result{Reason: "TIMEOUT", Err: ctx.Err()}
		}
	}
	switch f {
	case down:
		return Result{Verdict: NotMade, Reason: "UNREACHABLE", Err: errDown}
	case busy:
		return Result{Verdict: NotMade, Reason: "STATUS", Outcome: &Outcome{Status: 503}, RetryAfter: time.Minute, Err: errDown}
	case lost:
		return Result{Reason: "UNREACHABLE", Err: errDown}
	case refuses:
		return Result{Verdict: No, Reason: "REFUSED", Outcome: &Outcome{Status: 422, Body: []byte("no")}}
	case denies:
		return Result{Verdict: Credential, Reason: "CREDENTIAL", Outcome: &Outcome{Status: 401}}
	case broken:
		return Result{Verdict: Broken, Reason: "NO_CONNECTOR", Message: "the connector is gone"}
	case panics:
		panic("boom")
	}
	answer := v.do(a, f)
	if f == cutShort {
		return Result{Reason: "UNREACHABLE", Err: errDown}
	}
	if strings.HasPrefix(answer, "failed") {
		return Result{Reason: "STATUS", Outcome: &Outcome{Status: 500, Body: []byte(answer)}, Err: errDown}
	}
	return Result{Verdict: Made, Outcome: &Outcome{Status: 201, Body: []byte(answer)}}
}

var errDown = fmt.Errorf("it is down")

// do does what is asked for, and returns the answer.
func (v *vendor) do(a Attempt, f fault) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	body := string(a.Write.Request.Body)
	if answer, ok := v.kept[a.Request.VendorKey]; ok && v.keyed {
		return answer
	}
	answer := "failed " + body
	if f != fails {
		v.effects[body]++
		v.order = append(v.order, body)
		answer = fmt.Sprintf("made %s, number %d", body, len(v.order))
	}
	v.kept[a.Request.VendorKey] = answer
	return answer
}

// probe looks whether a write was made.
func (v *vendor) probe(_ context.Context, l Look) (Found, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.effects[string(l.Write.Request.Body)] > 0 {
		return WasMade, nil
	}
	return WasNot, nil
}

func (v *vendor) made(body string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.effects[body]
}

// history returns what was done, in order, and when there were calls.
func (v *vendor) history() (order []string, times []time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.order), slices.Clone(v.times)
}

func (v *vendor) called() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls
}

// order returns a write of that body, for a source that honours its key for a day.
func order(body string) *Write {
	id := IDOf("order", "", body)
	return &Write{
		ID: id, Field: "order", Connector: "Mutation.order", Source: "shop", Key: body, Args: []byte(body),
		Queue: true, Window: 24 * time.Hour,
		Request: Request{Method: "POST", PathAndQuery: "/orders", Body: []byte(body), VendorKey: VendorKeyOf("shop", id)},
	}
}

// alone is a journal that nobody else writes to.
type alone struct{ Journal }

func (a alone) State() JournalState {
	s := a.Journal.State()
	s.Shared = false
	return s
}

// open returns an outbox over j that sends to v and is closed in the end.
func openOver(t *testing.T, v *vendor, j Journal, change ...func(*Config)) *Outbox {
	t.Helper()
	cfg := Config{Send: v.send}
	for _, c := range change {
		c(&cfg)
	}
	o := New(cfg, j)
	t.Cleanup(func() { closeNow(t, o) })
	return o
}

func closeNow(t *testing.T, o *Outbox) {
	t.Helper()
	ctx, done := context.WithTimeout(context.Background(), time.Minute)
	defer done()
	if err := o.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

func do(t *testing.T, o *Outbox, w *Write) *Answer {
	t.Helper()
	a, err := o.Do(t.Context(), w, nil)
	if err != nil {
		t.Fatalf("do: %v", err)
	}
	return a
}

func show(t *testing.T, o *Outbox, w *Write) *Record {
	t.Helper()
	r, err := o.Show(t.Context(), w.ID)
	if err != nil {
		t.Fatalf("show: %v", err)
	}
	return r
}

func wantState(t *testing.T, o *Outbox, w *Write, want State) *Record {
	t.Helper()
	r := show(t, o, w)
	if r.State != want {
		t.Errorf("it is %s (%s), want %s", r.State, cmp.Or(r.Last().Reason, "no reason"), want)
	}
	return r
}
