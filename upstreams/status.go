package upstreams

import (
	"net/http"
	"sync"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/watch"
)

// connector is what is known of one connector.
type connector struct {
	name    string
	tally   *watch.Tally
	breaker *breaker
	known   known
	tags    []cache.Tag // of all answers, in order

	mu     sync.Mutex
	seen   watch.ConnectorStatus
	last   time.Time // of a good answer; zero: there was none
	absent int       // answers that said that there is no such thing; -1: one had something
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

func (c *connector) count(change func(*watch.ConnectorStatus)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.seen)
}

// suspectAfter is how many answers in a row, from the first on, may say that there is no such thing before
// somebody should look at the URL.
const suspectAfter = 3

func (c *connector) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = time.Now()
}

// heard notes the status of an answer. It reports, once, that the connector has only ever been told that there
// is no such thing.
func (c *connector) heard(status int) (suspect bool) {
	c.count(func(s *watch.ConnectorStatus) {
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
	c.count(func(s *watch.ConnectorStatus) { s.LastError, s.LastFailed = class(e), &now })
}

// Drift counts one item of an answer that broke the contract at path, a selection path without values.
// At most 100 paths are counted for a connector.
func (u *Client) Drift(connector, path string) {
	u.connector(connector).tally.Drifted(path)
}

// Nulls counts answers of n objects that had no value for a nullable field, such as Order.note. At most 100
// fields are counted for a connector.
func (u *Client) Nulls(connector, field string, n int) {
	u.connector(connector).tally.Missed(field, n)
}

// Status returns how the source is doing now.
func (u *Client) Status() watch.Status {
	policy := u.cfg.Cache
	s := watch.Status{
		Source: u.cfg.Name,
		Cache: watch.CacheStatus{
			Fresh: text(policy.Fresh), Refresh: text(policy.Refresh), Stale: text(policy.Stale),
			Respect: policy.Respect,
		},
		Down:       u.source.host.down(),
		ClockSkew:  text(u.source.skew.get()),
		Quota:      u.turns.Status(),
		Token:      u.credential.Status(),
		Credential: u.source.alarm.status(),
		Connectors: map[string]watch.ConnectorStatus{},
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	for name, c := range u.connectors {
		s.Connectors[name] = c.status(time.Now())
	}
	return s
}

func (c *connector) status(now time.Time) watch.ConnectorStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seen
	if !c.last.IsZero() {
		s.LastAnswer = new(c.last)
	}
	c.tally.Count(&s)
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
