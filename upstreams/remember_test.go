package upstreams_test

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// aged returns a source that remembers {"n":1}, asked long enough ago to be past fresh.
func aged(t *testing.T, cfg upstreams.Config) source {
	t.Helper()
	s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	if _, err := s.Read(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Hour)
	return s
}

func TestSlowSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := aged(t, upstreams.Config{})
		s.api.Now(upstreamtest.After(3*time.Second, upstreamtest.Answer(200, `{"n":2}`)))

		began := time.Now()
		got, err := s.Read(t.Context(), order())
		if err != nil || got.Value != 1 || got.State != upstreams.StateStandingIn || got.Reason != upstreams.ReasonSlow {
			t.Fatalf("got %+v, %v; want the old answer, because of SLOW", got, err)
		}
		if waited := time.Since(began); waited != 300*time.Millisecond {
			t.Errorf("waited %v, want the patience of 300ms", waited)
		}

		began = time.Now()
		if got, err = s.Read(t.Context(), order()); err != nil || got.Reason != upstreams.ReasonSlow {
			t.Errorf("a later reader got %+v, %v", got, err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("a later reader waited %v although patience with this call is over", waited)
		}

		time.Sleep(3 * time.Second)
		got, err = s.Read(t.Context(), order())
		if err != nil || got.Value != 2 || got.Cache != "hit" {
			t.Errorf("the answer that came behind was not remembered: %+v, %v", got, err)
		}
		if calls := s.api.Calls() - 1; calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

func TestPatienceIsOnlyForThoseWithAnOldAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(3*time.Second, upstreamtest.Answer(200, `{"n":2}`))))
		if got, err := s.Read(t.Context(), order()); err != nil || got.Value != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// TestGoroutinesStayFlat has a thousand readers of ten keys while the source hangs.
func TestGoroutinesStayFlat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Breaker: upstreams.Breaker{Off: new(true)}}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		numbered := func(i int) *upstreams.Request {
			r := order()
			r.URL = fmt.Sprint("https://shop.test/orders/", i%10)
			return r
		}
		for i := range 10 {
			if _, err := s.Read(t.Context(), numbered(i)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		s.api.Now(upstreamtest.Hang())
		before := runtime.NumGoroutine()
		for i := range 1000 {
			if got, err := s.Read(t.Context(), numbered(i)); err != nil || got.State != upstreams.StateStandingIn {
				t.Fatal(got, err)
			}
		}
		if more := runtime.NumGoroutine() - before; more > 10 {
			t.Errorf("%d goroutines more for ten keys", more)
		}
	})
}

func TestRefreshWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := order()
		read.Policy.Refresh = new(2 * time.Hour)
		s := aged(t, upstreams.Config{})
		s.api.Now(upstreamtest.After(3*time.Second, upstreamtest.Answer(200, `{"n":2}`)))
		for range 100 {
			began := time.Now()
			got, err := s.Read(t.Context(), read)
			if err != nil || got.Value != 1 || got.State != upstreams.StateRefreshing || got.Reason != "" || time.Since(began) != 0 {
				t.Fatalf("got %+v, %v after %v", got, err, time.Since(began))
			}
		}
		time.Sleep(4 * time.Second)
		got, err := s.Read(t.Context(), read)
		if err != nil || got.Value != 2 || got.State != upstreams.StateFresh {
			t.Errorf("after the refresh: %+v, %v", got, err)
		}
		if calls := s.api.Calls() - 1; calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

func TestOwnAnswersAreVisibleAtOnce(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	for i := range 1000 {
		r := order()
		r.URL = fmt.Sprint("https://shop.test/orders/", i)
		for _, want := range []string{"miss", "hit"} {
			if got, err := s.Read(t.Context(), r); err != nil || got.Cache != want {
				t.Fatalf("order %d: %+v, %v; want a %s", i, got, err, want)
			}
		}
	}
}

func TestNotThereIsRememberedBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(404, `{}`)))
		if got, err := s.Read(t.Context(), order()); err != nil || got.Value != nil || got.Cache != "miss" {
			t.Fatalf("got %+v, %v", got, err)
		}
		time.Sleep(29 * time.Second)
		if got, err := s.Read(t.Context(), order()); err != nil || got.Cache != "hit" || got.Status != 404 {
			t.Errorf("within 30 seconds: %+v, %v", got, err)
		}
		time.Sleep(2 * time.Second)
		s.api.Now(upstreamtest.Answer(503, ``))
		if got, err := s.Read(t.Context(), order()); kindOf(err) != upstreams.Unavailable {
			t.Errorf("after 30 seconds it must not stand in: %+v, %v", got, err)
		}
	})
}

func TestPolicyOfTheOperatorWins(t *testing.T) {
	day := 24 * time.Hour
	tests := map[string]struct {
		cfg    upstreams.Lifetimes
		header []string
		wait   time.Duration
		fresh  bool // hit after wait
		stands bool // stands in after wait, when the source is down
	}{
		"the schema decides where the operator says nothing": {wait: 59 * time.Second, fresh: true, stands: true},
		"the operator may shorten it": {
			cfg: upstreams.Lifetimes{Policy: freshness.Policy{Fresh: new(time.Second)}}, wait: 2 * time.Second, stands: true,
		},
		"the operator may lengthen it": {
			cfg: upstreams.Lifetimes{Policy: freshness.Policy{Fresh: &day}}, wait: 23 * time.Hour, fresh: true, stands: true,
		},
		"no-store does not forbid a stand-in": {header: []string{"Cache-Control", "private, no-store"}, wait: time.Hour, stands: true},
		"unless headers are obeyed to the letter": {
			cfg: upstreams.Lifetimes{Respect: freshness.Strict}, header: []string{"Cache-Control", "no-store"}, wait: time.Second,
		},
		"the operator may forbid stand-ins": {
			cfg: upstreams.Lifetimes{Policy: freshness.Policy{Stale: new(time.Duration)}}, wait: time.Hour,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{Cache: tt.cfg}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, tt.header...)))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.wait)
				s.api.Now(upstreamtest.Refuse())
				got, err := s.Read(t.Context(), order())
				if (err == nil) != tt.stands {
					t.Fatalf("got %+v, %v; want an answer: %v", got, err, tt.stands)
				}
				if err == nil && (got.Cache == "hit") != tt.fresh {
					t.Errorf("got %+v, want fresh: %v", got, tt.fresh)
				}
			})
		})
	}
}

// TestAnotherReader has a reader whose Accept cannot use what is remembered.
func TestAnotherReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(
			upstreamtest.Answer(200, `{"a":"A"}`), upstreamtest.Answer(200, `{"a":"A","b":"B"}`), upstreamtest.Refuse()))
		for _, name := range []string{"a", "b", "a"} {
			if got, err := s.Read(t.Context(), selecting("Query."+name, name)); err != nil {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if s.api.Calls() != 2 {
			t.Errorf("%d calls, want 2: a body of no use is a miss", s.api.Calls())
		}
	})
}

func TestChangedMappingRemapsTheOldBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := aged(t, upstreams.Config{})
		s.api.Now(upstreamtest.Refuse())
		r := order()
		r.Slot, r.Accept = "another mapping", func(reply upstreams.Reply) (any, error) { return string(reply.Body), nil }
		got, err := s.Read(t.Context(), r)
		if err != nil || got.Value != `{"n":1}` || got.State != upstreams.StateStandingIn {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestKeyHoldsAllThatChangesAnAnswer(t *testing.T) {
	base := func() *upstreams.Request {
		r := order()
		r.Header = http.Header{"A": {"1"}, "B": {"2"}}
		return r
	}
	tests := map[string]struct {
		change func(*upstreams.Request)
		same   bool
	}{
		"nothing":               {func(*upstreams.Request) {}, true},
		"order of headers":      {func(r *upstreams.Request) { r.Header = http.Header{"B": {"2"}, "A": {"1"}} }, true},
		"connector":             {func(r *upstreams.Request) { r.Connector = "Query.other" }, true},
		"method":                {func(r *upstreams.Request) { r.Method = http.MethodPost }, false},
		"URL":                   {func(r *upstreams.Request) { r.URL += "?a=1" }, false},
		"value of a header":     {func(r *upstreams.Request) { r.Header.Set("A", "2") }, false},
		"one header less":       {func(r *upstreams.Request) { r.Header.Del("A") }, false},
		"value moved to a name": {func(r *upstreams.Request) { r.Header = http.Header{"A": {"1", "B"}, "": {"2"}} }, false},
		"body":                  {func(r *upstreams.Request) { r.Body = []byte("x") }, false},
		"scope":                 {func(r *upstreams.Request) { r.Scope = "somebody" }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
			if _, err := s.Read(t.Context(), base()); err != nil {
				t.Fatal(err)
			}
			r := base()
			tt.change(r)
			if got, err := s.Read(t.Context(), r); err != nil || (got.Cache == "hit") != tt.same {
				t.Errorf("got %+v, %v; want a hit: %v", got, err, tt.same)
			}
		})
	}
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := aged(t, upstreams.Config{})
		s.api.Now(upstreamtest.Hang())
		if got, err := s.Read(t.Context(), order()); err != nil || got.Reason != upstreams.ReasonSlow {
			t.Fatal(got, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("close with a call behind: %v", err)
		}
		if got, err := s.Read(t.Context(), order()); err != nil || got.State != upstreams.StateStandingIn {
			t.Errorf("a remembered answer after close: %+v, %v", got, err)
		}
		other := order()
		other.URL += "9"
		if _, err := s.Read(t.Context(), other); kindOf(err) != upstreams.Unavailable {
			t.Errorf("an unknown answer after close: %v", err)
		}
	})
}
