package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/outbox"
)

// writes is the stream of what callers want done: of each write one message, replaced by whoever knows the one before.
// Its revisions are the sequences of the stream. Nothing that it has goes to make room, and it is made anew by nobody:
// where it cannot be read, it is refused until an operator says what to do.
type writes struct {
	store  *Store
	bounds outbox.Bounds
	gate   gate

	// Of the store's own goroutine:
	lost  bool // reading the files anew was of no use
	again bool // the stream was not found, and may be yet

	mu      sync.Mutex
	refused string                // why nobody but an operator can help; "": that is not so
	state   jetstream.StreamState // as it was last seen
	since   map[*added]struct{}   // what was put since, or is being put
}

// added is what a put adds to the stream.
type added struct {
	writes, bytes int64
	always        bool   // it is let in where nothing else is
	sequence      uint64 // 0: it is on its way
}

func newWrites(s *Store, b outbox.Bounds) *writes {
	return &writes{store: s, bounds: b.WithDefaults(), since: map[*added]struct{}{}}
}

// writesStream has no bounds: what is there can be replaced by what is larger, and [writes.Put] accepts no more than fits.
func writesStream(n names, s size) jetstream.StreamConfig {
	c := plain(n.writes(), n.subject+"w.*", s)
	c.Discard, c.MaxMsgs, c.MaxBytes = jetstream.DiscardNew, -1, -1
	c.AllowMsgTTL = false // nothing ends by itself
	return c
}

func (n names) writes() string { return n.stream + "writes" }

func (n names) write(id outbox.ID) string { return n.subject + "w." + id.String() }

// session is where the stream is. The error is [outbox.ErrUnavailable].
func (w *writes) session(ctx context.Context) (*session, error) {
	if why := w.refusal(); why != "" {
		return nil, fmt.Errorf("%w: %s", outbox.ErrUnavailable, why)
	}
	c, err := w.store.now(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = w.gate.pass()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
	}
	return c, nil
}

// came takes note of how something went that began then.
func (w *writes) came(ctx context.Context, began time.Time, err error) {
	if !callers(ctx, began, err) && w.gate.came(err) {
		w.store.failing()
	}
}

// Put implements [outbox.Journal].
func (w *writes) Put(ctx context.Context, id outbox.ID, known outbox.Revision, record []byte) (outbox.Kept, error) {
	c, err := w.session(ctx)
	if err != nil {
		return outbox.Kept{}, err
	}
	if len(record) > c.chunk || int64(len(record)) > w.bounds.Bytes {
		return outbox.Kept{}, outbox.ErrTooLarge
	}
	mine := &added{bytes: int64(len(record))}
	if known == 0 {
		mine.writes = 1
	}
	mine.always = known != 0 || id.Reserved()
	if err := w.reserve(ctx, c, mine); err != nil {
		return outbox.Kept{}, err
	}
	var at uint64
	defer func() { w.settle(mine, at) }()
	began := time.Now()
	ack, err := c.js.PublishMsg(ctx, &nats.Msg{
		Subject: c.names.write(id),
		Header:  nats.Header{jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(uint64(known), 10)}},
		Data:    record,
	}, jetstream.WithRetryAttempts(0))
	if conflicts(err) {
		return w.other(ctx, c, id, known)
	}
	w.came(ctx, began, err)
	switch {
	case err == nil:
		at = ack.Sequence
		return outbox.Kept{Record: record, Revision: outbox.Revision(ack.Sequence)}, nil
	case unsent(err):
		return outbox.Kept{}, fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
	}
	return outbox.Kept{}, err
}

// other is what is there of id in place of what was known. A cluster says that something is while that is still on its way
// to most of its servers.
func (w *writes) other(ctx context.Context, c *session, id outbox.ID, known outbox.Revision) (outbox.Kept, error) {
	ctx, done := context.WithTimeout(ctx, apiTimeout)
	defer done()
	for {
		there, err := w.loadOne(ctx, c, id)
		if err == nil && there.Revision != known {
			return there, outbox.ErrConflict
		}
		if err == nil {
			err = sleep(ctx, underWay)
		}
		if err != nil {
			return outbox.Kept{}, fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
		}
	}
}

// underWay is how long to wait between two looks at what is on its way.
const underWay = 5 * time.Millisecond

// unsent reports whether what was to be written has reached no stream.
func unsent(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrConnectionClosed) ||
		errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, jetstream.ErrNoStreamResponse)
}

// reserve takes room for what is put, which another write may not have: [outbox.ErrFull]. It is exact of what this
// process puts, and knows within a second what others do.
func (w *writes) reserve(ctx context.Context, c *session, mine *added) error {
	if !mine.always && c.server != nil && w.store.isFull() {
		return fmt.Errorf("%w: %w", outbox.ErrFull, errFull)
	}
	if w.fits(mine) {
		return nil
	}
	if err := w.look(ctx, c); err != nil { // it may have become less
		return fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
	}
	if !w.fits(mine) {
		return outbox.ErrFull
	}
	return nil
}

func (w *writes) fits(mine *added) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	count, bytes := w.size()
	if !mine.always && (count+mine.writes > w.bounds.Writes || bytes+mine.bytes > w.bounds.Bytes) {
		return false
	}
	w.since[mine] = struct{}{}
	return true
}

// size is what the stream has, by all that is known. Who asks has the lock.
func (w *writes) size() (count, bytes int64) {
	count, bytes = int64(w.state.Msgs), int64(w.state.Bytes) //nolint:gosec // far below
	for a := range w.since {
		count, bytes = count+a.writes, bytes+a.bytes
	}
	return count, bytes
}

// settle takes note of where something was put, 0 for nowhere, and forgets what was seen since.
func (w *writes) settle(mine *added, at uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine.sequence = at
	if at <= w.state.LastSeq {
		delete(w.since, mine)
	}
}

// look sees how full the stream is.
func (w *writes) look(ctx context.Context, c *session) error {
	stream, err := c.js.Stream(ctx, c.names.writes())
	if err != nil {
		return err
	}
	w.know(stream.CachedInfo().State)
	return nil
}

func (w *writes) know(is jetstream.StreamState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = is
	for a := range w.since {
		if a.sequence != 0 && a.sequence <= is.LastSeq {
			delete(w.since, a)
		}
	}
}

// lastSeen is the sequence that the stream has come to.
func (w *writes) lastSeen() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.LastSeq
}

// Load implements [outbox.Journal].
func (w *writes) Load(ctx context.Context, ids []outbox.ID) ([]outbox.Kept, error) {
	c, err := w.session(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	all := make([]outbox.Kept, len(ids))
	for i, id := range ids {
		if all[i], err = w.loadOne(ctx, c, id); err != nil {
			break
		}
	}
	w.came(ctx, began, err)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
	}
	return all, nil
}

func (w *writes) loadOne(ctx context.Context, c *session, id outbox.ID) (outbox.Kept, error) {
	m, err := c.leaderGet(ctx, c.names.writes(), get{Last: c.names.write(id)})
	if err != nil || m == nil {
		return outbox.Kept{}, err
	}
	return outbox.Kept{Record: m.data, Revision: outbox.Revision(m.sequence)}, nil
}

// Erase implements [outbox.Journal]. What a record replaced earlier is in the files until the server makes them smaller:
// only an encrypted store has no trace of it at once.
func (w *writes) Erase(ctx context.Context, id outbox.ID, known outbox.Revision) error {
	c, err := w.session(ctx)
	if err != nil {
		return err
	}
	there, err := w.loadOne(ctx, c, id)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
	case there.Revision == 0:
		return nil
	case there.Revision != known:
		return outbox.ErrConflict
	}
	stream, err := c.js.Stream(ctx, c.names.writes())
	if err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrUnavailable, err)
	}
	began := time.Now()
	err = stream.SecureDeleteMsg(ctx, uint64(known))
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) || errors.Is(err, jetstream.ErrMsgNotFound) {
		there, err := w.loadOne(ctx, c, id) // somebody was faster
		if err == nil && there.Revision != 0 {
			return outbox.ErrConflict
		}
		return err
	}
	w.came(ctx, began, err)
	return err
}

// State implements [outbox.Journal].
func (w *writes) State() outbox.JournalState {
	is := w.store.State()
	w.mu.Lock()
	defer w.mu.Unlock()
	count, bytes := w.size()
	s := outbox.JournalState{
		Condition: outbox.Condition(is.Condition), Reason: is.Reason,
		Writes: count, Bytes: bytes,
		MaxWrites: w.bounds.Writes, MaxBytes: w.bounds.Bytes, Shared: w.store.Shared(),
	}
	if w.refused != "" {
		s.Condition, s.Reason = outbox.JournalRefused, w.refused
	}
	return s
}

func (w *writes) refusal() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused
}

// refuse says why nobody but an operator can help, "" that the stream is well.
func (w *writes) refuse(why string) {
	w.mu.Lock()
	was := w.refused
	w.refused = why
	w.mu.Unlock()
	if why != "" && why != was {
		w.store.alarm("the writes cannot be used: " + why)
	}
}

// Follow implements [outbox.Journal].
func (w *writes) Follow(ctx context.Context, each func(outbox.Told)) error {
	err := w.follow(ctx, each)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it ended because it was to
	}
	return err
}

func (w *writes) follow(ctx context.Context, each func(outbox.Told)) error {
	c, err := w.store.wait(ctx)
	if err != nil {
		return err
	}
	if why := w.refusal(); why != "" {
		return fmt.Errorf("%w: %s", outbox.ErrDamaged, why)
	}
	return c.listen(ctx, c.names.writes(), c.names.subject+"w.*", 0, &writesFollower{c: c, each: each, seen: map[outbox.ID]struct{}{}})
}

// writesFollower is somebody who is told of writes: a listener.
type writesFollower struct {
	c    *session
	each func(outbox.Told)
	up   outbox.Revision
	seen map[outbox.ID]struct{} // that were told, until it is known that all were; then nil
}

func (f *writesFollower) tell(_ context.Context, m jetstream.Msg, sequence uint64, last bool) error {
	id, err := outbox.ParseID(strings.TrimPrefix(m.Subject(), f.c.names.subject+"w."))
	if err != nil {
		return fmt.Errorf("%w: %s is the subject of no write", outbox.ErrDamaged, m.Subject())
	}
	if f.seen != nil {
		f.seen[id] = struct{}{}
	}
	f.up = outbox.Revision(sequence)
	f.each(outbox.Told{ID: id, Kept: outbox.Kept{Record: m.Data(), Revision: f.up}, Up: f.up, Current: last && f.seen == nil})
	return nil
}

func (*writesFollower) look(context.Context, uint64) (ok bool, err error) { return true, nil }

func (f *writesFollower) caughtUp(ctx context.Context) (whole bool, err error) {
	if f.seen != nil {
		if whole, err := f.whole(ctx); err != nil || !whole {
			return false, err
		}
		f.seen = nil
	}
	f.each(outbox.Told{Up: f.up, Current: true})
	return true, nil
}

// whole reports whether all that the stream has was told. Of a message that cannot be read the server says nothing: it
// counts it and does not deliver it.
func (f *writesFollower) whole(ctx context.Context) (bool, error) {
	stream, err := f.c.js.Stream(ctx, f.c.names.writes())
	if err != nil {
		return false, err
	}
	is := stream.CachedInfo().State.Msgs
	if is <= uint64(len(f.seen)) {
		return true, nil
	}
	newest, err := f.c.newest(ctx, f.c.names.writes(), f.c.names.subject+"w.*")
	if err != nil || newest > uint64(f.up) { // more has come meanwhile
		return false, err
	}
	return false, fmt.Errorf("%w: %d of %d writes cannot be read", outbox.ErrDamaged, is-uint64(len(f.seen)), is)
}
