package main

import (
	"context"
	"errors"
	"fmt"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/once"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/outbox"
	"holdfast/settings"
	"holdfast/upstreams"
	"holdfast/upstreams/quota"
)

// prober looks whether writes were made, by the queries of @probe of the newest
// generation.
type prober struct {
	live  *live
	cache *cache.Cache
}

// look is an [outbox.Probe].
func (p prober) look(ctx context.Context, l outbox.Look) (outbox.Found, error) {
	select {
	case <-p.live.begun: // what is unknown from before is looked for as soon as the program starts
	case <-ctx.Done():
		return outbox.Nothing, ctx.Err()
	}
	g, done := p.live.use()
	defer done()
	id := call.ID(l.Write.Connector)
	return once.Look(ctx, g.schema.Registry().Connector(id), l, func(ctx context.Context, variables map[string]any) ([]byte, error) {
		out, err := g.probes[id].Run(ctx, executor.Job{
			Service: "probes", Variables: variables, Priority: quota.Background,
			NotBefore: p.cache.Barrier(), NoStandIns: true,
		})
		if err != nil {
			return nil, fmt.Errorf("the query of @probe was not run: %w", err)
		}
		return reliable(out)
	})
}

// reliable is the data of a query, if all of it is how things are now.
func reliable(out *executor.Outcome) ([]byte, error) {
	if len(out.Errors) > 0 {
		return nil, fmt.Errorf("the query of @probe failed: %w", out.Errors)
	}
	for _, part := range out.Parts {
		if part.State != upstreams.StateFresh {
			return nil, fmt.Errorf("the query of @probe was not answered as things are at %s now", part.Source)
		}
	}
	return out.Data, nil
}

// probesOf are the queries of @probe, read and checked, by their connectors.
func probesOf(sdl *schema.Schema, served *executor.Schema) (map[call.ID]*executor.Prepared, error) {
	probes := map[call.ID]*executor.Prepared{}
	var errs []error
	for _, con := range sdl.Connectors {
		if con.Write == nil || con.Write.Probe == nil {
			continue
		}
		p, err := served.Prepare(con.Write.Probe.Query, "")
		if err != nil {
			errs = append(errs, settings.Wrong(con.At, fmt.Sprintf("the query of @probe of %s: %v", con.ID, err)))
			continue
		}
		probes[con.ID] = p
	}
	return probes, errors.Join(errs...)
}
