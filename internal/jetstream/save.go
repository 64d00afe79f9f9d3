package jetstream

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/cache"
)

// largestValue is what is kept of one name at most.
const largestValue = 64 << 20

// Save makes changes, all at once, and returns when the server has them: an embedded one writes them to the disk
// within milliseconds. Where the disk is nearly full it only deletes.
func (s *Store) Save(ctx context.Context, changes []cache.Change) ([]cache.Revision, error) {
	revisions := make([]cache.Revision, len(changes))
	c, err := s.now(ctx)
	if err != nil {
		return revisions, err
	}
	if err := s.writes.pass(); err != nil {
		return revisions, err
	}
	put, gone := c.sorted(changes)
	if c.server != nil && s.isUsedUp() {
		return revisions, errFull
	}
	full := c.server != nil && len(put) > 0 && s.isFull()
	if full {
		put = nil
	}
	began := time.Now()
	err = errors.Join(c.put(ctx, changes, put, revisions), c.remove(ctx, changes, gone, revisions))
	if callers(ctx, began, err) {
		return revisions, err
	}
	if s.writes.came(err) {
		s.failing()
	}
	if full && err == nil {
		err = errFull
	}
	return revisions, err
}

// sorted returns which changes are values, and of which nothing is to be there.
func (c *session) sorted(changes []cache.Change) (put, gone []int) {
	put = make([]int, 0, len(changes))
	for i, change := range changes {
		if change.Value == nil || !c.keeps(change.Value) {
			gone = append(gone, i)
		} else {
			put = append(put, i)
		}
	}
	return put, gone
}

// keeps reports whether a value may be kept without taking more room than others should give it.
func (c *session) keeps(value []byte) bool {
	if len(value) > largestValue {
		return false
	}
	return c.server == nil || int64(len(value)) <= c.store.options.Bytes/4
}

// put writes values: chunks first, then what stands for the value, if the one that is there is as known.
func (c *session) put(ctx context.Context, changes []cache.Change, which []int, revisions []cache.Revision) error {
	heads := make([]jetstream.PubAckFuture, len(which))
	var wrong error
	for n, i := range which {
		head, err := c.putChunks(ctx, changes[i])
		if err == nil {
			heads[n], err = c.putHead(changes[i], head, uint64(changes[i].Known))
		}
		if err != nil {
			wrong = err
			break // what fails for one fails for all
		}
	}
	for n, i := range which {
		if heads[n] == nil {
			continue
		}
		revision, err := c.settle(ctx, heads[n], changes[i])
		if err != nil {
			wrong = err
			continue
		}
		revisions[i] = revision
		if revision != 0 && c.server == nil {
			c.store.recent.wrote(changes[i].ID, revision)
		}
		if revision != 0 && c.store.large.has(changes[i].ID) {
			wrong = errors.Join(wrong, c.removeChunks(ctx, changes[i]))
		}
	}
	return wrong
}

// putChunks writes the chunks of a value that needs some, and returns what the message of its name says.
func (c *session) putChunks(ctx context.Context, change cache.Change) ([]byte, error) {
	if len(change.Value)+1 <= c.chunk {
		return append([]byte{isWhole}, change.Value...), nil
	}
	c.store.large.add(change.ID)
	parts := chunksOf(change.Value, c.chunk)
	acks := make([]jetstream.PubAckFuture, parts.count())
	for n := range acks {
		m := &nats.Msg{
			Subject: c.names.chunk(change.ID, parts.sum, strconv.Itoa(n)),
			Header:  nats.Header{jetstream.MsgTTLHeader: {lifetime(change.Keep)}},
			Data:    parts.part(change.Value, n),
		}
		ack, err := c.js.PublishMsgAsync(m, jetstream.WithStallWait(publishTimeout))
		if err != nil {
			return nil, err
		}
		acks[n] = ack
	}
	for _, ack := range acks {
		if _, err := acked(ctx, ack); err != nil {
			return nil, err
		}
	}
	return parts.encode(), nil
}

func (c *session) putHead(change cache.Change, head []byte, known uint64) (jetstream.PubAckFuture, error) {
	return c.js.PublishMsgAsync(&nats.Msg{
		Subject: c.names.answer(change.ID),
		Header: nats.Header{
			jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(known, 10)},
			jetstream.MsgTTLHeader:              {lifetime(change.Keep)},
		},
		Data: head,
	}, jetstream.WithStallWait(publishTimeout))
}

// lifetime is a time to live as the server reads it; it knows whole seconds.
func lifetime(keep time.Duration) string {
	return strconv.FormatInt(max(1, int64((keep+time.Second-1)/time.Second)), 10)
}

func acked(ctx context.Context, f jetstream.PubAckFuture) (uint64, error) {
	select {
	case ack := <-f.Ok():
		return ack.Sequence, nil
	case err := <-f.Err():
		return 0, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// settle returns the revision that was written, and 0 if another one is there than was known. One that was known and
// is gone, or cannot be read, is no reason.
func (c *session) settle(ctx context.Context, f jetstream.PubAckFuture, change cache.Change) (cache.Revision, error) {
	sequence, err := acked(ctx, f)
	if err == nil || !conflicts(err) {
		return cache.Revision(sequence), err
	}
	there, err2 := c.leaderGet(ctx, c.names.answers(), get{Last: c.names.answer(change.ID)})
	if err2 != nil {
		return 0, err2
	}
	if there != nil {
		return 0, nil
	}
	if sequenceIn(err) != 0 { // nothing replaces what cannot be read
		return 0, c.damage(c.names.answers(), change.ID.String())
	}
	f, err = c.putHead(change, f.Msg().Data, 0)
	if err != nil {
		return 0, err
	}
	sequence, err = acked(ctx, f)
	if conflicts(err) {
		return 0, nil
	}
	return cache.Revision(sequence), err
}

var lastNumber = regexp.MustCompile(`\d+$`)

// sequenceIn is the one that is there, as an embedded server says in a conflict; 0 if it does not.
func sequenceIn(err error) uint64 {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return 0
	}
	n, _ := strconv.ParseUint(lastNumber.FindString(api.Description), 10, 64)
	return n
}

// remove deletes what is there of names, if it is as known, so that nothing of it can be read from the disk either.
func (c *session) remove(ctx context.Context, changes []cache.Change, which []int, revisions []cache.Revision) error {
	for _, i := range which {
		head, err := c.leaderGet(ctx, c.names.answers(), get{Last: c.names.answer(changes[i].ID)})
		if err != nil {
			return err
		}
		if head != nil && cache.Revision(head.sequence) != changes[i].Known {
			continue
		}
		if c.server != nil {
			err = c.removeHere(ctx, changes[i].ID, head)
		} else {
			err = c.removeShared(ctx, changes[i].ID, head)
		}
		if err != nil {
			return err
		}
		revisions[i] = max(1, changes[i].Known)
	}
	return nil
}

// removeHere deletes head, which may be nil, and all that was written of its name before.
func (c *session) removeHere(ctx context.Context, id cache.ID, head *message) error {
	subject := c.names.answer(id)
	return c.erase(ctx, []string{subject, subject + ".>"}, func(m message) bool { return head == nil || m.sequence <= head.sequence })
}

// removeShared is removeHere in a cluster, where the leader alone knows what is there.
func (c *session) removeShared(ctx context.Context, id cache.ID, head *message) (err error) {
	large := c.store.large.has(id)
	if head != nil {
		large = large || len(head.data) > 0 && head.data[0] == isChunks
		err = c.eraseAll(ctx, []uint64{head.sequence})
	}
	if err == nil && large {
		err = c.purge(ctx, c.names.answer(id)+".>")
	}
	if err == nil {
		c.store.recent.wrote(id, deleted)
	}
	return err
}

func (c *session) purge(ctx context.Context, subject string) error {
	stream, err := c.js.Stream(ctx, c.names.answers())
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
}

// removeChunks deletes those of other values of a name than the one that is there now.
func (c *session) removeChunks(ctx context.Context, change cache.Change) error {
	keep := ""
	if len(change.Value)+1 > c.chunk {
		keep = c.names.chunk(change.ID, chunksOf(change.Value, c.chunk).sum, "")
	}
	old := func(m message) bool { return keep == "" || !strings.HasPrefix(m.subject, keep) }
	return c.erase(ctx, []string{c.names.answer(change.ID) + ".>"}, old)
}

// erase deletes those messages of subjects that are old, and overwrites them.
func (c *session) erase(ctx context.Context, subjects []string, old func(message) bool) error {
	for {
		var sequences []uint64
		unread, err := c.many(ctx, subjects, func(m message) {
			if old(m) {
				sequences = append(sequences, m.sequence)
			}
		})
		if err != nil {
			return err
		}
		if err := c.eraseAll(ctx, sequences); err != nil {
			return err
		}
		if !unread {
			return nil
		}
		if len(sequences) == 0 {
			return c.damage(c.names.answers(), "something of what is to be deleted")
		}
	}
}

func (c *session) eraseAll(ctx context.Context, sequences []uint64) error {
	if len(sequences) == 0 {
		return nil
	}
	stream, err := c.js.Stream(ctx, c.names.answers())
	if err != nil {
		return err
	}
	for _, sequence := range sequences {
		err := stream.SecureDeleteMsg(ctx, sequence)
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return fmt.Errorf("delete: %w", err)
		}
	}
	return nil
}
