package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/otel/trace"

	"holdfast/cache"
	"holdfast/connect"
	"holdfast/gateway"
	"holdfast/upstreams"
)

// apis opens the sources that the SDL declares, with what the operator says of
// them, and knows how they are.
type apis struct {
	set       *settings
	env       map[string]string
	cache     *cache.Cache
	transport http.RoundTripper
	traces    trace.TracerProvider
	log       *slog.Logger

	clients []*upstreams.Client
}

// open makes the client of one source.
func (a *apis) open(s connect.Source) (*connect.API, error) {
	set := a.set.Sources[s.Name]
	cfg := set.Client.Or(a.set.Defaults.Client)
	cfg.Name = s.Name
	client := upstreams.New(cfg, a.cache, a.transport, upstreams.WithTracer(a.traces), upstreams.WithLogger(a.log))
	a.clients = append(a.clients, client)
	config := set.Config
	if config == nil {
		config = a.set.Defaults.Config
	}
	return s.Open(client, connect.Settings{URL: set.URL, Config: config, Env: a.env})
}

// status is what GET /status shows.
func (a *apis) status() gateway.Status {
	sources := map[string]any{}
	for _, c := range a.clients {
		sources[c.Name()] = c.Status()
	}
	return gateway.Status{Version: version(), Sources: sources, Cache: a.cache.Stats()}
}

// close ends what runs behind, and waits for it.
func (a *apis) close(ctx context.Context) error {
	var errs []error
	for _, c := range a.clients {
		errs = append(errs, c.Close(ctx))
	}
	return errors.Join(errs...)
}
