package quota_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/upstreams/quota"
)

func TestRetryAfter(t *testing.T) {
	const noon, beforeNoon, afterNoon = "Sun, 06 Nov 1994 12:00:00 GMT", "Sun, 06 Nov 1994 11:59:30 GMT", "Sun, 06 Nov 1994 12:00:30 GMT"
	received, err := http.ParseTime(noon)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		text, date string
		wait       time.Duration
		none       bool
	}{
		"none":                                   {none: true},
		"seconds":                                {text: "2", wait: 2 * time.Second},
		"with blanks around":                     {text: " 2\t", wait: 2 * time.Second},
		"at once":                                {text: "0"},
		"at once, with a fraction":               {text: "0.0"},
		"a fraction of nothing, as Shopify says": {text: "2.0", wait: 2 * time.Second},
		"a fraction is rounded up":               {text: "2.1", wait: 3 * time.Second},
		"also a small one":                       {text: "0.001", wait: time.Second},
		"without a first digit":                  {text: ".5", wait: time.Second},
		"more than fits":                         {text: "99999999999999999999", wait: (1<<31 - 1) * time.Second},
		"far more than fits":                     {text: "1" + strings.Repeat("0", 400), wait: (1<<31 - 1) * time.Second},
		"a date":                                 {text: afterNoon, wait: 30 * time.Second},
		"a date that is past":                    {text: beforeNoon},
		"a date that is now":                     {text: noon},
		"a date, by a clock that is behind":      {text: noon, date: beforeNoon, wait: 30 * time.Second},
		"a date, by a clock that is ahead":       {text: afterNoon, date: afterNoon},
		"a date that is past by its own clock":   {text: afterNoon, date: "Sun, 06 Nov 1994 13:00:00 GMT"},
		"a date, and a clock that says nothing":  {text: afterNoon, date: "noon", wait: 30 * time.Second},
		"a date in the form of RFC 850":          {text: "Sunday, 06-Nov-94 12:00:30 GMT", wait: 30 * time.Second},
		"a date that is far away":                {text: "Fri, 31 Dec 9999 23:59:59 GMT", wait: (1<<31 - 1) * time.Second},
		"less than nothing":                      {text: "-1", none: true},
		"a word":                                 {text: "soon", none: true},
		"a unit":                                 {text: "2s", none: true},
		"an exponent":                            {text: "1e3", none: true},
		"no number":                              {text: "NaN", none: true},
		"two points":                             {text: "1.2.3", none: true},
		"a point":                                {text: ".", none: true},
		"a comma":                                {text: "2,5", none: true},
		"hexadecimal":                            {text: "0x10", none: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			if tt.text != "" {
				h.Set("Retry-After", tt.text)
			}
			if tt.date != "" {
				h.Set("Date", tt.date)
			}
			if wait, said := quota.RetryAfter(h, received); wait != tt.wait || said == tt.none {
				t.Errorf("%v, said %v; want %v, %v", wait, said, tt.wait, !tt.none)
			}
		})
	}
}

// FuzzRetryAfter holds that no header asks for less than nothing, or for more than can be added to a time.
func FuzzRetryAfter(f *testing.F) {
	f.Add("2.0", "")
	f.Add("Sun, 06 Nov 1994 12:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT")
	f.Fuzz(func(t *testing.T, text, date string) {
		wait, said := quota.RetryAfter(headers("Retry-After", text, "Date", date), time.Unix(0, 0))
		if wait < 0 || wait > (1<<31-1)*time.Second || !said && wait != 0 {
			t.Errorf("%v, said %v", wait, said)
		}
	})
}
