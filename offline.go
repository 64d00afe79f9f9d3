package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"holdfast/admin"
	"holdfast/cache"
	"holdfast/connect/schema"
	"holdfast/internal/jetstream"
	"holdfast/outbox"
	"holdfast/settings"
)

// An openedKeep is what outlives gateways, opened by a command.
type openedKeep struct {
	routes []admin.Route
	said   string // what was done, for people
	close  func() error
}

// heldBy is the admin socket of the process that has the data directory; nowhere if none has.
func (o options) heldBy() (admin.Address, error) {
	dir := o.dataDir()
	if _, err := os.Stat(dir); dir == "" || errors.Is(err, fs.ErrNotExist) {
		return admin.Address{}, nil
	}
	lock, err := jetstream.Lock(dir)
	switch {
	case errors.Is(err, jetstream.ErrHeld):
		a, err := admin.ParseAddress("", dir)
		if err != nil {
			return a, settings.Wrong("-data "+o.data, "a gateway runs there, and has no admin socket: "+err.Error())
		}
		return a, nil
	case err != nil:
		return admin.Address{}, settings.Wrong("-data "+o.data, err.Error())
	}
	lock.Release()
	return admin.Address{}, nil
}

// ofGateway are the settings and the SDL that a gateway with these flags would have.
func (o options) ofGateway(env func(string) (string, bool)) (*settings.File, *schema.Schema, error) {
	sdl, err := readGraph(o)
	if err != nil {
		return nil, nil, err
	}
	set, err := settings.Read(o.config, o.sets, o.somewhere(env), sourceNames(sdl))
	return set, sdl, err
}

// opening is how long a command waits for a store.
const opening = 30 * time.Second

// openKept opens what a gateway with these flags would.
func (o options) openKept(ctx context.Context, env func(string) (string, bool), log *slog.Logger) (*openedKeep, error) {
	set, sdl, err := o.ofGateway(env)
	if err != nil {
		return nil, err
	}
	if dir := o.dataDir(); set.Cache.Store.NATS == nil {
		if _, err := os.Stat(dir); dir == "" || errors.Is(err, fs.ErrNotExist) {
			return nil, settings.Wrong("-data "+o.data, "there is nothing: no gateway runs there, and none has; name its directory, or its listener with -admin")
		}
	}
	k, err := openKeep(o, set, log)
	if err != nil {
		return nil, err
	}
	c, err := k.cache(cacheConfig(set, sdl))
	if err != nil {
		return nil, errors.Join(err, k.close(ctx))
	}
	closing := func() error {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		return errors.Join(c.Close(end), k.close(end))
	}
	if err := usable(ctx, c); err != nil {
		return nil, errors.Join(err, closing())
	}
	said := "no gateway runs on " + o.data + ": the directory was opened instead"
	if set.Cache.Store.NATS != nil {
		said = "no gateway runs on " + o.data + ": the cluster in cache.store was asked instead"
	}
	opened := &openedKeep{routes: admin.OfAnswers(newRemembered(c, sdl, false, func() *settings.File { return set })), said: said, close: closing}
	if o.operate.onWrites { // an outbox finds out who died while he sent: nothing for who only looks at answers
		box := openOutbox(k, set, outbox.Config{Settled: unfresh(sdl, c)}, log)
		unsent(ctx, box)
		opened.routes = admin.OfWrites(recorded{box, sdl})
		opened.close = func() error {
			closeOutbox(ctx, box, log)
			return closing()
		}
	}
	if o.operate.onEvents {
		as := newHooks(sdl, set)
		newest := func() *hooks { return as }
		inbox := openInbox(k, set, c, newest, log) // it works nothing off by itself: whoever comes next does
		if err := usableEvents(ctx, inbox); err != nil {
			return nil, errors.Join(err, closing())
		}
		opened.routes = admin.OfEvents(told{inbox, newest})
	}
	return opened, nil
}

// usable waits until the store can be used, and all bumps in it are known.
func usable(ctx context.Context, c *cache.Cache) error {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	for {
		s := c.Stats()
		if s.Store.Condition == cache.StoreOpen && s.Bumps.Known {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the store cannot be used: %s %s", s.Store.Condition, s.Store.Reason)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// unsent waits until nothing is taken for being sent any more in a directory that only b has: whoever sent it is gone.
func unsent(ctx context.Context, b *outbox.Outbox) {
	ctx, cancel := context.WithTimeout(ctx, mostReady)
	defer cancel()
	if b.Ready(ctx) != nil || b.Status().Journal.Shared {
		return // who asks is told
	}
	for len(b.List(outbox.Filter{States: []outbox.State{outbox.Sending}, Limit: 1})) > 0 && ctx.Err() == nil {
		pause(ctx, 10*time.Millisecond)
	}
}
