package main

import (
	"context"
	"log/slog"

	"holdfast/outbox"
	"holdfast/settings"
)

// openOutbox opens what records changes. What it alarms of is counted.
func openOutbox(k *keep, set *settings.File, alarmed func(outbox.Alarm), log *slog.Logger) *outbox.Outbox {
	return outbox.New(outbox.Config{
		Keep: set.Writes.Keep, Log: log, Alarm: alarmed,
		Audit: func(e outbox.Event) { audit(log, e) },
	}, k.writes(set))
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
	if err := box.Close(end); err != nil {
		log.Warn("a change was still being sent: whether it was made is not known", "error", err.Error())
	}
}
