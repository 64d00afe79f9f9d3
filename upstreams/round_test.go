package upstreams_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// batches starts one reader for each batch and returns what they were told when all are done.
func batches(ctx context.Context, s source, all ...*upstreams.Batch) func() [][]string {
	done := make([]chan []string, len(all))
	for i, b := range all {
		done[i] = make(chan []string, 1)
		go func() { done[i] <- told(s.ReadBatch(ctx, b)) }()
	}
	return func() [][]string {
		var got [][]string
		for _, d := range done {
			got = append(got, <-d)
		}
		return got
	}
}

func TestBatchOneCallForAllWhoAskTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, warehouse(t, nil))))
		var all []*upstreams.Batch
		for range 100 {
			all = append(all, orders("2", "1"))
		}
		for _, got := range batches(t.Context(), s, all...)() {
			check(t, "a reader", []string{"20 FRESH miss", "10 FRESH miss"}, got)
		}
		if s.api.Calls() != 1 {
			t.Errorf("%d calls", s.api.Calls())
		}
	})
}

// TestBatchOverlap has readers who ask for some of what others are already asking for.
func TestBatchOverlap(t *testing.T) {
	tests := map[string]struct {
		second *upstreams.Batch
		scope  string
		slot   string
		then   upstreamtest.Step // nil: the warehouse
		want   []string
		calls  []string
	}{
		"only the rest is asked for": {
			second: orders("3", "4", "5"),
			want:   []string{"30 FRESH miss", "40 FRESH miss", "50 FRESH miss"}, calls: []string{"1,2,3,4", "5"},
		},
		"or nothing": {second: orders("4", "1"), want: []string{"40 FRESH miss", "10 FRESH miss"}, calls: []string{"1,2,3,4"}},
		"another's scope is another's": {
			second: orders("1"), scope: "somebody", want: []string{"10 FRESH miss"}, calls: []string{"1,2,3,4", "1"},
		},
		"another mapping asks for itself": {
			second: orders("1"), slot: "other", want: []string{"10 FRESH miss"}, calls: []string{"1,2,3,4", "1"},
		},
		"the same request by another mapping is one call": {
			second: orders("1", "2", "3", "4"), slot: "other",
			want: []string{"10 FRESH miss", "20 FRESH miss", "30 FRESH miss", "40 FRESH miss"}, calls: []string{"1,2,3,4"},
		},
		"they fail together": {
			second: orders("1", "5"), then: upstreamtest.Answer(400, ``), want: []string{"refused", "refused"}, calls: []string{"1,2,3,4", "5"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.then == nil {
					tt.then = warehouse(t, nil)
				}
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, tt.then)))
				first := batches(t.Context(), s, orders("1", "2", "3", "4"))
				synctest.Wait()
				tt.second.Scope = tt.scope
				if tt.slot != "" {
					tt.second.Slot = tt.slot
				}
				check(t, "the second", tt.want, batches(t.Context(), s, tt.second)()[0])
				first()
				check(t, "calls", tt.calls, asked(t, s))
			})
		})
	}
}

// TestBatchOneRequestForSeveral has batches that differ where their requests do not.
func TestBatchOneRequestForSeveral(t *testing.T) {
	body := func(r upstreams.Reply) (any, error) { return string(r.Body), nil }
	tests := map[string]struct {
		second *upstreams.Batch
		want   []string
		calls  int
	}{
		"in inputs":    {&upstreams.Batch{Keys: []string{"1", "2"}, Inputs: "EUR", Slot: "n", Accept: number}, []string{"10 FRESH miss", "20 FRESH miss"}, 1},
		"in keys":      {&upstreams.Batch{Keys: []string{"3"}, Slot: "n", Accept: number}, []string{"30 FRESH miss"}, 1},
		"in mapping":   {&upstreams.Batch{Keys: []string{"1", "2"}, Slot: "body", Accept: body}, []string{`{"n":10} FRESH miss`, `{"n":20} FRESH miss`}, 1},
		"in connector": {&upstreams.Batch{Keys: []string{"1"}, Connector: "Query.other", Slot: "n", Accept: number}, []string{"10 FRESH miss"}, 1},
		"not in scope": {&upstreams.Batch{Keys: []string{"1", "2"}, Scope: "somebody", Slot: "n", Accept: number}, []string{"10 FRESH miss", "20 FRESH miss"}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, warehouse(t, nil))))
				one := func([]string) (*upstreams.Request, error) {
					return &upstreams.Request{Method: http.MethodGet, URL: "https://shop.test/orders?ids=1,2,3"}, nil
				}
				b := orders("1", "2")
				b.Slot, b.Build = "n", one
				tt.second.Build, tt.second.Split, tt.second.Policy = one, b.Split, b.Policy
				first := batches(t.Context(), s, b)
				synctest.Wait()
				check(t, "the second", tt.want, batches(t.Context(), s, tt.second)()[0])
				first()
				s.api.Now(upstreamtest.Refuse())
				for i, got := range told(s.ReadBatch(t.Context(), tt.second)) {
					check(t, "from memory", strings.Replace(tt.want[i], "miss", "hit", 1), got)
				}
				if s.api.Calls() != tt.calls {
					t.Errorf("%d calls, want %d", s.api.Calls(), tt.calls)
				}
			})
		})
	}
}

func TestBatchLeaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, warehouse(t, nil))))
		ctx, leave := context.WithCancel(t.Context())
		first := batches(ctx, s, orders("1", "2"))
		synctest.Wait()
		second := batches(t.Context(), s, orders("2", "3"))
		synctest.Wait()
		leave()
		check(t, "the first", [][]string{{"unavailable UNREACHABLE", "unavailable UNREACHABLE"}}, first())
		check(t, "the second", [][]string{{"20 FRESH miss", "30 FRESH miss"}}, second())

		ctx, leave = context.WithCancel(t.Context())
		first = batches(ctx, s, orders("7", "8"))
		synctest.Wait()
		second = batches(ctx, s, orders("7", "8"), orders("8", "7", "9"))
		synctest.Wait()
		leave()
		first()
		second()
		synctest.Wait()
		if n := s.Status().Quota.UnderWay; n != 0 {
			t.Errorf("%d calls go on although everybody left", n)
		}
		check(t, "nobody joins a call that ended", [][]string{{"80 FRESH miss"}}, batches(t.Context(), s, orders("8"))())
	})
}

// TestBatchPatienceWithAnother has readers with and without old answers wait for one call.
func TestBatchPatienceWithAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(upstreamtest.After(3*time.Second, warehouse(t, nil)))
		first := batches(t.Context(), s, orders("001", "004"))
		time.Sleep(200 * time.Millisecond)
		began := time.Now()
		check(t, "with an old answer", [][]string{{"10 STANDING_IN SLOW stale"}}, batches(t.Context(), s, orders("001"))())
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("took %v, want what was left of patience", took)
		}
		check(t, "without", [][]string{{"10 FRESH miss", "40 FRESH miss"}}, batches(t.Context(), s, orders("001", "004"))())
		first()
		check(t, "calls", []string{"001,002,003", "001,004"}, asked(t, s))
	})
}

// TestBatchStorm is TestStorm with batches that overlap.
func TestBatchStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Timeout: 2 * time.Second, Breaker: upstreams.Breaker{Share: 0.9}},
			upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
				user := req.Header.Get("X-User")
				all := map[string]string{}
				for key := range strings.SplitSeq(req.URL.Query().Get("ids"), ",") {
					all[key] = `{"n":` + user + key + `}`
				}
				var members []string
				for _, key := range slices.Sorted(maps.Keys(all)) {
					members = append(members, fmt.Sprintf("%q:%s", key, all[key]))
				}
				good := upstreamtest.Answer(200, "{"+strings.Join(members, ",")+"}")
				steps := []upstreamtest.Step{
					good, good, good, upstreamtest.Hang(), upstreamtest.Refuse(), upstreamtest.Answer(503, ``),
					upstreamtest.Answer(200, `<html>`), upstreamtest.After(time.Second, good),
				}
				return steps[rand.IntN(len(steps))](req)
			}))
		done := make(chan struct{})
		for range 30 {
			go func() {
				defer func() { done <- struct{}{} }()
				for range 50 {
					user := strconv.Itoa(1 + rand.IntN(3))
					b := orders()
					for range 1 + rand.IntN(8) {
						b.Keys = append(b.Keys, strconv.Itoa(rand.IntN(20)))
					}
					build := b.Build
					b.Build = func(keys []string) (*upstreams.Request, error) {
						r, err := build(keys)
						r.Header = http.Header{"X-User": {user}}
						return r, err
					}
					b.Scope, b.Max = user, 1+rand.IntN(5)
					b.Policy.Fresh, b.Policy.Refresh = new(time.Second), new(3*time.Second)
					ctx, leave := context.WithTimeout(t.Context(), time.Duration(1+rand.IntN(3000))*time.Millisecond)
					for i, item := range s.ReadBatch(ctx, b) {
						if want := user + b.Keys[i]; item.Err == nil && fmt.Sprint(item.Value) != want {
							t.Errorf("got %v, want %s", item.Value, want)
						} else if item.Err != nil && kindOf(item.Err) == 0 {
							t.Errorf("not an error of ours: %v", item.Err)
						}
					}
					leave()
				}
			}()
		}
		for range 30 {
			<-done
		}
		time.Sleep(time.Minute)
		if n := s.Status().Quota.UnderWay; n != 0 {
			t.Errorf("%d calls still under way", n)
		}
	})
}
