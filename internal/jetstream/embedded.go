package jetstream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/cache"
)

// embedded is a server in this process. It listens nowhere and handles no signals.
type embedded struct {
	server *server.Server
	log    *serverLog
}

// mendedFor is how long a stream has to be well after its files were read anew.
const mendedFor = 10 * time.Minute

const (
	startTimeout = 10 * time.Second
	// largestMessage is what one message of the embedded server may be. What is larger is cut in chunks.
	largestMessage = 1 << 20
)

// startServer starts a server over what is in a directory.
func startServer(d directory, key string, log *serverLog) (e *embedded, err error) {
	defer func() {
		if r := recover(); r != nil { // over files that somebody else has written, it has panicked before
			err = fmt.Errorf("jetstream: panic: %v", r)
		}
	}()
	s, err := server.NewServer(&server.Options{
		ServerName:             "holdfast",
		DontListen:             true,
		NoSigs:                 true,
		NoSystemAccount:        true,
		NoHeaderSupport:        false,
		JetStream:              true,
		StoreDir:               d.path,
		JetStreamKey:           key,
		JetStreamMaxMemory:     8 << 20,  // nothing of ours is in it but consumers
		JetStreamMaxStore:      64 << 40, // streams have limits of their own
		SyncAlways:             true,
		MaxPayload:             largestMessage,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, err
	}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	e = &embedded{server: s, log: log}
	if !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		e.stop()
		return nil, errors.New("the embedded server does not start")
	}
	return e, nil
}

// stop returns when nothing of the server is left, which a disk that hangs delays.
func (e *embedded) stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

func (e *embedded) connect() (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(e.server), nats.Name("holdfast"), nats.NoReconnect(), nats.Timeout(startTimeout),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // else it prints to standard error; who waits is told
}

// openEmbedded starts a server over the directory and finds or makes the streams.
func (s *Store) openEmbedded(ctx context.Context) (*session, error) {
	f, isNew, err := s.dir.prepare(s.options.Key, time.Now(), s.alarm)
	if err != nil {
		return nil, err
	}
	key := ""
	if f.salt != "" {
		key = derive(s.options.Key, f.salt, "holdfast store engine")
	}
	damaged := s.log.takeDamaged()
	for _, name := range damaged {
		if err := s.mend(name); err != nil {
			return nil, err
		}
	}
	e, err := startServer(s.dir, key, s.log)
	if err != nil {
		return nil, err
	}
	if len(damaged) > 0 {
		s.log.takeDamaged() // what was found now is out of it
	}
	if !isNew {
		if e, err = s.moveUnreadable(ctx, e, key); err != nil {
			return nil, err
		}
	}
	c, err := s.sessionOf(ctx, e, isNew)
	if err != nil {
		e.stop()
		return nil, err
	}
	return c, nil
}

// mend has a server that starts read all files of a stream, so that it leaves out what is damaged. If that was of no use
// a while ago, they are moved aside, but for writes, of which nobody but an operator may leave any out.
func (s *Store) mend(stream string) error {
	if !s.dir.roomy() {
		s.log.damage(stream)
		return errFull
	}
	if stream == s.names.bumps() {
		s.log.bumps.Store(true)
	}
	if stream == s.names.events() {
		s.events.mended.Add(1)
	}
	now := time.Now()
	if now.Sub(s.mended[stream]) > mendedFor {
		s.mended[stream] = now
		return s.dir.dropIndex(stream)
	}
	delete(s.mended, stream)
	if stream == s.names.writes() {
		s.kept.lost = true
		return nil
	}
	return s.moveAside(stream)
}

func (s *Store) moveAside(stream string) error {
	moved, err := s.dir.aside(s.dir.stream(stream), time.Now())
	if err != nil {
		return err
	}
	if moved == "" {
		moved = "nowhere: its folder is lost"
	}
	s.alarm("the stream " + stream + " cannot be read, and is made anew; what there was is now " + moved)
	s.counts.movedAside.Add(1)
	return nil
}

// moveUnreadable moves the folders of streams that the server cannot read aside, with the server stopped meanwhile.
func (s *Store) moveUnreadable(ctx context.Context, e *embedded, key string) (*embedded, error) {
	lost, err := unreadable(ctx, e, append(s.dir.having(s.names.events(), s.names.sync()), s.names.answers(), s.names.bumps())...)
	if err == nil && len(lost) == 0 {
		return e, nil
	}
	e.stop()
	if err == nil && !s.dir.roomy() {
		err = errFull
	}
	if err != nil {
		return nil, err
	}
	for _, name := range lost {
		if err := s.moveAside(name); err != nil {
			return nil, err
		}
	}
	return startServer(s.dir, key, s.log)
}

func unreadable(ctx context.Context, e *embedded, names ...string) (lost []string, err error) {
	nc, err := e.connect()
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		stream, err := exists(ctx, js, name)
		if err != nil {
			return nil, err
		}
		if stream == nil {
			lost = append(lost, name)
		}
	}
	return lost, nil
}

// sessionOf connects to an embedded server whose unreadable streams were moved away: those that are not there are new.
func (s *Store) sessionOf(ctx context.Context, e *embedded, isNew bool) (*session, error) {
	nc, err := e.connect()
	if err != nil {
		return nil, err
	}
	c, err := newSession(s, nc)
	if err != nil {
		nc.Close()
		return nil, err
	}
	c.server = e
	want := size{bytes: s.options.Bytes, entries: s.options.entries(), replicas: 1}
	for _, config := range []jetstream.StreamConfig{answersStream(s.names, want), bumpsStream(s.names, want)} {
		if err := c.have(ctx, config); err != nil {
			nc.Close()
			return nil, err
		}
	}
	s.kept.open(ctx, c)
	s.events.open(ctx, c)
	if err := s.incarnate(ctx, c, isNew); err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

// incarnate says which incarnation the journal is. If something of it may be lost and the disk is full, it is one that
// nobody else knows, until there is room.
func (s *Store) incarnate(ctx context.Context, c *session, isNew bool) error {
	if !isNew && !s.log.bumps.Load() {
		if err := c.readIncarnation(ctx); err != nil {
			return err
		}
		why, err := s.putBack(ctx, c)
		if err != nil {
			return err
		}
		if why == "" {
			return nil
		}
		s.options.Log.Warn("store: it may have been put back from a backup, or copied: nothing in it is fresh any more, and all may stand in", "reason", why)
		s.log.bumps.Store(true)
	}
	if s.log.bumps.Load() && !s.dir.roomy() {
		c.incarnation.Store(rand.Uint64() | 1) //nolint:gosec // not a secret
		return nil
	}
	if s.log.bumps.Swap(false) {
		if err := c.newIncarnation(ctx); err != nil {
			s.log.bumps.Store(true)
			return err
		}
	} else if err := c.readIncarnation(ctx); err != nil {
		return err
	}
	s.far.is(cache.Place{Incarnation: c.incarnation.Load()})
	s.testify() // so that whoever is killed at once has said so
	return nil
}

// have makes a stream, or gives it the limits it is to have.
func (c *session) have(ctx context.Context, config jetstream.StreamConfig) error {
	stream, err := exists(ctx, c.js, config.Name)
	if err != nil {
		return err
	}
	if stream == nil {
		_, err := c.js.CreateStream(ctx, config)
		return err
	}
	is := stream.CachedInfo().Config
	if is.MaxBytes == config.MaxBytes && is.MaxMsgs == config.MaxMsgs && is.Duplicates == config.Duplicates {
		return nil
	}
	is.MaxBytes, is.MaxMsgs, is.Duplicates = config.MaxBytes, config.MaxMsgs, config.Duplicates
	_, err = c.js.UpdateStream(ctx, is)
	return err
}
