package upstreams_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

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
