package upstreams_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// orders is a batch of things whose values are the numbers in {"KEY":{"n":…},…}.
func orders(keys ...string) *upstreams.Batch {
	return &upstreams.Batch{
		Connector: "Query.order", Policy: policy(), Slot: "Query.order#1", Keys: keys,
		Build: func(keys []string) (*upstreams.Request, error) {
			return &upstreams.Request{Method: http.MethodGet, URL: "https://shop.test/orders?ids=" + strings.Join(keys, ",")}, nil
		},
		Split: func(r upstreams.Reply, _ []string) (map[string][]byte, error) {
			if err := r.Err(); err != nil {
				return nil, err
			}
			var all map[string]json.RawMessage
			if err := json.Unmarshal(r.Body, &all); err != nil {
				return nil, err
			}
			raw := map[string][]byte{}
			for key, item := range all {
				raw[key] = item
			}
			return raw, nil
		},
		Accept: number,
	}
}

// from returns the keys "001" and so on up to last.
func from(first, last int) []string {
	var keys []string
	for n := first; n <= last; n++ {
		keys = append(keys, fmt.Sprintf("%03d", n))
	}
	return keys
}

// idsOf returns what a call asked for.
func idsOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Error(err)
		return ""
	}
	return u.Query().Get("ids")
}

// asked returns what the calls so far asked for, and forgets nothing.
func asked(t *testing.T, s source) []string {
	t.Helper()
	var all []string
	for _, call := range s.api.Log() {
		all = append(all, idsOf(t, call.URL))
	}
	return all
}

// warehouse has every order, with a number ten times its key, or what differs says.
func warehouse(t *testing.T, differs map[string]string) upstreamtest.Step {
	t.Helper()
	return func(req *http.Request) (*http.Response, error) {
		all := map[string]json.RawMessage{}
		for key := range strings.SplitSeq(idsOf(t, req.URL.String()), ",") {
			all[key] = json.RawMessage(`{"n":` + strings.TrimLeft(key, "0") + `0}`)
		}
		for key, item := range differs {
			if _, ok := all[key]; !ok {
				continue
			}
			delete(all, key)
			if item != "" {
				all[key] = json.RawMessage(item)
			}
		}
		body, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		return upstreamtest.Answer(200, string(body))(req)
	}
}

// told returns each item in short: value, state, reason and cache, or the error's kind and reason.
func told(items []upstreams.Item) []string {
	short := make([]string, len(items))
	for i, item := range items {
		if item.Err != nil {
			short[i] = strings.TrimSpace(fmt.Sprintf("%v %s", kindOf(item.Err), reasonOf(item.Err)))
			continue
		}
		short[i] = strings.Join(strings.Fields(fmt.Sprintf("%v %s %s %s", item.Value, item.State, item.Reason, item.Cache)), " ")
	}
	return short
}

func check[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(upstreams.Reply{})); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// stocked returns a source that remembers orders 001 to 003, asked long enough ago to be past fresh.
func stocked(t *testing.T, cfg upstreams.Config) source {
	t.Helper()
	s := open(t, cfg, upstreamtest.Play(warehouse(t, nil)))
	check(t, "at first", []string{"10 FRESH miss", "20 FRESH miss", "30 FRESH miss"},
		told(s.ReadBatch(t.Context(), orders(from(1, 3)...))))
	time.Sleep(time.Hour)
	return s
}

func TestBatchAsksForWhatIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(warehouse(t, nil)))
		s.ReadBatch(t.Context(), orders(from(1, 60)...))
		time.Sleep(time.Second)

		keys := from(1, 100)
		rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		keys = append(keys, "001", "061")
		items := s.ReadBatch(t.Context(), orders(keys...))
		for i, item := range items {
			want := strings.TrimLeft(keys[i], "0") + "0 FRESH " + map[bool]string{true: "hit", false: "miss"}[keys[i] <= "060"]
			if got := told(items)[i]; got != want || !item.Shared {
				t.Errorf("%s: %s, want %s", keys[i], got, want)
			}
		}
		check(t, "calls", []string{strings.Join(from(1, 60), ","), strings.Join(from(61, 100), ",")}, asked(t, s))
		if got := s.ReadBatch(t.Context(), orders()); len(got) != 0 || s.api.Calls() != 2 {
			t.Errorf("no keys: %v, %d calls", told(got), s.api.Calls())
		}
	})
}

func TestBatchWithoutCache(t *testing.T) {
	u := upstreams.New(upstreams.Config{Name: "shop"}, nil, upstreamtest.Play(warehouse(t, nil)))
	for range 2 {
		check(t, "each time", []string{"10 FRESH miss"}, told(u.ReadBatch(t.Context(), orders("1"))))
	}
}

func TestBatchNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(warehouse(t, map[string]string{"2": ""})))
		for _, step := range []struct {
			wait time.Duration
			want []string
		}{
			{0, []string{"10 FRESH miss", "<nil> FRESH miss"}},
			{29 * time.Second, []string{"10 FRESH hit", "<nil> FRESH hit"}},
			{2 * time.Second, []string{"10 FRESH hit", "<nil> FRESH miss"}},
		} {
			time.Sleep(step.wait)
			check(t, step.wait.String(), step.want, told(s.ReadBatch(t.Context(), orders("1", "2"))))
		}
		s.api.Now(upstreamtest.Refuse())
		time.Sleep(time.Minute)
		check(t, "it does not stand in", []string{"10 STANDING_IN UNREACHABLE stale", "unavailable UNREACHABLE"},
			told(s.ReadBatch(t.Context(), orders("1", "2"))))
		check(t, "calls", []string{"1,2", "2"}, asked(t, s)[:2])
	})
}

func TestBatchOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(upstreamtest.Answer(503, ``))
		got := s.ReadBatch(t.Context(), orders("004", "001", "005", "002"))
		check(t, "items", []string{
			"unavailable STATUS", "10 STANDING_IN STATUS stale", "unavailable STATUS", "20 STANDING_IN STATUS stale",
		}, told(got))
		if !errors.Is(got[0].Err, got[2].Err) {
			t.Error("one outage is one error value")
		}
		if e, ok := errors.AsType[*upstreams.Error](got[0].Err); !ok || e.Source != "shop" || e.Connector != "Query.order" || e.Status != 503 {
			t.Errorf("%+v", e)
		}
		if got[1].Age.Round(time.Minute) != time.Hour || got[1].TTL != 0 {
			t.Errorf("stands in with %+v", got[1].Answer)
		}
		check(t, "tries", slices.Repeat([]string{"001,002,004,005"}, 3), asked(t, s)[1:])
	})
}

func TestBatchChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}})
		s.api.Now(upstreamtest.After(time.Second, func(req *http.Request) (*http.Response, error) {
			if strings.Contains(req.URL.RawQuery, "003") {
				return upstreamtest.Answer(500, ``)(req)
			}
			return warehouse(t, nil)(req)
		}))
		began := time.Now()
		b := orders("007", "003", "005", "004", "006")
		b.Max = 2
		check(t, "only the chunk that failed has failed", []string{
			"70 FRESH miss", "30 STANDING_IN STATUS stale", "50 FRESH miss", "unavailable STATUS", "60 FRESH miss",
		}, told(s.ReadBatch(t.Context(), b)))
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v, want the second that each chunk takes", took)
		}
		chunks := asked(t, s)[1:]
		slices.Sort(chunks)
		check(t, "chunks", []string{"003,004", "005,006", "007"}, chunks)

		b = orders(from(101, 350)...)
		s.ReadBatch(t.Context(), b)
		if calls := s.api.Calls() - 4; calls != 3 {
			t.Errorf("%d calls for 250 keys, want 3 of at most 100", calls)
		}
	})
}

func TestBatchPatience(t *testing.T) {
	tests := map[string]struct {
		keys  []string
		max   int
		want  []string
		takes time.Duration
	}{
		"old answers stand in after patience": {
			[]string{"001", "002"}, 0, []string{"10 STANDING_IN SLOW stale", "20 STANDING_IN SLOW stale"}, 300 * time.Millisecond,
		},
		"one that has none makes all wait": {
			[]string{"001", "004"}, 0, []string{"10 FRESH miss", "40 FRESH miss"}, 3 * time.Second,
		},
		"but not those of another call": {
			[]string{"001", "002", "004"}, 2, []string{"10 STANDING_IN SLOW stale", "20 STANDING_IN SLOW stale", "40 FRESH miss"}, 3 * time.Second,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := stocked(t, upstreams.Config{})
				s.api.Now(upstreamtest.After(3*time.Second, warehouse(t, nil)))
				b := orders(tt.keys...)
				b.Max = tt.max
				began := time.Now()
				check(t, "items", tt.want, told(s.ReadBatch(t.Context(), b)))
				if took := time.Since(began); took != tt.takes {
					t.Errorf("took %v, want %v", took, tt.takes)
				}
				calls := s.api.Calls()
				time.Sleep(4 * time.Second)
				for i, got := range told(s.ReadBatch(t.Context(), b)) {
					if !strings.HasSuffix(got, "FRESH hit") {
						t.Errorf("%s was not remembered when it came: %s", tt.keys[i], got)
					}
				}
				if s.api.Calls() != calls {
					t.Errorf("%v", asked(t, s))
				}
			})
		})
	}
}

func TestBatchRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.ReadBatch(t.Context(), orders("004"))
		s.api.Now(upstreamtest.After(3*time.Second, warehouse(t, map[string]string{"001": `{"n":11}`, "003": ``})))
		b := orders("003", "004", "001", "002")
		b.Policy.Refresh = new(2 * time.Hour)
		for range 100 {
			began := time.Now()
			check(t, "at once", []string{
				"30 REFRESHING stale", "40 FRESH hit", "10 REFRESHING stale", "20 REFRESHING stale",
			}, told(s.ReadBatch(t.Context(), b)))
			if took := time.Since(began); took != 0 {
				t.Errorf("took %v", took)
			}
		}
		time.Sleep(4 * time.Second)
		check(t, "afterwards", []string{"<nil> FRESH hit", "40 FRESH hit", "11 FRESH hit", "20 FRESH hit"},
			told(s.ReadBatch(t.Context(), b)))
		check(t, "calls", []string{"001,002,003"}, asked(t, s)[2:])
	})
}

// TestBatchAsksAndRefreshes has both in one batch: who is served does not become who failed.
func TestBatchAsksAndRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(upstreamtest.Refuse())
		b := orders("001", "004")
		b.Policy.Refresh = new(2 * time.Hour)
		check(t, "items", []string{"10 REFRESHING stale", "unavailable UNREACHABLE"}, told(s.ReadBatch(t.Context(), b)))
	})
}

func TestBatchKeyHoldsAllThatChangesAnItem(t *testing.T) {
	tests := map[string]struct {
		change func(*upstreams.Batch)
		same   bool
	}{
		"nothing":       {func(*upstreams.Batch) {}, true},
		"slot":          {func(b *upstreams.Batch) { b.Slot = "other" }, true},
		"other company": {func(b *upstreams.Batch) { b.Keys = []string{"1", "3"} }, true},
		"connector":     {func(b *upstreams.Batch) { b.Connector = "Query.other" }, false},
		"inputs":        {func(b *upstreams.Batch) { b.Inputs = "currency=EUR" }, false},
		"scope":         {func(b *upstreams.Batch) { b.Scope = "somebody" }, false},
		"inputs that run into the key": {func(b *upstreams.Batch) {
			b.Inputs, b.Keys = "1", []string{"", "1"}
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, upstreams.Config{}, upstreamtest.Play(warehouse(t, nil)))
			s.ReadBatch(t.Context(), orders("1", "2"))
			b := orders("1", "2")
			tt.change(b)
			if got := s.ReadBatch(t.Context(), b)[0]; (got.Answer != nil && got.Cache == "hit") != tt.same {
				t.Errorf("got %v, want a hit: %v", told([]upstreams.Item{got}), tt.same)
			}
		})
	}
}

func TestBatchIsNoRequest(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(warehouse(t, nil)))
	s.ReadBatch(t.Context(), orders("1"))
	r := order()
	r.URL = "https://shop.test/orders?ids=1"
	if _, err := s.Read(t.Context(), r); kindOf(err) != upstreams.Contract || s.api.Calls() != 2 {
		t.Errorf("a request was answered with an item: %v", err)
	}
}

func TestBatchFollowsTheHeadersOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"1":{"n":1}}`, "Cache-Control", "max-age=60", "Age", "10")))
		b := orders("1")
		b.Policy = freshness.Policy{}
		for _, want := range []struct {
			item string
			ttl  time.Duration
		}{{"1 FRESH miss", 50 * time.Second}, {"1 FRESH hit", time.Second}, {"1 FRESH miss", 50 * time.Second}} {
			got := s.ReadBatch(t.Context(), b)
			check(t, "item", []string{want.item}, told(got))
			if got[0].TTL != want.ttl {
				t.Errorf("fresh for %v, want %v", got[0].TTL, want.ttl)
			}
			time.Sleep(49 * time.Second)
		}
	})
}

func TestBatchIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(503, ``), warehouse(t, nil)))
		report := upstreams.NewReport()
		got := s.ReadBatch(upstreams.WithReport(t.Context(), report), orders("1", "2"))
		check(t, "items", []string{"10 FRESH miss", "20 FRESH miss"}, told(got))
		check(t, "calls", map[string]int{"shop": 2}, report.Calls())
	})
}

func TestBatchAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(upstreamtest.Hang())
		s.ReadBatch(t.Context(), orders("001"))
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("close with a call behind: %v", err)
		}
		check(t, "after close", []string{"10 STANDING_IN UNREACHABLE stale", "unavailable UNREACHABLE"},
			told(s.ReadBatch(t.Context(), orders("001", "004"))))
	})
}

func TestBatchBuild(t *testing.T) {
	tests := map[string]struct {
		err  error
		want upstreams.Kind
	}{
		"an error is bad input":       {errors.New("no id"), upstreams.BadInput},
		"a typed one is what it says": {&upstreams.Error{Kind: upstreams.Contract}, upstreams.Contract},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, upstreams.Config{}, upstreamtest.Play())
			b := orders("1", "2")
			b.Build = func([]string) (*upstreams.Request, error) { return nil, tt.err }
			for _, item := range s.ReadBatch(t.Context(), b) {
				e, ok := errors.AsType[*upstreams.Error](item.Err)
				if !ok || e.Kind != tt.want || e.Source != "shop" || e.Connector != "Query.order" {
					t.Errorf("got %v", item.Err)
				}
			}
			if s.api.Calls() != 0 {
				t.Errorf("%d calls", s.api.Calls())
			}
		})
	}
}
