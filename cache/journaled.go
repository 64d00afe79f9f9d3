package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// journalTimeout is how long who bumps waits for the journal, and told for how long until it is heard of there.
	journalTimeout = time.Second
	journalEcho    = 100 * time.Millisecond
	// mostUnsent is how many tags wait for the journal. Beyond, one bump of everything takes their place.
	mostUnsent = 10_000
	// sentTogether is how many tags are appended as one bump.
	sentTogether = 256
	// deafAfter is for how long nothing may be heard of a journal, and silentAfter when it is followed anew.
	deafAfter   = 2 * time.Second
	silentAfter = 5 * time.Second
	// dropPause is how often what others forget is looked for in memory, where it is not used any more in any case.
	dropPause = time.Second
	// retryAfter is how soon a journal that failed is asked again; that doubles up to retryMost.
	retryAfter = 50 * time.Millisecond
	retryMost  = time.Second
)

var errUnsent = errors.New("the journal does not have a bump yet")

// journaled is what connects epochs and their journal.
type journaled struct {
	journal Journal

	mu      sync.Mutex
	unsent  []*unsent // oldest first
	ours    ours      // that this process is changing
	flying  int       // of those, are being appended
	tags    int       // of unsent
	failing bool      // the last append failed
	wake    chan struct{}
	empty   chan struct{} // closed when nothing is unsent; nil: nobody waits for that

	heard   time.Time     // when the journal was heard last
	place   Place         // up to which all is known
	current bool          // all that there was in this incarnation is known
	known   bool          // all that there was in this one, or an earlier one, since this process began
	gap     bool          // not all that there was since the last time that all was known has been told
	ready   chan struct{} // closed once current
	moved   chan struct{} // closed and made anew when place moves
	lag     time.Duration // of the last bump
}

// unsent is a bump on its way.
type unsent struct {
	Bump
	done chan struct{}
	at   Place // once done: where it is
}

// keepIn has bumps kept in j until ctx ends. The goroutines are in running; drop is told which tags others forget, of all
// that were told in parts together.
func (e *Epochs) keepIn(ctx context.Context, j Journal, running *sync.WaitGroup, drop func([]Tag) int) {
	e.journal = &journaled{
		journal: j, ours: ours{of: map[Tag]int{}}, wake: make(chan struct{}, 1), heard: time.Now(), ready: make(chan struct{}), moved: make(chan struct{}),
	}
	running.Go(func() { e.follow(ctx, drop) })
	running.Go(func() { e.send(ctx) })
}

// follow hears what is bumped in the journal.
func (e *Epochs) follow(ctx context.Context, drop func([]Tag) int) {
	var gone []Tag // and not yet dropped
	var dropped time.Time
	for wait := retryAfter; ctx.Err() == nil; wait = min(2*wait, retryMost) {
		heard, stop := context.WithCancel(ctx)
		silent := time.AfterFunc(silentAfter, stop)
		_ = e.journal.journal.Follow(heard, func(b Bump, current bool) { // that it broke is seen: nothing is heard
			if ctx.Err() != nil {
				return
			}
			silent.Reset(silentAfter)
			wait = retryAfter
			if e.told(b, current) {
				gone = append(gone, b.Tags...)
			}
			if now := time.Now(); current && len(gone) > 0 && now.Sub(dropped) >= dropPause {
				drop(gone)
				gone, dropped = nil, now
			}
		})
		silent.Stop()
		stop()
		sleep(ctx, jittered(wait))
	}
}

// jittered keeps many processes from coming back together.
func jittered(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2) //nolint:gosec // not a secret
}

// told takes note of b, and reports whether others forget what is not yet forgotten here.
func (e *Epochs) told(b Bump, current bool) (forget bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	j := e.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.heard = time.Now()
	p := b.Place
	anew := p.Incarnation != j.place.Incarnation || current && p.Sequence < j.place.Sequence
	if anew {
		e.restart(p)
	}
	if len(b.Tags) > 0 || b.Writing != nil { // what took the place of another's may not be told
		j.gap = j.gap || p.Sequence > j.place.Sequence+1
	}
	if b.Writing != nil && b.By != e.process && p.Sequence > j.place.Sequence {
		e.hearsOf(b, j.current)
	}
	if len(b.Tags) > 0 {
		if j.current { // what is told at the start was made before
			j.lag = max(0, j.heard.Sub(b.At))
		}
		ours := b.By == e.process
		if ours {
			e.echo(b)
		}
		// What was told before is known. Ours is, too, but for what it took the place of.
		if p.Sequence > j.place.Sequence && (!ours || j.gap) {
			e.raise(b, mark{number: e.AsOf().Number + 1, sequence: p.Sequence})
			forget = b.Forget
		}
	}
	moved := anew || p.Sequence > j.place.Sequence
	if moved {
		j.place = p
		e.step(p)
	}
	if current {
		j.gap = false // what took the place of what was not told has been told by now
	}
	if current && !j.current {
		j.current, j.known = true, true
		close(j.ready)
	}
	if moved {
		close(j.moved)
		j.moved = make(chan struct{})
	}
	e.lookAfter(j.heard)
	return forget
}

// echo takes note that the journal has b, which was bumped here.
func (e *Epochs) echo(b Bump) {
	for _, tag := range b.Tags {
		e.changed.sent(tag, b.Number, b.Sequence)
		if b.Forget {
			e.gone.sent(tag, b.Number, b.Sequence)
		}
	}
}

// restart goes on in another incarnation of the journal, or in the first that is heard of. What others bumped before may
// never be heard of: nothing from before is fresh.
func (e *Epochs) restart(p Place) {
	j := e.journal
	next := e.AsOf().Number + 1
	e.changed.floor.number = next
	e.bumped.Store(next)
	e.changed.restart()
	e.gone.restart()
	if j.current {
		j.current, j.ready = false, make(chan struct{})
	}
	j.place = Place{Incarnation: p.Incarnation}
	j.ours.again() // it may have lost that
	j.awake()
	e.tell([]Tag{All}, next)
}

// follows reports whether all is known that was bumped up to p, and after it: not where p is of another incarnation, and
// not where it is ahead of what is known. Either what is between comes in a moment, or it is lost: then the journal was put
// back, and what it has at p is something else, or soon will be.
func (e *Epochs) follows(p Place) bool {
	j := e.journal
	if j == nil {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.current && j.place.reaches(p)
}

// saw takes note of an answer that was asked for in the journal at p.
func (e *Epochs) saw(p Place) {
	if j := e.journal; j != nil && p.Incarnation != 0 && !e.follows(p) {
		j.journal.Reached(p)
	}
}

// caughtUp waits until all is known that was bumped before, for as long as it can be hoped for, or until ctx ends: for
// deafAfter from when the journal was heard, or could be. It reports whether it is known what was forgotten before this
// process began.
func (e *Epochs) caughtUp(ctx context.Context, opened func() time.Time) bool {
	j := e.journal
	if j == nil {
		return true
	}
	for {
		j.mu.Lock()
		ready, since := j.ready, j.heard
		j.mu.Unlock()
		if at := opened(); at.After(since) {
			since = at
		}
		left := deafAfter - time.Since(since)
		select {
		case <-ready:
			return true
		default:
			if left <= 0 || ctx.Err() != nil {
				return e.knowing()
			}
		}
		t := time.NewTimer(left)
		select {
		case <-ready:
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// knowing reports whether it is known what was forgotten before this process began.
func (e *Epochs) knowing() bool {
	j := e.journal
	if j == nil {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.known
}

// enqueue has b appended, and takes note of the write that it is of.
func (j *journaled) enqueue(b Bump, w write) *unsent {
	u := &unsent{Bump: b, done: make(chan struct{})}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ours.note(w)
	j.add(u)
	return u
}

func (j *journaled) add(u *unsent) {
	j.unsent = append(j.unsent, u)
	j.tags += len(u.Tags)
	if j.tags > mostUnsent {
		j.collapse()
	}
	j.awake()
}

// awake has send look what there is to do.
func (j *journaled) awake() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// collapse puts a bump of everything in the place of all that wait. What forgets stays, and what says what others write.
func (j *journaled) collapse() {
	left := j.unsent[:j.flying:j.flying]
	all := &unsent{Bump: Bump{Tags: []Tag{All}}, done: make(chan struct{})}
	for _, u := range j.unsent[j.flying:] {
		if u.Forget || u.Writing != nil {
			left = append(left, u)
			continue
		}
		all.At, all.By, all.Number = u.At, u.By, u.Number
	}
	if all.Number != 0 {
		left = append(left, all)
	}
	j.unsent, j.tags = left, 0
	for _, u := range left {
		j.tags += len(u.Tags)
	}
}

// sent waits until the journal has u, and that was heard of, for a second at most and not where it did not have the
// last one. It returns where it is.
func (j *journaled) sent(ctx context.Context, u *unsent) (Place, error) {
	j.mu.Lock()
	failing := j.failing
	j.mu.Unlock()
	if failing {
		return Place{}, errUnsent
	}
	t := time.NewTimer(journalTimeout)
	defer t.Stop()
	select {
	case <-u.done:
	case <-t.C:
		return Place{}, errUnsent
	case <-ctx.Done():
		return Place{}, errors.Join(errUnsent, ctx.Err())
	}
	t.Reset(journalEcho)
	for { // what is asked for from now on is known to be after it, elsewhere, too
		j.mu.Lock()
		known, moved := j.place.reaches(u.at), j.moved
		j.mu.Unlock()
		if known {
			return u.at, nil
		}
		select {
		case <-moved:
		case <-t.C:
			return u.at, nil
		case <-ctx.Done():
			return u.at, nil
		}
	}
}

// send appends what is bumped.
func (e *Epochs) send(ctx context.Context) {
	j := e.journal
	for wait := retryAfter; ; {
		b, ok := j.next(e.process)
		if !ok {
			select {
			case <-j.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		at, err := within(ctx, journalTimeout, func(ctx context.Context) (Place, error) { return j.journal.Append(ctx, b) })
		if ctx.Err() != nil {
			return
		}
		e.appended(b, at, err)
		if err == nil {
			wait = retryAfter
			continue
		}
		sleep(ctx, jittered(wait))
		wait = min(2*wait, retryMost)
	}
}

// next returns the bump to be appended by process: one that forgets, or several others together, with what process is
// changing if that was not said yet.
func (j *journaled) next(process uint64) (Bump, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flying = 0
	b := Bump{At: time.Now(), By: process}
	if len(j.unsent) > 0 {
		b = j.unsent[0].Bump
		j.flying = 1
	}
	for _, u := range j.unsent[j.flying:] {
		if b.Forget || u.Forget || b.By != u.By || len(b.Tags)+len(u.Tags) > sentTogether {
			break
		}
		b.Tags = append(slices.Clip(b.Tags), u.Tags...)
		b.At, b.Number = u.At, u.Number
		j.flying++
	}
	if b.By == process {
		b.Writing = j.ours.unsaid()
	}
	return b, j.flying > 0 || b.Writing != nil
}

// appended takes note of what became of b, those that fly.
func (e *Epochs) appended(b Bump, at Place, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	j := e.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failing = err != nil
	if err != nil {
		j.flying = 0
		return
	}
	if b.By == e.process && b.Writing != nil {
		j.ours.said()
	}
	if at.Incarnation == j.place.Incarnation { // else the journal tells
		b.Place = at
		e.echo(b)
	}
	for _, u := range j.unsent[:j.flying] {
		u.at = at
		close(u.done)
		j.tags -= len(u.Tags)
	}
	j.unsent = append([]*unsent(nil), j.unsent[j.flying:]...)
	j.flying = 0
	if len(j.unsent) == 0 && j.empty != nil {
		close(j.empty)
		j.empty = nil
	}
}

// flush waits until the journal has all that was bumped, or ctx ends.
func (e *Epochs) flush(ctx context.Context) error {
	j := e.journal
	if j == nil {
		return nil
	}
	j.mu.Lock()
	if len(j.unsent) == 0 {
		j.mu.Unlock()
		return nil
	}
	if j.empty == nil {
		j.empty = make(chan struct{})
	}
	empty := j.empty
	j.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return errors.Join(errUnsent, ctx.Err())
	}
}

// BumpStats says how the bumps of a process and their journal are.
type BumpStats struct {
	Tags    int  `json:"tags"`    // whose last bump is known of
	Journal bool `json:"journal"` // bumps outlive the process
	// Incarnation is that of the journal, in hex, since readers of JSON have 53 bits for a number; "": nothing was heard of
	// it yet. Sequence is where it is, up to where all is known.
	Incarnation string `json:"incarnation"`
	Sequence    uint64 `json:"sequence"`
	// Known says that all is known that was bumped before this process began. Until then nothing is read from the store.
	Known bool `json:"known"`
	// Unsent is how many tags of ours the journal does not have yet: were the process to end, they would be lost.
	Unsent int `json:"unsent"`
	// Lag is how long the last bump took from who made it to here, in seconds; as true as the two clocks.
	Lag float64 `json:"lag"`
	// Deaf says that the journal was not heard for two seconds: what others bump is not known of, and what they changed
	// is fresh here for as long as its windows say.
	Deaf bool `json:"deaf"`
}

// Stats waits for nothing.
func (e *Epochs) Stats() BumpStats {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := BumpStats{Tags: len(e.changed.of)}
	if j := e.journal; j != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		s.Journal, s.Sequence, s.Known, s.Unsent, s.Lag, s.Deaf = true, j.place.Sequence, j.known, j.tags, j.lag.Seconds(), time.Since(j.heard) > deafAfter
		if j.place.Incarnation != 0 {
			s.Incarnation = strconv.FormatUint(j.place.Incarnation, 16)
		}
	}
	return s
}
