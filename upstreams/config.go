package upstreams

import (
	"maps"
	"time"

	"holdfast/freshness"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/outcome"
	"holdfast/upstreams/quota"
)

// Config says how one source is called. Every zero value means the default named at the field. Field
// comments are the manual: they describe the keys below sources.NAME (and below defaults) of
// holdfast.yaml. Durations are written as "300ms" or "10s".
type Config struct {
	// Name of the source, as in @source(name:). Set by the program, not by the file.
	Name string `yaml:"-"`

	// URL is the base URL of the source, from the file or the schema. Set by the program. A literal IP
	// address or localhost in it is permission to dial exactly that.
	URL string `yaml:"-"`

	// Auth is the service's own credential. It is added when a request leaves; it is part of no cache
	// key, error, log or trace.
	Auth credential.Auth `yaml:"auth"`

	// Headers are sent with every request. One that a connector sets wins. They may hold secrets.
	Headers map[string]credential.Secret `yaml:"headers"`

	// TLS is for a source with certificates of its own. Default: the system's roots, no client certificate.
	TLS dial.TLS `yaml:"tls"`

	// Proxy is the URL of a proxy (http, https or socks5) that all requests to the source go through; it
	// may hold a user name and a password. The environment's proxy variables are not looked at. Default:
	// none.
	Proxy credential.Secret `yaml:"proxy"`

	// Timeout bounds one question to the source, with all its tries and waits. Default 10s.
	Timeout time.Duration `yaml:"timeout"`

	// TryTimeout bounds one HTTP exchange from dialling to the last byte. Default: half of timeout for
	// what may be tried again, the whole of it for what may not.
	TryTimeout time.Duration `yaml:"tryTimeout"`

	// Patience is how long callers wait for an answer when an old one could stand in. After that the
	// old one is served and the call goes on behind. 0s serves the old one at once. Default 300ms.
	Patience *time.Duration `yaml:"patience"`

	// MaxBody is the largest answer in bytes, after decompression. A larger one is an outage. Default 8 MiB.
	MaxBody int64 `yaml:"maxBody"`

	// Outcomes say what the source's answers mean where the defaults are wrong: lists of statuses such as 403 or
	// 4xx, each with a header if that matters: "403 Retry-After" is a 403 that has it, "403 X-Left=0" one that
	// has it with this value. Of those that fit, one with a header goes before one without, then a number before
	// a class. They win over isSuccess. Default: none.
	Outcomes outcome.Rules `yaml:"outcomes"`

	// JSON is "always" for a source whose answers are JSON under another content type, such as text/html. Default:
	// the content type counts.
	JSON string `yaml:"json"`

	Retry   Retry        `yaml:"retry"`
	Breaker Breaker      `yaml:"breaker"`
	Quota   quota.Config `yaml:"quota"`
	Cache   Lifetimes    `yaml:"cache"`
}

// Retry says how often a failed call is made again, after a random wait that grows. Only reads and writes
// whose idempotency key the source honours are ever repeated. Retry-After is kept to, up to 30 seconds and
// within the timeout; 0 is at once.
type Retry struct {
	// Max is the number of tries after the first. Default 2; 0 switches retries off.
	Max *int `yaml:"max"`
	// Budget is the number of retries that each good answer earns for the source, so that retries die
	// out during an outage. Five are there at the start and at most; one more comes every ten seconds.
	// Default 0.1.
	Budget float64 `yaml:"budget"`
	// Header names an answer's header that says true or false when the source knows better than its status
	// whether a call may be repeated, such as Stripe-Should-Retry. Default: none.
	Header string `yaml:"header"`
}

// Breaker says when a connector is not asked for a while. It counts 5xx, timeouts, resets, oversize and
// unusable answers; it does not count other statuses, one bad item, or a caller who went away: somebody could
// open it by what he asks for. Answers that cannot be used open it only where at least five different requests had
// them, or keys of a batch, and those are more than half of all within the window.
type Breaker struct {
	// Off switches the breaker off. Default false.
	Off *bool `yaml:"off"`
	// Share of tries within the window that must fail to open it, above 0 up to 1. Default 0.5.
	Share float64 `yaml:"share"`
	// Calls is the least number of tries within the window to judge by. Default 20.
	Calls int `yaml:"calls"`
	// Window is how far back it looks. Default 10s.
	Window time.Duration `yaml:"window"`
	// Delay is how long it stays open before the next call probes the source, plus up to a quarter by
	// chance. It closes after two probes, one after the other, that went well. Default 5s.
	Delay time.Duration `yaml:"delay"`
	// Probe lets an open breaker probe by itself, so that a source comes back also when nobody asks: it
	// repeats the connector's last read that went well and does not depend on its caller, at most every 5s
	// while that fails. Default true.
	Probe *bool `yaml:"probe"`
}

// Lifetimes say how long answers may be used. They win over @cache in the schema, which wins over the
// answers' own headers.
type Lifetimes struct {
	freshness.Policy `yaml:",inline"`
	// Respect is "stand-in" (default) or "strict" (default where auth.forward is set): whether an answer's
	// headers may forbid that it stands in later.
	Respect freshness.Respect `yaml:"respect"`
	// Share is the part of cache.memory that this source's answers may take at most, above 0 up to 1 (default: any):
	// beyond it, its own that were unread for longest go, and nobody else's. A change takes a restart.
	Share float64 `yaml:"share"`
}

// Or returns c with d's values where c says nothing: how the defaults of a file meet one source. Auth,
// TLS and Outcomes count as a whole; Headers are merged by name.
func (c Config) Or(d Config) Config {
	c.Name = or(c.Name, d.Name)
	c.URL = or(c.URL, d.URL)
	if c.Auth.IsZero() {
		c.Auth = d.Auth
	}
	c.TLS = or(c.TLS, d.TLS)
	c.Proxy = or(c.Proxy, d.Proxy)
	if len(d.Headers) > 0 {
		all := maps.Clone(d.Headers)
		maps.Copy(all, c.Headers)
		c.Headers = all
	}
	c.Timeout = or(c.Timeout, d.Timeout)
	c.TryTimeout = or(c.TryTimeout, d.TryTimeout)
	c.Patience = or(c.Patience, d.Patience)
	c.MaxBody = or(c.MaxBody, d.MaxBody)
	c.JSON = or(c.JSON, d.JSON)
	if c.Outcomes.IsZero() {
		c.Outcomes = d.Outcomes
	}
	c.Retry = Retry{
		Max:    or(c.Retry.Max, d.Retry.Max),
		Budget: or(c.Retry.Budget, d.Retry.Budget),
		Header: or(c.Retry.Header, d.Retry.Header),
	}
	c.Breaker = c.Breaker.or(d.Breaker)
	c.Quota = c.Quota.Or(d.Quota)
	c.Cache = Lifetimes{Policy: c.Cache.Policy.Or(d.Cache.Policy), Respect: or(c.Cache.Respect, d.Cache.Respect), Share: or(c.Cache.Share, d.Cache.Share)}
	return c
}

func (b Breaker) or(d Breaker) Breaker {
	return Breaker{
		Off:    or(b.Off, d.Off),
		Share:  or(b.Share, d.Share),
		Calls:  or(b.Calls, d.Calls),
		Window: or(b.Window, d.Window),
		Delay:  or(b.Delay, d.Delay),
		Probe:  or(b.Probe, d.Probe),
	}
}

// withDefaults fills in what the field comments promise.
func (c Config) withDefaults() Config {
	respect := freshness.StandIn
	if c.Auth.Forward != nil {
		respect = freshness.Strict
	}
	c = c.Or(Config{
		Timeout:  10 * time.Second,
		Patience: new(300 * time.Millisecond),
		MaxBody:  8 << 20,
		Retry:    Retry{Max: new(2), Budget: 0.1},
		Breaker: Breaker{
			Off: new(false), Share: 0.5, Calls: 20, Window: 10 * time.Second, Delay: 5 * time.Second, Probe: new(true),
		},
		Cache: Lifetimes{Respect: respect},
	})
	c.Quota = c.Quota.WithDefaults()
	c.Quota.Wait = min(c.Quota.Wait, c.Timeout)
	return c
}

// or returns v unless it is zero, then d.
func or[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}
