package freshness_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

const (
	s   = time.Second
	day = 24 * time.Hour
)

func TestWindows(t *testing.T) {
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	all := freshness.Policy{Fresh: new(30 * s), Refresh: new(5 * time.Minute), Stale: new(time.Hour)}
	tests := map[string]struct {
		control string
		expires string
		date    time.Duration // of its clock, beside ours; 0: it says nothing
		age     string
		vary    string
		policy  freshness.Policy
		private bool // kept for one caller
		standIn [3]time.Duration
		strict  [3]time.Duration
	}{
		"nobody says anything": {
			standIn: [3]time.Duration{0, 0, day}, strict: [3]time.Duration{},
		},
		"only the policy": {
			policy: all, standIn: [3]time.Duration{30 * s, 300 * s, time.Hour}, strict: [3]time.Duration{30 * s, 300 * s, time.Hour},
		},
		"only max-age": {
			control: "max-age=60", standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"only Expires": {
			expires: "Sun, 01 Mar 2026 12:01:00 GMT", standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"max-age before Expires": {
			control: "max-age=60", expires: "Sun, 01 Mar 2026 13:00:00 GMT",
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"Expires in the past": {
			expires: "0", standIn: [3]time.Duration{0, 0, day}, strict: [3]time.Duration{},
		},
		"s-maxage is for shared answers": {
			control: "max-age=60, s-maxage=10", standIn: [3]time.Duration{10 * s, 0, day}, strict: [3]time.Duration{10 * s, 10 * s, 10 * s},
		},
		"and not for one caller's": {
			control: "max-age=60, s-maxage=10", private: true,
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"RFC 5861 counts from the end of freshness": {
			control: "max-age=60, stale-while-revalidate=30, stale-if-error=90",
			standIn: [3]time.Duration{60 * s, 90 * s, 150 * s}, strict: [3]time.Duration{60 * s, 90 * s, 150 * s},
		},
		"the policy wins; the letter bounds it": {
			control: "max-age=10, stale-while-revalidate=5", policy: all,
			standIn: [3]time.Duration{30 * s, 300 * s, time.Hour}, strict: [3]time.Duration{10 * s, 15 * s, time.Hour},
		},
		"a policy may be shorter": {
			control: "max-age=600", policy: all,
			standIn: [3]time.Duration{30 * s, 300 * s, time.Hour}, strict: [3]time.Duration{30 * s, 300 * s, time.Hour},
		},
		"no-store": {
			control: "no-store, max-age=60, stale-if-error=60", standIn: [3]time.Duration{0, 0, day}, strict: [3]time.Duration{},
		},
		"no-store under a policy": {
			control: "no-store", policy: all, standIn: [3]time.Duration{30 * s, 300 * s, time.Hour}, strict: [3]time.Duration{},
		},
		"no-cache": {
			control: "no-cache, max-age=60", standIn: [3]time.Duration{0, 0, day}, strict: [3]time.Duration{},
		},
		"private": {
			control: "private, max-age=60", standIn: [3]time.Duration{0, 0, day}, strict: [3]time.Duration{},
		},
		"private for one caller": {
			control: "private, max-age=60", private: true,
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"must-revalidate": {
			control: "max-age=60, must-revalidate, stale-while-revalidate=60", policy: freshness.Policy{Stale: new(time.Hour)},
			standIn: [3]time.Duration{60 * s, 0, time.Hour}, strict: [3]time.Duration{60 * s, 60 * s, 60 * s},
		},
		"a clock that is behind takes from what the headers allow": {
			control: "max-age=60, stale-while-revalidate=30, stale-if-error=90", date: -46 * s,
			standIn: [3]time.Duration{15 * s, 45 * s, 105 * s}, strict: [3]time.Duration{15 * s, 45 * s, 105 * s},
		},
		"also all of it": {
			control: "max-age=60, stale-while-revalidate=30, stale-if-error=90", date: -71 * s,
			standIn: [3]time.Duration{0, 20 * s, 80 * s}, strict: [3]time.Duration{0, 20 * s, 80 * s},
		},
		"but nothing from what the policy does": {
			control: "max-age=600", date: -2 * time.Hour, policy: all,
			standIn: [3]time.Duration{30 * s, 300 * s, time.Hour}, strict: [3]time.Duration{0, 300 * s, time.Hour},
		},
		"a clock that is ahead gives nothing": {
			control: "max-age=60", date: time.Hour,
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"an Expires by a clock that is ahead": {
			expires: "Sun, 01 Mar 2026 13:01:00 GMT", date: time.Hour,
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"a clock of 1970 says nothing, but to the letter": {
			control: "max-age=60", date: -20000 * day,
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{},
		},
		"Age explains an old Date": {
			control: "max-age=600", date: -301 * s, age: "300",
			standIn: [3]time.Duration{600 * s, 0, day}, strict: [3]time.Duration{600 * s, 0, 600 * s},
		},
		"Vary: * is not served from memory, and stands in": {
			control: "max-age=60", vary: "Accept, *", policy: all, standIn: [3]time.Duration{0, 0, time.Hour}, strict: [3]time.Duration{},
		},
		"Vary by headers is": {
			control: "max-age=60", vary: "Accept, X-Tenant",
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"no-store where must-understand cancels it": {
			control: "no-store, must-understand, max-age=60",
			standIn: [3]time.Duration{60 * s, 0, day}, strict: [3]time.Duration{60 * s, 0, 60 * s},
		},
		"a lifetime beyond all clocks": {
			expires: "Fri, 31 Dec 9999 23:59:59 GMT", policy: freshness.Policy{Stale: new(day)},
			standIn: [3]time.Duration{(1 << 31) * s, 0, day}, strict: [3]time.Duration{(1 << 31) * s, 0, day},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			if tt.control != "" {
				h.Set("Cache-Control", tt.control)
			}
			if tt.expires != "" {
				h.Set("Expires", tt.expires)
			}
			if tt.date != 0 {
				h.Set("Date", received.Add(tt.date).Format(http.TimeFormat))
			}
			if tt.age != "" {
				h.Set("Age", tt.age)
			}
			if tt.vary != "" {
				h.Set("Vary", tt.vary)
			}
			d := freshness.Parse(h)
			for respect, want := range map[freshness.Respect][3]time.Duration{
				freshness.StandIn: tt.standIn, freshness.Strict: tt.strict,
			} {
				got := d.Windows(tt.policy, respect, !tt.private, received, received)
				if diff := cmp.Diff(freshness.Windows{Fresh: want[0], Refresh: want[1], Stale: want[2]}, got); diff != "" {
					t.Errorf("%s: %s", respect, diff)
				}
			}
		})
	}
}

func TestStorable(t *testing.T) {
	tests := map[string]struct {
		control        string
		status         int // 200
		shared, strict bool
		want           bool
	}{
		"anything may stand in":            {control: "private, no-store", shared: true, want: true},
		"no-store to the letter":           {control: "no-store", strict: true},
		"private to the letter":            {control: "private", shared: true, strict: true},
		"private, for the one it is meant": {control: "private", strict: true, want: true},
		"no-cache may be kept":             {control: "no-cache", shared: true, strict: true, want: true},
		"no-store that must be understood": {control: "no-store, must-understand", strict: true, want: true},
		"a status nobody understands":      {control: "must-understand, max-age=60", status: 299, strict: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			respect := freshness.StandIn
			if tt.strict {
				respect = freshness.Strict
			}
			d := freshness.Parse(http.Header{"Cache-Control": {tt.control}})
			status := max(tt.status, http.StatusOK)
			if got := d.Storable(status, respect, tt.shared); got != tt.want {
				t.Errorf("storable: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPolicyOr(t *testing.T) {
	got := freshness.Policy{Fresh: new(s)}.Or(freshness.Policy{Fresh: new(2 * s), Stale: new(3 * s)})
	if diff := cmp.Diff(freshness.Policy{Fresh: new(s), Stale: new(3 * s)}, got); diff != "" {
		t.Error(diff)
	}
	w := freshness.Windows{Fresh: s, Refresh: 3 * s, Stale: 2 * s}
	if w.Longest() != 3*s || w.Cap(2*s) != (freshness.Windows{Fresh: s, Refresh: 2 * s, Stale: 2 * s}) {
		t.Error(w.Longest(), w.Cap(2*s))
	}
}
