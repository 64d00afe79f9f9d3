package upstreams_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// readAs reads by a connector and returns the reason why it failed.
func readAs(ctx context.Context, u *upstreams.Client, connector string) upstreams.Reason {
	r := unremembered()
	r.Connector = connector
	_, err := u.Read(ctx, r)
	return reasonOf(err)
}

// TestWhatWasLearnedOutlivesTheSettings has one client learn something the hard way and asks with the next,
// which must not learn it again, unless it speaks to somebody else or as somebody else.
func TestWhatWasLearnedOutlivesTheSettings(t *testing.T) {
	token := t.TempDir() + "/token"
	write(t, token, canary)
	failing := func(ctx context.Context, u *upstreams.Client, api *upstreamtest.API, connectors int) {
		api.Now(upstreamtest.Answer(500, ``))
		for n := range connectors {
			for range 20 {
				readAs(ctx, u, fmt.Sprint("Query.c", n))
			}
		}
	}
	lessons := map[string]struct {
		teach func(context.Context, *upstreams.Client, *upstreamtest.API)
		want  upstreams.Reason
		by    string // the connector that asks afterwards
	}{
		"Retry-After": {func(ctx context.Context, u *upstreams.Client, api *upstreamtest.API) {
			api.Now(upstreamtest.Answer(429, ``, "Retry-After", "60"))
			readAs(ctx, u, "Query.c0")
		}, upstreams.ReasonRateLimited, "Query.c0"},
		"a spent limit": {func(ctx context.Context, u *upstreams.Client, api *upstreamtest.API) {
			api.Now(upstreamtest.Answer(200, `{"n":1}`, "X-RateLimit-Limit", "10", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "60"))
			readAs(ctx, u, "Query.c0")
		}, upstreams.ReasonQuota, "Query.other"},
		"an open breaker": {func(ctx context.Context, u *upstreams.Client, api *upstreamtest.API) {
			failing(ctx, u, api, 1)
		}, upstreams.ReasonBreakerOpen, "Query.c0"},
		"a dead source": {func(ctx context.Context, u *upstreams.Client, api *upstreamtest.API) {
			failing(ctx, u, api, 3)
		}, upstreams.ReasonBreakerOpen, "Query.other"},
	}
	changes := map[string]struct {
		change func(*upstreams.Config)
		knows  bool
	}{
		"nothing":             {func(*upstreams.Config) {}, true},
		"other settings":      {func(c *upstreams.Config) { c.Timeout, c.Quota = time.Second, quota.Config{Concurrent: 3} }, true},
		"the text of a file":  {func(*upstreams.Config) { write(t, token, "another") }, true},
		"the URL":             {func(c *upstreams.Config) { c.URL = "https://shop.test/v2" }, false},
		"the credential":      {func(c *upstreams.Config) { c.Auth = credential.Auth{Bearer: text("other")} }, false},
		"a key in the header": {func(c *upstreams.Config) { c.Headers = map[string]credential.Secret{"X-Key": text("other")} }, false},
		"the name":            {func(c *upstreams.Config) { c.Name = "other" }, false},
	}
	for lesson, l := range lessons {
		for change, c := range changes {
			t.Run(lesson+" when there changes "+change, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cfg := upstreams.Config{
						Name: "shop", URL: "https://shop.test/v1", Retry: upstreams.Retry{Max: new(0)},
						Auth: credential.Auth{Bearer: credential.Secret{File: token}},
					}
					learned := upstreams.NewLearned(nil)
					api := upstreamtest.Play()
					before := upstreams.New(cfg, nil, api, upstreams.WithLearned(learned))
					l.teach(t.Context(), before, api)
					c.change(&cfg)
					after := upstreams.New(cfg, nil, api, upstreams.WithLearned(learned))
					defer after.Close(t.Context())
					if err := before.Close(t.Context()); err != nil {
						t.Fatal(err)
					}
					api.Now(upstreamtest.Answer(200, `{"n":1}`))
					want := l.want
					if !c.knows {
						want = ""
					}
					if got := readAs(t.Context(), after, l.by); got != want {
						t.Errorf("asked: %q, want %q", got, want)
					}
				})
			})
		}
	}
}

// TestTheRetryBudgetOutlivesTheSettings holds that a reload in the middle of an outage does not begin another
// storm of retries.
func TestTheRetryBudgetOutlivesTheSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		learned := upstreams.NewLearned(nil)
		api := upstreamtest.Play(upstreamtest.Answer(503, ``))
		for reload := range 4 {
			u := upstreams.New(upstreams.Config{Name: "shop"}, nil, api, upstreams.WithLearned(learned))
			defer u.Close(t.Context())
			for range 4 {
				readAs(t.Context(), u, fmt.Sprint("Query.c", reload))
			}
		}
		if calls := api.Calls(); calls > 16+6 {
			t.Errorf("%d calls for 16 reads", calls)
		}
	})
}

// TestProbesOutliveTheSettings holds that a source which came back while settings were read again, and that
// nobody asks, is found out.
func TestProbesOutliveTheSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := upstreams.Config{Name: "shop", Retry: upstreams.Retry{Max: new(0)}}
		learned := upstreams.NewLearned(nil)
		api := upstreamtest.Play(upstreamtest.Answer(500, ``))
		before := upstreams.New(cfg, nil, api, upstreams.WithLearned(learned))
		for range 20 {
			readAs(t.Context(), before, "Query.c")
		}
		cfg.Timeout = time.Second
		after := upstreams.New(cfg, nil, api, upstreams.WithLearned(learned))
		defer after.Close(t.Context())
		if err := before.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := after.Status().Connectors["Query.c"].Breaker; got != "OPEN" {
			t.Errorf("the status does not say so: %q", got)
		}
		api.Now(upstreamtest.Answer(http.StatusOK, `{"n":1}`))
		time.Sleep(time.Minute)
		if got := after.Status().Connectors["Query.c"].Breaker; got != "CLOSED" {
			t.Errorf("after a minute: %q", got)
		}
	})
}

// TestSettingsThatNeverCameIntoUse has a client that is closed before the one that it was to follow.
func TestSettingsThatNeverCameIntoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		learned := upstreams.NewLearned(nil)
		cfg := upstreams.Config{Name: "shop", Quota: quota.Config{Concurrent: 7}}
		u := upstreams.New(cfg, nil, upstreamtest.Play(), upstreams.WithLearned(learned))
		defer u.Close(t.Context())
		cfg.Quota.Concurrent = 1
		if err := upstreams.New(cfg, nil, nil, upstreams.WithLearned(learned)).Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := u.Status().Quota.Concurrent; got != 7 {
			t.Errorf("%d at once", got)
		}
	})
}
