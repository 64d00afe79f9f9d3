// Package jetstreamtest has NATS servers for tests.
package jetstreamtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ready is how long a cluster may take to start, however busy the machine.
const ready = time.Minute

// A Cluster is three servers in this process, on loopback, with JetStream. It is used by one goroutine.
type Cluster struct {
	tb    testing.TB
	nodes []*node
	wires []*wire
}

// A node keeps its directory and its ports when it is stopped and started.
type node struct {
	options *server.Options
	server  *server.Server // nil while it is stopped
}

// Start starts a cluster, which runs until the test ends, and returns when its servers have found each other.
func Start(tb testing.TB) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb}
	ports := freePorts(tb, 6)
	for i := range 3 {
		routes := []*url.URL{{Scheme: "nats", Host: nobody}} // each has to have one
		for to := range i {                                  // one of two connects, so that the wire is the only way
			w := newWire(tb, fmt.Sprintf("127.0.0.1:%d", ports[to]), i, to)
			c.wires = append(c.wires, w)
			routes = append(routes, &url.URL{Scheme: "nats", Host: w.listener.Addr().String()})
		}
		c.nodes = append(c.nodes, &node{options: &server.Options{
			ServerName: fmt.Sprintf("node%d", i), Host: "127.0.0.1", Port: ports[3+i], Routes: routes,
			Cluster:   server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[i], Advertise: nobody},
			JetStream: true, StoreDir: tb.TempDir(), SyncAlways: true, NoLog: true, NoSigs: true,
		}})
	}
	tb.Cleanup(func() {
		for i := range c.nodes {
			c.Stop(i)
		}
	})
	for i := range c.nodes {
		c.start(i)
	}
	c.wait(3)
	return c
}

// freePorts are ports that nobody had a moment ago, by chance, and below those that systems give to whoever asks for any:
// servers keep theirs while they are stopped.
func freePorts(tb testing.TB, n int) (ports []int) {
	tb.Helper()
	for tries := 0; len(ports) < n; tries++ {
		port := 10_000 + rand.IntN(20_000) //nolint:gosec // not a secret
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		switch {
		case err == nil:
			defer l.Close()
			ports = append(ports, port)
		case tries > 1000:
			tb.Fatal(err)
		}
	}
	return ports
}

// Addresses are those of the servers, HOST:PORT, running or not.
func (c *Cluster) Addresses() (all []string) {
	for _, n := range c.nodes {
		all = append(all, fmt.Sprintf("%s:%d", n.options.Host, n.options.Port))
	}
	return all
}

// Stop stops the server numbered i, which tells the others.
func (c *Cluster) Stop(i int) {
	n := c.nodes[i]
	if n.server == nil {
		return
	}
	n.server.Shutdown()
	n.server.WaitForShutdown()
	n.server = nil
}

// Start starts servers by their numbers again, where they were, and returns when they have caught up with the others.
func (c *Cluster) Start(numbers ...int) {
	c.tb.Helper()
	for _, i := range numbers {
		c.start(i)
	}
	running := 0
	for _, n := range c.nodes {
		if n.server != nil {
			running++
		}
	}
	c.wait(running)
}

// CutOff ends what the server numbered i and the others say to each other, until the test does. Clients reach all of them.
func (c *Cluster) CutOff(i int) {
	for _, w := range c.wires {
		if w.between[0] == i || w.between[1] == i {
			w.cut()
		}
	}
}

// Leader is the number of the server that leads a stream, -1 while there is none.
func (c *Cluster) Leader(stream string) int {
	return slices.IndexFunc(c.nodes, func(n *node) bool {
		return n.server != nil && n.server.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream)
	})
}

func (c *Cluster) start(i int) {
	c.tb.Helper()
	n := c.nodes[i]
	s, err := server.NewServer(n.options.Clone())
	if err != nil {
		c.tb.Fatal(err)
	}
	n.server = s
	s.Start()
	if !s.ReadyForConnections(ready) {
		c.tb.Fatalf("server %d takes no connections", i)
	}
}

// wait returns when a leader has so many peers that are up to date.
func (c *Cluster) wait(peers int) {
	c.tb.Helper()
	for end := time.Now().Add(ready); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		for _, n := range c.nodes {
			if n.server != nil && n.server.JetStreamIsLeader() && len(n.server.ActivePeers()) >= peers && n.server.JetStreamIsCurrent() {
				c.placed(peers, end)
				return
			}
		}
	}
	c.tb.Fatal("the servers have not found each other")
}

// placed returns when a stream can be placed on so many servers: that they are there is known earlier than what they
// have room for.
func (c *Cluster) placed(on int, end time.Time) {
	c.tb.Helper()
	conn, err := nats.Connect(strings.Join(c.Addresses(), ","), nats.NoReconnect())
	if err != nil {
		c.tb.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		c.tb.Fatal(err)
	}
	ctx, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	probe := jetstream.StreamConfig{Name: "ROOM", Subjects: []string{"room"}, Storage: jetstream.MemoryStorage, Replicas: on}
	for {
		_, err := js.CreateStream(ctx, probe)
		if err == nil {
			err = js.DeleteStream(ctx, probe.Name)
		}
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			c.tb.Fatal("the servers have no room for a stream: ", err)
		}
		<-time.After(10 * time.Millisecond)
	}
}
