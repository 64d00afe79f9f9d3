package upstreams_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// TestFailedRefreshIsLeftAlone has a reader every 100 milliseconds while nothing can be refreshed.
func TestFailedRefreshIsLeftAlone(t *testing.T) {
	tests := map[string]struct {
		read func(*testing.T, source)
		then upstreamtest.Step
	}{
		"of one answer": {func(t *testing.T, s source) {
			t.Helper()
			r := order()
			r.Policy.Refresh = new(2 * time.Hour)
			if got, err := s.Read(t.Context(), r); err != nil || got.State != upstreams.StateRefreshing {
				t.Errorf("got %+v, %v", got, err)
			}
		}, upstreamtest.Refuse()},
		"of many things": {func(t *testing.T, s source) {
			t.Helper()
			b := orders("001", "002")
			b.Policy.Refresh = new(2 * time.Hour)
			check(t, "items", []string{"10 REFRESHING stale", "20 REFRESHING stale"}, told(s.ReadBatch(t.Context(), b)))
		}, upstreamtest.Refuse()},
		"of one answer that twenty readers see each in their own way": {func(t *testing.T, s source) {
			t.Helper()
			for slot := range 20 {
				r := order()
				r.Policy.Refresh, r.Slot = new(2*time.Hour), strconv.Itoa(slot)
				if got, err := s.Read(t.Context(), r); err != nil || got.State != upstreams.StateRefreshing {
					t.Errorf("got %+v, %v", got, err)
				}
			}
		}, upstreamtest.Refuse()},
		"a no is no reason to ask more often": {func(t *testing.T, s source) {
			t.Helper()
			b := orders("003")
			b.Policy.Refresh = new(2 * time.Hour)
			check(t, "items", []string{"30 REFRESHING stale"}, told(s.ReadBatch(t.Context(), b)))
		}, upstreamtest.Answer(403, ``)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				once := upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}
				s := open(t, once, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`), warehouse(t, nil)))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				s.ReadBatch(t.Context(), orders(from(1, 3)...))
				time.Sleep(time.Hour)
				s.api.Now(tt.then)
				began := time.Now()
				var calls []time.Duration
				for range 300 {
					before := s.api.Calls()
					tt.read(t, s)
					synctest.Wait()
					if s.api.Calls() > before {
						calls = append(calls, time.Since(began))
					}
					time.Sleep(100 * time.Millisecond)
				}
				if n := s.api.Calls() - 2; n != len(calls) || n < 5 || n > 6 {
					t.Errorf("%d calls in half a minute, want one every 5 to 6.25 seconds: %v", n, calls)
				}
				for i := 1; i < len(calls); i++ {
					if d := calls[i] - calls[i-1]; d < 5*time.Second || d > 6400*time.Millisecond {
						t.Errorf("asked again after %v", d)
					}
				}
			})
		})
	}
}

func TestRefreshThatGoesWellStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		r := order()
		r.Policy.Fresh, r.Policy.Refresh = new(time.Second), new(time.Hour)
		for i := range 5 {
			got, err := s.Read(t.Context(), r)
			if err != nil || i > 0 && got.State != upstreams.StateRefreshing {
				t.Errorf("got %+v, %v", got, err)
			}
			synctest.Wait()
			if s.api.Calls() != 1+i {
				t.Errorf("%d calls, want %d: what is new may be refreshed when its time comes", s.api.Calls(), 1+i)
			}
			time.Sleep(2 * time.Second)
		}
	})
}
