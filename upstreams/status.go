package upstreams

import (
	"maps"
	"sync"
	"time"

	"holdfast/freshness"
)

// Status is how a source is doing, for people and dashboards. It holds no secrets, values or addresses.
type Status struct {
	Source     string                     `json:"source"`
	Cache      CacheStatus                `json:"cache"`
	Quota      QuotaStatus                `json:"quota"`
	Connectors map[string]ConnectorStatus `json:"connectors"` // those that were asked since the start
}

// CacheStatus is the policy in force for connectors that declare none of their own. Durations are ages
// ("30s"); "" leaves it to @cache, the answers' headers and the defaults.
type CacheStatus struct {
	Fresh   string            `json:"fresh,omitempty"`
	Refresh string            `json:"refresh,omitempty"`
	Stale   string            `json:"stale,omitempty"`
	Respect freshness.Respect `json:"respect"`
}

// QuotaStatus is how much of our own limits is used.
type QuotaStatus struct {
	Concurrent int     `json:"concurrent"` // the limit
	UnderWay   int     `json:"underWay"`
	Rate       float64 `json:"rate,omitempty"` // calls per second; 0: no limit
}

// ConnectorStatus is how one connector is doing. Counts are since the start.
type ConnectorStatus struct {
	Breaker    string            `json:"breaker"`               // CLOSED, OPEN, HALF_OPEN
	ProbeAt    *time.Time        `json:"probeAt,omitempty"`     // OPEN: from then on the next call is a probe
	LastAnswer *time.Time        `json:"lastAnswer,omitempty"`  // the last good one
	LastError  string            `json:"lastError,omitempty"`   // its reason or kind
	LastFailed *time.Time        `json:"lastErrorAt,omitempty"` // when that was
	Calls      uint64            `json:"calls"`                 // HTTP attempts
	Retries    uint64            `json:"retries"`
	Drift      map[string]uint64 `json:"drift,omitempty"` // by path: items that broke the contract
}

// connector is what a client knows about one connector.
type connector struct {
	breaker *breaker

	mu   sync.Mutex
	seen ConnectorStatus
}

// connector returns the connector of that name. Names come from the schema, so there are not many.
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
	c = &connector{breaker: newBreaker(u.cfg.Breaker, u.log.With("source", u.cfg.Name, "connector", name))}
	u.connectors[name] = c
	return c
}

func (c *connector) count(change func(*ConnectorStatus)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.seen)
}

func (c *connector) answered() {
	now := time.Now()
	c.count(func(s *ConnectorStatus) { s.LastAnswer = &now })
}

func (c *connector) failed(e *Error) {
	now := time.Now()
	class := string(e.Reason)
	if class == "" {
		class = e.Kind.String()
	}
	c.count(func(s *ConnectorStatus) { s.LastError, s.LastFailed = class, &now })
}

// maxDrift bounds the paths counted for one connector.
const maxDrift = 100

// Drift counts one item of an answer that broke the contract at path, a selection path without values.
// At most 100 paths are counted for a connector.
func (u *Client) Drift(connector, path string) {
	u.connector(connector).count(func(s *ConnectorStatus) {
		if s.Drift == nil {
			s.Drift = map[string]uint64{}
		}
		if _, known := s.Drift[path]; known || len(s.Drift) < maxDrift {
			s.Drift[path]++
		}
	})
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
		Quota:      QuotaStatus{Concurrent: cap(u.turns.slots), UnderWay: len(u.turns.slots), Rate: u.cfg.Quota.Rate},
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
	s.Drift = maps.Clone(s.Drift)
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
