package outcome_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"holdfast/upstreams/outcome"
)

func TestWhatAnswersMean(t *testing.T) {
	const page, json = "<!doctype html><p>Back soon</p>", `{"error":"refused"}`
	tests := map[string]struct {
		status  int
		header  string // Name: value
		body    string
		caller  bool // a credential of a caller was sent
		spent   bool
		rules   outcome.Rules
		is      outcome.Outcome
		notMade bool
	}{
		"200":                               {status: 200, is: outcome.Good},
		"a page with a good status":         {status: 200, body: page, is: outcome.Good}, // whoever reads it sees
		"206 that nobody asked for":         {status: 206, body: json, is: outcome.Unusable},
		"206 by a rule":                     {status: 206, body: json, rules: outcome.Rules{Absent: []string{"206"}}, is: outcome.Absent, notMade: true},
		"204":                               {status: 204, is: outcome.Good},
		"500":                               {status: 500, is: outcome.Down},
		"503":                               {status: 503, is: outcome.Down},
		"503 that says when":                {status: 503, header: "Retry-After: 5", is: outcome.Down, notMade: true},
		"500 that says when":                {status: 500, header: "Retry-After: 5", is: outcome.Down},
		"a status of a content network":     {status: 520, is: outcome.Down},
		"one nobody knows":                  {status: 999, is: outcome.Down},
		"no status":                         {status: 0, body: json, is: outcome.Unusable},
		"one below all":                     {status: 99, body: json, is: outcome.Unusable},
		"429":                               {status: 429, is: outcome.Limited, notMade: true},
		"403":                               {status: 403, body: json, is: outcome.Refused, notMade: true},
		"403 without a word":                {status: 403, is: outcome.Refused, notMade: true},
		"403 that says when":                {status: 403, header: "Retry-After: 60", body: json, is: outcome.Limited, notMade: true},
		"403 with nothing left":             {status: 403, spent: true, is: outcome.Limited, notMade: true},
		"403 with nothing left, as a page":  {status: 403, spent: true, body: page, is: outcome.Limited, notMade: true},
		"403 as a page":                     {status: 403, body: page, is: outcome.Unusable},
		"a page behind blanks and a mark":   {status: 403, body: "\ufeff\r\n " + page, is: outcome.Unusable},
		"a page that begins with text":      {status: 403, header: "Content-Type: text/html", body: "Denied", is: outcome.Unusable},
		"a text":                            {status: 403, header: "Content-Type: text/plain", body: "Denied", is: outcome.Refused, notMade: true},
		"JSON under the name of HTML":       {status: 403, header: "Content-Type: text/html", body: json, is: outcome.Refused, notMade: true},
		"400 as a page":                     {status: 400, body: page, is: outcome.Unusable},
		"400":                               {status: 400, body: json, is: outcome.Refused, notMade: true},
		"400 that says when":                {status: 400, header: "Retry-After: 60", body: json, is: outcome.Refused, notMade: true},
		"401 to our own credential":         {status: 401, is: outcome.Credential, notMade: true},
		"401 as a page":                     {status: 401, body: page, is: outcome.Credential, notMade: true},
		"401 to a caller's":                 {status: 401, caller: true, is: outcome.Refused, notMade: true},
		"404":                               {status: 404, body: json, is: outcome.Absent, notMade: true},
		"404 as a page":                     {status: 404, body: page, is: outcome.Unusable},
		"410":                               {status: 410, is: outcome.Absent, notMade: true},
		"410 as a page":                     {status: 410, body: page, is: outcome.Unusable},
		"408":                               {status: 408, is: outcome.Down},
		"421":                               {status: 421, is: outcome.Down, notMade: true},
		"425":                               {status: 425, is: outcome.Down, notMade: true},
		"409":                               {status: 409, is: outcome.Refused, notMade: true},
		"422 as a page":                     {status: 422, body: page, is: outcome.Refused, notMade: true},
		"a redirect as a page":              {status: 302, body: page, is: outcome.Unusable},
		"a redirect without a word":         {status: 307, is: outcome.Unusable},
		"a redirect in JSON":                {status: 303, body: json, is: outcome.Refused},
		"it has moved":                      {status: 301, body: page, is: outcome.Refused, notMade: true},
		"it has moved, whatever the method": {status: 308, is: outcome.Refused, notMade: true},

		"a rule for a status":                         {status: 418, rules: outcome.Rules{Down: []string{"418"}}, is: outcome.Down},
		"a rule for a class":                          {status: 418, rules: outcome.Rules{Down: []string{"4xx"}}, is: outcome.Down},
		"a number goes before its class":              {status: 404, rules: outcome.Rules{Down: []string{"4xx"}, Absent: []string{"404"}}, is: outcome.Absent, notMade: true},
		"a header before a number":                    {status: 403, header: "X-Why: rate", rules: outcome.Rules{Refused: []string{"403"}, Limited: []string{"4xx X-Why"}}, is: outcome.Limited, notMade: true},
		"a header with its value":                     {status: 403, header: "X-Why: Rate", rules: outcome.Rules{Limited: []string{"403 x-why=rate"}}, is: outcome.Limited, notMade: true},
		"a header with another":                       {status: 403, header: "X-Why: role", rules: outcome.Rules{Limited: []string{"403 X-Why=rate"}}, is: outcome.Refused, notMade: true},
		"a header that is not there":                  {status: 403, rules: outcome.Rules{Limited: []string{"403 X-Why"}}, is: outcome.Refused, notMade: true},
		"a rule goes before what we think":            {status: 401, rules: outcome.Rules{Refused: []string{"401"}}, is: outcome.Refused, notMade: true},
		"also of a 5xx":                               {status: 500, rules: outcome.Rules{Refused: []string{"500"}}, is: outcome.Refused, notMade: true},
		"also of a good one":                          {status: 202, rules: outcome.Rules{Absent: []string{"202"}}, is: outcome.Absent, notMade: true},
		"also of a page":                              {status: 404, body: page, rules: outcome.Rules{Absent: []string{"404"}}, is: outcome.Absent, notMade: true},
		"what is said to be down may have been made":  {status: 409, rules: outcome.Rules{Down: []string{"409"}}, is: outcome.Down},
		"unless that is said too":                     {status: 500, rules: outcome.Rules{NotMade: []string{"5xx"}}, is: outcome.Down, notMade: true},
		"and a header says when":                      {status: 500, header: "X-Sent: 0", rules: outcome.Rules{NotMade: []string{"500 X-Sent=0"}}, is: outcome.Down, notMade: true},
		"of a limit that is said, nothing was made":   {status: 503, rules: outcome.Rules{Limited: []string{"503"}}, is: outcome.Limited, notMade: true},
		"a rule for another status changes no others": {status: 500, rules: outcome.Rules{Limited: []string{"503"}}, is: outcome.Down},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			table, err := test.rules.Table()
			if err != nil {
				t.Fatal(err)
			}
			a := outcome.Answer{Status: test.status, Header: http.Header{}, Body: []byte(test.body), Own: !test.caller, Spent: test.spent}
			if name, value, ok := strings.Cut(test.header, ": "); ok {
				a.Header.Set(name, value)
			}
			is, ruled, notMade := table.Of(a)
			if is != test.is || notMade != test.notMade {
				t.Errorf("is %d, want %d; not made %v, want %v", is, test.is, notMade, test.notMade)
			}
			if byDefault, _ := outcome.Of(a); !ruled && is != byDefault {
				t.Errorf("is %d by no rule, and %d by default", is, byDefault)
			}
		})
	}
}

func TestRulesThatMakeNoSense(t *testing.T) {
	tests := map[string]struct {
		rules outcome.Rules
		list  string
	}{
		"a word":                    {outcome.Rules{Down: []string{"bad"}}, "down"},
		"a status that is none":     {outcome.Rules{Limited: []string{"42"}}, "limited"},
		"half a class":              {outcome.Rules{Refused: []string{"40x"}}, "refused"},
		"a class without outcomes":  {outcome.Rules{Refused: []string{"1xx"}}, "refused"},
		"no header":                 {outcome.Rules{Absent: []string{"404 a b"}}, "absent"},
		"a value of nothing":        {outcome.Rules{NotMade: []string{"404 =1"}}, "notMade"},
		"one status, two meanings":  {outcome.Rules{Down: []string{"403"}, Refused: []string{"403"}}, "refused"},
		"one header, two meanings":  {outcome.Rules{Down: []string{"403 A=1"}, Refused: []string{"403 a=1"}}, "refused"},
		"the same twice":            {outcome.Rules{Down: []string{"403", "403"}}, "down"},
		"not made besides is fine":  {outcome.Rules{Down: []string{"403"}, NotMade: []string{"403"}}, ""},
		"two headers of one status": {outcome.Rules{Down: []string{"403 A"}, Refused: []string{"403 B"}}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := test.rules.Table()
			list := ""
			if wrong, ok := errors.AsType[*outcome.RuleError](err); ok {
				list, _, _ = strings.Cut(wrong.Path, ".")
			}
			if list != test.list {
				t.Errorf("%v, want it of %q", err, test.list)
			}
		})
	}
}
