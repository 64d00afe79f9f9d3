package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
	"holdfast/events"
	"holdfast/settings"
)

// hooks are the webhooks that a generation takes, and what they change.
type hooks struct {
	sources map[string]*events.Source // by name
	on      []call.Event
}

func newHooks(sdl *schema.Schema, set *settings.File) *hooks {
	h := &hooks{sources: map[string]*events.Source{}, on: sdl.On()}
	for name, source := range set.Sources {
		if s := source.Webhooks.Source(name); s != nil {
			h.sources[name] = s
		}
	}
	return h
}

var (
	errNoWebhooks = errors.New("the settings say nothing of webhooks of its source any more")
	errBody       = errors.New("its body is no JSON that can be read")
)

// changes returns the tags of what an event has changed.
func (h *hooks) changes(e *events.Event) (tags []string, known bool, err error) {
	if h.sources[e.Source] == nil {
		return nil, false, errNoWebhooks
	}
	body, _, err := mapping.ParseJSON(e.Body, mapping.JSONLimits{})
	if err != nil {
		return nil, false, errBody
	}
	tags, known = call.EventChanges(h.on, e.Source, e.Type, body)
	return tags, known, nil
}

// all are the tags of all that events may change.
func (h *hooks) all() []string {
	var tags []string
	for name := range h.sources {
		tags = append(tags, "source:"+name)
	}
	return tags
}

// webhooks are those of the newest generation; there is one.
func (l *live) webhooks() *hooks {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.current.hooks
}

// openInbox opens what takes in what sources tell of. Newest is what the newest generation says of it.
func openInbox(k *keep, set *settings.File, answers *cache.Cache, newest func() *hooks, log *slog.Logger) *events.Inbox {
	cfg := events.Config{
		Changes: func(e *events.Event) ([]string, bool, error) { return newest().changes(e) },
		All:     func() []string { return newest().all() },
		Bump: func(ctx context.Context, tags []string) error {
			_, err := answers.Bump(ctx, cache.BumpOf(tags...)...)
			return err
		},
		Log: log,
	}
	if l := k.leases(); l != nil {
		cfg.Leases = l
	}
	return events.New(cfg, k.events(set))
}

// mostInMemory is what events may take that are kept in memory.
const mostInMemory = 16 << 20

// events is the journal of what sources told of.
func (k *keep) events(set *settings.File) events.Journal {
	b := eventBounds(set)
	if k.store != nil {
		return k.store.Events()
	}
	if b.Bytes == 0 {
		b.Bytes = mostInMemory
	}
	return events.NewMemory(b)
}

func eventBounds(set *settings.File) events.Bounds {
	return events.Bounds{Events: set.Events.Count, Bytes: set.Events.Bytes}
}

// besideGraph has webhooks answered by v, and everything else by the graph. What guards that (gateway.hosts, cors, and what
// keeps browsers out) does not hold for them: whoever sends them signs them.
func besideGraph(graph, v http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, events.Path) {
			v.ServeHTTP(w, r)
			return
		}
		graph.ServeHTTP(w, r)
	})
}

// doors are the servers of the graph and of webhooks: one for both, or one for each, if webhooks have an address of their
// own, which is then not nil.
func doors(public, own net.Listener, graph, webhooks http.Handler, log *slog.Logger) []*door {
	if own == nil {
		return []*door{newDoor(public, besideGraph(graph, webhooks), log)}
	}
	return []*door{newDoor(public, graph, log), newDoor(own, webhooks, log)}
}

// finish has all of them finish.
func finish(ctx context.Context, all []*door) error {
	errs := make([]error, len(all))
	var g sync.WaitGroup
	for i, d := range all {
		g.Go(func() { errs[i] = d.finish(ctx) })
	}
	g.Wait()
	return errors.Join(errs...)
}

// listenForWebhooks opens the listener of webhooks alone; nil: the graph's is theirs, too.
func (o options) listenForWebhooks(ctx context.Context) (net.Listener, error) {
	if o.webhooks == "" {
		return nil, nil //nolint:nilnil // as said
	}
	return listen(ctx, o.webhooks, "-webhooks")
}

// warnUnheard says of which events nobody tells.
func warnUnheard(sdl *schema.Schema, h *hooks, log *slog.Logger) {
	for _, f := range sdl.Unheard(func(source string) bool { return h.sources[source] != nil }) {
		log.Warn("an event does not arrive", "event", f.Coordinate, "reason", f.Message)
	}
}

// webhooksAt is where webhooks of a source are taken, but for its name.
func webhooksAt(public, own net.Listener) string {
	if own != nil {
		public = own
	}
	return "http://" + public.Addr().String() + events.Path
}
