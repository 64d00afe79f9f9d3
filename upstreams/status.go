package upstreams

import (
	"net/http"
	"sync"
	"time"

	"holdfast/freshness"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
)

// Status is how a source is doing, for people and dashboards. It holds no secrets, values or addresses.
type Status struct {
	Source     string                     `json:"source"`
	Down       bool                       `json:"down"`                // three connectors tripped and nothing answered since
	ClockSkew  string                     `json:"clockSkew,omitempty"` // how far its clock is ahead ("45s") or behind ("-45s"), as of its last answer with a Date
	Cache      CacheStatus                `json:"cache"`
	Quota      quota.Status               `json:"quota"`
	Token      *credential.TokenStatus    `json:"token,omitempty"`      // for sources that want OAuth 2 tokens
	Credential *CredentialStatus          `json:"credential,omitempty"` // ours is missing or not taken: an alarm
	Connectors map[string]ConnectorStatus `json:"connectors"`           // those that were asked since the settings were read, or are out of order
}

// CacheStatus is the policy in force for connectors that declare none of their own. Durations are ages
// ("30s"); "" leaves it to @cache, the answers' headers and the defaults.
type CacheStatus struct {
	Fresh   string            `json:"fresh,omitempty"`
	Refresh string            `json:"refresh,omitempty"`
	Stale   string            `json:"stale,omitempty"`
	Respect freshness.Respect `json:"respect"`
}

// ConnectorStatus is how one connector is doing. Counts are since the start, the rest since the source has the
// URL and credential that it has.
type ConnectorStatus struct {
	Breaker    string     `json:"breaker"`               // CLOSED, OPEN, HALF_OPEN
	ProbeAt    *time.Time `json:"probeAt,omitempty"`     // OPEN: from then on the next call is a probe
	LastAnswer *time.Time `json:"lastAnswer,omitempty"`  // the last good one
	OnlyAbsent bool       `json:"onlyAbsent,omitempty"`  // all answers so far were 404 or 410: the URL may be wrong
	LastError  string     `json:"lastError,omitempty"`   // its class: the reason, REFUSED or BAD_INPUT
	LastFailed *time.Time `json:"lastErrorAt,omitempty"` // when that was
	InFlight   int64      `json:"inFlight"`              // HTTP attempts under way
	Calls      uint64     `json:"calls"`                 // HTTP attempts
	Retries    uint64     `json:"retries"`               // those of them that repeat one
	// NotModified is how many attempts said that what is remembered is still good.
	NotModified uint64 `json:"notModified,omitempty"`
	// Amplification is how many attempts were made for each that was not a repetition: 1 while all is well.
	Amplification float64           `json:"amplification,omitempty"`
	LatencyMS     *LatencyStatus    `json:"latencyMs,omitempty"` // of the last attempts, whatever came of them
	Reads         map[string]uint64 `json:"reads,omitempty"`     // by result: hit, stale, miss, revalidated, stand_in, error
	Failures      map[string]uint64 `json:"failures,omitempty"`  // what callers were told, by class
	Drift         map[string]uint64 `json:"drift,omitempty"`     // by path: items that broke the contract
	Nulls         map[string]uint64 `json:"nulls,omitempty"`     // by field: how often it had no value, where it may
}

// LatencyStatus tells how long attempts took, in milliseconds.
type LatencyStatus struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Of  int     `json:"of"` // how many attempts: the last 256 at most
}

// connector is what is known of one connector.
type connector struct {
	name    string
	tally   *tally
	breaker *breaker
	known   known

	mu     sync.Mutex
	seen   ConnectorStatus
	absent int // answers that said that there is no such thing; -1: one had something
}

// connector returns the connector of that name.
func (u *Client) connector(name string) *connector {
	u.mu.RLock()
	c, ok := u.connectors[name]
	u.mu.RUnlock()
	if ok {
		return c
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if c, ok := u.connectors[name]; ok {
		return c
	}
	c = u.source.connector(u, name)
	u.connectors[name] = c
	return c
}

func (c *connector) count(change func(*ConnectorStatus)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.seen)
}

// suspectAfter is how many answers in a row, from the first on, may say that there is no such thing before
// somebody should look at the URL.
const suspectAfter = 3

func (c *connector) answered() {
	now := time.Now()
	c.count(func(s *ConnectorStatus) { s.LastAnswer = &now })
}

// heard notes the status of an answer. It reports, once, that the connector has only ever been told that there
// is no such thing.
func (c *connector) heard(status int) (suspect bool) {
	c.count(func(s *ConnectorStatus) {
		switch {
		case c.absent < 0:
		case status == http.StatusNotFound, status == http.StatusGone:
			c.absent++
			s.OnlyAbsent = true
			suspect = c.absent == suspectAfter
		case status >= 200 && status <= 299:
			c.absent, s.OnlyAbsent = -1, false
		}
	})
	return suspect
}

func (c *connector) failed(e *Error) {
	now := time.Now()
	c.count(func(s *ConnectorStatus) { s.LastError, s.LastFailed = class(e), &now })
}

// Drift counts one item of an answer that broke the contract at path, a selection path without values.
// At most 100 paths are counted for a connector.
func (u *Client) Drift(connector, path string) {
	u.connector(connector).tally.drifted(path)
}

// Nulls counts answers of n objects that had no value for a nullable field, such as Order.note. At most 100
// fields are counted for a connector.
func (u *Client) Nulls(connector, field string, n int) {
	u.connector(connector).tally.missed(field, n)
}

// Status returns how the source is doing now.
func (u *Client) Status() Status {
	policy := u.cfg.Cache
	s := Status{
		Source: u.cfg.Name,
		Cache: CacheStatus{
			Fresh: text(policy.Fresh), Refresh: text(policy.Refresh), Stale: text(policy.Stale),
			Respect: policy.Respect,
		},
		Down:       u.source.host.down(),
		ClockSkew:  text(u.skew.get()),
		Quota:      u.turns.Status(),
		Token:      u.credential.Status(),
		Credential: u.source.alarm.status(),
		Connectors: map[string]ConnectorStatus{},
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	for name, c := range u.connectors {
		s.Connectors[name] = c.status(time.Now())
	}
	return s
}

func (c *connector) status(now time.Time) ConnectorStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seen
	s.InFlight, s.Calls, s.Retries = c.tally.underWay.Load(), c.tally.sent.Load(), c.tally.resent.Load()
	s.NotModified = c.tally.confirmed.Load()
	s.Amplification, s.LatencyMS = c.tally.amplification(), c.tally.latency.quantiles()
	s.Reads, s.Failures, s.Drift = c.tally.readsByResult(), c.tally.failuresByClass(), c.tally.driftByPath()
	s.Nulls = c.tally.nullsByField()
	s.Breaker = c.breaker.state()
	if s.Breaker == "OPEN" {
		s.ProbeAt = new(now.Add(c.breaker.remaining()))
	}
	return s
}

func text(d *time.Duration) string {
	if d == nil {
		return ""
	}
	return d.String()
}
