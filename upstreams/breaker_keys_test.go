package upstreams_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/upstreamtest"
)

// badRecords answers well but for the records of which the URL ends with one of bad.
func badRecords(bad ...string) upstreamtest.Step {
	return func(req *http.Request) (*http.Response, error) {
		body := `{"n":1}`
		if slices.Contains(bad, req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]) {
			body = `{}`
		}
		return upstreamtest.Answer(200, body)(req)
	}
}

func records(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, strconv.Itoa(i))
	}
	return all
}

// TestABadRecordCostsNoOther asks for records over and over: the breaker opens only when many of them, and most of
// those that are asked for, are bad.
func TestABadRecordCostsNoOther(t *testing.T) {
	tests := map[string]struct {
		bad    []string
		asked  map[string]int // how often, by record
		header bool           // each time with another header
		want   string
	}{
		"one bad record, alone":               {records(1, 1), map[string]int{"1": 200}, false, "CLOSED"},
		"with another header each time":       {records(1, 1), map[string]int{"1": 200}, true, "CLOSED"},
		"one among good ones":                 {records(1, 1), map[string]int{"1": 200, "7": 1, "8": 1}, false, "CLOSED"},
		"four bad ones":                       {records(1, 4), map[string]int{"1": 50, "2": 50, "3": 50, "4": 50}, false, "CLOSED"},
		"five of five":                        {records(1, 5), map[string]int{"1": 4, "2": 4, "3": 4, "4": 4, "5": 4}, false, "OPEN"},
		"five of ten are not more than half":  {records(1, 5), map[string]int{"1": 40, "2": 40, "3": 40, "4": 40, "5": 40, "6": 1, "7": 1, "8": 1, "9": 1, "10": 1}, false, "CLOSED"},
		"six of ten are":                      {records(1, 6), map[string]int{"1": 4, "2": 4, "3": 4, "4": 4, "5": 4, "6": 4, "7": 1, "8": 1, "9": 1, "10": 1}, false, "OPEN"},
		"five, but too few tries to judge by": {records(1, 5), map[string]int{"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}, false, "CLOSED"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, unprobed(), upstreamtest.Play(badRecords(tt.bad...)))
				names := slices.Sorted(maps.Keys(tt.asked))
				slices.Reverse(names) // the good ones first
				for n := range 200 {
					for _, name := range names {
						if n >= tt.asked[name] {
							continue
						}
						r := unremembered()
						r.URL = "https://shop.test/orders/" + name
						if tt.header {
							r.Header = http.Header{"X-Any": {strconv.Itoa(n)}}
						}
						_, _ = s.Read(t.Context(), r)
					}
				}
				if got := breakerOf(s); got != tt.want {
					t.Errorf("breaker %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// TestWhatWasLongAgoIsForgotten has bad records one after the other, never five within a window.
func TestWhatWasLongAgoIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, unprobed(), upstreamtest.Play(badRecords(records(0, 100)...)))
		for i := range 100 {
			for range 10 {
				r := unremembered()
				r.URL = fmt.Sprintf("https://shop.test/orders/%d", i)
				_, _ = s.Read(t.Context(), r)
			}
			time.Sleep(3 * time.Second)
		}
		if got := breakerOf(s); got != "CLOSED" {
			t.Errorf("breaker %s", got)
		}
	})
}

// TestUselessAnswersKeepItOpen holds that a breaker that opened because of what the answers were closes when they
// are better.
func TestUselessAnswersKeepItOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, unprobed(), upstreamtest.Play(upstreamtest.Answer(200, `<html>`)))
		ask := func(n int) {
			for _, r := range distinct(n) {
				_, _ = s.Read(t.Context(), r)
			}
		}
		ask(20)
		check(t, "after twenty", "OPEN", breakerOf(s))
		time.Sleep(7 * time.Second)
		ask(2)
		check(t, "after a probe", "OPEN", breakerOf(s))
		time.Sleep(7 * time.Second)
		s.api.Now(upstreamtest.Answer(200, `{"n":1}`))
		ask(2)
		check(t, "after better ones", "CLOSED", breakerOf(s))
	})
}

// TestWhatCannotBeReadCostsNoOther holds that a record that is too large, or not encoded as it says, is a bad one too.
func TestWhatCannotBeReadCostsNoOther(t *testing.T) {
	tests := map[string]upstreamtest.Step{
		"too large":                      upstreamtest.Answer(200, `{"n":1,"text":"as long as that"}`),
		"too large, with a bad status":   upstreamtest.Answer(400, `{"n":1,"text":"as long as that"}`),
		"in an encoding nobody knows":    upstreamtest.Answer(200, `{"n":1}`, "Content-Encoding", "rot13"),
		"not encoded as it says, at all": upstreamtest.Answer(200, `{"n":1}, no gzip`, "Content-Encoding", "gzip"),
	}
	for name, bad := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := unprobed()
				cfg.MaxBody = 20
				s := open(t, cfg, upstreamtest.Play(bad))
				for range 30 {
					_, _ = s.Read(t.Context(), unremembered())
				}
				check(t, "after one record", "CLOSED", breakerOf(s))
				for _, r := range distinct(30) {
					_, _ = s.Read(t.Context(), r)
				}
				check(t, "after many", "OPEN", breakerOf(s))
			})
		})
	}
}

// TestABatchCountsByItsKeys holds that a batch is as many as it asks for.
func TestABatchCountsByItsKeys(t *testing.T) {
	tests := map[string]struct {
		keys []string
		want string
	}{
		"one bad key":  {[]string{"001"}, "CLOSED"},
		"six bad keys": {[]string{"001", "002", "003", "004", "005", "006"}, "OPEN"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, unprobed(), upstreamtest.Play(upstreamtest.Answer(200, `<html>`)))
				for range 30 {
					s.ReadBatch(t.Context(), orders(tt.keys...))
				}
				check(t, "breaker", tt.want, breakerOf(s))
			})
		})
	}
}
