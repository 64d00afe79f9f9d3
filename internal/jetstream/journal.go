package jetstream

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/cache"
)

// journal is the stream of bumps. Each tag of one is a message, and each tag has the newest of its messages kept, and
// the newest that forgets.
type journal struct{ store *Store }

const (
	forgets  = ".f" // ends the subjects of bumps that forget
	changing = ".w" // and of what a process is changing
)

// writesNothing is for how long it is kept that a process is changing nothing, which says no more than that nothing is there.
const writesNothing = time.Hour

func (n names) bump(tag cache.Tag, forget bool) string {
	subject := n.subject + "b." + strconv.FormatUint(uint64(tag), 16)
	if forget {
		subject += forgets
	}
	return subject
}

// writing is the subject of what a process is changing.
func (n names) writing(by uint64) string {
	return n.subject + "b." + strconv.FormatUint(by, 16) + changing
}

// tagOf is the inverse; it is not ok where a subject is none of a tag.
func (n names) tagOf(subject string) (tag cache.Tag, forget, ok bool) {
	text, forget := strings.CutSuffix(strings.TrimPrefix(subject, n.subject+"b."), forgets)
	hash, err := strconv.ParseUint(text, 16, 64)
	return cache.Tag(hash), forget, err == nil
}

// encodeBump is what a message says beside its subject.
func encodeBump(b cache.Bump) []byte {
	var text []byte
	for _, n := range [...]uint64{uint64(b.At.UnixNano()), b.By, b.Number} { //nolint:gosec // and back
		text = binary.BigEndian.AppendUint64(text, n)
	}
	return text
}

// decodeBump leaves what cannot be read: the subject alone says what has changed.
func decodeBump(text []byte, b *cache.Bump) {
	if len(text) != 24 {
		return
	}
	b.At = time.Unix(0, int64(binary.BigEndian.Uint64(text))) //nolint:gosec // as it was
	b.By, b.Number = binary.BigEndian.Uint64(text[8:]), binary.BigEndian.Uint64(text[16:])
}

// Append writes a message for each tag, and returns when all are on the disk, or on most of the cluster's.
func (j *journal) Append(ctx context.Context, b cache.Bump) (cache.Place, error) {
	c, err := j.store.now(ctx)
	if err != nil {
		return cache.Place{}, err
	}
	if err := j.store.writes.pass(); err != nil {
		return cache.Place{}, err
	}
	if c.server != nil && j.store.isUsedUp() {
		return cache.Place{}, errFull
	}
	began := time.Now()
	place, err := c.appendBump(ctx, b)
	if callers(ctx, began, err) {
		return place, err
	}
	if j.store.writes.came(err) {
		j.store.failing()
	}
	return place, err
}

func (c *session) appendBump(ctx context.Context, b cache.Bump) (cache.Place, error) {
	place := cache.Place{Incarnation: c.incarnation.Load()}
	text := encodeBump(b)
	acks := make([]jetstream.PubAckFuture, 0, len(b.Tags)+1)
	for _, tag := range b.Tags {
		ack, err := c.js.PublishAsync(c.names.bump(tag, b.Forget), text, jetstream.WithStallWait(publishTimeout))
		if err != nil {
			return cache.Place{}, err
		}
		acks = append(acks, ack)
	}
	if b.Writing != nil { // last: until then nothing of b is missing
		ack, err := c.putWriting(b)
		if err != nil {
			return cache.Place{}, err
		}
		acks = append(acks, ack)
	}
	for _, ack := range acks {
		sequence, err := acked(ctx, ack)
		if err != nil {
			return cache.Place{}, err
		}
		place.Sequence = max(place.Sequence, sequence)
	}
	c.store.untrimmed.Add(int64(len(b.Tags)))
	c.store.far.is(place)
	return place, nil
}

// putWriting has what b.By is changing take the place of what he was.
func (c *session) putWriting(b cache.Bump) (jetstream.PubAckFuture, error) {
	m := &nats.Msg{Subject: c.names.writing(b.By)}
	for _, tag := range b.Writing {
		m.Data = binary.BigEndian.AppendUint64(m.Data, uint64(tag))
	}
	if len(b.Writing) == 0 {
		m.Header = nats.Header{jetstream.MsgTTLHeader: {lifetime(writesNothing)}}
	}
	return c.js.PublishMsgAsync(m, jetstream.WithStallWait(publishTimeout))
}

// decodeWriting reads what a process says that it is changing, where the subject is of that.
func (n names) decodeWriting(subject string, text []byte, b *cache.Bump) {
	id, ok := strings.CutSuffix(strings.TrimPrefix(subject, n.subject+"b."), changing)
	by, err := strconv.ParseUint(id, 16, 64)
	if !ok || err != nil {
		return
	}
	b.By, b.Writing = by, make([]cache.Tag, 0, len(text)/8)
	for ; len(text) >= 8; text = text[8:] {
		b.Writing = append(b.Writing, cache.Tag(binary.BigEndian.Uint64(text)))
	}
}

// trimAfter is how many bumps are written until it is looked whether there are too many.
const trimAfter = 1000

// trim has the oldest bumps go where there are too many, and the oldest that forget where there are too many of those:
// a flood of the one never costs the other.
func (c *session) trim(ctx context.Context) error {
	written := c.store.untrimmed.Load()
	if written < min(trimAfter, int64(c.store.options.bumps)) {
		return nil
	}
	stream, err := c.js.Stream(ctx, c.names.bumps())
	if err != nil {
		return err
	}
	for _, kind := range []string{"b.*", "b.*" + forgets} {
		keep := jetstream.WithPurgeKeep(uint64(c.store.options.bumps)) //nolint:gosec // above 0
		if err := stream.Purge(ctx, jetstream.WithPurgeSubject(c.names.subject+kind), keep); err != nil {
			return err
		}
	}
	c.store.untrimmed.Add(-written) // what is being written meanwhile counts
	return nil
}

// mostBack is for how long a journal may not be as far as somebody was told: as that of a leader who is new.
const mostBack = time.Second

// Reached has who follows look whether the journal is still that far.
func (j *journal) Reached(p cache.Place) { j.store.far.was(p) }

// Follow waits for the store to be open, and returns when what it follows is no longer.
func (j *journal) Follow(ctx context.Context, each func(b cache.Bump, current bool)) error {
	c, err := j.store.wait(ctx)
	if err == nil {
		err = c.follow(ctx, each)
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it ended because it was to
	}
	return err
}

// follower is somebody who is told: a listener.
type follower struct {
	*session
	each func(b cache.Bump, current bool)
	told uint64    // up to and with which sequence
	back time.Time // since when it is not as far as somebody was told; zero: it is

	seen map[string]struct{} // subjects that were told, until it is known that all were; then nil
}

func (c *session) follow(ctx context.Context, each func(cache.Bump, bool)) error {
	return c.listen(ctx, c.names.bumps(), c.names.subject+"b.>", 0, &follower{session: c, each: each, seen: map[string]struct{}{}})
}

var errBack = errors.New("the journal was put back from a backup")

func (f *follower) place() cache.Place {
	return cache.Place{Incarnation: f.incarnation.Load(), Sequence: f.told}
}

func (f *follower) tell(ctx context.Context, m jetstream.Msg, sequence uint64, last bool) error {
	f.told = max(f.told, sequence)
	if f.seen != nil {
		f.seen[m.Subject()] = struct{}{}
	}
	b := cache.Bump{}
	if m.Subject() == f.names.incarnation() {
		if err := f.knowIncarnation(ctx, m.Data()); err != nil {
			return err
		}
	} else if tag, forget, ok := f.names.tagOf(m.Subject()); ok {
		b.Tags, b.Forget = []cache.Tag{tag}, forget
		decodeBump(m.Data(), &b)
	} else {
		f.names.decodeWriting(m.Subject(), m.Data(), &b)
	}
	b.Place = f.place()
	f.store.far.is(b.Place)
	f.each(b, last && f.seen == nil)
	return nil
}

func (f *follower) look(ctx context.Context, newest uint64) (ok bool, err error) {
	back, err := f.isBack(ctx, newest)
	return !back, err
}

func (f *follower) caughtUp(ctx context.Context) (whole bool, err error) {
	whole, err = f.whole(ctx)
	if err == nil {
		f.each(cache.Bump{Place: f.place()}, whole)
	}
	return whole, err
}

// isBack reports whether the journal is not as far as somebody was told. If it stays so, it was put back from a backup, or
// lost what it had taken: whoever finds out begins another incarnation, and what is in it is told from the start.
func (f *follower) isBack(ctx context.Context, newest uint64) (bool, error) {
	far, incarnation := f.store.far.get(), f.incarnation.Load()
	if far.Incarnation != incarnation || newest >= far.Sequence {
		f.back = time.Time{}
		return false, nil
	}
	last, err := f.lastSequence(ctx)
	if err != nil {
		return false, err
	}
	now := time.Now()
	switch {
	case last >= far.Sequence:
		f.back = time.Time{}
		return false, nil
	case f.back.IsZero():
		f.back = now
		return true, nil
	case now.Sub(f.back) < mostBack:
		return true, nil
	}
	f.store.options.Log.Warn("store: the journal was put back from a backup: nothing from before is fresh", "was", far.Sequence, "is", last)
	err = f.readIncarnation(ctx)
	if err == nil && f.incarnation.Load() == incarnation { // nobody else did
		err = f.newIncarnation(ctx)
	}
	return true, errors.Join(errBack, err)
}

// whole reports whether all that the stream has was told. Of a message that cannot be read the server says nothing: it
// counts it and does not deliver it.
func (f *follower) whole(ctx context.Context) (bool, error) {
	if f.seen == nil {
		return true, nil
	}
	stream, err := f.js.Stream(ctx, f.names.bumps())
	if err != nil {
		return false, err
	}
	state := stream.CachedInfo().State
	if state.LastSeq > f.told && state.Msgs > 0 {
		return false, nil // more has come meanwhile
	}
	if state.Msgs <= uint64(len(f.seen)) {
		f.seen = nil
		return true, nil
	}
	err = f.damage(f.names.bumps(), fmt.Sprintf("%d of %d bumps", state.Msgs-uint64(len(f.seen)), state.Msgs))
	f.seen = nil
	if f.server != nil {
		return false, err
	}
	return true, f.newIncarnation(ctx)
}
