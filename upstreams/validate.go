package upstreams

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"

	"holdfast/freshness"
)

// FieldError says which field of a [Config] is wrong.
type FieldError struct {
	Path   string // as in the file, below sources.NAME: "auth.header.name"
	Reason string // without the value, which may be a secret
}

// Error returns path and reason.
func (e *FieldError) Error() string { return e.Path + ": " + e.Reason }

// Validate returns a *[FieldError] for the first field that makes no sense, nil if there is none.
func (c Config) Validate() error {
	for _, check := range []func() *FieldError{
		c.Auth.check, c.checkHeaders, c.checkDurations, c.checkCounts, c.checkShares, c.checkCache,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (a Auth) check() *FieldError {
	var set []string
	if a.Bearer != "" {
		set = append(set, "bearer")
	}
	if a.Basic != nil {
		set = append(set, "basic")
	}
	if a.Header != nil {
		set = append(set, "header")
	}
	if a.Query != nil {
		set = append(set, "query")
	}
	switch {
	case len(set) > 1:
		return &FieldError{"auth." + set[1], "there is already auth." + set[0] + "; a source has one credential"}
	case !httpguts.ValidHeaderFieldValue(string(a.Bearer)):
		return &FieldError{"auth.bearer", "holds a character that a header cannot carry"}
	case a.Basic != nil && a.Basic.User == "":
		return &FieldError{"auth.basic.user", "is missing"}
	case a.Header != nil && !httpguts.ValidHeaderFieldName(a.Header.Name):
		return &FieldError{"auth.header.name", "is not the name of a header"}
	case a.Header != nil && !validValue(a.Header.Value):
		return &FieldError{"auth.header.value", "is missing, or holds a character that a header cannot carry"}
	case a.Query != nil && a.Query.Name == "":
		return &FieldError{"auth.query.name", "is missing"}
	case a.Query != nil && a.Query.Value == "":
		return &FieldError{"auth.query.value", "is missing"}
	}
	return nil
}

func validValue(s Secret) bool { return s != "" && httpguts.ValidHeaderFieldValue(string(s)) }

func (c Config) checkHeaders() *FieldError {
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return &FieldError{fmt.Sprintf("headers.%q", name), "is not the name of a header"}
		case !httpguts.ValidHeaderFieldValue(string(c.Headers[name])):
			return &FieldError{"headers." + name, "holds a character that a header cannot carry"}
		}
	}
	return nil
}

func (c Config) checkDurations() *FieldError {
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
			return &FieldError{f.path, "must not be below zero"}
		}
	}
	return nil
}

func (c Config) checkCounts() *FieldError {
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
	} {
		if f.n < 0 || f.n > f.most {
			return &FieldError{f.path, fmt.Sprintf("must be from 0 to %d", f.most)}
		}
	}
	return nil
}

func (c Config) checkShares() *FieldError {
	for _, f := range []struct {
		path    string
		n, most float64
	}{
		{"breaker.share", c.Breaker.Share, 1},
		{"retry.budget", c.Retry.Budget, 1},
		{"quota.rate", c.Quota.Rate, 1_000_000},
	} {
		if math.IsNaN(f.n) || f.n < 0 || f.n > f.most {
			return &FieldError{f.path, fmt.Sprintf("must be from 0 to %g", f.most)}
		}
	}
	return nil
}

func (c Config) checkCache() *FieldError {
	switch c.Cache.Respect {
	case "", freshness.StandIn, freshness.Strict:
		return nil
	}
	return &FieldError{"cache.respect", fmt.Sprintf("must be %q or %q", freshness.StandIn, freshness.Strict)}
}
