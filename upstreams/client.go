package upstreams

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"holdfast/cache"
	"holdfast/upstreams/body"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/outcome"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/watch"
)

// Client asks one source. It is safe for concurrent use; whoever made it closes it.
type Client struct {
	cfg    Config
	cache  *cache.Cache // nil: nothing is remembered
	rt     http.RoundTripper
	ours   []*dial.Transport // those that nobody else made
	tracer trace.Tracer
	log    *slog.Logger

	always     http.Header   // what every request carries that does not say otherwise
	keyPrefix  string        // what the source and its static headers add to every key
	epochs     *cache.Epochs // the cache's: writes bump what was asked for before
	tags       []cache.Tag   // of all answers
	jitter     float64       // how much of a fresh window is taken off at most
	shrink     bool          // what lost nearly all it had is not believed at once
	doubting   atomic.Int64  // what waits to be asked for once more
	leases     cache.Leases  // nil: each gateway asks for itself
	leaseless  moment        // until when nobody asks for a lease
	flights    flights
	judges     judges
	bodies     *body.Budget // nil: no bound
	turns      *quota.Quota
	outcomes   *outcome.Table
	learned    *Learned
	source     *source // its part of learned
	credential *credential.Credential
	metrics    *watch.Metrics
	recovered  func(source string) // it answers again

	mu         sync.RWMutex
	connectors map[string]*connector

	ask         answerFunc // of what memory does not answer
	read, write answerFunc
	readBatch   batchFunc
	direct      answerFunc // without remember and coalesce: how probes go out
}

// answerFunc answers one request. A layer of the pipe makes one of the next.
type answerFunc func(context.Context, *Request) (*Answer, error)

// Option is something few callers need.
type Option func(*Client)

// WithTracer makes a client span for every HTTP attempt and sends its traceparent to the source. The
// default traces nothing.
func WithTracer(p trace.TracerProvider) Option {
	return func(u *Client) { u.tracer = p.Tracer("holdfast/upstreams") }
}

// WithMetrics counts in m. The default counts for [Client.Status] only.
func WithMetrics(m *watch.Metrics) Option {
	return func(u *Client) { u.metrics = m }
}

// WithBodies bounds the memory of answers while they are read and mapped, for all clients that share b together.
// Who finds it spent waits, within the timeout; then there is an outage with [ReasonOverload]. The default bounds
// nothing.
func WithBodies(b *body.Budget) Option {
	return func(u *Client) { u.bodies = b }
}

// WithLogger tells l when a breaker changes its state. The default logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(u *Client) { u.log = l }
}

// New returns a client of the source cfg describes; cfg should have passed [Config.Validate]. Answers
// are remembered in c (nil: nowhere); requests leave through rt (nil: a [dial.Transport] of its own). The client closes neither cache nor rt.
func New(cfg Config, c *cache.Cache, rt http.RoundTripper, options ...Option) *Client {
	cfg = cfg.withDefaults()
	u := &Client{
		cfg:       cfg,
		cache:     c,
		rt:        rt,
		tracer:    noop.NewTracerProvider().Tracer(""),
		log:       slog.New(slog.DiscardHandler),
		always:    http.Header{"User-Agent": {"holdfast"}, "Accept-Encoding": {body.Encodings}},
		keyPrefix: keyPrefix(cfg),
		epochs:    cache.NewEpochs(),
		tags:      []cache.Tag{cache.TagOf("source:" + cfg.Name)},
		outcomes:  cfg.outcomes(),
		learned:   NewLearned(nil),
		metrics:   watch.Unseen(),
		recovered: func(string) {},
	}
	if c != nil {
		u.epochs = c.Epochs
	}
	for _, o := range options {
		o(u)
	}
	if rt == nil {
		u.rt = u.dialer(cfg.URL)
	}
	u.judges = make(judges, cfg.Quota.Concurrent)
	u.openCredential()
	u.ask = pipe(u.send,
		u.coalesce,   // one call for all who ask the same at once
		u.lease,      // of several gateways that share a store, too
		u.quota,      // wait for a turn, or stop before the source says no
		u.protect,    // deadline, retry, breaker, and Accept: what is a failure
		u.revalidate, // with a condition, where something is remembered
	)
	u.read = u.counted(u.remember(u.ask))              // fresh from the cache, or an old answer if all below fails
	u.readBatch = u.countedEach(u.rememberEach(u.ask)) // the same for each of many things, with few calls
	u.direct = pipe(u.send, u.quota, u.protect, u.revalidate)
	u.write = pipe(u.send,
		u.countedWrite,
		u.chargeWrite, // stop an operation that asks too much
		u.waiting,
		u.quota,
		u.protect,
	)
	u.learned.join(u) // last: from now on probes go out through it
	u.metrics.Opened(u)
	return u
}

// dialer returns a transport of u's own that may dial the host of url, with the source's TLS and proxy.
func (u *Client) dialer(url string) *dial.Transport {
	cfg := dial.Config{URL: url, TLS: u.cfg.TLS}
	if u.cfg.Proxy != (credential.Secret{}) {
		cfg.Proxy = func() (string, error) { return u.credential.Open(u.cfg.Proxy) }
	}
	t := dial.New(cfg)
	u.ours = append(u.ours, t)
	return t
}

// pipe puts layers around last, the first outermost.
func pipe(last answerFunc, layers ...func(answerFunc) answerFunc) answerFunc {
	for _, layer := range slices.Backward(layers) {
		last = layer(last)
	}
	return last
}

// Name returns the name of the source.
func (u *Client) Name() string { return u.cfg.Name }

// Timeout is how long a question to the source takes at most.
func (u *Client) Timeout() time.Duration { return u.cfg.Timeout }

// JSONAlways reports whether answers of the source are JSON whatever their content type says.
func (u *Client) JSONAlways() bool { return u.cfg.JSON == "always" }

// Read asks for something that asking does not change, whatever its HTTP method. The answer may be a
// remembered one, may be shared with others who ask the same, and the call may be repeated. The error is
// an *[Error].
func (u *Client) Read(ctx context.Context, r *Request) (*Answer, error) {
	a, err := u.read(ctx, u.asCaller(ctx, r))
	return a.released(), err
}

// Write asks for a change. It is made once, for this caller only, and ends with ctx; it is repeated only
// if r is Idempotent. The error is an *[Error], whose Effect says whether the change was made; the [Writes] in
// ctx are told of it in any case. For reads that begin later nothing is fresh that was asked for before and that r
// may have changed, by this client or by another one with the same cache.
func (u *Client) Write(ctx context.Context, r *Request) (*Answer, error) {
	own := *u.asCaller(ctx, r)
	own.repeat = r.Idempotent
	effect := EffectUnknown // also if there is a panic
	defer func() { WritesFrom(ctx).Note(effect) }()
	end := u.begin(ctx, &own)
	defer func() { end(effect) }()
	a, err := u.write(ctx, &own)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Effect = or(e.Effect, EffectNone) // it did not come as far as protect
			effect = e.Effect
		}
		return nil, err
	}
	effect = EffectApplied
	return &Answer{Value: a.Value, Status: a.Status, State: StateFresh, Shared: own.Scope == ""}, nil
}

// Close ends all calls that run behind, for readers or to probe, and waits for them until ctx ends. Reads are
// answered from memory afterwards, or fail.
func (u *Client) Close(ctx context.Context) error {
	defer u.metrics.Closed(u)
	for _, t := range u.ours {
		defer t.Close()
	}
	defer u.credential.Close()
	return errors.Join(u.flights.close(ctx), u.learned.leave(ctx, u), u.judges.close(ctx))
}
