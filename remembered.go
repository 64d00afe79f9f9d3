package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/admin"
	"holdfast/cache"
	"holdfast/connect/schema"
	"holdfast/freshness"
	"holdfast/settings"
	"holdfast/upstreams"
	"holdfast/upstreams/field"
)

// remembered is what a cache remembers, as who operates it sees it.
type remembered struct {
	cache    *cache.Cache
	settings func() *settings.File
	sources  []string
	names    map[cache.Tag]string        // of sources and connectors
	policies map[string]freshness.Policy // of connectors, by ID
	whose    map[string]string           // sources of connectors
	checked  bool                        // names of others are mistakes
}

var _ admin.Answers = (*remembered)(nil)

// newRemembered returns what c remembers of the sources in sdl. Checked says that there can be no others.
func newRemembered(c *cache.Cache, sdl *schema.Schema, checked bool, set func() *settings.File) *remembered {
	r := &remembered{cache: c, settings: set, checked: checked, names: map[cache.Tag]string{}, policies: map[string]freshness.Policy{}, whose: map[string]string{}}
	for _, s := range sdl.Sources {
		r.sources = append(r.sources, s.Name)
		r.names[cache.TagOf("source:"+s.Name)] = "source:" + s.Name
	}
	for _, con := range sdl.Connectors {
		id := string(con.ID)
		r.names[cache.TagOf("connector:"+id)] = "connector:" + id
		r.policies[id] = con.Policy.Or(con.Source.Policy)
		r.whose[id] = con.Source.Name
	}
	return r
}

// Check implements [admin.Answers].
func (r *remembered) Check(source, connector string) error {
	if !r.checked {
		return nil
	}
	if source != "" && !slices.Contains(r.sources, source) {
		return fmt.Errorf("unknown source %q: the SDL declares %s", source, field.Either(r.sources))
	}
	if _, known := r.whose[connector]; connector != "" && !known {
		return fmt.Errorf("unknown connector %q: holdfast explain shows those of a query, such as Query.order", connector)
	}
	return nil
}

// mostBump is how long a bump may take until it is stored; it is in force before.
const mostBump = 10 * time.Second

// mostForget is how long it may take to look through the store for what is forgotten, twice.
const mostForget = 2 * time.Minute

// Invalidate implements [admin.Answers].
func (r *remembered) Invalidate(ctx context.Context, tags []string) (admin.Invalidated, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mostBump) // who asked may leave: it is done all the same
	defer cancel()
	at, err := r.cache.Bump(ctx, cache.BumpOf(tags...)...)
	return admin.Invalidated{Tags: tags, Sequence: at.Sequence, Durable: err == nil && at.Incarnation != 0}, nil
}

// Forget implements [admin.Answers].
func (r *remembered) Forget(ctx context.Context, tags []string) (admin.Invalidated, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mostForget)
	defer cancel()
	erased, err := r.cache.Forget(ctx, cache.BumpOf(tags...)...)
	found := &admin.Counts{Memory: erased.Memory, Store: erased.Store}
	if err != nil {
		return admin.Invalidated{}, admin.Unavailable(fmt.Sprintf("this gateway serves none of it any more, but the store may have some of it yet, and others may not have heard of it: "+
			"%d answers in memory and %d in the store were deleted, then %v; ask again when the store is well, as /status says", found.Memory, found.Store, err))
	}
	return admin.Invalidated{
		Tags: tags, Forget: true, Durable: r.cache.Stats().Store != nil,
		Found: found, Left: &admin.Counts{Store: erased.Left}, Unreadable: erased.Unreadable,
	}, nil
}

// Entries implements [admin.Answers].
func (r *remembered) Entries(ctx context.Context, tags []string, each func(admin.Entry) bool) error {
	return r.cache.Search(ctx, func(i cache.Item) bool { return each(r.entry(i, tags, time.Now())) }, cache.BumpOf(tags...)...)
}

// Entry implements [admin.Answers].
func (r *remembered) Entry(ctx context.Context, id string) (admin.Entry, bool, error) {
	i, err := cache.ParseID(id)
	if err != nil {
		return admin.Entry{}, false, nil //nolint:nilerr // there is none of that name
	}
	f, ok, err := r.cache.Find(ctx, i)
	if !ok {
		return admin.Entry{}, false, err
	}
	return r.entry(f, nil, time.Now()), true, nil
}

// Stats implements [admin.Answers].
func (r *remembered) Stats(context.Context) any { return r.cache.Stats() }

// entry is an answer as it is shown. The texts of tags are not kept: those of sources and connectors are known, and
// those that were asked for.
func (r *remembered) entry(f cache.Item, asked []string, now time.Time) admin.Entry {
	e := f.Entry
	of, _ := upstreams.ReadKey(e.Key)
	shown := admin.Entry{
		ID: f.ID.String(), Source: of.Source, Connector: of.Connector, Method: of.Method, URL: of.URL, Item: of.Item,
		Scoped: e.Scope != "", Status: e.Status, Bytes: len(e.Body), Received: e.Received.Round(0), KeptUntil: f.Until.Round(0),
		Tags: []string{},
	}
	for _, tag := range e.Tags {
		name := cmp.Or(r.names[tag], tag.String())
		if i := slices.IndexFunc(asked, func(text string) bool { return cache.TagOf(text) == tag }); i >= 0 {
			name = asked[i]
		}
		shown.Tags = append(shown.Tags, name)
		if id, ok := strings.CutPrefix(name, "connector:"); ok {
			shown.Connector = id
		}
	}
	slices.Sort(shown.Tags)
	if f.InMemory {
		shown.In = append(shown.In, "memory")
	}
	if f.InStore {
		shown.In = append(shown.In, "store")
	}
	r.judge(&shown, e, now)
	return shown
}

// judge says what an answer is good for now.
func (r *remembered) judge(shown *admin.Entry, e *cache.Entry, now time.Time) {
	set := r.settings()
	client := set.Sources[shown.Source].Client.Or(set.Defaults.Client)
	respect := client.Cache.Respect
	if respect == "" && client.Auth.Forward != nil {
		respect = freshness.Strict
	}
	headers := freshness.Parse(e.Header)
	w := headers.Windows(client.Cache.Policy.Or(r.policies[shown.Connector]), respect, e.Scope == "", e.Asked, e.Received)
	shown.Windows = &admin.Windows{Fresh: w.Fresh.String(), Refresh: w.Refresh.String(), Stale: w.Stale.String()}
	age := headers.Age(e.Received, now)
	shown.AgeSeconds = age.Seconds()
	switch verdict := r.cache.JudgeEntry(e); {
	case verdict == cache.Forgotten:
		shown.State = "FORGOTTEN"
	case age >= w.Stale:
		shown.State = "EXPIRED"
	case verdict == cache.Changed:
		shown.State = "CHANGED"
	case age < w.Fresh:
		shown.State = "FRESH"
	case age < w.Refresh:
		shown.State = "REFRESH"
	default:
		shown.State = "STALE"
	}
}
