package jetstream

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"holdfast/cache"
)

const (
	loadPatience = 10 * time.Second // of a caller who has more than anybody who waits for an answer
	firstAttempt = 400 * time.Millisecond
	mostSubjects = 256     // of one request; the server gives at most 1,024 messages
	mostBytes    = 8 << 20 // of the replies to one request
)

// Load returns what is there. A value that is damaged is empty, and has its revision, so that another can be saved.
func (s *Store) Load(ctx context.Context, ids []cache.ID) ([]cache.Stored, error) {
	ctx, done := context.WithTimeout(ctx, loadPatience)
	defer done()
	c, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.reads.pass(); err != nil {
		return nil, err
	}
	began := time.Now()
	found, err := c.load(ctx, ids)
	if errors.Is(err, nats.ErrConnectionClosed) { // it is being opened again
		if c, err = s.wait(ctx); err == nil {
			found, err = c.load(ctx, ids)
		}
	}
	if callers(ctx, began, err) {
		return nil, err
	}
	if s.reads.came(err) {
		s.failing()
	}
	return found, err
}

// load asks again what was not answered, as while the leader of a cluster changes.
func (c *session) load(ctx context.Context, ids []cache.ID) ([]cache.Stored, error) {
	found := make([]cache.Stored, len(ids))
	for at := 0; at < len(ids); at += mostSubjects {
		part := ids[at:min(at+mostSubjects, len(ids))]
		err := c.again(ctx, func(ctx context.Context) error { return c.loadHeads(ctx, part, found[at:]) })
		if err != nil {
			return nil, err
		}
	}
	c.catchUp(ctx, ids, found)
	for i := range found {
		if found[i].Revision == 0 {
			continue
		}
		value, err := c.open(ctx, ids[i], found[i].Value)
		if errors.Is(err, errDamaged) {
			c.store.counts.damaged.Add(1)
		} else if err != nil {
			return nil, err
		}
		found[i].Value = value
	}
	return found, nil
}

// again calls do until it works or ctx ends: in a cluster for a short time first, since another replica may answer.
func (c *session) again(ctx context.Context, do func(context.Context) error) error {
	if c.server != nil {
		return do(ctx)
	}
	for patience := firstAttempt; ; patience *= 2 {
		attempt, done := context.WithTimeout(ctx, patience)
		err := do(attempt)
		done()
		if err == nil || ctx.Err() != nil || errors.Is(err, nats.ErrConnectionClosed) || sleep(ctx, 20*time.Millisecond) != nil {
			return err
		}
	}
}

// loadHeads finds the messages of names: one by its subject, several in one request.
func (c *session) loadHeads(ctx context.Context, ids []cache.ID, found []cache.Stored) error {
	if len(ids) == 1 {
		m, err := c.last(ctx, c.names.answer(ids[0]))
		if err == nil && m != nil {
			found[0] = cache.Stored{Value: m.data, Revision: cache.Revision(m.sequence)}
		}
		return err
	}
	places := make(map[string]int, len(ids))
	subjects := make([]string, len(ids))
	for i, id := range ids {
		subjects[i] = c.names.answer(id)
		places[subjects[i]] = i
	}
	unread, err := c.many(ctx, subjects, func(m message) {
		if i, ok := places[m.subject]; ok {
			found[i] = cache.Stored{Value: m.data, Revision: cache.Revision(m.sequence)}
		}
	})
	if err != nil {
		return err
	}
	for i, subject := range subjects { // a name may be asked for twice
		found[i] = found[places[subject]]
	}
	if !unread {
		return nil
	}
	// One that cannot be read ends the replies: each is asked for alone.
	for i := range ids {
		if found[i].Revision != 0 {
			continue
		}
		if err := c.loadHeads(ctx, ids[i:i+1], found[i:]); err != nil {
			return err
		}
	}
	return nil
}

// last returns the newest message of a subject, nil if there is none that can be read. Any replica may say so.
func (c *session) last(ctx context.Context, subject string) (*message, error) {
	reply, err := c.nc.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+c.names.answers()+"."+subject, nil)
	if err != nil {
		return nil, err
	}
	switch status := statusOf(reply); status {
	case "":
		m := messageOf(reply)
		return &m, nil
	case "404":
		return nil, nil
	default:
		return nil, errors.New("the server answers " + status + " " + reply.Header.Get("Description"))
	}
}

// many calls each with the newest message of every subject, in the order of their sequences. unread means that one of
// them cannot be read, and that others may be missing for that.
func (c *session) many(ctx context.Context, subjects []string, each func(message)) (unread bool, err error) {
	g := get{MultiLast: subjects, MaxBytes: mostBytes}
	for {
		end, err := c.gets(ctx, g, each)
		if err != nil {
			return false, err
		}
		switch status := statusOf(end); {
		case status == "204" && number(end, "Nats-Num-Pending") == 0, status == "404" && end.Header.Get("Description") == "No Results":
			return false, nil
		case status == "204":
			g.Sequence, g.UpTo = number(end, "Nats-Last-Sequence")+1, number(end, "Nats-UpTo-Sequence")
		case status == "404":
			_ = c.damage(c.names.answers(), "one of several messages")
			return true, nil
		default:
			return false, errors.New("the server answers " + status + " " + end.Header.Get("Description"))
		}
	}
}

// gets makes a request with many replies, and returns the one that ends them.
func (c *session) gets(ctx context.Context, g get, each func(message)) (*nats.Msg, error) {
	inbox := c.nc.NewInbox()
	replies, err := c.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = replies.Unsubscribe() }()
	_ = replies.SetPendingLimits(-1, -1)
	if err := c.nc.PublishRequest("$JS.API.DIRECT.GET."+c.names.answers(), inbox, g.encode()); err != nil {
		return nil, err
	}
	for {
		m, err := replies.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		if statusOf(m) != "" {
			return m, nil
		}
		each(messageOf(m))
	}
}

func number(m *nats.Msg, header string) uint64 {
	n, _ := strconv.ParseUint(m.Header.Get(header), 10, 64)
	return n
}

// Scan calls each with all that is there. What cannot be read is left out and counted.
func (s *Store) Scan(ctx context.Context, each func(cache.ID, cache.Stored) bool) error {
	c, err := s.now(ctx)
	if err != nil {
		return err
	}
	prefix := c.names.subject + "a."
	for at := uint64(1); ; {
		var batch []message
		var end *nats.Msg
		err := c.again(ctx, func(ctx context.Context) (err error) {
			batch = batch[:0]
			end, err = c.gets(ctx, get{Sequence: at, Next: prefix + "*", Batch: mostSubjects, MaxBytes: mostBytes},
				func(m message) { batch = append(batch, m) })
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range batch {
			id, err := cache.ParseID(strings.TrimPrefix(m.subject, prefix))
			if err != nil {
				continue
			}
			value, err := c.open(ctx, id, m.data)
			if errors.Is(err, errDamaged) {
				s.counts.damaged.Add(1)
			} else if err != nil {
				return err
			}
			if !each(id, cache.Stored{Value: value, Revision: cache.Revision(m.sequence)}) {
				return nil
			}
			at = m.sequence + 1
		}
		if len(batch) == 0 || statusOf(end) != "204" || number(end, "Nats-Num-Pending") == 0 {
			return nil
		}
	}
}
