package jetstreamtest

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if !Serve(os.LookupEnv) {
		goleak.VerifyTestMain(m)
	}
}

func TestAClusterGoesOnWithoutTheLeaderOfAStream(t *testing.T) {
	c := Start(t)
	conn, err := nats.Connect(strings.Join(c.Addresses(), ","), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "things", Subjects: []string{"things.>"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "things.a", []byte("a")); err != nil {
		t.Fatal(err)
	}
	leader := c.Leader("things")
	c.Stop(leader)
	began := time.Now()
	for end := began.Add(ready); ; {
		_, err := js.Publish(ctx, "things.b", []byte("b"))
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	t.Logf("written again after %v", time.Since(began))
	c.Start(leader)
}

func TestProcessesGoOnWithoutTheLeaderOfAStream(t *testing.T) {
	c := StartProcesses(t)
	ctx := t.Context()
	if _, err := c.js.CreateStream(ctx, jetstream.StreamConfig{Name: "things", Subjects: []string{"things.>"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.js.Publish(ctx, "things.a", []byte("a")); err != nil {
		t.Fatal(err)
	}
	leader := c.Leader("things")
	c.Kill(leader)
	began := time.Now()
	for end := began.Add(ready); ; {
		_, err := c.js.Publish(ctx, "things.b", []byte("b"))
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	t.Logf("written again after %v", time.Since(began))
	if now := c.Leader("things"); now == leader {
		t.Errorf("a server that was killed leads")
	}
	c.Start(leader, "things")
}
