package upstreams_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
			if err := upstreams.StatusError(r.Status, r.Header); err != nil {
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
	if diff := cmp.Diff(want, got); diff != "" {
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

// TestBatchItems is what one item of an answer may be.
func TestBatchItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(warehouse(t, map[string]string{"001": `{}`, "002": `"x"`, "004": `{"n":"x"}`, "005": `null`}))
		got := s.ReadBatch(t.Context(), orders(from(1, 6)...))
		check(t, "a bad item concerns its key", []string{
			"10 STANDING_IN CONTRACT stale", "20 STANDING_IN CONTRACT stale", "30 FRESH miss",
			"unusable answer CONTRACT", "unusable answer CONTRACT", "60 FRESH miss",
		}, told(got))
		if s.Status().Connectors["Query.order"].LastError != "" {
			t.Error("a bad item counted as a failure of the source")
		}
		s.api.Now(upstreamtest.Refuse())
		check(t, "nor is it remembered", []string{
			"10 STANDING_IN UNREACHABLE stale", "unavailable UNREACHABLE", "30 FRESH hit",
		}, told(s.ReadBatch(t.Context(), orders("001", "004", "003"))))
	})
}

func TestBatchOfWhichNothingCanBeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(warehouse(t, map[string]string{"003": `{}`, "004": `{}`, "005": `{}`}))
		got := s.ReadBatch(t.Context(), orders(from(3, 5)...))
		check(t, "items", []string{
			"30 STANDING_IN CONTRACT stale", "unusable answer CONTRACT", "unusable answer CONTRACT",
		}, told(got))
		if !errors.Is(got[1].Err, got[2].Err) {
			t.Error("it is one error")
		}
		if s.Status().Connectors["Query.order"].LastError != "CONTRACT" {
			t.Error("it did not count as a failure of the source")
		}
	})
}

// TestBatchSplit is what Split may say of a whole answer.
func TestBatchSplit(t *testing.T) {
	tests := map[string]struct {
		split func(upstreams.Reply, []string) (map[string][]byte, error)
		want  string
		stand bool
	}{
		"an error": {
			func(upstreams.Reply, []string) (map[string][]byte, error) { return nil, errors.New("no list") },
			"unusable answer CONTRACT", true,
		},
		"a no": {
			func(upstreams.Reply, []string) (map[string][]byte, error) {
				return nil, &upstreams.Error{Kind: upstreams.Refused}
			},
			"refused", false,
		},
		"a panic": {
			func(upstreams.Reply, []string) (map[string][]byte, error) { panic("oh") },
			"unusable answer CONTRACT", true,
		},
		"nothing": {
			func(upstreams.Reply, []string) (map[string][]byte, error) { return nil, nil },
			"<nil> FRESH miss", false,
		},
		"what was not asked for": {
			func(_ upstreams.Reply, keys []string) (map[string][]byte, error) {
				return map[string][]byte{keys[0]: []byte(`{"n":1}`), keys[1]: []byte(`{"n":1}`), "009": []byte(`{"n":666}`)}, nil
			},
			"1 FRESH miss", false,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := stocked(t, upstreams.Config{})
				b := orders("003", "004")
				b.Split = tt.split
				got := told(s.ReadBatch(t.Context(), b))
				check(t, "without an old answer", tt.want, got[1])
				if standsIn := strings.Contains(got[0], "STANDING_IN"); standsIn != tt.stand {
					t.Errorf("with an old answer: %s", got[0])
				}
				s.api.Now(upstreamtest.Refuse())
				check(t, "of what was not asked for", []string{"unavailable UNREACHABLE"}, told(s.ReadBatch(t.Context(), orders("009"))))
			})
		})
	}
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

// TestBatchReply is what Accept sees of an item, when it comes and from memory.
func TestBatchReply(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"1":{"n":1}}`,
		"Content-Type", "text/json", "ETag", `"all"`, "Content-Length", "13", "Set-Cookie", "a=b", "X-Region", "eu")))
	header := http.Header{"Content-Type": {"application/json"}, "X-Region": {"eu"}}
	want := []upstreams.Reply{{Status: 200, Header: header, Body: []byte(`{"n":1}`)}, {Status: 404, Header: header}}
	for _, slot := range []string{"first", "second"} {
		var seen []upstreams.Reply
		b := orders("1", "2")
		b.Slot, b.Accept = slot, func(r upstreams.Reply) (any, error) {
			seen = append(seen, r)
			return nil, nil
		}
		s.ReadBatch(t.Context(), b)
		check(t, slot, want, seen)
	}
}

func TestBatchAnotherReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(t, upstreams.Config{})
		s.api.Now(upstreamtest.Refuse())
		b := orders("001", "002")
		b.Slot, b.Accept = "another mapping", func(r upstreams.Reply) (any, error) {
			if string(r.Body) == `{"n":20}` {
				return nil, &upstreams.Error{Kind: upstreams.Contract}
			}
			return string(r.Body), nil
		}
		check(t, "a body of no use is a miss", []string{`{"n":10} STANDING_IN UNREACHABLE stale`, "unavailable UNREACHABLE"},
			told(s.ReadBatch(t.Context(), b)))
	})
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
