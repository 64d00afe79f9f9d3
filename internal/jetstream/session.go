package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// session is a connection to a server that has our streams.
type session struct {
	store  *Store
	nc     *nats.Conn
	js     jetstream.JetStream
	server *embedded // nil: it is elsewhere
	names  names
	chunk  int // bytes of a value that fit in one message

	incarnation atomic.Uint64 // of the stream of bumps
	events      atomic.Uint64 // and of that of events; 0: nobody has asked
}

const (
	apiTimeout     = 5 * time.Second // of what nobody waits for
	publishTimeout = 20 * time.Second
	pendingAcks    = 512
	headroom       = 4 << 10 // of a message, for its headers
	largestChunk   = 1<<20 - headroom
)

func newSession(s *Store, nc *nats.Conn) (*session, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(apiTimeout),
		jetstream.WithPublishAsyncMaxPending(pendingAcks), jetstream.WithPublishAsyncTimeout(publishTimeout))
	if err != nil {
		return nil, err
	}
	c := &session{store: s, nc: nc, js: js, names: s.names, chunk: largestChunk}
	if most := int(nc.MaxPayload()); most > headroom {
		c.chunk = min(largestChunk, most-headroom)
	}
	return c, nil
}

// close returns when nothing of the session is left.
func (c *session) close() {
	c.nc.Close()
	if c.server != nil {
		c.server.stop()
	}
}

// usable is nil if the server can be asked.
func (c *session) usable() error {
	switch {
	case c.server != nil && !c.server.server.JetStreamEnabled():
		return errors.New("the embedded server has given up on the disk")
	case !c.nc.IsConnected():
		return errors.New("no server can be reached")
	}
	return nil
}

// get is a request for messages of a stream, as JetStream's own clients make it.
type get struct {
	Sequence  uint64   `json:"seq,omitempty"`
	Last      string   `json:"last_by_subj,omitempty"`
	Next      string   `json:"next_by_subj,omitempty"`
	MultiLast []string `json:"multi_last,omitempty"`
	UpTo      uint64   `json:"up_to_seq,omitempty"`
	Batch     int      `json:"batch,omitempty"`
	MaxBytes  int      `json:"max_bytes,omitempty"`
}

// message is one of a stream.
type message struct {
	subject  string
	sequence uint64
	data     []byte
}

func (g get) encode() []byte {
	b, err := json.Marshal(g)
	if err != nil {
		panic(err) // it is texts and numbers
	}
	return b
}

// leaderGet asks the leader of a stream for one message, which is the newest then, as no replica's has to be. It is
// nil if there is none.
func (c *session) leaderGet(ctx context.Context, stream string, g get) (*message, error) {
	ctx, done := context.WithTimeout(ctx, apiTimeout) // a leader that dies takes its answers along
	defer done()
	reply, err := c.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, g.encode())
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Subject  string `json:"subject"`
			Sequence uint64 `json:"seq"`
			Data     []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return nil, err
	}
	if answer.Error != nil {
		if answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return nil, nil
		}
		return nil, answer.Error
	}
	return &message{answer.Message.Subject, answer.Message.Sequence, answer.Message.Data}, nil
}

// statusOf returns the status line of a reply that is no message, "" of one that is.
func statusOf(m *nats.Msg) string { return m.Header.Get("Status") }

func messageOf(m *nats.Msg) message {
	sequence, _ := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	return message{m.Header.Get(jetstream.SubjectHeader), sequence, m.Data}
}

// readIncarnation learns which incarnation the journal is: that of its stream, and of a message in it that is replaced
// when something may have been lost.
func (c *session) readIncarnation(ctx context.Context) error {
	for {
		id, err := c.leaderGet(ctx, c.names.bumps(), get{Last: c.names.incarnation()})
		if err != nil {
			return err
		}
		if id != nil {
			return c.knowIncarnation(ctx, id.data)
		}
		if err := c.writeIncarnation(ctx, jetstream.WithExpectLastSequencePerSubject(0)); err != nil && !conflicts(err) {
			return err
		}
	}
}

// newIncarnation says that something of the journal may have been lost.
func (c *session) newIncarnation(ctx context.Context) error {
	if err := c.writeIncarnation(ctx); err != nil {
		return err
	}
	c.store.counts.incarnations.Add(1)
	return c.readIncarnation(ctx)
}

func (c *session) writeIncarnation(ctx context.Context, options ...jetstream.PublishOpt) error {
	_, err := c.js.Publish(ctx, c.names.incarnation(), fmt.Appendf(nil, "%s %d", c.nc.NewRespInbox(), time.Now().UnixNano()), options...)
	return err
}

func (c *session) knowIncarnation(ctx context.Context, id []byte) error {
	stream, err := c.js.Stream(ctx, c.names.bumps())
	if err != nil {
		return err
	}
	h := fnv.New64a()
	_, _ = h.Write(id)
	_, _ = fmt.Fprint(h, stream.CachedInfo().Created.UnixNano())
	c.incarnation.Store(h.Sum64() | 1)
	return nil
}

// damage says that something cannot be read. An embedded server is stopped then and reads its files anew: until then
// nothing can be written over what is damaged, nor may it expire, or no write to its stream succeeds any more.
func (c *session) damage(stream, what string) error {
	c.store.counts.damaged.Add(1)
	c.store.options.Log.Error("store: something is damaged", "what", what+" cannot be read")
	if c.server != nil {
		c.store.log.damage(stream)
		c.store.failing()
	}
	return fmt.Errorf("%s %w", what, errDamaged)
}

// conflicts reports whether something was not written since something else is there.
func conflicts(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
