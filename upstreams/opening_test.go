package upstreams_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// reads is a source over a store and a journal, as a process has it.
func reads(t *testing.T, api *upstreamtest.API, store cache.Store, journal cache.Journal) (s source, end func()) {
	t.Helper()
	c, err := cache.New(cache.Config{}, store, cache.WithJournal(journal))
	if err != nil {
		t.Fatal(err)
	}
	u := upstreams.New(upstreams.Config{Name: "shop"}, c, api)
	return source{u, api, c}, func() {
		ctx := context.WithoutCancel(t.Context())
		if err := errors.Join(u.Close(ctx), c.Close(ctx)); err != nil {
			t.Error(err)
		}
	}
}

// TestWhoStartsOnALargeStore reads from the first moment on, while the store is opened for five seconds.
func TestWhoStartsOnALargeStore(t *testing.T) {
	const opens = 5 * time.Second
	for name, tt := range map[string]struct {
		later, took time.Duration // since it was asked for; the read
		api         upstreamtest.Step
		becomes     cache.Condition
		one, other  string
	}{
		"an API that is out is stood in for once the store is open": {
			later: time.Hour, took: opens, api: upstreamtest.Answer(503, ""), becomes: cache.StoreOpen,
			one: "1 STANDING_IN STATUS stale", other: "10 STANDING_IN STATUS stale",
		},
		"what is found then may be fresh": {
			took: opens, api: upstreamtest.Answer(503, ""), becomes: cache.StoreOpen, one: "1 FRESH hit", other: "10 FRESH hit",
		},
		"an API that answers is not kept waiting": {
			later: time.Hour, took: time.Second, becomes: cache.StoreOpen, one: "2 FRESH miss", other: "10 FRESH miss",
		},
		"a store that turns out to be broken is not waited for longer": {
			later: time.Hour, took: opens, api: upstreamtest.Answer(503, ""), becomes: cache.StoreBroken,
			one: "unavailable STATUS", other: "unavailable STATUS",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, journal := cache.NewMemory(0), cache.NewMemoryJournal()
				s, end := reads(t, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)), store, journal)
				time.Sleep(2 * time.Second) // it knows where the journal is
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				s.api.Now(warehouse(t, nil))
				s.ReadBatch(t.Context(), orders("1"))
				end()
				time.Sleep(tt.later)

				o := cachetest.NewOpening(store, journal)
				time.AfterFunc(opens, func() { o.Become(tt.becomes) })
				read := func(api upstreamtest.Step, how func(source) upstreams.Item) string {
					s, end := reads(t, upstreamtest.Play(api), o, o)
					defer end()
					began := time.Now()
					got := told([]upstreams.Item{how(s)})[0]
					if took := time.Since(began); took < tt.took || took > tt.took+3*time.Second {
						t.Errorf("took %v, want %v", took, tt.took)
					}
					return got
				}
				done := make(chan string, 1)
				go func() {
					done <- read(or(tt.api, warehouse(t, nil)), func(s source) upstreams.Item { return s.ReadBatch(t.Context(), orders("1"))[0] })
				}()
				check(t, "one", tt.one, read(or(tt.api, upstreamtest.Answer(200, `{"n":2}`)), func(s source) upstreams.Item {
					a, err := s.Read(t.Context(), order())
					return upstreams.Item{Answer: a, Err: err}
				}))
				check(t, "of several", tt.other, <-done)
			})
		})
	}
}

func or(a, b upstreamtest.Step) upstreamtest.Step {
	if a != nil {
		return a
	}
	return b
}
