package httpcache_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/httpcache"
)

func TestOneRevalidationBehindAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		tr := open(t, func(r *http.Request) (*http.Response, error) {
			if calls.Add(1) > 1 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return answer(200, "one", "Cache-Control: max-age=0, stale-while-revalidate=3600"), nil
		}, httpcache.Options{})
		read(t, tr, get(t))
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel() // the work behind outlives who caused it
				if got := read(t, tr, get(t).WithContext(ctx)); got != "one" {
					t.Errorf("got %q", got)
				}
			})
		}
		callers.Wait()
		synctest.Wait()
		if calls.Load() != 2 {
			t.Errorf("%d calls for 100 callers, want 1 and the first", calls.Load()-1)
		}
		time.Sleep(time.Minute) // it does not go on for ever
		synctest.Wait()
		read(t, tr, get(t))
		synctest.Wait()
		if calls.Load() != 3 {
			t.Errorf("%d calls, want another", calls.Load())
		}
		tr.Close() // returns though the origin does not
		tr.Close()
		if err := fail(tr, get(t).WithContext(expired(t))); !errors.Is(err, context.Canceled) {
			t.Errorf("after Close it asks in front, but got %v", err)
		}
	})
}

func expired(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
