package live

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"holdfast/cache"
)

// Config says how much is done at once. The zero value is good, but for Epochs.
type Config struct {
	// Epochs is the sequence of bumps that answers are judged by. It is required.
	Epochs *cache.Epochs
	// Runs is how many operations are run at once (0: 16). Others wait for their turn.
	Runs int
	// Pause is at least between the beginnings of two runs of one operation (0: 100 ms), however much is bumped.
	Pause time.Duration
	// Recent is for how long who comes later has the answer of who came before, without a run of his own (0: a second).
	Recent time.Duration
	// Followers is how many there may be (0: 10,000).
	Followers int
}

func (c Config) withDefaults() Config {
	c.Runs = cmp.Or(c.Runs, 16)
	c.Pause = cmp.Or(c.Pause, 100*time.Millisecond)
	c.Recent = cmp.Or(c.Recent, time.Second)
	c.Followers = cmp.Or(c.Followers, 10_000)
	return c
}

// Answer is what one run came to. It is not changed, and many read it at once.
type Answer struct {
	// Body is what followers are sent.
	Body []byte
	// Sum is equal where an answer says nothing new: ages do not count.
	Sum [32]byte
	// Tags are what it depends on.
	Tags []cache.Tag
	// Again is after what time it is made anew though nothing is bumped, as when an API was out; 0: it is not.
	Again time.Duration
}

// Run makes an answer of which nothing was asked for before notBefore; zero: all that is fresh will do. It ends soon
// after ctx does. An error ends the following: the operation cannot be run any more. What goes wrong at an API is part of
// an answer.
type Run func(ctx context.Context, notBefore cache.AsOf) (*Answer, error)

// Errors that a [Follower] meets.
var (
	ErrClosed  = errors.New("live: it is closed")
	ErrTooMany = errors.New("live: nobody else can follow anything now")
)

// Queries are operations that somebody follows. They are safe for concurrent use. Whoever makes them closes them.
type Queries struct {
	cfg     Config
	ctx     context.Context // ends when nothing is run any more
	stop    func()
	unwatch func()
	running sync.WaitGroup
	turns   chan struct{} // one is taken for each run
	wake    chan struct{} // something was bumped

	bumps   sync.Mutex // of what follows; nothing else is locked with it
	changed map[cache.Tag]cache.AsOf

	mu        sync.Mutex
	closed    bool
	followers int
	groups    map[string]*group
	byTag     map[cache.Tag]map[*group]struct{}
	runs      uint64
}

// New returns queries that nobody follows yet.
func New(cfg Config) *Queries {
	q := &Queries{
		cfg: cfg.withDefaults(), wake: make(chan struct{}, 1), changed: map[cache.Tag]cache.AsOf{},
		groups: map[string]*group{}, byTag: map[cache.Tag]map[*group]struct{}{},
	}
	q.turns = make(chan struct{}, q.cfg.Runs)
	q.ctx, q.stop = context.WithCancel(context.Background())
	q.running.Go(q.follow)
	q.unwatch = q.cfg.Epochs.Watch(q.bumped)
	return q
}

// Close ends all following with [ErrClosed], and waits for what is run.
func (q *Queries) Close() {
	q.unwatch()
	q.mu.Lock()
	q.closed = true
	for _, g := range q.groups {
		q.end(g, ErrClosed)
	}
	q.mu.Unlock()
	q.stop()
	q.running.Wait()
}

// Counts are how much is followed.
type Counts struct {
	Followers int    `json:"followers"`
	Groups    int    `json:"groups"` // operations, each of which is run for all its followers
	Runs      uint64 `json:"runs"`   // since the beginning
}

// Counts waits for nothing.
func (q *Queries) Counts() Counts {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Counts{Followers: q.followers, Groups: len(q.groups), Runs: q.runs}
}

// Follow has somebody follow an operation together with all who follow the same: who have one key, which says everything
// that can make their answers differ, who asks included. The run is that of the first of them. The first answer is due at
// once. The error is [ErrTooMany] or [ErrClosed]. Whoever follows calls [Follower.Close].
func (q *Queries) Follow(key string, run Run) (*Follower, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, ErrClosed
	case q.followers >= q.cfg.Followers:
		return nil, ErrTooMany
	}
	g := q.groups[key]
	if g == nil {
		g = newGroup(q.ctx, key, run)
		q.groups[key] = g
	}
	q.followers++
	g.followers++
	f := &Follower{q: q, g: g}
	if !g.recent(time.Now(), q.cfg.Recent) {
		f.after = g.next()
		q.want(g, cache.AsOf{})
	}
	return f, nil
}

// tag notes what a group's answer depends on. The caller holds mu.
func (q *Queries) tag(g *group, tags []cache.Tag) {
	for _, tag := range g.tags {
		if delete(q.byTag[tag], g); len(q.byTag[tag]) == 0 {
			delete(q.byTag, tag)
		}
	}
	g.tags = tags
	for _, tag := range tags {
		if q.byTag[tag] == nil {
			q.byTag[tag] = map[*group]struct{}{}
		}
		q.byTag[tag][g] = struct{}{}
	}
}

// end ends a group: its followers meet err, if any are left. The caller holds mu.
func (q *Queries) end(g *group, err error) {
	if q.groups[g.key] != g {
		return
	}
	delete(q.groups, g.key)
	q.tag(g, nil)
	g.stop()
	if g.later != nil {
		g.later.Stop()
	}
	g.err = err
	g.tell()
}
