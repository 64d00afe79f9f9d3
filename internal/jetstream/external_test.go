package jetstream

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"holdfast/cache"
	"holdfast/internal/jetstream/jetstreamtest"
)

// A gateway that is connected to a server which is cut off from the others can reach those, and does.
func TestAServerThatIsCutOffIsLeft(t *testing.T) {
	t.Parallel()
	nodes := jetstreamtest.Start(t)
	e := External{Servers: nodes.Addresses()}
	if _, err := Init(t.Context(), e, InitOptions{Bytes: 16 << 20}); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{External: &e, cutOff: time.Second})
	awaitOpen(t, s)
	follower := (nodes.Leader(s.names.answers()) + 1) % 3
	await(t, "be connected to a follower", func() bool {
		c, err := s.now(t.Context())
		if err != nil || !c.nc.IsConnected() {
			return false
		}
		if c.nc.ConnectedAddr() == e.Servers[follower] {
			return true
		}
		_ = c.nc.ForceReconnect()
		return false
	})
	nodes.CutOff(follower)
	await(t, "write", func() bool {
		_, err := s.Save(t.Context(), []cache.Change{{ID: id("a"), Value: []byte("1"), Keep: time.Hour}})
		return err == nil
	})
	awaitOpen(t, s)
}

// Credentials that ended while the gateway runs are read again, and the log says what was wrong, without them.
func TestCredentialsThatEndedAreReadAgain(t *testing.T) {
	t.Parallel()
	guarded, path := startGuarded(t), filepath.Join(t.TempDir(), "user.creds")
	guarded.admit(path, time.Hour)
	e := External{Servers: []string{guarded.address}, Credentials: path}
	if _, err := Init(t.Context(), e, InitOptions{Bytes: 16 << 20, Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	guarded.admit(path, 2*time.Second)
	var log said
	s := start(t, Options{External: &e, Log: slog.New(slog.NewTextHandler(&log, nil))})
	await(t, "be refused", func() bool { return strings.Contains(s.State().Reason, "does not take the credentials in "+path) })
	text := guarded.admit(path, time.Hour)
	awaitOpen(t, s)
	save(t, s, "a", "1", 0)
	for _, want := range []string{"does not take the credentials in " + path, "it is well again"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, &log)
		}
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) > 40 && strings.Contains(log.String(), line) {
			t.Errorf("the log has a secret:\n%s", &log)
		}
	}
}

// said is a log that is read while it is written.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// guarded is one server that wants credentials.
type guarded struct {
	t       *testing.T
	address string
	account nkeys.KeyPair
}

func startGuarded(t *testing.T) *guarded {
	t.Helper()
	operator, account, system := must(nkeys.CreateOperator())(t), must(nkeys.CreateAccount())(t), must(nkeys.CreateAccount())(t)
	claims := jwt.NewOperatorClaims(must(operator.PublicKey())(t))
	trusted := must(jwt.DecodeOperatorClaims(must(claims.Encode(operator))(t)))(t)
	known := &server.MemAccResolver{}
	ours := jwt.NewAccountClaims(must(account.PublicKey())(t))
	ours.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	its := jwt.NewAccountClaims(must(system.PublicKey())(t))
	for _, c := range []*jwt.AccountClaims{ours, its} {
		if err := known.Store(c.Subject, must(c.Encode(operator))(t)); err != nil {
			t.Fatal(err)
		}
	}
	s := must(server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		TrustedOperators: []*jwt.OperatorClaims{trusted}, AccountResolver: known, SystemAccount: its.Subject,
	}))(t)
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(soon) {
		t.Fatal("the server takes no connections")
	}
	return &guarded{t: t, address: s.Addr().String(), account: account}
}

// admit writes the credentials of a user who may come for so long, and returns them.
func (g *guarded) admit(path string, long time.Duration) string {
	g.t.Helper()
	user := must(nkeys.CreateUser())(g.t)
	claims := jwt.NewUserClaims(must(user.PublicKey())(g.t))
	claims.Expires = time.Now().Add(long).Unix()
	text := must(jwt.FormatUserConfig(must(claims.Encode(g.account))(g.t), must(user.Seed())(g.t)))(g.t)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return string(text)
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
