package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/cache"
	"holdfast/events"
	"holdfast/outbox"
)

// Store keeps answers, as a [cache.Store], beside the [Store.Journal] and the [Store.Leases]. It is safe for concurrent
// use.
type Store struct {
	options Options
	names   names
	dir     directory
	log     *serverLog
	counts  counts
	leases  cache.Leases
	kept    *writes
	events  *eventLog

	held    chan struct{} // closed when the directory is ours
	opened  chan struct{} // closed when the first opening has ended, well or not
	trouble chan struct{} // something fails again and again
	end     context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	session *session // nil: not open
	state   cache.StoreState
	change  chan struct{} // closed when session changes
	said    error         // what a cluster said last that nobody waited for, until it is well
	warned  bool          // the log says that the store is out of order

	mended map[string]time.Time // streams whose files were read anew; run's alone
	lost   time.Time            // since when the leader of a cluster is not heard; run's alone

	far         farthest
	journalFile journalFile // says far

	reads, writes gate
	untrimmed     atomic.Int64 // bumps that were written since it was looked whether there are too many
	noRoom        atomic.Bool  // the server could not write; until something can be written
	large         largeSet
	recent        recent
}

// Counts are events since the start.
type Counts struct {
	// Alarms are lines of the server's log that speak of damage.
	Alarms int64 `json:"alarms"`
	// Damaged are values that were there and could not be read.
	Damaged int64 `json:"damaged"`
	// MovedAside are streams and directories that could not be read, were moved to DIR/store/damaged and made anew.
	MovedAside int64 `json:"movedAside"`
	// Opened is how often the store was opened.
	Opened int64 `json:"opened"`
	// Incarnations is how often bumps may have been lost, so that nothing from before is fresh.
	Incarnations int64 `json:"incarnations"`
}

type counts struct{ alarms, damaged, movedAside, opened, incarnations atomic.Int64 }

const (
	lockPatience = 30 * time.Second // after which it is said that another process has the directory
	lockRetry    = 250 * time.Millisecond
	openTimeout  = 60 * time.Second
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 4 * time.Second
	look         = time.Second // how often the state is looked at
)

// Open returns a store that opens, and is opened again when it breaks, until it is closed. It waits for nothing but
// the disk, and for that not long. Its error is a [Refused] where the operator has to do something; whatever heals or
// costs only what was remembered is none.
func Open(o Options) (*Store, error) {
	o = o.withDefaults()
	name := ""
	if o.External != nil {
		name = o.External.Name
	}
	ctx, end := context.WithCancel(context.Background())
	s := &Store{
		options:     o,
		names:       namesOf(name),
		dir:         storeDirectory(o.Dir),
		journalFile: journalFileIn(o.Dir),
		held:        make(chan struct{}),
		opened:      make(chan struct{}),
		trouble:     make(chan struct{}, 1),
		end:         end,
		ended:       make(chan struct{}),
		change:      make(chan struct{}),
		mended:      map[string]time.Time{},
	}
	s.is(cache.StoreOpening, beingOpened)
	s.kept = newWrites(s, o.Writes)
	s.events = newEventLog(s, o.Events)
	s.untrimmed.Store(trimAfter) // by whoever was here before
	s.log = newServerLog(o.Log, s.names)
	if o.External != nil {
		s.far.is(s.journalFile.ofCluster())
		leases := newSharedLeases(s)
		s.leases = leases
		go s.run(ctx, nil, leases.run)
		return s, nil
	}
	s.leases = newLocalLeases()
	s.state.Budget = o.Bytes
	tried := make(chan attempt, 1)
	go s.try(tried)
	select {
	case first := <-tried:
		if first.err != nil {
			end()
			return nil, first.err
		}
		tried <- first
	case <-time.After(o.hangs):
		s.become(cache.StoreBroken, "the disk does not answer")
		s.openedOnce()
	}
	go s.run(ctx, tried, nil)
	return s, nil
}

// attempt is what came of trying to get the directory: neither, if another process has it.
type attempt struct {
	lock *DirLock
	err  error
}

// try has no end while the disk hangs.
func (s *Store) try(tried chan<- attempt) {
	lock, err := s.tryLock()
	tried <- attempt{lock, err}
}

// tryLock returns nil if another process has the directory.
func (s *Store) tryLock() (*DirLock, error) {
	if err := s.dir.check(s.options.Key); err != nil {
		return nil, err
	}
	lock, err := Lock(s.options.Dir)
	if errors.Is(err, ErrHeld) {
		s.is(cache.StoreWaiting, err.Error())
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := writable(s.options.Dir); err != nil {
		lock.Release()
		return nil, err
	}
	return lock, nil
}

// run is the life of a store: it gets the directory, opens, looks whether it works, and opens again when it does not.
// Meanwhile it runs beside, which may be nil, and waits for that in the end.
func (s *Store) run(ctx context.Context, tried chan attempt, beside func(context.Context)) {
	defer close(s.ended)
	if beside != nil {
		var all sync.WaitGroup
		all.Go(func() { beside(ctx) })
		defer all.Wait()
	}
	if s.options.External == nil {
		lock := s.waitForLock(ctx, tried)
		if lock == nil {
			return
		}
		defer lock.Release() // the last thing
		s.is(cache.StoreOpening, beingOpened)
	}
	close(s.held)
	backoff := firstBackoff
	for ctx.Err() == nil {
		began := time.Now()
		s.broken(ctx, s.openAndServe(ctx))
		s.openedOnce()
		if time.Since(began) > lastBackoff {
			backoff = firstBackoff
		}
		_ = sleep(ctx, backoff)
		backoff = min(2*backoff, lastBackoff)
	}
}

// waitForLock returns the directory's lock, nil if ctx ends before. tried is what comes of trying, once.
func (s *Store) waitForLock(ctx context.Context, tried chan attempt) *DirLock {
	late := time.AfterFunc(lockPatience, func() {
		s.options.Log.Error("store: another process still has the data directory; this one serves from memory and keeps trying", "reason", s.State().Reason)
	})
	defer late.Stop()
	for {
		select {
		case last := <-tried:
			if last.lock != nil {
				return last.lock
			}
			if last.err != nil {
				s.broken(ctx, last.err)
			}
		case <-ctx.Done():
			go func() {
				if last := <-tried; last.lock != nil {
					last.lock.Release()
				}
			}()
			return nil
		}
		s.openedOnce() // nobody waits for that
		_ = sleep(ctx, lockRetry)
		go s.try(tried)
	}
}

// openAndServe opens and returns why what was opened does not work, when that is so or ctx ends.
func (s *Store) openAndServe(ctx context.Context) error {
	open, patience := s.openEmbedded, openTimeout
	if s.options.External != nil {
		open, patience = s.openExternal, 2*apiTimeout
	}
	opening, done := context.WithTimeout(ctx, patience)
	defer done()
	c, err := open(opening)
	if err != nil {
		return s.explained(err)
	}
	defer c.close()
	s.reads.reset()
	s.writes.reset()
	s.counts.opened.Add(1)
	s.install(c)
	s.openedOnce()
	err = s.serve(ctx, c)
	s.broken(ctx, err) // before it is closed, which may take its time
	return err
}

// serve looks at how the session is once a second.
func (s *Store) serve(ctx context.Context, c *session) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := s.lookAt(ctx, c); err != nil {
			if c.server != nil || c.nc.IsClosed() {
				return err
			}
			s.become(cache.StoreBroken, err.Error()) // what is elsewhere comes back by itself
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.trouble:
		case <-tick.C:
		}
	}
}

// lookAt says how the session is, or returns why it cannot be used.
func (s *Store) lookAt(ctx context.Context, c *session) error {
	ctx, done := context.WithTimeout(ctx, apiTimeout)
	defer done()
	if err := c.usable(); err != nil {
		return s.explained(err)
	}
	if c.server != nil {
		if err := s.unwell(); err != nil {
			return err
		}
	}
	if s.log.bumps.Load() && (c.server == nil || s.dir.roomy()) {
		s.log.bumps.Store(false)
		if err := c.newIncarnation(ctx); err != nil {
			s.log.bumps.Store(true)
			return fmt.Errorf("bumps may be lost: %w", err)
		}
	}
	s.testify()
	stream, err := c.js.Stream(ctx, s.names.answers())
	s.reads.came(err) // so that the gate decides, also where nobody else asks
	if c.server == nil {
		s.moveOn(c, err == nil && (stream.CachedInfo().Cluster == nil || stream.CachedInfo().Cluster.Leader != ""))
		if err := s.silent(); err != nil {
			return s.explained(err)
		}
	}
	if err != nil {
		return nil
	}
	if s.noRoom.Load() && s.dir.roomy() {
		s.noRoom.Store(false)
	}
	s.kept.see(ctx, c)
	s.events.see(ctx, c)
	info := stream.CachedInfo()
	s.mu.Lock()
	s.state.Entries, s.state.Bytes = int64(info.State.Msgs), int64(info.State.Bytes) //nolint:gosec // far below
	s.state.Budget = max(0, info.Config.MaxBytes)
	s.state.Leaving = leaving(info)
	s.mu.Unlock()
	if c.server != nil && s.isFull() {
		s.become(cache.StoreBroken, errFull.Error())
		return nil
	}
	s.become(cache.StoreOpen, "")
	if err := c.trim(ctx); err != nil { // it is tried again in a second
		s.options.Log.Debug("store: bumps are not trimmed", "error", err)
	}
	return nil
}

// unwell returns why an embedded server has to be started again.
func (s *Store) unwell() error {
	if err := s.silent(); err != nil {
		return err
	}
	if s.log.stuck.Swap(false) {
		s.noRoom.Store(true)
		return errors.New("the server cannot write")
	}
	if s.log.anyDamage() {
		return errors.New("something in it is damaged")
	}
	return nil
}

// silent returns why one of the gates is closed, nil if both are open.
func (s *Store) silent() error {
	for _, err := range []error{s.reads.closed(), s.writes.closed()} {
		if err != nil {
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
	return nil
}

// moveOn connects to another server of the cluster when the answers are not led as far as this one knows, for a while:
// it may be cut off from the others, who are well.
func (s *Store) moveOn(c *session, led bool) {
	switch now := time.Now(); {
	case led:
		s.lost = time.Time{}
	case s.lost.IsZero():
		s.lost = now
	case now.Sub(s.lost) > s.options.cutOff:
		s.lost = now
		_ = c.nc.ForceReconnect() // it fails only where the connection is closed
	}
}

// wrong takes note of what a cluster says without being asked, such as that a user may not do something, and of why it
// cannot be reached again.
func (s *Store) wrong(nc *nats.Conn, err error) {
	s.mu.Lock()
	s.said = err
	s.mu.Unlock()
	kind, _, _ := strings.Cut(err.Error(), `"`) // without the subject, of which there are many
	if nc.IsConnected() && s.log.due(kind) {
		s.options.Log.Warn("store: the cluster complains", "error", err)
	}
}

// explained is err with what the cluster said, which is often its cause.
func (s *Store) explained(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", err, s.said)
}

// leaving is the sequence below which messages are the next to go: those of the older half, in a stream that has
// hardly any room left.
func leaving(info *jetstream.StreamInfo) cache.Revision {
	used := func(has, may int64) bool { return may > 0 && has >= may-may/10 }
	s := info.State
	if !used(int64(s.Bytes), info.Config.MaxBytes) && !used(int64(s.Msgs), info.Config.MaxMsgs) { //nolint:gosec // far below
		return 0
	}
	return cache.Revision(s.FirstSeq + (s.LastSeq-s.FirstSeq)/2)
}

var errFull = errors.New("the disk is full: what is there can be read, and nothing is written")

// isFull reports whether so little room is left on the disk that values are refused.
func (s *Store) isFull() bool { return s.lacks(s.options.reserve) }

// isUsedUp is isFull for deletions and bumps, which have half of what is left of the disk. A server that deletes writes
// anew what else was in a block, at most half of one, and gives up on a stream for which it has no room.
func (s *Store) isUsedUp() bool { return s.lacks(s.options.reserve / 2) }

func (s *Store) lacks(room int64) bool {
	free, ok := freeBytes(s.dir.path)
	return s.noRoom.Load() || ok && free < room
}

// beingOpened is why a store is not open yet that has not been: the more is in it, the longer that takes.
const beingOpened = "what is in it is being read"

// is says how the store is, and reports whether that is new.
func (s *Store) is(c cache.Condition, reason string) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = s.state.Condition != c || s.state.Reason != reason
	if s.state.Condition != c {
		s.state.Since = time.Now()
	}
	s.state.Condition, s.state.Reason = c, reason
	return news
}

// become is [Store.is] that also says so in the log: what is new, and of what repeats once a minute.
func (s *Store) become(c cache.Condition, reason string) {
	news := s.is(c, reason)
	s.mu.Lock()
	again := c == cache.StoreOpen && s.warned
	if c == cache.StoreOpen {
		s.said, s.warned = nil, false
	}
	s.mu.Unlock()
	switch {
	case again:
		s.options.Log.Info("store: it is well again")
	case news && c != cache.StoreOpen && s.log.due(reason):
		s.options.Log.Warn("store: it is out of order, and tried again", "reason", reason)
		s.mu.Lock()
		s.warned = true
		s.mu.Unlock()
	}
}

// broken says that there is no session any more, unless the store was to end.
func (s *Store) broken(ctx context.Context, err error) {
	s.mu.Lock()
	s.session = nil
	s.mu.Unlock()
	if ctx.Err() == nil {
		s.become(cache.StoreBroken, fmt.Sprint(err))
	}
}

func (s *Store) install(c *session) {
	s.mu.Lock()
	s.session = c
	close(s.change)
	s.change = make(chan struct{})
	s.mu.Unlock()
	s.become(cache.StoreOpen, "")
}

// openedOnce lets those go on who wait for the first opening. Only run calls it.
func (s *Store) openedOnce() {
	select {
	case <-s.opened:
	default:
		close(s.opened)
	}
}

var errNotOpen = errors.New("the store is not open")

// now returns the session, after the first opening. It is an error that there is none.
func (s *Store) now(ctx context.Context) (*session, error) {
	select {
	case <-s.opened:
	default:
		select {
		case <-s.opened:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return nil, fmt.Errorf("%w: %s", errNotOpen, s.state.Reason)
	}
	return s.session, nil
}

// wait returns the session as soon as there is one.
func (s *Store) wait(ctx context.Context) (*session, error) {
	for {
		s.mu.Lock()
		c, change := s.session, s.change
		s.mu.Unlock()
		if c != nil {
			return c, nil
		}
		select {
		case <-change:
		case <-s.ended:
			return nil, errNotOpen
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// failing says that something fails again and again.
func (s *Store) failing() {
	select {
	case s.trouble <- struct{}{}:
	default:
	}
}

func (s *Store) alarm(text string) {
	s.counts.alarms.Add(1)
	s.options.Log.Error("store: something is damaged", "what", text)
}

// State is how the store is.
func (s *Store) State() cache.StoreState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Counts returns what happened since the start.
func (s *Store) Counts() Counts {
	return Counts{
		Alarms:       s.counts.alarms.Load() + s.log.alarms.Load(),
		Damaged:      s.counts.damaged.Load(),
		MovedAside:   s.counts.movedAside.Load(),
		Opened:       s.counts.opened.Load(),
		Incarnations: s.counts.incarnations.Load(),
	}
}

// Shared reports whether other processes write here, too.
func (s *Store) Shared() bool { return s.options.External != nil }

// Writes is what callers want done.
func (s *Store) Writes() outbox.Journal { return s.kept }

// Events is what sources told of.
func (s *Store) Events() events.Journal { return s.events }

// Held is closed when the data directory is this process's alone; at once where the store is external, which has none.
func (s *Store) Held() <-chan struct{} { return s.held }

// Journal is what has changed.
func (s *Store) Journal() cache.Journal { return &journal{s} }

// Leases are those of the cluster, or of this process where the store is embedded.
func (s *Store) Leases() cache.Leases { return s.leases }

// Close ends the store and gives the directory back. It returns when nothing of it is left, or with the error of ctx.
// Whoever uses the store afterwards gets errors.
func (s *Store) Close(ctx context.Context) error {
	s.end()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
