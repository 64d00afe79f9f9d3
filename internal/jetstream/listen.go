package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A listener is told of the messages of a stream.
type listener interface {
	// tell is of one message; last says that it is the last one so far.
	tell(ctx context.Context, m jetstream.Msg, sequence uint64, last bool) error
	// look is called every beat with the sequence of the newest message, 0 where there is none. It is not ok where that
	// says nothing for now.
	look(ctx context.Context, newest uint64) (ok bool, err error)
	// caughtUp is called every beat in which all was told, and reports whether that is all that there is.
	caughtUp(ctx context.Context) (whole bool, err error)
}

// listen tells l of what a stream has of some subjects after a sequence, in order, and then of what comes, until ctx ends
// or that cannot be done. What does not come though it is there is asked for again.
func (c *session) listen(ctx context.Context, stream, subjects string, after uint64, l listener) error {
	h := &hearing{session: c, listener: l, stream: stream, subjects: subjects, told: after}
	for {
		if err := h.listen(ctx); !errors.Is(err, errLags) {
			return err
		}
		h.behind = time.Time{} // from where it was, by a consumer that is new
	}
}

// hearing is how far a listener has been told.
type hearing struct {
	*session
	listener

	stream, subjects string
	told             uint64    // up to and with which sequence
	whole            bool      // all that was there has been told
	behind           time.Time // since when something is there that does not come; zero: nothing is
}

func (h *hearing) listen(ctx context.Context) error {
	consumer, err := h.js.OrderedConsumer(ctx, h.stream, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{h.subjects},
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       h.told + 1,
		InactiveThreshold: 30 * time.Second,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullHeartbeat(time.Second), jetstream.PullExpiry(5*time.Second))
	if err != nil {
		return err
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	for {
		if err := h.beat(ctx); err != nil {
			return err
		}
		if err := h.until(ctx, messages, time.Now().Add(heartbeat)); err != nil {
			return err
		}
	}
}

// until tells what comes, for a beat, and at first until the last has come.
func (h *hearing) until(ctx context.Context, messages jetstream.MessagesContext, next time.Time) error {
	for last := false; (h.whole || !last) && time.Now().Before(next); {
		m, err := messages.Next(jetstream.NextMaxWait(max(time.Millisecond, time.Until(next))))
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		last = meta.NumPending == 0
		h.told, h.behind = max(h.told, meta.Sequence.Stream), time.Time{}
		if err := h.tell(ctx, m, meta.Sequence.Stream, last); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// beat asks the leader what the newest is, and says so if all of it was told.
func (h *hearing) beat(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, mostLag)
	defer done()
	newest, err := h.newest(ctx, h.stream, h.subjects)
	if err != nil {
		return err
	}
	if ok, err := h.look(ctx, newest); !ok || err != nil {
		return err
	}
	if newest <= h.told {
		h.behind = time.Time{}
		h.whole, err = h.caughtUp(ctx)
		return err
	}
	now := time.Now()
	if h.behind.IsZero() {
		h.behind = now
	}
	if now.Sub(h.behind) > mostLag {
		return errLags
	}
	return nil
}

const (
	heartbeat = 500 * time.Millisecond // of a stream where nothing comes
	mostLag   = 3 * time.Second        // for which nothing comes though there is something
)

var errLags = errors.New("what is there does not come")

// newest is the sequence of the newest message of some subjects, 0 if there is none.
func (c *session) newest(ctx context.Context, stream, subjects string) (uint64, error) {
	m, err := c.leaderGet(ctx, stream, get{Last: subjects})
	if err != nil || m == nil {
		return 0, err
	}
	return m.sequence, nil
}
