package main

import (
	"context"
	"log/slog"

	"holdfast/cache"
	queries "holdfast/events/live"
	"holdfast/gateway"
	"holdfast/settings"
)

// openStreams opens what clients follow, whose answers come from the newest generation, and returns what closes it.
func openStreams(ctx context.Context, set *settings.File, answers *cache.Cache, live *live, log *slog.Logger) (*gateway.Streams, func()) {
	followed := queries.New(queries.Config{Epochs: answers.Epochs, Followers: set.Gateway.Subscriptions.Most})
	streams := gateway.NewStreams(followed, live.front)
	return streams, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if err := streams.Close(end); err != nil {
			log.Warn("what clients follow did not end", "error", err.Error())
		}
		followed.Close()
	}
}

// front is the gateway of the newest generation, and what is called when it is not used any more; nil: there is none yet.
func (l *live) front() (*gateway.Gateway, func()) {
	g, done := l.use()
	if g == nil {
		return nil, nil
	}
	return g.front, done
}
