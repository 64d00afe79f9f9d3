package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/once"
	"holdfast/connect/schema"
	"holdfast/events"
	"holdfast/executor"
	"holdfast/gateway"
	"holdfast/gateway/console"
	"holdfast/outbox"
	"holdfast/settings"
	"holdfast/upstreams"
	"holdfast/upstreams/body"
)

// A builder builds everything that the settings decide. What outlives them, what
// sources answered and what was learned of them, and the telemetry, it is given.
type builder struct {
	config    string // the settings file, for messages
	loopback  bool   // the gateway listens on such an address
	sandboxed bool   // the sandbox is on
	graph     folder
	sdl       *schema.Schema // of graph
	env       map[string]string
	cache     *cache.Cache
	keep      *keep
	box       *outbox.Outbox // of what once makes
	once      *once.Keeper
	inbox     *events.Inbox
	told      func(*settings.File) // is told of the settings of each generation
	streams   *gateway.Streams
	learned   *upstreams.Learned
	bodies    *body.Budget
	tel       *telemetry
	log       *slog.Logger
}

// build builds one generation. The error is the operator's to mend.
func (b *builder) build(set *settings.File) (*generation, error) {
	if err := unkeepable(b.sdl, set); err != nil {
		return nil, err
	}
	apis := &apis{builder: b, set: set, hooks: newHooks(b.sdl, set)}
	items, bytes := set.Gateway.AnswerLimits()
	es, err := b.graph.open(b.sdl, executor.Config{
		Open: apis.open, Once: b.once, CallerHeader: set.Gateway.Caller, Limits: executor.Limits{Items: items, Bytes: bytes},
	})
	if err != nil {
		return nil, errors.Join(err, apis.close(context.Background()))
	}
	probes, err := probesOf(b.sdl, es.schema)
	if err != nil {
		return nil, errors.Join(err, apis.close(context.Background()))
	}
	if set.Gateway.Examples, err = console.Examples(b.graph.examples); err != nil {
		return nil, err
	}
	set.Gateway.Loopback, set.Gateway.Streams = b.loopback, b.streams
	if set.Gateway.Trace == nil {
		set.Gateway.Trace = &b.sandboxed
	}
	if set.Gateway.TraceKeys == nil {
		set.Gateway.TraceKeys = &b.sandboxed
	}
	front, err := gateway.New(set.Gateway, es, apis.status,
		gateway.Telemetry{Log: b.log, Traces: b.tel.traces, Meters: b.tel.meters, Metrics: b.tel.page})
	if err != nil {
		return nil, errors.Join(settings.Wrong(b.config, err.Error()), apis.close(context.Background()))
	}
	b.told(set)
	return &generation{front: front, schema: es.schema, probes: probes, apis: apis, hooks: apis.hooks}, nil
}

// apis opens the sources that the SDL declares, with what the operator says of
// them, and knows how they are.
type apis struct {
	*builder

	set     *settings.File
	hooks   *hooks
	clients []*upstreams.Client
}

// open makes the client of one source.
func (a *apis) open(s call.Source) (*call.API, error) {
	set := a.set.Sources[s.Name]
	given := call.Settings{URL: set.URL, Config: set.Config, Env: a.env}
	if given.Config == nil {
		given.Config = a.set.Defaults.Config
	}
	base, err := s.URL(given)
	if err != nil {
		return nil, settings.Wrong(s.At, err.Error())
	}
	cfg := set.Client.Or(a.set.Defaults.Client)
	cfg.Name, cfg.URL = s.Name, base
	client := upstreams.New(cfg, a.cache, nil,
		upstreams.WithTracer(a.tel.traces), upstreams.WithMetrics(a.tel.calls), upstreams.WithLogger(a.log),
		upstreams.WithLearned(a.learned), upstreams.WithBodies(a.bodies),
		upstreams.WithJitter(a.set.Cache.JitterShare()), upstreams.WithShrink(a.set.Cache.Shrinks()), upstreams.WithLeases(a.keep.leases()),
		upstreams.WithRecovery(a.recovered))
	a.clients = append(a.clients, client)
	return s.Open(client, given)
}

// status is what GET /status shows.
func (a *apis) status() gateway.Status {
	sources := map[string]any{}
	for _, c := range a.clients {
		sources[c.Name()] = c.Status()
	}
	state, reasons := a.health()
	told := a.inbox.Status()
	if j := told.Journal; !j.Open && len(a.hooks.sources) > 0 && state == "ok" { // else that is why
		state, reasons = "degraded", []string{"events of webhooks are not kept: " + j.Reason}
	}
	return gateway.Status{
		Version: version(), State: state, Reasons: reasons, Sources: sources,
		Cache: a.cache.Stats(), Writes: a.box.Status(), Events: told, Follows: a.streams.Counts(),
	}
}

// close ends what runs behind, and waits for it.
func (a *apis) close(ctx context.Context) error {
	var errs []error
	for _, c := range a.clients {
		if err := c.Close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name(), err))
		}
	}
	return errors.Join(errs...)
}
