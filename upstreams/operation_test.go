package upstreams_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// within returns a source that one operation may ask most times, and a reader for
// the operation that reports whether it was held back.
func within(t *testing.T, most, retries int, api *upstreamtest.API) (source, func(*upstreams.Request) bool) {
	t.Helper()
	s := open(t, upstreams.Config{Quota: quota.Config{PerOperation: most}, Retry: upstreams.Retry{Max: &retries}}, api)
	op := &upstreams.Operation{}
	return s, func(r *upstreams.Request) bool {
		r.Operation = op
		_, err := s.Read(t.Context(), r)
		return kindOf(err) == upstreams.Limit && reasonOf(err) == upstreams.ReasonQuota
	}
}

func numbered(i int) *upstreams.Request {
	r := order()
	r.URL = fmt.Sprint("https://shop.test/orders/", i)
	return r
}

func TestAnOperationMayMakeOnlySoManyCalls(t *testing.T) {
	good := upstreamtest.Answer(200, `{"n":1}`)
	tests := map[string]struct {
		most    int // 0: the default
		retries int
		api     *upstreamtest.API
		ask     func(t *testing.T, s source, limited func(*upstreams.Request) bool) (held int)
		held    int
		calls   int
	}{
		"a hundred, unless it is set": {api: upstreamtest.Play(good), held: 5, calls: 100, ask: func(_ *testing.T, _ source, limited func(*upstreams.Request) bool) (held int) {
			for i := range 105 {
				if limited(numbered(i)) {
					held++
				}
			}
			return held
		}},
		"at once, too": {most: 10, api: upstreamtest.Play(upstreamtest.After(time.Second, good)), held: 20, calls: 10, ask: func(_ *testing.T, _ source, limited func(*upstreams.Request) bool) (held int) {
			var mu sync.Mutex
			var all sync.WaitGroup
			for i := range 30 {
				all.Go(func() {
					if limited(numbered(i)) {
						mu.Lock()
						defer mu.Unlock()
						held++
					}
				})
			}
			all.Wait()
			return held
		}},
		"what is remembered and fresh is none": {most: 1, api: upstreamtest.Play(good), calls: 1, ask: func(t *testing.T, _ source, limited func(*upstreams.Request) bool) int {
			t.Helper()
			for range 3 {
				if limited(order()) {
					t.Error("held back")
				}
			}
			return 0
		}},
		"who waits for another's call makes none": {most: 1, api: upstreamtest.Play(upstreamtest.After(time.Second, good)), calls: 1, ask: func(t *testing.T, _ source, limited func(*upstreams.Request) bool) int {
			t.Helper()
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					if limited(order()) {
						t.Error("held back")
					}
				})
			}
			all.Wait()
			return 0
		}},
		"asking again behind is none": {most: 2, api: upstreamtest.Play(good), held: 1, calls: 3, ask: func(_ *testing.T, _ source, limited func(*upstreams.Request) bool) (held int) {
			refreshing := order()
			refreshing.Policy.Refresh = new(time.Hour)
			limited(refreshing)
			time.Sleep(10 * time.Minute)
			limited(refreshing) // from memory, and one call behind
			synctest.Wait()
			for i := range 2 {
				if limited(numbered(2 + i)) {
					held++
				}
			}
			return held
		}},
		"a repetition is none": {most: 1, retries: 2, api: upstreamtest.Play(upstreamtest.Answer(503, ``), upstreamtest.Answer(503, ``), good), held: 1, calls: 3, ask: func(_ *testing.T, _ source, limited func(*upstreams.Request) bool) (held int) {
			for i := range 2 {
				if limited(numbered(i)) {
					held++
				}
			}
			return held
		}},
		"a call that the breaker turns away is none": {most: 21, api: upstreamtest.Play(upstreamtest.Answer(501, ``)), calls: 20, ask: func(_ *testing.T, _ source, limited func(*upstreams.Request) bool) (held int) {
			for i := range 50 {
				r := numbered(i)
				r.Method = http.MethodPost
				if limited(r) {
					held++
				}
			}
			return held
		}},
		"each chunk of a batch is one": {most: 2, api: upstreamtest.Play(upstreamtest.Answer(200, `{}`)), held: 2, calls: 2, ask: func(t *testing.T, s source, _ func(*upstreams.Request) bool) (held int) {
			t.Helper()
			items := s.ReadBatch(t.Context(), &upstreams.Batch{
				Connector: "Order", Keys: []string{"1", "2", "3", "4", "5", "6"}, Max: 2, Operation: &upstreams.Operation{},
				Build: func(keys []string) (*upstreams.Request, error) {
					return &upstreams.Request{Method: http.MethodGet, URL: "https://shop.test/?id=" + strings.Join(keys, ",")}, nil
				},
				Split:  func(upstreams.Reply, []string) (map[string][]byte, error) { return nil, nil },
				Accept: func(upstreams.Reply) (any, error) { return nil, nil },
			})
			for _, item := range items {
				if kindOf(item.Err) == upstreams.Limit {
					held++
				}
			}
			return held
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, limited := within(t, tt.most, tt.retries, tt.api)
				if held := tt.ask(t, s, limited); held != tt.held {
					t.Errorf("%d held back, want %d", held, tt.held)
				}
				if calls := tt.api.Calls(); calls != tt.calls {
					t.Errorf("%d calls, want %d", calls, tt.calls)
				}
			})
		})
	}
}

func TestWritesOfAnOperationAreCounted(t *testing.T) {
	s := open(t, upstreams.Config{Quota: quota.Config{PerOperation: 1}}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	op := &upstreams.Operation{}
	for i := range 2 {
		r := order()
		r.Method, r.Operation = http.MethodPost, op
		_, err := s.Write(t.Context(), r)
		if held := kindOf(err) == upstreams.Limit; held != (i == 1) {
			t.Errorf("write %d: %v", i, err)
		}
	}
	r := order()
	r.Operation = op
	_, err := s.Read(t.Context(), r)
	if e, ok := errors.AsType[*upstreams.Error](err); !ok || !strings.Contains(e.Message, "more than 1 calls of shop") {
		t.Errorf("a read after them: %v", err)
	}
	if s.api.Calls() != 1 {
		t.Errorf("%d calls", s.api.Calls())
	}
}

func TestAnOperationIsHeldBackForOneSourceOnly(t *testing.T) {
	api := upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`))
	op := &upstreams.Operation{}
	for _, name := range []string{"shop", "mail"} {
		s := open(t, upstreams.Config{Name: name, Quota: quota.Config{PerOperation: 1}}, api)
		r := order()
		r.Operation = op
		if _, err := s.Read(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
}

// One operation at its end does not fail the others that ask the same.
func TestWhoIsHeldBackFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Quota: quota.Config{PerOperation: 1}},
			upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":1}`))))
		spent := &upstreams.Operation{}
		first := numbered(1)
		first.Operation = spent
		if _, err := s.Read(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				r := numbered(2)
				if r.Operation = spent; i%2 == 0 {
					r.Operation = &upstreams.Operation{}
				}
				if _, err := s.Read(t.Context(), r); i%2 == 0 && err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}
