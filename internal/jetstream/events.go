package jetstream

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/events"
)

// eventLog is the stream of what sources told of, of each event one message that nothing replaces, and that of notes of
// who works them off. What is lost of them costs what answers are known to be out of date: where they cannot be read, they
// are made anew.
type eventLog struct {
	store  *Store
	asked  events.Bounds
	gate   gate
	mended atomic.Uint64 // how often something may have been left out of the stream

	mu     sync.Mutex
	lacks  string // why the streams cannot be used; "": they can
	state  jetstream.StreamState
	bounds events.Bounds
}

func newEventLog(s *Store, b events.Bounds) *eventLog {
	b = b.WithDefaults()
	return &eventLog{store: s, asked: b, bounds: b, lacks: "they are not open"}
}

// eventsStream refuses what it has no room for, and what is there.
func eventsStream(n names, b events.Bounds, s size) jetstream.StreamConfig {
	b = b.WithDefaults()
	c := plain(n.events(), n.subject+"e.*.*", s)
	c.Discard, c.DiscardNewPerSubject = jetstream.DiscardNew, true
	c.MaxMsgs, c.MaxBytes, c.MaxAge = b.Events, b.Bytes, events.Keep
	c.AllowMsgTTL = false // all end alike
	return c
}

// syncStream has notes of how far work is that goes on after a restart.
func syncStream(n names, s size) jetstream.StreamConfig { return plain(n.sync(), n.subject+"s.>", s) }

func (n names) events() string { return n.stream + "events" }
func (n names) sync() string   { return n.stream + "sync" }

func (n names) event(source string, name events.Name) string {
	return n.subject + "e." + source + "." + name.String()
}

// note is the subject of what is noted of events under a key.
func (n names) note(key string) string { return n.subject + "s.events." + key }

// noteLife is how long a note is kept: a day longer than all that it can be about.
const noteLife = events.Keep + 24*time.Hour

// open finds the streams, or makes them where that is ours to do. Without them all else works.
func (v *eventLog) open(ctx context.Context, c *session) {
	lacks := ""
	for _, want := range []jetstream.StreamConfig{eventsStream(c.names, v.asked, size{replicas: 1}), syncStream(c.names, size{replicas: 1})} {
		if err := v.openStream(ctx, c, want); err != nil {
			lacks = err.Error()
		}
	}
	v.mu.Lock()
	was := v.lacks
	v.lacks = lacks
	v.mu.Unlock()
	if lacks != "" && lacks != was {
		v.store.options.Log.Warn("store: events of webhooks cannot be kept", "reason", lacks)
	}
	v.look(ctx, c)
}

func (v *eventLog) openStream(ctx context.Context, c *session, want jetstream.StreamConfig) error {
	if c.server != nil {
		return c.have(ctx, want)
	}
	stream, err := exists(ctx, c.js, want.Name)
	switch {
	case err != nil:
		return err
	case stream == nil:
		return errors.New("the cluster has no stream " + want.Name + ": make it with holdfast store init")
	}
	if why := misfit(stream.CachedInfo().Config, want); why != "" {
		return errors.New("the stream " + want.Name + " is none of ours: " + why)
	}
	return nil
}

// see looks how full the stream is, once a second.
func (v *eventLog) see(ctx context.Context, c *session) {
	if v.lack() != "" {
		v.open(ctx, c)
		return
	}
	v.look(ctx, c)
}

func (v *eventLog) look(ctx context.Context, c *session) {
	if v.lack() != "" {
		return
	}
	if stream, err := c.js.Stream(ctx, c.names.events()); err == nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		is := stream.CachedInfo()
		v.state, v.bounds = is.State, events.Bounds{Events: is.Config.MaxMsgs, Bytes: is.Config.MaxBytes} // a cluster has its own
	}
}

func (v *eventLog) lack() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lacks
}

// session is where the streams are. The error is [events.ErrUnavailable].
func (v *eventLog) session(ctx context.Context) (*session, error) {
	c, err := v.store.now(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if why := v.lack(); err == nil && why != "" {
		err = errors.New(why)
	}
	if err == nil {
		err = v.gate.pass()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	}
	return c, nil
}

// came takes note of how something went that began then.
func (v *eventLog) came(ctx context.Context, began time.Time, err error) {
	if !callers(ctx, began, err) && v.gate.came(err) {
		v.store.failing()
	}
}

// Append implements [events.Journal].
func (v *eventLog) Append(ctx context.Context, source string, name events.Name, record []byte) (events.Place, error) {
	c, err := v.session(ctx)
	switch {
	case err != nil:
		return events.Place{}, err
	case len(record) > c.chunk, int64(len(record)) > v.State().MaxBytes:
		return events.Place{}, events.ErrTooLarge
	case c.server != nil && v.store.isFull():
		return events.Place{}, fmt.Errorf("%w: %w", events.ErrFull, errFull)
	}
	incarnation, err := v.incarnation(ctx, c)
	if err != nil {
		return events.Place{}, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	}
	began := time.Now()
	ack, err := c.js.PublishMsg(ctx, &nats.Msg{
		Subject: c.names.event(source, name),
		Header:  nats.Header{jetstream.ExpectedLastSubjSeqHeader: {"0"}},
		Data:    record,
	}, jetstream.WithRetryAttempts(0))
	if conflicts(err) || refusedSince(err, "per subject") {
		return events.Place{}, v.known(ctx, name)
	}
	if refusedSince(err, "maximum") {
		return events.Place{}, events.ErrFull
	}
	v.came(ctx, began, err)
	switch {
	case err == nil:
		return events.Place{Incarnation: incarnation, Sequence: ack.Sequence}, nil
	case unsent(err):
		return events.Place{}, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	}
	return events.Place{}, err
}

// refusedSince reports whether a stream refused a message for want of room, in those words.
func refusedSince(err error, words string) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeStoreFailed && strings.Contains(api.Description, words)
}

// codeStoreFailed is what a server says that does not keep a message.
const codeStoreFailed jetstream.ErrorCode = 10077

// known returns [events.ErrKnown] once what is there can be read: a cluster says that something is while that is still on
// its way to most of its servers.
func (v *eventLog) known(ctx context.Context, name events.Name) error {
	for {
		k, err := v.Load(ctx, name)
		switch {
		case err != nil:
			return err
		case k.Record != nil:
			return events.ErrKnown
		}
		if err := sleep(ctx, underWay); err != nil {
			return fmt.Errorf("%w: %w", events.ErrUnavailable, err)
		}
	}
}

// incarnation tells streams of one name apart, and what one was before something may have been left out.
func (v *eventLog) incarnation(ctx context.Context, c *session) (uint64, error) {
	if is := c.events.Load(); is != 0 {
		return is, nil
	}
	stream, err := c.js.Stream(ctx, c.names.events())
	if err != nil {
		return 0, err
	}
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, stream.CachedInfo().Created.UnixNano(), v.mended.Load())
	c.events.Store(h.Sum64() | 1)
	return h.Sum64() | 1, nil
}

// Load implements [events.Journal].
func (v *eventLog) Load(ctx context.Context, name events.Name) (events.Kept, error) {
	c, err := v.session(ctx)
	if err != nil {
		return events.Kept{}, err
	}
	incarnation, err := v.incarnation(ctx, c)
	if err != nil {
		return events.Kept{}, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	}
	began := time.Now()
	m, err := c.leaderGet(ctx, c.names.events(), get{Last: c.names.subject + "e.*." + name.String()})
	v.came(ctx, began, err)
	switch {
	case err != nil:
		return events.Kept{}, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
	case m == nil:
		return events.Kept{}, nil
	}
	return events.Kept{Place: events.Place{Incarnation: incarnation, Sequence: m.sequence}, Name: name, Record: m.data}, nil
}

// Follow implements [events.Journal].
func (v *eventLog) Follow(ctx context.Context, after events.Place, each func(events.Told)) error {
	err := v.follow(ctx, after, each)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it ended because it was to
	}
	return err
}

func (v *eventLog) follow(ctx context.Context, after events.Place, each func(events.Told)) error {
	c, err := v.store.wait(ctx)
	if err != nil {
		return err
	}
	if why := v.lack(); why != "" {
		return fmt.Errorf("%w: %s", events.ErrUnavailable, why)
	}
	incarnation, err := v.incarnation(ctx, c)
	if err != nil {
		return err
	}
	stream, err := c.js.Stream(ctx, c.names.events())
	if err != nil {
		return err
	}
	if after.Incarnation != incarnation || after.Sequence > stream.CachedInfo().State.LastSeq { // it was put back from a backup
		after = events.Place{Incarnation: incarnation}
	}
	return c.listen(ctx, c.names.events(), c.names.subject+"e.*.*", after.Sequence, &eventsFollower{c, each, after})
}

// eventsFollower is somebody who is told of events: a listener.
type eventsFollower struct {
	c    *session
	each func(events.Told)
	up   events.Place
}

func (f *eventsFollower) tell(_ context.Context, m jetstream.Msg, sequence uint64, last bool) error {
	subject := m.Subject()
	name, err := events.ParseName(subject[strings.LastIndexByte(subject, '.')+1:])
	if err != nil {
		return nil //nolint:nilerr // it is none of ours
	}
	f.up.Sequence = sequence
	f.each(events.Told{Kept: events.Kept{Place: f.up, Name: name, Record: m.Data()}, Up: f.up, Current: last})
	return nil
}

func (*eventsFollower) look(context.Context, uint64) (ok bool, err error) { return true, nil }

func (f *eventsFollower) caughtUp(context.Context) (whole bool, err error) {
	f.each(events.Told{Up: f.up, Current: true})
	return true, nil
}

// Note implements [events.Journal].
func (v *eventLog) Note(ctx context.Context, key string, text []byte) error {
	c, err := v.session(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if text == nil {
		var stream jetstream.Stream
		if stream, err = c.js.Stream(ctx, c.names.sync()); err == nil {
			err = stream.Purge(ctx, jetstream.WithPurgeSubject(c.names.note(key)))
		}
	} else {
		_, err = c.js.PublishMsg(ctx, &nats.Msg{
			Subject: c.names.note(key), Header: nats.Header{jetstream.MsgTTLHeader: {lifetime(noteLife)}}, Data: text,
		})
	}
	v.came(ctx, began, err)
	return err
}

// Notes implements [events.Journal].
func (v *eventLog) Notes(ctx context.Context, prefix string) (map[string][]byte, error) {
	c, err := v.session(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for next := uint64(1); ; {
		began := time.Now()
		m, err := c.leaderGet(ctx, c.names.sync(), get{Sequence: next, Next: c.names.note("*")})
		v.came(ctx, began, err)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", events.ErrUnavailable, err)
		}
		if m == nil {
			return found, nil
		}
		if key := strings.TrimPrefix(m.subject, c.names.note("")); strings.HasPrefix(key, prefix) {
			found[key] = m.data
		}
		next = m.sequence + 1
	}
}

// State implements [events.Journal].
func (v *eventLog) State() events.JournalState {
	is := v.store.State()
	v.mu.Lock()
	defer v.mu.Unlock()
	s := events.JournalState{
		Open: is.Condition == "OPEN" && v.lacks == "", Reason: is.Reason,
		Events: int64(v.state.Msgs), Bytes: int64(v.state.Bytes), //nolint:gosec // far below
		MaxEvents: v.bounds.Events, MaxBytes: v.bounds.Bytes, Shared: v.store.Shared(),
	}
	if s.Reason == "" && !s.Open {
		s.Reason = v.lacks
	}
	return s
}
