package live

import (
	"context"
	"time"

	"holdfast/cache"
)

// group is one operation, and all who follow it. Guarded by Queries.mu.
type group struct {
	key  string
	run  Run
	ctx  context.Context // ends with the group
	stop func()

	followers int
	answer    *Answer
	version   uint64        // of the answer: how often it was another one
	made      uint64        // runs that ended
	at        time.Time     // when the newest began
	err       error         // why there will be no other answer
	changed   chan struct{} // closed and made anew when any of these changes

	tags      []cache.Tag
	wanted    bool       // it is to be run
	notBefore cache.AsOf // by what was bumped
	under     bool       // it is being run, or waits for that
	later     *time.Timer
}

func newGroup(ctx context.Context, key string, run Run) *group {
	g := &group{key: key, run: run, changed: make(chan struct{})}
	g.ctx, g.stop = context.WithCancel(ctx)
	return g
}

// recent reports whether the answer is good for who comes now.
func (g *group) recent(now time.Time, most time.Duration) bool {
	return g.answer != nil && !g.wanted && !g.under && now.Sub(g.at) < most
}

// next is the number of the run that answers who comes now: one that is under way began before he came, which will do.
func (g *group) next() uint64 { return g.made + 1 }

// tell wakes all who wait.
func (g *group) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// want has g be run, so that nothing is read that was asked for before at. The caller holds mu.
func (q *Queries) want(g *group, at cache.AsOf) {
	if at == (cache.AsOf{}) && g.under {
		return // what is under way will do
	}
	g.wanted = true
	if g.notBefore == (cache.AsOf{}) || g.notBefore.Before(at) {
		g.notBefore = at
	}
	if g.under || g.ctx.Err() != nil {
		return
	}
	g.under = true
	q.running.Go(func() { q.serve(g) })
}

// later has g be run, as its answer said that it should.
func (q *Queries) later(g *group) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.want(g, cache.AsOf{})
}

// serve runs g for as long as somebody wants it.
func (q *Queries) serve(g *group) {
	for q.turn(g) {
		began := q.cfg.Epochs.Mark() // who bumps is done with it: what is asked for from now on is not from before
		q.mu.Lock()
		g.wanted = false
		notBefore := g.notBefore
		g.notBefore = cache.AsOf{}
		g.at = time.Now()
		if g.later != nil {
			g.later.Stop()
		}
		q.runs++
		q.mu.Unlock()

		answer, err := g.run(g.ctx, notBefore)
		<-q.turns

		if !q.came(g, answer, err) {
			return
		}
		// What was bumped before it was known that this depends on it is known here, the rest to who follows bumps.
		stale := q.cfg.Epochs.Judge(began, answer.Tags) != cache.Fresh
		if !q.again(g, stale) {
			return
		}
	}
}

// turn waits until g may be run; false: it is over.
func (q *Queries) turn(g *group) bool {
	q.mu.Lock()
	wait := time.Until(g.at.Add(q.cfg.Pause))
	q.mu.Unlock()
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-g.ctx.Done():
			return false
		}
	}
	select {
	case q.turns <- struct{}{}:
		return true
	case <-g.ctx.Done():
		return false
	}
}

// came takes note of what a run came to. It is not ok if g is over.
func (q *Queries) came(g *group, answer *Answer, err error) (ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case g.ctx.Err() != nil:
		return false
	case err != nil:
		q.end(g, err)
		return false
	}
	g.made++
	if g.answer == nil || g.answer.Sum != answer.Sum {
		g.version++
	}
	g.answer = answer
	if answer.Again > 0 {
		g.later = time.AfterFunc(answer.Again, func() { q.later(g) })
	}
	q.tag(g, answer.Tags)
	g.tell()
	return true
}

// again reports whether g is to be run once more, as what it read may be out of date already.
func (q *Queries) again(g *group, stale bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if stale {
		g.wanted, g.notBefore = true, q.cfg.Epochs.AsOf()
	}
	g.under = g.wanted
	return g.under
}
