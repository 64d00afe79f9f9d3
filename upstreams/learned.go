package upstreams

import (
	"context"
	"crypto/sha256"
	"reflect"
	"slices"
	"sync"

	"holdfast/cache"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
)

// Learned is what was learned of sources by asking them: their limits and how long they want to be left alone,
// which connectors are out of order, how many retries are left. One serves all clients of a process: those that
// follow each other, as when settings are read again, go on where the others are, under the settings that came
// last. A source whose URL or credential changed is another one and begins anew, as do breakers whose settings
// changed. What no client uses any more is forgotten. It is safe for concurrent use.
//
// What sources answered, and which of it is out of date since a write, is the cache's.
type Learned struct {
	grants *credential.Grants

	mu      sync.Mutex
	sources map[string]*source // by identity
}

// NewLearned returns one that has learned nothing but the refresh tokens in grants; nil keeps them in memory.
func NewLearned(grants *credential.Grants) *Learned {
	return &Learned{grants: grants, sources: map[string]*source{}}
}

// WithLearned has the client go on from what is in l, and share it. The default is one of its own.
func WithLearned(l *Learned) Option {
	return func(u *Client) { u.learned = l }
}

// source is what was learned of one source.
type source struct {
	limits quota.State
	budget *budget
	host   *host
	alarm  alarm
	prober prober
	skew   skew

	recovery recovery

	callers callers

	mu         sync.Mutex
	clients    []*Client // that are not closed, the newest last
	rules      Breaker   // in force
	connectors map[string]*connector
}

// identity tells sources apart by name, URL and credential. Headers that are always sent may be one too.
func identity(cfg Config) string {
	b := appendPart([]byte(keyPrefix(cfg)), cfg.URL)
	sum := sha256.Sum256(appendPart(b, cfg.Auth.Identity()))
	return string(sum[:])
}

// join makes u, which must be ready, the newest client of its source.
func (l *Learned) join(u *Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := identity(u.cfg)
	s := l.sources[id]
	if s == nil {
		log := u.log.With("source", u.cfg.Name)
		s = &source{budget: newBudget(), host: newHost(log), alarm: alarm{log: log}, connectors: map[string]*connector{}}
		l.sources[id] = s
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u.source, u.turns, u.connectors = s, s.obey(u.cfg), s.ailing()
	s.clients = append(s.clients, u)
}

// leave takes u off. The last client ends the probes, and waits for them until ctx ends.
func (l *Learned) leave(ctx context.Context, u *Client) error {
	s := u.source
	if l.left(s, u) {
		return s.prober.close(ctx)
	}
	return nil
}

// left takes u off s and reports whether it was the last.
func (l *Learned) left(s *source, u *Client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.clients, u); i >= 0 { // else it is closed already
		s.clients = slices.Delete(s.clients, i, i+1)
	}
	if n := len(s.clients); n > 0 {
		s.obey(s.clients[n-1].cfg) // u may have been newer, and never come into use
		return false
	}
	if id := identity(u.cfg); l.sources[id] == s {
		delete(l.sources, id)
	}
	return true
}

// obey puts the settings of a client in force. s.mu is held.
func (s *source) obey(cfg Config) *quota.Quota {
	if !reflect.DeepEqual(s.rules, cfg.Breaker) {
		s.rules = cfg.Breaker
		s.host.obey(s.rules)
		for _, c := range s.connectors {
			c.breaker.obey(s.rules)
		}
	}
	return quota.New(cfg.Quota, &s.limits)
}

// newest is the client that speaks for the source; nil when there is none any more.
func (s *source) newest() *Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.clients) == 0 {
		return nil
	}
	return s.clients[len(s.clients)-1]
}

// connector returns what is known of the connector of that name. Names come from the schema, so there are not
// many.
func (s *source) connector(u *Client, name string) *connector {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.connectors[name]
	if c == nil {
		c = &connector{name: name, tally: u.metrics.Tally(u.cfg.Name, name)}
		c.tags = withTags(u.tags, []cache.Tag{cache.TagOf("connector:" + name)})
		c.breaker = newBreaker(s.host, func() { s.probe(c) }, u.log.With("source", u.cfg.Name, "connector", name))
		c.breaker.obey(s.rules)
		s.connectors[name] = c
	}
	return c
}

// ailing returns the connectors whose breakers are not closed, by name. s.mu is held.
func (s *source) ailing() map[string]*connector {
	all := map[string]*connector{}
	for name, c := range s.connectors {
		if c.breaker.state() != "CLOSED" {
			all[name] = c
		}
	}
	return all
}
