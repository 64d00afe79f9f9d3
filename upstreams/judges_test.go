package upstreams_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/panics"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// slow takes a minute over every answer but {"n":1}.
func slow(r *upstreams.Request) *upstreams.Request {
	r.Accept = func(reply upstreams.Reply) (any, error) {
		if string(reply.Body) != `{"n":1}` {
			time.Sleep(time.Minute)
		}
		return number(reply)
	}
	return r
}

// TestNobodyWaitsForAnOpinion has answers that come at once and take a minute to be judged: who waits does so
// until the deadline, and what was judged at last is remembered.
func TestNobodyWaitsForAnOpinion(t *testing.T) {
	patient := upstreams.Config{Timeout: time.Second, Patience: new(time.Hour), Breaker: upstreams.Breaker{Off: new(true)}}
	read := func(ctx context.Context, s source) (*upstreams.Answer, error) { return s.Read(ctx, slow(order())) }
	tests := map[string]struct {
		old    bool
		ask    func(ctx context.Context, s source) (*upstreams.Answer, error)
		reason upstreams.Reason // of the error, or of the old answer
		later  any              // what is remembered in the end
	}{
		"a read":                        {false, read, upstreams.ReasonTimeout, 2},
		"a read that has an old answer": {true, read, upstreams.ReasonTimeout, 2},
		"a write": {false, func(ctx context.Context, s source) (*upstreams.Answer, error) {
			return s.Write(ctx, slow(order()))
		}, upstreams.ReasonTimeout, nil},
		"one of a batch": {false, func(ctx context.Context, s source) (*upstreams.Answer, error) {
			b := upstreams.Batch{
				Connector: "Order", Policy: policy(), Keys: []string{"1"}, Slot: "#",
				Build: func([]string) (*upstreams.Request, error) { return order(), nil },
				Split: func(r upstreams.Reply, keys []string) (map[string][]byte, error) {
					return map[string][]byte{keys[0]: r.Body}, nil
				},
				Accept: slow(order()).Accept,
			}
			item := s.ReadBatch(ctx, &b)[0]
			return item.Answer, item.Err
		}, upstreams.ReasonTimeout, nil},
		"a reader who shares the answer and not the opinion": {false, func(ctx context.Context, s source) (*upstreams.Answer, error) {
			quick := order()
			quick.Connector, quick.Slot = "Query.other", "other"
			first := readers(ctx, s.Client, quick)
			synctest.Wait()
			a, err := s.Read(ctx, slow(order()))
			if got := first()[0]; got.err != nil {
				t.Error(got.err)
			}
			return a, err
		}, upstreams.ReasonTimeout, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, patient, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				if tt.old {
					if _, err := read(t.Context(), s); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Hour)
				}
				s.api.Now(upstreamtest.After(100*time.Millisecond, upstreamtest.Answer(200, `{"n":2}`)))
				began := time.Now()
				a, err := tt.ask(t.Context(), s)
				if took := time.Since(began); took != time.Second {
					t.Errorf("took %v", took)
				}
				switch {
				case tt.old && (err != nil || a.State != upstreams.StateStandingIn || a.Reason != tt.reason || a.Value != 1):
					t.Errorf("got %+v, %v", a, err)
				case !tt.old && (reasonOf(err) != tt.reason || kindOf(err) != upstreams.Unavailable):
					t.Errorf("got %+v, %v", a, err)
				}
				time.Sleep(time.Minute)
				if tt.later == nil {
					return
				}
				s.api.Now(upstreamtest.Answer(503, ``))
				if a, err := s.Read(t.Context(), order()); err != nil || a.Value != tt.later {
					t.Errorf("in the end: %+v, %v", a, err)
				}
			})
		})
	}
}

// TestOpinionsAreBounded asks for many answers that take long to be judged: no more of them are looked at than
// calls may be under way, and closing the client waits for those.
func TestOpinionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := upstreams.Config{Name: "shop", Timeout: time.Second, Quota: quota.Config{Concurrent: 3}, Breaker: upstreams.Breaker{Off: new(true)}}
		u := upstreams.New(cfg, nil, upstreamtest.Play(upstreamtest.Answer(200, `{"n":2}`)))
		var now, most atomic.Int64
		all := many(20, unremembered)
		for i, r := range all {
			r.URL += http.StatusText(i)
			r.URL += string(rune('a' + i))
			r.Accept = func(upstreams.Reply) (any, error) {
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Minute)
				now.Add(-1)
				return 1, nil
			}
		}
		for _, got := range readers(t.Context(), u, all...)() {
			if got.err == nil {
				t.Error("no error")
			}
		}
		if most.Load() != 3 || now.Load() != 3 {
			t.Errorf("%d at a time, %d now", most.Load(), now.Load())
		}
		if err := u.Close(t.Context()); err != nil || now.Load() != 0 {
			t.Errorf("closed with %d under way: %v", now.Load(), err)
		}
	})
}

// TestPanicsAreErrors has code of others that panics on the way of a call: it is an error for whoever waits, with
// the stack of where it happened, and for nobody else.
func TestPanicsAreErrors(t *testing.T) {
	boom := func() { panic("boom") }
	tests := map[string]func(ctx context.Context, u *upstreams.Client) error{
		"in Accept, of a read": func(ctx context.Context, u *upstreams.Client) error {
			r := order()
			r.Accept = func(upstreams.Reply) (any, error) { boom(); return nil, nil }
			_, err := u.Read(ctx, r)
			return err
		},
		"in Accept, of a write": func(ctx context.Context, u *upstreams.Client) error {
			r := order()
			r.Accept = func(upstreams.Reply) (any, error) { boom(); return nil, nil }
			_, err := u.Write(ctx, r)
			return err
		},
		"in Split, of a batch": func(ctx context.Context, u *upstreams.Client) error {
			return u.ReadBatch(ctx, &upstreams.Batch{
				Connector: "Order", Keys: []string{"1"},
				Build: func([]string) (*upstreams.Request, error) { return order(), nil },
				Split: func(upstreams.Reply, []string) (map[string][]byte, error) { boom(); return nil, nil },
			})[0].Err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				err := ask(t.Context(), s.Client)
				p, ok := errors.AsType[*panics.Error](err)
				if !ok || kindOf(err) != upstreams.Contract || p.Value != "boom" || len(p.Stack) == 0 {
					t.Errorf("got %v", err)
				}
				if _, err := s.Read(t.Context(), unremembered()); err != nil {
					t.Errorf("and then: %v", err)
				}
			})
		})
	}
	t.Run("in the transport", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, upstreams.Config{}, upstreamtest.Play(func(*http.Request) (*http.Response, error) { panic("boom") }))
			for i, got := range readers(t.Context(), s.Client, many(5, order)...)() {
				if _, ok := errors.AsType[*panics.Error](got.err); !ok {
					t.Errorf("reader %d got %v", i, got.err)
				}
			}
		})
	})
}

// TestNobodyJoinsAnOpinionThatIsLate has somebody ask for what another's call, whose time is over, still judges: he
// asks for himself, and what was judged at last does not take the place of his answer.
func TestNobodyJoinsAnOpinionThatIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := upstreams.Config{Timeout: time.Second, Breaker: upstreams.Breaker{Off: new(true)}}
		s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(200, `{"n":2}`), upstreamtest.Answer(200, `{"n":1}`)))
		if _, err := s.Read(t.Context(), slow(order())); reasonOf(err) != upstreams.ReasonTimeout {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		began := time.Now()
		if a, err := s.Read(t.Context(), slow(order())); err != nil || a.Value != 1 || time.Since(began) > 0 {
			t.Errorf("got %+v, %v after %v", a, err, time.Since(began))
		}
		time.Sleep(time.Minute)
		s.api.Now(upstreamtest.Answer(503, ``))
		if a, err := s.Read(t.Context(), order()); err != nil || a.Value != 1 {
			t.Errorf("in the end: %+v, %v", a, err)
		}
	})
}
