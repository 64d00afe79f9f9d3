package upstreams_test

import (
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/field"
	"holdfast/upstreams/quota"
)

func TestConfigFromYAML(t *testing.T) {
	const file = `
auth: {basic: {user: ck, password: cs}}
headers: {X-Team: red}
timeout: 2s
tryTimeout: 1s
patience: 0s
maxBody: 1024
retry: {max: 0, budget: 0.2}
breaker: {off: true, share: 0.3, calls: 5, window: 1m, delay: 30s}
quota: {concurrent: 2, rate: 1.5, burst: 3, wait: 1s, perOperation: 4}
cache: {fresh: 30s, refresh: 5m, stale: 24h, respect: strict}
`
	var got upstreams.Config
	if err := yaml.UnmarshalWithOptions([]byte(file), &got, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	want := upstreams.Config{
		Auth:       credential.Auth{Basic: &credential.BasicAuth{User: text("ck"), Password: text("cs")}},
		Headers:    map[string]credential.Secret{"X-Team": {Text: "red"}},
		Timeout:    2 * time.Second,
		TryTimeout: time.Second,
		Patience:   new(time.Duration),
		MaxBody:    1024,
		Retry:      upstreams.Retry{Max: new(0), Budget: 0.2},
		Breaker:    upstreams.Breaker{Off: new(true), Share: 0.3, Calls: 5, Window: time.Minute, Delay: 30 * time.Second},
		Quota:      quota.Config{Concurrent: 2, Rate: 1.5, Burst: 3, Wait: time.Second, PerOperation: 4},
		Cache: upstreams.Lifetimes{
			Policy:  freshness.Policy{Fresh: new(30 * time.Second), Refresh: new(5 * time.Minute), Stale: new(24 * time.Hour)},
			Respect: freshness.Strict,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, upstreams.Config{}.Or(want)); diff != "" {
		t.Errorf("an empty config does not take all defaults: %s", diff)
	}
	if diff := cmp.Diff(want, want.Or(upstreams.Config{
		Auth: credential.Auth{Bearer: text("x")}, Timeout: 1, TryTimeout: 1, Patience: new(time.Hour), MaxBody: 1,
		Retry: upstreams.Retry{Max: new(9), Budget: 1}, Breaker: upstreams.Breaker{Off: new(false), Share: 1, Calls: 1, Window: 1, Delay: 1},
		Quota: quota.Config{Concurrent: 1, Rate: 1, Burst: 1, Wait: 1, PerOperation: 1}, Cache: upstreams.Lifetimes{Respect: freshness.StandIn},
	})); diff != "" {
		t.Errorf("a full config takes a default: %s", diff)
	}
}

func TestHeadersOfDefaultsAreMerged(t *testing.T) {
	got := upstreams.Config{Headers: map[string]credential.Secret{"A": {Text: "own"}}}.
		Or(upstreams.Config{Headers: map[string]credential.Secret{"A": {Text: "default"}, "B": {Text: "default"}}})
	if diff := cmp.Diff(map[string]credential.Secret{"A": {Text: "own"}, "B": {Text: "default"}}, got.Headers); diff != "" {
		t.Error(diff)
	}
}

func TestValidate(t *testing.T) {
	tests := map[string]struct {
		cfg  upstreams.Config
		path string // "": nothing is wrong
	}{
		"the zero value is good": {},
		"two credentials": {
			upstreams.Config{Auth: credential.Auth{Bearer: text("a"), Query: &credential.NamedAuth{Name: "k", Value: text("v")}}}, "auth.query",
		},
		"a token with a line break":  {upstreams.Config{Auth: credential.Auth{Bearer: text("a\nb")}}, "auth.bearer"},
		"basic without a user":       {upstreams.Config{Auth: credential.Auth{Basic: &credential.BasicAuth{Password: text("p")}}}, "auth.basic.user"},
		"basic without a password":   {upstreams.Config{Auth: credential.Auth{Basic: &credential.BasicAuth{User: text("u")}}}, ""},
		"a header without a name":    {upstreams.Config{Auth: credential.Auth{Header: &credential.NamedAuth{Value: text("v")}}}, "auth.header.name"},
		"a header without a value":   {upstreams.Config{Auth: credential.Auth{Header: &credential.NamedAuth{Name: "n"}}}, "auth.header.value"},
		"a parameter without a name": {upstreams.Config{Auth: credential.Auth{Query: &credential.NamedAuth{Value: text("v")}}}, "auth.query.name"},
		"a parameter without value":  {upstreams.Config{Auth: credential.Auth{Query: &credential.NamedAuth{Name: "n"}}}, "auth.query.value"},
		"a bad header":               {upstreams.Config{Headers: map[string]credential.Secret{"X Y": {Text: "1"}}}, `headers."X Y"`},
		"a bad header value":         {upstreams.Config{Headers: map[string]credential.Secret{"X": {Text: "\x00"}}}, "headers.X"},
		"a negative timeout":         {upstreams.Config{Timeout: -1}, "timeout"},
		"a negative patience":        {upstreams.Config{Patience: new(-time.Second)}, "patience"},
		"a negative window":          {upstreams.Config{Cache: upstreams.Lifetimes{Policy: freshness.Policy{Stale: new(-time.Second)}}}, "cache.stale"},
		"too many retries":           {upstreams.Config{Retry: upstreams.Retry{Max: new(100)}}, "retry.max"},
		"a share in percent":         {upstreams.Config{Breaker: upstreams.Breaker{Share: 50}}, "breaker.share"},
		"a share that is no number":  {upstreams.Config{Breaker: upstreams.Breaker{Share: math.NaN()}}, "breaker.share"},
		"a negative rate":            {upstreams.Config{Quota: quota.Config{Rate: -1}}, "quota.rate"},
		"a negative limit":           {upstreams.Config{Quota: quota.Config{PerOperation: -1}}, "quota.perOperation"},
		"an unknown respect":         {upstreams.Config{Cache: upstreams.Lifetimes{Respect: "none"}}, "cache.respect"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := ""
			if got, ok := errors.AsType[*field.Error](tt.cfg.Validate()); ok {
				path = got.Path
			}
			if path != tt.path {
				t.Errorf("wrong field %q, want %q", path, tt.path)
			}
		})
	}
}

func TestStatusesByDefault(t *testing.T) {
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	tests := map[string]struct {
		status     int
		retryAfter string
		want       *upstreams.Error
	}{
		"2xx is good":         {200, "", nil},
		"204 too":             {204, "", nil},
		"404 is a no":         {404, "5", &upstreams.Error{Kind: upstreams.Refused, Status: 404}},
		"a redirect is none":  {307, "", &upstreams.Error{Kind: upstreams.Contract, Reason: "CONTRACT", Status: 307}},
		"429 with seconds":    {429, "5", &upstreams.Error{Kind: upstreams.Unavailable, Reason: "RATE_LIMITED", Status: 429, RetryAfter: 5 * time.Second}},
		"503 with a date":     {503, inAnHour, &upstreams.Error{Kind: upstreams.Unavailable, Reason: "STATUS", Status: 503, RetryAfter: time.Hour}},
		"503 with an old one": {503, "Mon, 02 Jan 2006 15:04:05 GMT", &upstreams.Error{Kind: upstreams.Unavailable, Reason: "STATUS", Status: 503}},
		"503 with garbage":    {503, "1e9", &upstreams.Error{Kind: upstreams.Unavailable, Reason: "STATUS", Status: 503}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := upstreams.Reply{Status: tt.status, Header: http.Header{"Retry-After": {tt.retryAfter}}}.Err()
			if got != nil {
				got.RetryAfter = got.RetryAfter.Round(5 * time.Second)
			}
			if (got == nil) != (tt.want == nil) || got != nil &&
				(got.Kind != tt.want.Kind || got.Reason != tt.want.Reason || got.Status != tt.want.Status || got.RetryAfter != tt.want.RetryAfter) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
