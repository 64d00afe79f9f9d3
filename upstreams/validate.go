package upstreams

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"

	"holdfast/freshness"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/field"
	"holdfast/upstreams/outcome"
)

// Validate returns [field.Errors], one for each of the fields that make no sense, nil if there are none.
func (c Config) Validate() error {
	var wrong field.Errors
	wrong.Add(c.Auth.Check(), c.TLS.Check(), c.checkProxy(), c.checkCache(), c.checkJSON(), c.checkOutcomes())
	c.checkHeaders(&wrong)
	c.checkNames(&wrong)
	c.checkDurations(&wrong)
	c.checkCounts(&wrong)
	c.checkShares(&wrong)
	return wrong.Err()
}

func (c Config) checkHeaders(wrong *field.Errors) {
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			wrong.Add(field.Wrong(fmt.Sprintf("headers.%q", name), "is not the name of a header"))
		case c.Headers[name] != (credential.Secret{}):
			wrong.Add(c.Headers[name].CheckHeader("headers." + name))
		}
	}
}

func (c Config) checkProxy() *field.Error {
	if err := c.Proxy.Check("proxy"); err != nil {
		return err
	}
	text, _ := c.Proxy.Load()
	if text == "" {
		return nil
	}
	if _, err := dial.ParseProxy(text); err != nil {
		return field.Wrong("proxy", err.Error())
	}
	return nil
}

func (c Config) checkNames(wrong *field.Errors) {
	for _, f := range []struct{ path, name string }{
		{"retry.header", c.Retry.Header},
		{"quota.header", c.Quota.Header},
	} {
		if f.name != "" && !httpguts.ValidHeaderFieldName(f.name) {
			wrong.Add(field.Wrong(f.path, "is not the name of a header"))
		}
	}
}

func (c Config) checkDurations(wrong *field.Errors) {
	for _, f := range []struct {
		path string
		d    *time.Duration
	}{
		{"timeout", &c.Timeout},
		{"tryTimeout", &c.TryTimeout},
		{"patience", c.Patience},
		{"breaker.window", &c.Breaker.Window},
		{"breaker.delay", &c.Breaker.Delay},
		{"quota.wait", &c.Quota.Wait},
		{"cache.fresh", c.Cache.Fresh},
		{"cache.refresh", c.Cache.Refresh},
		{"cache.stale", c.Cache.Stale},
	} {
		if f.d != nil && *f.d < 0 {
			wrong.Add(field.Wrong(f.path, "must not be below zero"))
		}
	}
}

func (c Config) checkCounts(wrong *field.Errors) {
	retries := 0
	if c.Retry.Max != nil {
		retries = *c.Retry.Max
	}
	for _, f := range []struct {
		path    string
		n, most int64
	}{
		{"maxBody", c.MaxBody, 1 << 30},
		{"retry.max", int64(retries), 10},
		{"breaker.calls", int64(c.Breaker.Calls), 1_000_000},
		{"quota.concurrent", int64(c.Quota.Concurrent), 100_000},
		{"quota.burst", int64(c.Quota.Burst), 1_000_000},
		{"quota.perOperation", int64(c.Quota.PerOperation), 1_000_000},
	} {
		if f.n < 0 || f.n > f.most {
			wrong.Add(field.Wrong(f.path, fmt.Sprintf("must be from 0 to %d", f.most)))
		}
	}
}

func (c Config) checkShares(wrong *field.Errors) {
	for _, f := range []struct {
		path    string
		n, most float64
	}{
		{"breaker.share", c.Breaker.Share, 1},
		{"cache.share", c.Cache.Share, 1},
		{"retry.budget", c.Retry.Budget, 1},
		{"quota.rate", c.Quota.Rate, 1_000_000},
	} {
		if math.IsNaN(f.n) || f.n < 0 || f.n > f.most {
			wrong.Add(field.Wrong(f.path, fmt.Sprintf("must be from 0 to %.0f", f.most)))
		}
	}
}

func (c Config) checkCache() *field.Error {
	switch c.Cache.Respect {
	case "", freshness.StandIn, freshness.Strict:
		return nil
	}
	return field.Wrong("cache.respect", fmt.Sprintf("must be %q or %q", freshness.StandIn, freshness.Strict))
}

func (c Config) checkOutcomes() *field.Error {
	_, err := c.Outcomes.Table()
	if wrong, ok := errors.AsType[*outcome.RuleError](err); ok {
		return field.Wrong("outcomes."+wrong.Path, wrong.Reason)
	}
	return nil
}

// outcomes is the table of the rules, which have passed Validate; else that of none.
func (c Config) outcomes() *outcome.Table {
	t, err := c.Outcomes.Table()
	if err != nil {
		return &outcome.Table{}
	}
	return t
}

func (c Config) checkJSON() *field.Error {
	if c.JSON == "" || c.JSON == "always" {
		return nil
	}
	return field.Wrong("json", `must be "always", or not be there`)
}
