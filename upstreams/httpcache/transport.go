package httpcache

import (
	"hash/maphash"
	"net/http"
	"sync"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
)

const (
	defaultMaxBody = 8 << 20
	defaultKeep    = 24 * time.Hour
	// farthest bounds how long anything is kept.
	farthest = 365 * 24 * time.Hour
)

// Options say which cache a [Transport] is. The zero value is a private cache for one user that guesses
// nothing.
type Options struct {
	// Shared says that more than one user is answered: private answers are not stored, and answers to
	// requests with Authorization only where they allow it.
	Shared bool
	// Scope names the user on whose behalf a request is made; stored answers, and their invalidation, are
	// for requests of the same scope only. Nil: all requests share what is stored, so that a private
	// cache is one user's. It must be safe for concurrent use.
	Scope func(*http.Request) string
	// Heuristics lets answers be fresh that do not say for how long (see [freshness.Rules]).
	Heuristics bool
	// Disconnected is how long past its freshness an answer may be served when the next RoundTripper
	// returns an error, although neither side asked for that (see [freshness.Rules]). Default: not at all.
	Disconnected time.Duration
	// MaxBody is the number of bytes above which a body is passed on but not stored. Default 8 MiB.
	MaxBody int64
	// Keep is how long an answer is kept past its freshness: to be validated, or served stale where that
	// is allowed. Default 24 hours.
	Keep time.Duration
	// Name is the name of this cache in Cache-Status. Default "holdfast".
	Name string
}

// Transport is an HTTP cache in front of another RoundTripper. It is safe for concurrent use.
type Transport struct {
	next  http.RoundTripper
	cache *cache.Cache
	rules freshness.Rules
	opts  Options

	seed    maphash.Seed
	stripes [256]stripe
	behind  background
}

// stripe orders the writes of the URIs that fall to it.
type stripe struct {
	sync.Mutex
	// epoch is the number of invalidations. An answer that was asked for before the last is not stored.
	epoch uint64
}

// New returns a cache in front of next, nil for [http.DefaultTransport], that remembers in c. Several may
// use one c: a shared and a private one never see each other's answers. The caller closes the Transport
// before c.
func New(next http.RoundTripper, c *cache.Cache, opts Options) *Transport {
	if next == nil {
		next = http.DefaultTransport
	}
	if opts.Scope == nil {
		opts.Scope = func(*http.Request) string { return "" }
	}
	if opts.MaxBody <= 0 {
		opts.MaxBody = defaultMaxBody
	}
	if opts.Keep <= 0 {
		opts.Keep = defaultKeep
	}
	if opts.Name == "" {
		opts.Name = "holdfast"
	}
	t := &Transport{
		next:  next,
		cache: c,
		rules: freshness.Rules{Shared: opts.Shared, Heuristics: opts.Heuristics, Disconnected: opts.Disconnected},
		opts:  opts,
		seed:  maphash.MakeSeed(),
	}
	t.behind.start()
	return t
}

// RoundTrip answers req from what is stored, or asks the next RoundTripper, which it also does to
// validate a stored answer. An error is the next one's; only-if-cached without a usable answer is a
// response with status 504, as RFC 9111 §5.2.1.7 says. Req is not changed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case !freshness.Safe(req.Method):
		return t.write(req)
	case req.Method != "" && req.Method != http.MethodGet && req.Method != http.MethodHead:
		return t.pass(req, freshness.ForwardMethod)
	case !cacheable(req):
		return t.pass(req, freshness.ForwardBypass)
	}
	return t.read(t.newExchange(req))
}

// cacheable reports whether a stored answer can be one to req, a GET or HEAD.
func cacheable(req *http.Request) bool {
	switch {
	case req.URL == nil || req.URL.Opaque != "" || req.URL.Host == "":
		return false
	case req.Body != nil && req.Body != http.NoBody:
		return false
	case freshness.OriginOnly(req.Header) || len(req.Header["Upgrade"]) > 0:
		return false
	}
	return true
}

// pass hands req on and leaves the cache out of it.
func (t *Transport) pass(req *http.Request, why freshness.Forward) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	t.mark(resp, freshness.CacheStatus{Forward: why})
	return resp, nil
}

// Close ends the revalidations that go on behind and waits for them. The Transport goes on to work, and
// revalidates in front.
func (t *Transport) Close() { t.behind.stop() }
