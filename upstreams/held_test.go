package upstreams_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// inShort is what Held gives: value, state and cache; "" for what is not held.
func inShort(a *upstreams.Answer, ok bool) string {
	if !ok {
		return ""
	}
	return fmt.Sprintf("%v %s %s", a.Value, a.State, a.Cache)
}

func TestWhatMemoryHoldsIsAnsweredInline(t *testing.T) {
	tests := map[string]struct {
		age    time.Duration
		read   func(*upstreams.Request)
		before func(*testing.T, source) // after the first read
		want   string
		calls  int // behind
	}{
		"what is fresh":                   {age: time.Second, want: "1 FRESH hit"},
		"what is refreshed, which begins": {age: time.Hour, read: func(r *upstreams.Request) { r.Policy.Refresh = new(2 * time.Hour) }, want: "1 REFRESHING stale", calls: 1},
		"not what only stands in":         {age: time.Hour},
		"not what another slot made":      {age: time.Second, read: func(r *upstreams.Request) { r.Slot = "other" }},
		"not what another scope has":      {age: time.Second, read: func(r *upstreams.Request) { r.Scope = "other" }},
		"not what was never asked for":    {age: time.Second, read: func(r *upstreams.Request) { r.URL += "0" }},
		"not after a write": {age: time.Second, before: func(t *testing.T, s source) {
			t.Helper()
			_, _ = s.Write(t.Context(), &upstreams.Request{Method: "POST", URL: "https://shop.test/pay"})
		}},
		"not what was asked for too early":      {age: time.Second, before: func(_ *testing.T, s source) { s.cache.Mark() }, read: func(r *upstreams.Request) { r.NotBefore = cache.AsOf{Process: 1, Number: 1} }},
		"what is fresh where nothing stands in": {age: time.Second, read: func(r *upstreams.Request) { r.NoStandIns = true }, want: "1 FRESH hit"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				if test.before != nil {
					test.before(t, s)
				}
				time.Sleep(test.age)
				before := s.api.Calls()
				r := order()
				if test.read != nil {
					test.read(r)
				}
				began := time.Now()
				check(t, "held", test.want, inShort(s.Held(t.Context(), r)))
				if waited := time.Since(began); waited != 0 {
					t.Errorf("it took %v", waited)
				}
				synctest.Wait()
				check(t, "calls", test.calls, s.api.Calls()-before)
			})
		})
	}
}

// A call that hangs holds up nobody who asks memory, and a refresh is begun once.
func TestWhatIsHeldIsNeverWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := aged(t, upstreams.Config{})
		s.api.Now(upstreamtest.Hang())
		r := order()
		r.Policy.Refresh = new(2 * time.Hour)
		for range 100 {
			check(t, "held", "1 REFRESHING stale", inShort(s.Held(t.Context(), r)))
		}
		synctest.Wait()
		check(t, "calls", 1, s.api.Calls()-1)
	})
}

func TestHeldReadsAreCounted(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	if _, err := s.Read(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Held(t.Context(), order())
	}
	check(t, "hits", uint64(3), s.Status().Connectors["Query.order"].Reads["hit"])
}

func TestOfABatchWhatIsHeldIsAnsweredInline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{}) // 001 to 003, an hour ago
		s.ReadBatch(t.Context(), orders("002"))
		s.api.Now(upstreamtest.Hang())
		refresh := orders(from(1, 4)...)
		for _, test := range []struct {
			name   string
			policy *time.Duration
			want   []string
			calls  int
		}{
			{"one is fresh, others stand in or are not there", nil, []string{"", "20 FRESH hit", "", ""}, 0},
			{"those that are refreshed are asked for together", new(2 * time.Hour), []string{"10 REFRESHING stale", "20 FRESH hit", "30 REFRESHING stale", ""}, 1},
			{"and not again", new(2 * time.Hour), []string{"10 REFRESHING stale", "20 FRESH hit", "30 REFRESHING stale", ""}, 0},
		} {
			before := s.api.Calls()
			refresh.Policy.Refresh = test.policy
			held := make([]*upstreams.Answer, 4)
			n := s.HeldBatch(t.Context(), refresh, held)
			got := make([]string, 4)
			for i, a := range held {
				if got[i] = inShort(a, a != nil); a != nil {
					n--
				}
			}
			check(t, test.name, test.want, got)
			synctest.Wait()
			if check(t, test.name+": calls", test.calls, s.api.Calls()-before); n != 0 {
				t.Errorf("%s: the number is off by %d", test.name, n)
			}
		}
		asked := idsOf(t, s.api.Log()[s.api.Calls()-1].URL)
		check(t, "behind", "001,003", asked)
	})
}

// lateRequest has a key, and the rest when it is sent.
type lateRequest struct {
	key   string
	built int
	err   error
}

func (l *lateRequest) Build(r *upstreams.Request) error {
	l.built++
	r.URL, r.Header = "https://shop.test/orders/1", http.Header{"X-Late": {"1"}}
	return l.err
}

func (l *lateRequest) request() *upstreams.Request {
	r := order()
	r.Key, r.Builder, r.URL = l.key, l, ""
	return r
}

func TestARequestIsBuiltWhenItMustBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		plain := order()
		plain.Header = http.Header{"X-Late": {"1"}}
		late := &lateRequest{key: s.Key(plain)}
		for range 3 {
			if a, err := s.Read(t.Context(), late.request()); err != nil || a.Value != 1 {
				t.Fatal(a, err)
			}
		}
		check(t, "built", 1, late.built)
		if a, err := s.Read(t.Context(), plain); err != nil || a.Cache != "hit" {
			t.Errorf("one that was built at once has another key: %+v, %v", a, err)
		}
		time.Sleep(time.Hour)
		late.err = errors.New("no")
		_, err := s.Read(t.Context(), late.request())
		if e, ok := errors.AsType[*upstreams.Error](err); !ok || e.Kind != upstreams.BadInput || e.Connector != "Query.order" || e.Source != "shop" {
			t.Errorf("one that cannot be built: %#v", err)
		}
		check(t, "calls", 1, s.api.Calls())
		if got := s.api.Log()[0].Header.Get("X-Late"); got != "1" {
			t.Errorf("sent without its header: %q", got)
		}
	})
}

func TestWhatWasAskedForTooEarlyIsAskedForAgain(t *testing.T) {
	read := func(ctx context.Context, s source, notBefore cache.AsOf, noStandIns, batch bool) []string {
		if batch {
			b := orders("001")
			b.NotBefore, b.NoStandIns = notBefore, noStandIns
			return told(s.ReadBatch(ctx, b))
		}
		r := order()
		r.URL, r.NotBefore, r.NoStandIns = "https://shop.test/one?ids=001", notBefore, noStandIns
		r.Accept = func(reply upstreams.Reply) (any, error) {
			if err := reply.Err(); err != nil {
				return nil, err
			}
			return string(reply.Body), nil
		}
		a, err := s.Read(ctx, r)
		return told([]upstreams.Item{{Answer: a, Err: err}})
	}
	tests := map[string]struct {
		bump       bool // before it is asked for again
		asOf       bool // not before that
		down       bool // then
		noStandIns bool
		want       string // state, reason and cache, or the error
	}{
		"what is fresh is, where it does not matter":       {bump: true, want: "FRESH hit"},
		"and where it was asked for after that":            {asOf: true, want: "FRESH hit"},
		"what was asked for before is asked for again":     {bump: true, asOf: true, want: "FRESH miss"},
		"and stands in where that fails":                   {bump: true, asOf: true, down: true, want: "STANDING_IN STATUS stale"},
		"but not where nothing may":                        {bump: true, asOf: true, down: true, noStandIns: true, want: "unavailable STATUS"},
		"where nothing may stand in, what is fresh serves": {down: true, noStandIns: true, want: "FRESH hit"},
	}
	for name, test := range tests {
		for _, batch := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in a batch %t", name, batch), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}, upstreamtest.Play(warehouse(t, nil)))
					read(t.Context(), s, cache.AsOf{}, false, batch)
					if test.bump {
						s.cache.Mark() // which is no reason to ask again by itself
					}
					if test.down {
						s.api.Now(upstreamtest.Answer(503, ""))
					}
					var notBefore cache.AsOf
					if test.asOf {
						notBefore = s.cache.AsOf()
					}
					got := read(t.Context(), s, notBefore, test.noStandIns, batch)[0]
					if _, short, ok := cut(got); ok && short != test.want || !ok && got != test.want {
						t.Errorf("got %q, want %q", got, test.want)
					}
				})
			})
		}
	}
}

// cut takes the value off what told tells of an answer; false for an error.
func cut(told string) (value, rest string, ok bool) {
	for i := range told {
		if told[i] == ' ' && told[:i] != "unavailable" {
			return told[:i], told[i+1:], true
		}
	}
	return "", told, false
}

// Who asks for what changed just now does not join a call that left before.
func TestACallThatLeftTooEarlyIsNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(
			upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":1}`)), upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":2}`))))
		first := make(chan any, 1)
		go func() {
			a, _ := s.Read(t.Context(), order())
			first <- a.Value
		}()
		synctest.Wait()
		s.cache.Mark()
		r := order()
		r.NotBefore = s.cache.AsOf()
		a, err := s.Read(t.Context(), r)
		if err != nil || a.Value != 2 {
			t.Errorf("got %+v, %v", a, err)
		}
		check(t, "who waited", any(1), <-first)
		check(t, "calls", 2, s.api.Calls())
	})
}

// Where nothing may stand in, nobody is told that the source is slow: they wait for it.
func TestPatienceIsNotForThoseWhoWantNoStandIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := aged(t, upstreams.Config{})
		s.api.Now(upstreamtest.After(3*time.Second, upstreamtest.Answer(200, `{"n":2}`)))
		r := order()
		r.NoStandIns = true
		if a, err := s.Read(t.Context(), r); err != nil || a.Value != 2 {
			t.Errorf("got %+v, %v", a, err)
		}
	})
}

// What asks behind people is not charged to an operation of theirs.
func TestABatchHasAPriority(t *testing.T) {
	for priority, limited := range map[quota.Priority]bool{quota.Person: true, quota.Background: false} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, upstreams.Config{Quota: quota.Config{PerOperation: 1}}, upstreamtest.Play(warehouse(t, nil)))
			b := orders("001", "002")
			b.Operation, b.Max, b.Priority = &upstreams.Operation{}, 1, priority
			got := told(s.ReadBatch(t.Context(), b))
			if over := slices.Contains(got, "limit reached QUOTA"); over != limited {
				t.Errorf("priority %v: %q", priority, got)
			}
		})
	}
}

// byShortcut is what a shortcut gives of r, in the form of inShort.
func byShortcut(t *testing.T, s source, r *upstreams.Request, shortcut string) string {
	t.Helper()
	var held [1]*upstreams.Answer
	n := s.HeldShort(t.Context(), r, func(int) []byte { return []byte(shortcut) }, held[:])
	return inShort(held[0], n > 0)
}

func TestAShortcutGivesWhatIsFreshOnly(t *testing.T) {
	tests := map[string]struct {
		cfg    upstreams.Config
		first  func(*upstreams.Request)
		age    time.Duration
		before func(*testing.T, source)
		read   func(*upstreams.Request)
		want   string
	}{
		"what is fresh":               {age: time.Second, want: "1 FRESH hit"},
		"not what would be refreshed": {age: time.Hour, read: func(r *upstreams.Request) { r.Policy.Refresh = new(2 * time.Hour) }},
		"not what only stands in":     {age: time.Hour},
		"not after a write": {age: time.Second, before: func(t *testing.T, s source) {
			t.Helper()
			_, _ = s.Write(t.Context(), &upstreams.Request{Method: "POST", URL: "https://shop.test/pay"})
		}},
		"not what was asked for too early":          {age: time.Second, read: func(r *upstreams.Request) { r.NotBefore = cache.AsOf{Process: 1, Number: 1} }},
		"not what depends on the caller":            {first: func(r *upstreams.Request) { r.Scope = "his" }},
		"not where callers bring their credentials": {cfg: upstreams.Config{Auth: credential.Auth{Forward: []string{"Authorization"}}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, test.cfg, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				r := order()
				if test.first != nil {
					test.first(r)
				}
				if _, err := s.Read(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				r.Shortcut = "shortcut"
				check(t, "held", "1 FRESH hit", inShort(s.Held(t.Context(), r))) // which makes it
				if test.before != nil {
					test.before(t, s)
				}
				time.Sleep(test.age)
				r = order()
				if test.read != nil {
					test.read(r)
				}
				check(t, "by the shortcut", test.want, byShortcut(t, s, r, "shortcut"))
				check(t, "by another one", "", byShortcut(t, s, r, "shortcut2"))
			})
		})
	}
}
