package upstreams_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// limited is an API that allows so many calls in each window, and counts those above.
type limited struct {
	limit    int
	window   time.Duration
	says     bool // in its headers
	began    time.Time
	calls    int
	rejected int
}

func (l *limited) answer(req *http.Request) (*http.Response, error) {
	now := time.Now()
	if now.Sub(l.began) >= l.window {
		l.began, l.calls = now, 0
	}
	l.calls++
	status, body := 200, `{"n":1}`
	if l.calls > l.limit {
		l.rejected++
		status, body = 429, ``
	}
	var header []string
	if l.says {
		header = []string{
			"X-RateLimit-Limit", strconv.Itoa(l.limit), "X-RateLimit-Remaining", strconv.Itoa(max(0, l.limit-l.calls)),
			"X-RateLimit-Reset", strconv.FormatInt(l.began.Add(l.window).Unix(), 10),
		}
	}
	return upstreamtest.Answer(status, body, header...)(req)
}

// TestNoCallAboveWhatIsLeft asks ten times as much as the source allows, for ten minutes. The old answers
// stand in before there is a 429.
func TestNoCallAboveWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &limited{limit: 60, window: time.Minute, says: true}
		s := open(t, upstreams.Config{}, upstreamtest.Play(api.answer))
		short := func() *upstreams.Request {
			r := order()
			r.Policy.Fresh = new(time.Duration)
			return r
		}
		if _, err := s.Read(t.Context(), short()); err != nil {
			t.Fatal(err)
		}
		covered := 0
		for range 6000 {
			time.Sleep(100 * time.Millisecond)
			got, err := s.Read(t.Context(), short())
			if err != nil {
				t.Fatal(err)
			}
			if got.State == upstreams.StateStandingIn {
				covered++
			}
		}
		if api.rejected > 0 {
			t.Errorf("%d calls got a 429", api.rejected)
		}
		if asked := s.api.Calls(); asked < 540 {
			t.Errorf("%d calls in ten minutes of 60 each: what was left was not used", asked)
		}
		if covered < 5000 {
			t.Errorf("%d answers stood in", covered)
		}
	})
}

func TestWhatIsLeftIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, "RateLimit", `"default";r=0;t=30`)))
		if _, err := s.Read(t.Context(), unremembered()); err != nil {
			t.Fatal(err)
		}
		got := s.Status().Quota
		if got.Left == nil || *got.Left != 0 || time.Until(*got.ResetAt) != 30*time.Second {
			t.Errorf("%+v", got)
		}
		_, err := s.Read(t.Context(), unremembered())
		if kindOf(err) != upstreams.Limit {
			t.Errorf("got %v", err)
		}
		off := open(t, upstreams.Config{Quota: quota.Config{Learn: new(false)}}, s.api)
		for range 2 {
			if _, err := off.Read(t.Context(), unremembered()); err != nil {
				t.Errorf("without learning: %v", err)
			}
		}
	})
}

// TestPace has a source that allows ten calls a second, says no more than 429, and is asked forty times a
// second: most 429s are avoided, most of what it allows is used, and the pace is given up once nobody asks.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &limited{limit: 10, window: time.Second}
		cfg := unprobed()
		cfg.Quota.Wait = time.Millisecond
		s := open(t, cfg, upstreamtest.Play(api.answer))
		const seconds = 300
		for i := range 40 * seconds {
			if i == 400 && s.Status().Quota.Pace == 0 {
				t.Error("no pace after ten seconds")
			}
			_, _ = s.Read(t.Context(), unremembered())
			time.Sleep(time.Second / 40)
		}
		calls := s.api.Calls()
		t.Logf("%d calls, %d rejected, %d allowed", calls, api.rejected, 10*seconds)
		if bare := 30 * seconds; api.rejected > bare/50 {
			t.Errorf("%d rejected, %d without pacing", api.rejected, bare)
		}
		if calls-api.rejected < 10*seconds*6/10 {
			t.Errorf("%d of %d allowed calls were made", calls-api.rejected, 10*seconds)
		}
		time.Sleep(time.Minute)
		if got := s.Status().Quota.Pace; got != 0 {
			t.Errorf("pace %v after a quiet minute", got)
		}
	})
}

// TestPriorities has people, background work and jobs ask for the same scarce turns.
func TestPriorities(t *testing.T) {
	tests := map[string]struct {
		limits quota.Config
		says   []string // by the source
		want   map[quota.Priority]int
	}{
		"of eight turns": {
			limits: quota.Config{Concurrent: 8, Wait: time.Millisecond},
			want:   map[quota.Priority]int{quota.Person: 8, quota.Background: 6, quota.Sync: 4},
		},
		"of the only turn": {
			limits: quota.Config{Concurrent: 1, Wait: time.Millisecond},
			want:   map[quota.Priority]int{quota.Person: 1, quota.Background: 1, quota.Sync: 1},
		},
		"of eight tokens": {
			limits: quota.Config{Concurrent: 100, Rate: 1e-6, Burst: 8, Wait: time.Millisecond},
			want:   map[quota.Priority]int{quota.Person: 8, quota.Background: 6, quota.Sync: 4},
		},
		"of eight calls that the source has left": {
			limits: quota.Config{Concurrent: 100, Wait: time.Millisecond},
			says:   []string{"RateLimit-Limit", "8", "RateLimit-Remaining", "8", "RateLimit-Reset", "60"},
			want:   map[quota.Priority]int{quota.Person: 8, quota.Background: 6, quota.Sync: 4},
		},
	}
	for name, tt := range tests {
		for _, p := range []quota.Priority{quota.Person, quota.Background, quota.Sync} {
			t.Run(name+", priority "+strconv.Itoa(int(p)), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := open(t, upstreams.Config{Quota: tt.limits}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, tt.says...)))
					if tt.says != nil {
						if _, err := s.Read(t.Context(), unremembered()); err != nil {
							t.Fatal(err)
						}
					}
					s.api.Now(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":1}`)))
					all := distinct(20)
					for _, r := range all {
						r.Priority = p
					}
					went := slices.DeleteFunc(readers(t.Context(), s.Client, all...)(), func(r result) bool {
						return kindOf(r.err) == upstreams.Limit
					})
					if len(went) != tt.want[p] {
						t.Errorf("%d went, want %d", len(went), tt.want[p])
					}
				})
			})
		}
	}
}

// TestAPersonIsNotTurnedAwayWithOthers has somebody ask for what is just being asked for again behind, which is
// not let out: of four turns three are taken.
func TestAPersonIsNotTurnedAwayWithOthers(t *testing.T) {
	one := func(ctx context.Context, s source, refresh *time.Duration) string {
		r := order()
		r.Policy.Refresh = refresh
		a, err := s.Read(ctx, r)
		return told([]upstreams.Item{{Answer: a, Err: err}})[0]
	}
	tests := map[string]func(ctx context.Context, s source, refresh *time.Duration) string{
		"a read": one,
		"a batch": func(ctx context.Context, s source, refresh *time.Duration) string {
			b := orders("1")
			b.Policy.Refresh = refresh
			return told(s.ReadBatch(ctx, b))[0]
		},
	}
	for name, read := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stock := warehouse(t, nil)
				s := open(t, upstreams.Config{Quota: quota.Config{Concurrent: 4}, Timeout: 1000 * time.Hour, Patience: new(time.Minute)},
					upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
						switch {
						case req.ContentLength > 0: // those of distinct
							return upstreamtest.Hang()(req)
						case req.URL.Path == "/orders/1":
							return upstreamtest.Answer(200, `{"n":10}`)(req)
						}
						return stock(req)
					}))
				ctx, leave := context.WithCancel(t.Context())
				busy := readers(ctx, s.Client, distinct(3)...)
				synctest.Wait()
				read(ctx, s, nil)
				// That the second comes before the first is refused is likely, not certain.
				for i := range 50 {
					time.Sleep(2 * time.Minute)
					if got := read(ctx, s, new(24*time.Hour)); got != "10 REFRESHING stale" {
						t.Fatalf("reader %d got %v", i, got)
					}
					if got := read(ctx, s, nil); got != "10 FRESH miss" {
						t.Fatalf("the reader after reader %d got %v", i, got)
					}
				}
				leave()
				busy()
			})
		})
	}
}
