package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/jetstream/jetstreamtest"
)

const streamOfWrites = "HF_holdfast_writes"

// TestALeaderThatIsKilledLosesNoWrite kills the server that leads the writes, at random, while changes are accepted and
// sent on two gateways, and lets it come back. A gateway that is killed in between sends what it had when it is there again.
func TestALeaderThatIsKilledLosesNoWrite(t *testing.T) {
	t.Parallel()
	kills, clients, each := 2, 10, 10
	if *long {
		kills, clients, each = 8, 25, 40
	}
	random := randomly(t)
	l := openLedger(t, random.Uint64())
	l.takes = 10 * time.Millisecond
	c := jetstreamtest.StartProcesses(t)
	f := startFleet(t, l, 2, "timeout: 5s", inCluster(t, c)...)
	l.well(true)
	wait := f.clients(clients, 1, each)
	all := 2 * clients * each
	var slowest time.Duration
	f.at(points(random, kills, all*4/5), f.accepted, func() {
		leader := c.Leader(streamOfWrites)
		for leader < 0 {
			leader = c.Leader(streamOfWrites)
		}
		c.Kill(leader)
		began := time.Now()
		for more := min(f.accepted()+2*clients+1, all); f.accepted() < more; { // than were on their way
			time.Sleep(time.Millisecond)
		}
		slowest = max(slowest, time.Since(began))
		c.Start(leader, streamOfWrites)
	})
	wait()
	l.well(false)
	unknown, made := f.resolve()
	f.judge(all)
	t.Logf("%d changes, %d leaders killed, %v at most until the next are accepted: of %d nobody knew whether they were made, and %d were", all, kills, slowest, unknown, made)
}

// TestAWriteOutlivesTheGatewayThatSendsIt kills a gateway while the API makes what it sent. Another one sends it again
// where the API knows it by its key, and it is made once; else nobody knows, and nobody sends it.
func TestAWriteOutlivesTheGatewayThatSendsIt(t *testing.T) {
	t.Parallel()
	l := openLedger(t, 1)
	l.well(false)
	f := startFleet(t, l, 2, "timeout: 2s", inCluster(t, jetstreamtest.StartProcesses(t))...)
	dies, lives := f.gateways[0], f.gateways[1]
	f.place("keyed", "first", "") // the store is open
	made := make(chan struct{}, 2)
	goOn := make(chan struct{})
	l.when(func() { made <- struct{}{}; <-goOn })
	var callers sync.WaitGroup
	for _, field := range []string{"keyed", "plain"} {
		callers.Go(func() {
			if is := f.ask(dies, field, field, ""); is.state != "" {
				t.Errorf("%s is %s", field, is.state)
			}
		})
		<-made
	}
	f.kill(dies)
	began := time.Now()
	l.when(nil)
	close(goOn)
	callers.Wait()
	for end := time.Now().Add(2 * time.Minute); lives.depth("SENDING") != 0 || lives.depth("QUEUED") != 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody takes what the gateway had")
		}
	}
	t.Logf("another gateway took it %v after", time.Since(began).Round(time.Second))
	for note, want := range map[string]string{"keyed": "APPLIED", "plain": "UNKNOWN"} {
		if is := f.ask(lives, note, note, ""); is.state != want {
			t.Errorf("%s is %s, want %s", note, is.state, want)
		}
		if n := l.times(note); n != 1 {
			t.Errorf("%s was made %d times", note, n)
		}
	}
	if n := l.called(); n != 4 { // first, one of plain, two of keyed
		t.Errorf("the API was called %d times", n)
	}
}

// TestAHundredCallersWithOneKeyHaveOneEffect asks two gateways at once: all are answered alike.
func TestAHundredCallersWithOneKeyHaveOneEffect(t *testing.T) {
	t.Parallel()
	l := openLedger(t, 1)
	f := startFleet(t, l, 2, "timeout: 10s", inCluster(t, jetstreamtest.StartProcesses(t))...)
	for _, m := range f.gateways {
		m.keeping()
	}
	for _, field := range []string{"keyed", "plain"} {
		for _, state := range []string{"APPLIED", "QUEUED"} { // where the API is well, and where it is out
			l.out()
			if state == "APPLIED" {
				l.well(false)
			}
			note := field + " " + state
			var answers [100]string
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					text, err := f.post(f.gateways[i%2], field, note, "")
					if err != nil {
						t.Error(err)
					}
					answers[i] = strings.ReplaceAll(text, `"SENDING"`, `"QUEUED"`) // it may be tried again meanwhile
				})
			}
			all.Wait()
			for _, a := range answers {
				if a != answers[0] || !strings.Contains(a, `"state":"`+state+`"`) {
					t.Fatalf("%s: answered %s, and %s", note, answers[0], a)
				}
			}
			l.well(false)
			f.drained()
			if n := l.times(note); n != 1 {
				t.Errorf("%s: it was made %d times", note, n)
			}
		}
	}
}
