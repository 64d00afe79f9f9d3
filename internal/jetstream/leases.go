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
// or its time is over.
type sharedLeases struct{ store *Store }

func (l *sharedLeases) Take(ctx context.Context, name string, ttl time.Duration) (release func(), ok bool, err error) {
	c, err := l.store.now(ctx)
	if err != nil {
		return nil, false, err
	}
	ack, err := c.js.PublishMsg(ctx, &nats.Msg{
		Subject: c.names.lease(name),
		Header: nats.Header{
			jetstream.ExpectedLastSubjSeqHeader: {"0"},
			jetstream.MsgTTLHeader:              {lifetime(ttl)},
		},
	}, jetstream.WithRetryAttempts(0))
	if conflicts(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return func() { // nobody waits for the answer: what is not deleted ends by itself
		request := []byte(`{"seq":` + strconv.FormatUint(ack.Sequence, 10) + `,"no_erase":true}`)
		_ = c.nc.PublishRequest("$JS.API.STREAM.MSG.DELETE."+c.names.leases(), c.nc.NewInbox(), request)
	}, true, nil
}

func (n names) lease(name string) string {
	sum := sha256.Sum256([]byte(name))
	return n.subject + "l." + base64.RawURLEncoding.EncodeToString(sum[:16])
}
