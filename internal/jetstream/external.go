package jetstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast/events"
)

// connect connects to a server that answers. What goes wrong later with nobody waiting for it is told to wrong.
func (e External) connect(wrong nats.ConnErrHandler) (*nats.Conn, error) {
	servers := make([]string, len(e.Servers))
	for i, server := range e.Servers {
		servers[i] = "nats://" + server
	}
	options := []nats.Option{
		nats.Name("holdfast"),
		nats.Timeout(2 * time.Second),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.ReconnectBufSize(-1), // what cannot be sent now fails now
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(nc *nats.Conn, _ *nats.Subscription, err error) { wrong(nc, err) }),
		nats.ReconnectErrHandler(wrong),
	}
	if e.Credentials != "" {
		options = append(options, nats.UserCredentials(e.Credentials))
	}
	if e.TLS != nil {
		secure, err := e.secure()
		if err != nil {
			return nil, err
		}
		options = append(options, secure...)
	}
	opts := nats.GetDefaultOptions()
	for _, option := range options {
		if err := option(&opts); err != nil {
			return nil, err
		}
	}
	opts.Servers = servers
	nc, err := opts.Connect()
	switch {
	case err == nil:
		return nc, nil
	case !strings.Contains(err.Error(), "Authorization Violation"): // as the server says it; it is no error of theirs
		return nil, fmt.Errorf("the cluster cannot be reached: %w", err)
	case e.Credentials == "":
		return nil, fmt.Errorf("the cluster wants credentials, and there are none in cache.store: %w", err)
	}
	return nil, fmt.Errorf("the cluster does not take the credentials in %s: %w", e.Credentials, err)
}

// secure has every connection use what the files of e.TLS hold when it is made: certificates are renewed while we run.
func (e External) secure() ([]nats.Option, error) {
	c, err := e.TLS()
	if err != nil {
		return nil, err
	}
	ours := func() (pair tls.Certificate, err error) {
		c, err := e.TLS()
		if err == nil && len(c.Certificates) > 0 {
			pair = c.Certificates[0]
		}
		return pair, err
	}
	theirs := func() (*x509.CertPool, error) {
		c, err := e.TLS()
		if err != nil {
			return nil, err
		}
		return c.RootCAs, nil
	}
	return []nats.Option{nats.Secure(&tls.Config{MinVersion: c.MinVersion, ServerName: c.ServerName}), nats.ClientTLSConfig(ours, theirs)}, nil
}

// openExternal connects to the cluster and looks whether it has our streams. It makes none.
func (s *Store) openExternal(ctx context.Context) (*session, error) {
	nc, err := s.options.External.connect(s.wrong)
	if err != nil {
		return nil, err
	}
	c, err := newSession(s, nc)
	if err == nil {
		err = briefly(ctx, c.fits)
	}
	if err == nil {
		err = briefly(ctx, c.readIncarnation)
	}
	if err == nil {
		err = briefly(ctx, func(ctx context.Context) error {
			s.kept.open(ctx, c)
			s.events.open(ctx, c)
			return nil
		})
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

// briefly bounds what a cluster is asked: while a stream has no leader its servers may say nothing at all, for as long as
// one cares to wait.
func briefly(ctx context.Context, ask func(context.Context) error) error {
	ctx, done := context.WithTimeout(ctx, apiTimeout)
	defer done()
	return ask(ctx)
}

func (c *session) fits(ctx context.Context) error {
	for _, want := range streams(c.names, size{}) {
		stream, err := exists(ctx, c.js, want.Name)
		if err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
		if stream == nil {
			return errors.New("the cluster has no stream " + want.Name + ": make it with holdfast store init")
		}
		if why := misfit(stream.CachedInfo().Config, want); why != "" {
			return fmt.Errorf("the stream %s is none of ours: %s", want.Name, why)
		}
	}
	return nil
}

// streams are those without which nothing works.
func streams(n names, s size) []jetstream.StreamConfig {
	return []jetstream.StreamConfig{answersStream(n, s), bumpsStream(n, s), leasesStream(n, s)}
}

// InitOptions are limits of what [Init] makes.
type InitOptions struct {
	Bytes    int64 // that answers may take on each replica (0: 1 GiB)
	Entries  int64 // answers there may be (0: as many as 300 bytes of memory each make 256 MiB)
	Replicas int   // 0: 3
	Events   events.Bounds
}

// Made is what [Init] did about a stream.
type Made struct {
	Stream string `json:"stream"`
	Did    string `json:"did"` // "made", "changed" or "kept"
}

// Init makes the streams in a cluster. Those that are there keep what is in them and get the limits that are asked for.
func Init(ctx context.Context, e External, o InitOptions) ([]Made, error) {
	want := size{o.Bytes, o.Entries, o.Replicas}
	if want.bytes == 0 {
		want.bytes = defaultBytes
	}
	if want.entries == 0 {
		want.entries = 256 << 20 / bytesPerIndex
	}
	if want.replicas == 0 {
		want.replicas = 3
	}
	ctx, done := context.WithTimeout(ctx, initTimeout)
	defer done()
	nc, err := e.connect(func(*nats.Conn, error) {})
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(apiTimeout))
	if err != nil {
		return nil, err
	}
	var all []Made
	names := namesOf(e.Name)
	for _, config := range slices.Concat(streams(names, want), []jetstream.StreamConfig{
		writesStream(names, want), eventsStream(names, o.Events, want), syncStream(names, want),
	}) {
		config.PersistMode = jetstream.DefaultPersistMode // a cluster may say how it syncs
		var did string
		init := func(ctx context.Context) (err error) {
			did, err = initStream(ctx, js, config)
			return err
		}
		err := briefly(ctx, init)
		for err != nil && later(err) && sleep(ctx, look) == nil {
			err = briefly(ctx, init)
		}
		if err != nil {
			return all, fmt.Errorf("stream %s: %w", config.Name, err)
		}
		all = append(all, Made{config.Name, did})
	}
	return all, nil
}

// initTimeout is how long [Init] waits for nodes that are not there yet.
const initTimeout = 30 * time.Second

// codeNoPeers is what a cluster says that has too few nodes, or whose nodes have not all found each other yet.
const codeNoPeers jetstream.ErrorCode = 10005

// later reports whether a cluster may do later what it did not do now.
func later(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeNoPeers || errors.Is(err, context.DeadlineExceeded)
}

func initStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) (did string, err error) {
	stream, err := exists(ctx, js, want.Name)
	if err != nil {
		return "", err
	}
	if stream == nil {
		_, err := js.CreateStream(ctx, want)
		return "made", err
	}
	is := stream.CachedInfo().Config
	if why := misfit(is, want); why != "" {
		return "", errors.New("is none of ours: " + why)
	}
	if is.MaxBytes == want.MaxBytes && is.MaxMsgs == want.MaxMsgs && is.Replicas == want.Replicas {
		return "kept", nil
	}
	is.MaxBytes, is.MaxMsgs, is.Replicas = want.MaxBytes, want.MaxMsgs, want.Replicas
	_, err = js.UpdateStream(ctx, is)
	return "changed", err
}
