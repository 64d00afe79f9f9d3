package main

import (
	"context"
	"log/slog"

	"holdfast/cache"
	"holdfast/connect/once"
	"holdfast/connect/schema"
	"holdfast/outbox"
	"holdfast/settings"
)

// openOutbox opens what records changes. Of cfg, what the settings say is set.
func openOutbox(k *keep, set *settings.File, cfg outbox.Config, log *slog.Logger) *outbox.Outbox {
	cfg.Keep, cfg.Log = set.Writes.Keep, log
	cfg.Audit = func(e outbox.Event) { audit(log, e) }
	return outbox.New(cfg, k.writes(set))
}

// recovered has what waits for a source sent that answers again.
func (b *builder) recovered(source string) {
	if b.box != nil {
		b.box.Well(source)
	}
}

// settled is Settled of an outbox that sends by s. Of a write whose connector is gone, or not there yet, it is not known
// which answers may have changed.
func settled(s *once.Sender, sdl *schema.Schema, c *cache.Cache) func(context.Context, *outbox.Record) {
	all := unfresh(sdl, c)
	return func(ctx context.Context, r *outbox.Record) {
		if !s.Settled(ctx, r) {
			all(ctx, r)
		}
	}
}

// unfresh is Settled of an outbox without connectors: all answers of the sources are unfresh of which some may have
// changed.
func unfresh(sdl *schema.Schema, c *cache.Cache) func(context.Context, *outbox.Record) {
	return func(ctx context.Context, r *outbox.Record) {
		tags := []cache.Tag{cache.TagOf("source:" + r.Write.Source)}
		for _, con := range sdl.Connectors {
			if string(con.ID) != r.Write.Connector {
				continue
			}
			for _, changed := range con.Invalidates {
				for _, source := range changed.Sources {
					tags = append(tags, cache.TagOf("source:"+source))
				}
			}
		}
		_, _ = c.Epochs.Bump(ctx, tags...) // the journal has it at the latest when the cache is closed
	}
}

// audit is the line of one step of a write. What was sent and answered is not in it, nor what an API said.
func audit(log *slog.Logger, e outbox.Event) {
	line := []slog.Attr{
		slog.String("id", e.ID.String()), slog.String("field", e.Field), slog.String("source", e.Source),
		slog.String("from", string(e.From)), slog.String("to", string(e.State)), slog.Int("attempt", e.Attempt),
	}
	if e.Reason != "" {
		line = append(line, slog.String("reason", e.Reason))
	}
	if e.Actor != "" {
		line = append(line, slog.String("who", e.Actor))
	}
	log.LogAttrs(context.Background(), slog.LevelInfo, "write", line...)
}

// closeOutbox waits for what is being sent.
func closeOutbox(ctx context.Context, box *outbox.Outbox, log *slog.Logger) {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	finishOutbox(end, box, log)
}

// finishOutbox is closeOutbox for as long as ctx says. It may be called before that.
func finishOutbox(ctx context.Context, box *outbox.Outbox, log *slog.Logger) {
	if err := box.Close(ctx); err != nil {
		log.Warn("a change was still being sent: whether it was made is not known", "error", err.Error())
	}
}
