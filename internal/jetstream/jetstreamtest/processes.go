package jetstreamtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// asNode is the environment variable that makes a test binary a server, and says which one.
const asNode = "HOLDFAST_AS_NATS_NODE"

// A place is where a server of [Processes] is.
type place struct {
	Name    string
	Client  int // ports
	Cluster int
	Routes  []int
	Dir     string
	command *exec.Cmd // nil: it is not running
	lives   io.Closer // closed, it ends
}

// Serve is the server that a test binary was started as by [StartProcesses], until that is killed or its parent is gone;
// it returns false where it was started as something else, as env says. TestMain calls it first, with [os.LookupEnv].
func Serve(env func(string) (string, bool)) bool {
	text, ok := env(asNode)
	if !ok {
		return false
	}
	var p place
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	options := &server.Options{
		ServerName: p.Name, Host: "127.0.0.1", Port: p.Client,
		Cluster:   server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: p.Cluster, Advertise: nobody},
		Routes:    []*url.URL{{Scheme: "nats", Host: nobody}}, // each has to have one
		JetStream: true, StoreDir: p.Dir, SyncAlways: true, NoLog: true, NoSigs: true,
	}
	for _, port := range p.Routes {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
	}
	s, err := server.NewServer(options)
	if err != nil {
		panic(err)
	}
	s.Start()
	_, _ = io.Copy(io.Discard, os.Stdin)
	return true
}

// Processes are three servers with JetStream on loopback, each a process that can be killed. They are used by one
// goroutine, in a test binary whose TestMain calls [Serve].
type Processes struct {
	tb    testing.TB
	nodes []*place
	conn  *nats.Conn
	js    jetstream.JetStream
}

// StartProcesses starts them, until the test ends, and returns when they have found each other. With -short there are none.
func StartProcesses(tb testing.TB) *Processes {
	tb.Helper()
	if testing.Short() {
		tb.Skip("starts processes")
	}
	c := &Processes{tb: tb}
	ports := freePorts(tb, 6)
	for i := range 3 {
		c.nodes = append(c.nodes, &place{
			Name: fmt.Sprintf("node%d", i), Client: ports[i], Cluster: ports[3+i],
			Routes: ports[3 : 3+i], Dir: tb.TempDir(), // one of two connects, for neither to give way to the other
		})
	}
	tb.Cleanup(func() {
		if c.conn != nil {
			c.conn.Close()
		}
		for i := range c.nodes {
			c.Kill(i)
		}
	})
	for i := range c.nodes {
		c.start(i)
	}
	var err error
	for end := time.Now().Add(ready); ; <-time.After(10 * time.Millisecond) {
		if c.conn, err = nats.Connect(strings.Join(c.Addresses(), ","), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond)); err == nil {
			break
		}
		if time.Now().After(end) {
			tb.Fatal(err)
		}
	}
	if c.js, err = jetstream.New(c.conn); err != nil {
		tb.Fatal(err)
	}
	c.placed()
	return c
}

func (c *Processes) start(i int) {
	c.tb.Helper()
	n := c.nodes[i]
	text, err := json.Marshal(n)
	if err != nil {
		c.tb.Fatal(err)
	}
	command := exec.CommandContext(context.WithoutCancel(c.tb.Context()), os.Args[0])
	command.Env = append(os.Environ(), asNode+"="+string(text))
	command.Stderr = os.Stderr
	if n.lives, err = command.StdinPipe(); err != nil {
		c.tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		c.tb.Fatal(err)
	}
	n.command = command
}

// placed returns when a stream can be placed on all three. Who asks before one of them leads is not answered.
func (c *Processes) placed() {
	c.tb.Helper()
	probe := jetstream.StreamConfig{Name: "ROOM", Subjects: []string{"room"}, Storage: jetstream.MemoryStorage, Replicas: 3}
	place := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := c.js.CreateStream(ctx, probe); err != nil {
			return err
		}
		return c.js.DeleteStream(ctx, probe.Name)
	}
	for end := time.Now().Add(ready); ; <-time.After(10 * time.Millisecond) {
		switch err := place(); {
		case err == nil:
			return
		case time.Now().After(end):
			c.tb.Fatal("the servers have no room for a stream: ", err)
		}
	}
}

// Addresses are those of the servers, HOST:PORT, running or not.
func (c *Processes) Addresses() (all []string) {
	for _, n := range c.nodes {
		all = append(all, fmt.Sprintf("127.0.0.1:%d", n.Client))
	}
	return all
}

// Leader is the number of the server that leads a stream; -1 while nobody knows of one.
func (c *Processes) Leader(stream string) int {
	s, err := c.about(stream)
	if err != nil || s.Cluster == nil {
		return -1
	}
	return slices.IndexFunc(c.nodes, func(n *place) bool { return n.Name == s.Cluster.Leader })
}

func (c *Processes) about(stream string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	return s.CachedInfo(), nil
}

// Kill ends the process of the server numbered i, at once and without a word to the others.
func (c *Processes) Kill(i int) {
	n := c.nodes[i]
	if n.command == nil {
		return
	}
	_ = n.command.Process.Kill()
	_ = n.command.Wait()
	_ = n.lives.Close()
	n.command = nil
}

// Start starts the server numbered i again, where it was, and returns when a stream is up to date on all three.
func (c *Processes) Start(i int, stream string) {
	c.tb.Helper()
	c.start(i)
	current := func() bool {
		s, err := c.about(stream)
		return err == nil && s.Cluster != nil && s.Cluster.Leader != "" && len(s.Cluster.Replicas) == 2 &&
			!slices.ContainsFunc(s.Cluster.Replicas, func(p *jetstream.PeerInfo) bool { return !p.Current || p.Offline })
	}
	for end := time.Now().Add(ready); !current(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.tb.Fatalf("server %d does not come up to date", i)
		}
	}
}
