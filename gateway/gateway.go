// Package gateway is everything that happens before a resolver and after the
// last one: HTTP, limits, errors, freshness, health, logs and traces. The page at
// / is in console.
//
// It takes the graph as a [graphql.ExecutableSchema] and knows none of its
// names. Read [New] first, then transport.go: a request is decoded, prepared
// (prepare.go), run (dispatch.go) and written there, in this order. The error codes clients may rely
// on are in errors.go.
package gateway

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/gateway/console"
)

// Gateway serves one graph over HTTP. It is an [http.Handler] and safe for
// concurrent use. Whoever made it closes it, once the HTTP server is shut down.
type Gateway struct {
	seen     documents
	log      *slog.Logger
	logged   thinned // requests that went well
	spans    spans
	meters   *meters
	mux      *http.ServeMux
	handler  http.Handler // the mux behind what guards it
	graphql  *transport
	traces   bool          // clients may see the problems of mappings
	delay    time.Duration // how long to serve while draining
	draining atomic.Bool
}

// New returns a gateway that answers operations on es under /graphql, and serves
// the page to explore it at /.
//
// Status is asked by every GET /status; nil shows nothing in it. Extensions
// are run in their order, the first outermost, and before the limits of cfg. Those
// that intercept fields are refused where es is a [Planner], which calls none.
// New serves es without @defer, which these transports cannot, and changes
// nothing of it.
//
// The error tells of a negative limit, of an extension that does not go with es, or
// of a default in the schema of es that its field cannot have.
func New(
	cfg Config, es graphql.ExecutableSchema, status StatusFunc, tel Telemetry, extensions ...graphql.HandlerExtension,
) (*Gateway, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	tel = tel.complete()
	graph := newServed(es)
	page, err := console.New(fitting(graph.Schema(), cfg.Examples, tel.Log))
	if err != nil {
		return nil, err
	}
	m, err := newMeters(tel.Meters)
	if err != nil {
		return nil, fmt.Errorf("gateway: metrics: %w", err)
	}
	seen, err := newDocuments(cfg.Documents)
	if err != nil {
		return nil, err
	}
	operations, err := newPrepared(cfg, graph, seen, extensions)
	if err != nil {
		seen.close()
		return nil, err
	}
	g := &Gateway{seen: seen, log: tel.Log, logged: thinned{every: int64(*cfg.Log)}, spans: newSpans(tel), meters: m, mux: http.NewServeMux(), traces: *cfg.Trace, delay: *cfg.DrainDelay}
	g.handler = newHosts(cfg.Hosts, cfg.Loopback).only(g.mux)
	origins := newCORS(cfg.CORS)
	g.graphql = &transport{
		operations: operations,
		streams:    cfg.Streams,
		follows:    cfg.Subscriptions,
		origins:    origins,
		computing:  newComputing(cfg.Computing, cfg.Queue),
		body:       cfg.Body,
		most:       cfg.Errors,
		keys:       *cfg.TraceKeys,
		log:        g.log,
		spans:      g.spans,
		meters:     g.meters,
	}
	g.mux.Handle("/graphql", origins.around(g.graphql))
	g.mux.HandleFunc("GET /healthz", alive)
	g.mux.HandleFunc("GET /readyz", g.ready)
	g.mux.HandleFunc("GET /status", status.serve)
	if tel.Metrics != nil {
		g.mux.Handle("GET /metrics", tel.Metrics)
	}
	g.mux.Handle("GET /{$}", page)
	g.mux.Handle("GET /console/", page)
	return g, nil
}

// Close ends what keeps documents. Operations under way go on.
func (g *Gateway) Close() { g.seen.close() }

func newPrepared(cfg Config, graph served, seen documents, extensions []graphql.HandlerExtension) (*preparation, error) {
	hooks, err := newHooks(graph, extensions)
	if err != nil {
		return nil, err
	}
	return newPreparation(cfg, graph, seen, hooks)
}

// Drain makes /readyz answer 503 from now on, so that a load balancer sends no
// new requests, and each answer ask for its connection to be closed, so that
// clients go elsewhere. Everything is served as before, and should be for as
// long as Drain returns. It may be called more than once.
func (g *Gateway) Drain() time.Duration {
	g.draining.Store(true)
	return g.delay
}

// ServeHTTP answers one request, and leaves one log line and one span about it, and numbers.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, span := g.spans.request(r)
	v := newVisit(ctx, w, r, &g.draining, g.traces && r.Header.Get(traceHeader) == "1")
	r = r.WithContext(&v.ctx)
	g.meters.begin(ctx, r)
	defer func() {
		v.end = time.Now()
		g.meters.end(ctx, r, v)
		g.spans.end(span, r, v)
		if v.matters() || g.logged.next() {
			v.log(g.log, r)
		}
	}()
	defer g.catch(v, r)
	g.handler.ServeHTTP(v, r)
}
