package upstreams_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// change is a write that a source is asked for behind.
func change() *upstreams.Request {
	return &upstreams.Request{
		Connector: "Query.order", Method: "POST", URL: "https://shop.test/orders", Priority: quota.Background, Booked: true,
	}
}

func TestTurns(t *testing.T) {
	tests := map[string]struct {
		cfg      upstreams.Config
		says     upstreamtest.Step // to one read before
		behind   time.Duration
		direct   time.Duration
		roughly  time.Duration // by which they may be longer
		underWay int           // reads that hang
	}{
		"all is well":                       {},
		"it asks to be left alone":          {says: upstreamtest.Answer(503, "", "Retry-After", "60"), behind: time.Minute, direct: time.Minute},
		"also who waits comes too early":    {says: upstreamtest.Answer(429, "", "Retry-After", "7"), behind: 7 * time.Second, direct: 7 * time.Second},
		"he waits for what comes soon":      {says: upstreamtest.Answer(429, "", "Retry-After", "3"), behind: 3 * time.Second},
		"a quarter of the rate is people's": {cfg: upstreams.Config{Quota: quota.Config{Rate: 1, Burst: 2}}, says: upstreamtest.Answer(200, `{"n":1}`), behind: 500 * time.Millisecond},
		"and of the room": {
			cfg: upstreams.Config{Quota: quota.Config{Concurrent: 4}}, says: upstreamtest.Answer(200, `{"n":1}`),
			underWay: 3, behind: 100 * time.Millisecond,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := unprobed()
				cfg.Quota = tt.cfg.Quota
				s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				if tt.says != nil {
					s.api.Now(tt.says)
					_, _ = s.Read(t.Context(), unremembered())
				}
				s.api.Now(upstreamtest.Hang())
				readers(t.Context(), s.Client, distinct(tt.underWay)...)
				synctest.Wait()
				if got := s.Turn("Query.order", quota.Background); got != tt.behind {
					t.Errorf("behind: in %v, want %v", got, tt.behind)
				}
				if got := s.Turn("Query.order", quota.Person); got != tt.direct {
					t.Errorf("direct: in %v, want %v", got, tt.direct)
				}
			})
		})
	}
}

// TestATurnIsPaidOnce has what was let out behind not pay again.
func TestATurnIsPaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := unprobed()
		cfg.Quota = quota.Config{Rate: 10, Burst: 4}
		s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(200, `{}`)))
		began, made := time.Now(), 0
		for time.Since(began) < 10*time.Second {
			if wait := s.Turn("Query.order", quota.Background); wait > 0 {
				time.Sleep(wait)
				continue
			}
			if _, err := s.Write(t.Context(), change()); err != nil {
				t.Fatal(err)
			}
			made++
		}
		if made < 98 || made > 103 {
			t.Errorf("%d in ten seconds, at ten a second", made)
		}
	})
}

// TestAnOpenBreakerLetsOneTry has ten at a time want a turn of a source that is out.
func TestAnOpenBreakerLetsOneTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tripped(t)
		turns := func() (waits []time.Duration) {
			for range 10 {
				waits = append(waits, s.Turn("Query.order", quota.Background))
			}
			slices.Sort(waits)
			return waits
		}
		waits := turns()
		if waits[0] < 5*time.Second || waits[9] > 6250*time.Millisecond {
			t.Fatalf("while it is open: in %v", waits)
		}
		calls := s.api.Calls()
		time.Sleep(waits[9])
		if waits = turns(); waits[0] != 0 || waits[1] == 0 || waits[9] > time.Second {
			t.Errorf("one may try: %v", waits)
		}
		if _, err := s.Write(t.Context(), change()); reasonOf(err) != upstreams.ReasonStatus {
			t.Errorf("who may was turned away: %v", err)
		}
		if waits = turns(); waits[0] < 5*time.Second {
			t.Errorf("he failed, and the next may come in %v", waits)
		}
		time.Sleep(waits[9])
		if waits = turns(); waits[0] != 0 {
			t.Fatal("nobody may try")
		}
		time.Sleep(time.Second)
		if waits = turns(); waits[0] != 0 || waits[1] == 0 {
			t.Errorf("he did not come, and for others: %v", waits)
		}
		s.api.Now(upstreamtest.Answer(200, `{}`))
		for n := range 2 {
			if _, err := s.Write(t.Context(), change()); err != nil {
				t.Fatal(n, err)
			}
		}
		if waits = turns(); waits[9] != 0 {
			t.Errorf("it is well: %v", waits)
		}
		if n := s.api.Calls() - calls; n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
	})
}

func TestWhoRecovers(t *testing.T) {
	well, ill := upstreamtest.Answer(200, `{"n":1}`), upstreamtest.Answer(503, "")
	tests := map[string]struct {
		says []upstreamtest.Step // one each second
		want string              // when it was told
	}{
		"who is always well does not recover":      {says: []upstreamtest.Step{well, well, well}},
		"nor who is not yet":                       {says: []upstreamtest.Step{well, ill, ill}},
		"a no is no recovery":                      {says: []upstreamtest.Step{ill, upstreamtest.Answer(403, ""), well}, want: "2 "},
		"the first good answer is":                 {says: []upstreamtest.Step{ill, ill, well, well}, want: "2 "},
		"who fails now and then recovers at times": {says: []upstreamtest.Step{ill, well, ill, well, ill, well, ill, well, ill, well}, want: "1 7 "},
		"and in the end":                           {says: []upstreamtest.Step{ill, well, ill, well, well, well, well, well}, want: "1 6 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, got := time.Now(), ""
				s := open(t, unprobed(), upstreamtest.Play(tt.says...), upstreams.WithRecovery(func(source string) {
					if source != "shop" {
						t.Errorf("of %s", source)
					}
					got += strconv.Itoa(int(time.Since(began)/time.Second)) + " "
				}))
				for range tt.says {
					_, _ = s.Read(t.Context(), unremembered())
					time.Sleep(time.Second)
				}
				if got != tt.want {
					t.Errorf("after %q seconds, want %q", got, tt.want)
				}
			})
		})
	}
}
