package jetstream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// localLeases are those of one process.
type localLeases struct {
	mu   sync.Mutex
	held map[string]*localLease
}

type localLease struct{ until time.Time }

func newLocalLeases() *localLeases { return &localLeases{held: map[string]*localLease{}} }

func (l *localLeases) Take(_ context.Context, name string, ttl time.Duration) (release func(), ok bool, err error) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if other := l.held[name]; other != nil && now.Before(other.until) {
		return nil, false, nil
	}
	mine := &localLease{now.Add(ttl)}
	l.held[name] = mine
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.held[name] == mine {
			delete(l.held, name)
		}
	}, true, nil
}

// sharedLeases are messages of a stream in memory. Who writes the first of a subject has the lease, until it is deleted
// or its time is over. That is short, and who has it renews it: one that nobody gives back, since its process has died
// or the message that does so was lost, is in nobody's way for long.
type sharedLeases struct {
	store *Store

	mu   sync.Mutex
	held map[string]*sharedLease // by subject
}

type sharedLease struct {
	sequence uint64
	renewed  time.Time // or taken
	until    time.Time
}

const (
	leaseLife   = 3 * time.Second // of a lease that is not renewed
	leaseBeat   = time.Second     // how often they are
	leaseWithin = time.Second     // how long that may take
)

func newSharedLeases(s *Store) *sharedLeases {
	return &sharedLeases{store: s, held: map[string]*sharedLease{}}
}

func (l *sharedLeases) Take(ctx context.Context, name string, ttl time.Duration) (release func(), ok bool, err error) {
	c, err := l.store.now(ctx)
	if err != nil {
		return nil, false, err
	}
	now := time.Now()
	subject := c.names.lease(name)
	ack, err := c.js.PublishMsg(ctx, leaseMessage(subject, 0, min(ttl, leaseLife)), jetstream.WithRetryAttempts(0))
	if conflicts(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	mine := &sharedLease{sequence: ack.Sequence, renewed: now, until: now.Add(ttl)}
	l.mu.Lock()
	l.held[subject] = mine // whose was there, if anybody's, has lost it
	l.mu.Unlock()
	return func() { l.release(c, subject, mine) }, true, nil
}

// leaseMessage is the first of its subject, or follows the one that was written before.
func leaseMessage(subject string, after uint64, life time.Duration) *nats.Msg {
	return &nats.Msg{Subject: subject, Header: nats.Header{
		jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(after, 10)},
		jetstream.MsgTTLHeader:              {lifetime(life)},
	}}
}

func (l *sharedLeases) release(c *session, subject string, mine *sharedLease) {
	l.mu.Lock()
	sequence := mine.sequence
	if l.held[subject] == mine {
		delete(l.held, subject)
	}
	l.mu.Unlock()
	// Nobody waits for the answer: what is not deleted ends by itself.
	request := []byte(`{"seq":` + strconv.FormatUint(sequence, 10) + `,"no_erase":true}`)
	_ = c.nc.PublishRequest("$JS.API.STREAM.MSG.DELETE."+c.names.leases(), c.nc.NewInbox(), request)
}

// run renews what is held, until ctx ends.
func (l *sharedLeases) run(ctx context.Context) {
	tick := time.NewTicker(leaseBeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			l.renew(ctx, now)
		}
	}
}

// renew writes those anew that are older than a beat. What cannot be renewed is lost.
func (l *sharedLeases) renew(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, leaseWithin)
	defer cancel()
	due := l.due(now)
	if len(due) == 0 {
		return
	}
	c, err := l.store.now(ctx)
	if err != nil {
		return
	}
	acks := map[string]jetstream.PubAckFuture{}
	for subject, was := range due {
		ack, err := c.js.PublishMsgAsync(leaseMessage(subject, was.sequence, min(was.until.Sub(now), leaseLife)))
		if err != nil {
			return
		}
		acks[subject] = ack
	}
	for subject, ack := range acks {
		sequence, err := acked(ctx, ack)
		l.mu.Lock()
		if h := l.held[subject]; h != nil && h.sequence == due[subject].sequence {
			switch {
			case err == nil:
				h.sequence, h.renewed = sequence, now
			case conflicts(err):
				delete(l.held, subject)
			}
		}
		l.mu.Unlock()
	}
}

// due returns those that are to be renewed, and forgets those whose time is over.
func (l *sharedLeases) due(now time.Time) map[string]sharedLease {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := map[string]sharedLease{}
	for subject, h := range l.held {
		switch {
		case !now.Before(h.until):
			delete(l.held, subject)
		case now.Sub(h.renewed) >= leaseBeat/2:
			due[subject] = *h
		}
	}
	return due
}

func (n names) lease(name string) string {
	sum := sha256.Sum256([]byte(name))
	return n.subject + "l." + base64.RawURLEncoding.EncodeToString(sum[:16])
}
