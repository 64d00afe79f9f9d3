package fetch

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams/panics"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// notes is the group of the notes of orders.
func notes(lang string, ids ...string) *Group {
	return &Group{
		Connectors: []call.ID{"Order.note"}, Keys: keys(ids...),
		Args: mapping.ObjectValue(mapping.Member{Key: "lang", Value: mapping.StringValue(lang)}),
	}
}

// hello answers everything, and logs what it was asked for.
func hello(l *log) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		l.note(req.URL.RequestURI())
		return upstreamtest.Answer(200, `"hello"`)(req)
	})
}

// manyIDs are those from one number to before another.
func manyIDs(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, "n"+string(rune('a'+i/100))+string(rune('a'+i/10%10))+string(rune('a'+i%10)))
	}
	return all
}

// limited counts the errors that say that the operation asked too much.
func limited(loads []*Load) (n int) {
	for _, l := range loads {
		if l.Err != nil && kindOf(l.Err) == "limit reached" {
			n++
		}
	}
	return n
}

func TestEachParentIsAskedForOnceWithItsArguments(t *testing.T) {
	var asked log
	w := newWorld(t, "", hello(&asked), setting{})
	o := w.operation()
	for range 3 {
		for _, lang := range []string{"en", "de"} {
			if diff := cmp.Diff([]string{`"hello"`, `"hello"`}, texts(w.load(o, notes(lang, "1", "2")))); diff != "" {
				t.Fatal(diff)
			}
		}
	}
	if len(asked.paths) != 4 {
		t.Errorf("asked for %v", asked.paths)
	}
}

func TestRootFieldsOfOneOperationAreLoadedOnceAndWritesAsOftenAsTheyStandThere(t *testing.T) {
	var asked log
	w := newWorld(t, "", hello(&asked), setting{})
	o := w.operation()
	first, second := w.one(o, root(call.ID("Query.text"))), w.one(o, root(call.ID("Query.text")))
	if first != second || len(asked.paths) != 1 {
		t.Errorf("asked for %v", asked.paths)
	}
	w.one(o, root(call.ID("Mutation.pay")))
	w.one(o, root(call.ID("Mutation.pay")))
	if len(asked.paths) != 3 {
		t.Errorf("asked for %v", asked.paths)
	}
}

func TestAConnectorThatIsNotThere(t *testing.T) {
	w := newWorld(t, "", nil, setting{})
	if l := w.one(w.operation(), root(call.ID("Query.nothing"))); l.Err == nil || !strings.Contains(l.Err.Error(), "Query.nothing") {
		t.Errorf("got %v", l.Err)
	}
}

func TestWhatCannotBeAskedForIsNotSent(t *testing.T) {
	var asked log
	w := newWorld(t, "", hello(&asked), setting{})
	got := w.load(w.operation(), &Group{Connectors: []call.ID{"Order.note"}, Keys: keys("..", "1")})
	if diff := cmp.Diff([]string{"error: bad input", `"hello"`}, texts(got)); diff != "" || len(asked.paths) != 1 {
		t.Errorf("%s\nasked for %v", diff, asked.paths)
	}
}

func TestWhatIsBeyondTheLimitOfAnOperationIsAnErrorAndTheRestIsServed(t *testing.T) {
	var asked log
	w := newWorld(t, "", hello(&asked), setting{})
	got := w.load(w.operation(), notes("en", manyIDs(0, 105)...))
	if n := limited(got); n != 5 || len(asked.paths) != 100 {
		t.Errorf("%d errors, %d calls", n, len(asked.paths))
	}
	if l := w.load(w.operation(), notes("de", "1")); l[0].Err != nil {
		t.Errorf("another operation: %v", l[0].Err)
	}
}

func TestEachChunkOfABatchCounts(t *testing.T) {
	var asked log
	w := newWorld(t, "", roundTrip(func(req *http.Request) (*http.Response, error) {
		asked.note(req.URL.Path)
		return upstreamtest.Answer(200, `[{"id":"`+strings.TrimPrefix(req.URL.Path, "/buyers/")+`","name":"x"}]`)(req)
	}), setting{call: func(c *call.Connector) { c.Batch = min(c.Batch, 1) }})
	got := w.load(w.operation(), &Group{Connectors: []call.ID{"Buyer"}, Keys: keys(manyIDs(0, 105)...)})
	if n := limited(got); n != 5 || len(asked.paths) != 100 {
		t.Errorf("%d errors, %d calls", n, len(asked.paths))
	}
}

// What is anew has loaded nothing, and counts on.
func TestFieldsOfAMutationShareTheLimit(t *testing.T) {
	var asked log
	w := newWorld(t, "", hello(&asked), setting{})
	o, held := w.operation(), 0
	for i := range 3 {
		held += limited(w.load(o.Anew(), notes("en", manyIDs(40*i, 40*(i+1))...)))
	}
	if held != 20 || len(asked.paths) != 100 {
		t.Errorf("%d errors, %d calls", held, len(asked.paths))
	}
}

// Every page is a call: those before the limit are served.
func TestPagesBeyondTheLimit(t *testing.T) {
	p := &pager{style: call.ByPage, items: numbered(0, 100), most: 10}
	l := newLister(t, call.ByPage, 10, roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasPrefix(req.URL.Path, "/notes/") {
			return upstreamtest.Answer(200, `"hello"`)(req)
		}
		return p.RoundTrip(req)
	}), nil, setting{})
	o := l.operation()
	l.load(o, notes("en", manyIDs(0, 98)...))
	g := root(l.id)
	g.Args = arguments(t, "first", 30)
	got := l.one(o, g)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	answer, _ := got.Serve(nil)
	if n := at(answer.Root(), "edges").Len(); n != 20 || len(p.calls) != 2 || len(answer.Beside()) != 1 || kindOf(answer.Beside()[0].Err) != "limit reached" {
		t.Errorf("%d nodes after %d calls, beside %v", n, len(p.calls), answer.Beside())
	}
}

// boom asks by panicking.
type boom struct{}

func (*boom) Below(string, string) []record.Asked { panic("boom") }

// A panic is the error of its load, wherever it happens, and of nobody else.
func TestAPanicIsAnError(t *testing.T) {
	broken := upstreamtest.Answer(200, `{"id":1,"buyer":{"id":7}}`)
	w := newWorld(t, "", upstreamtest.Play(broken), setting{})
	g := root(call.ID("Query.delivery[0]"), call.ID("Query.delivery[1]"))
	g.Asked = &boom{}
	for range 2 { // by a call, then from memory if it has it
		l := w.one(w.operation(), g)
		p, ok := errors.AsType[*panics.Error](l.Err)
		if !ok || !strings.Contains(string(p.Stack), "Below") {
			t.Errorf("got %v", l.Err)
		}
	}
}

// A caller who leaves ends his own wait; the call goes on for those who stay.
func TestACallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "", upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(200, `"hello"`))), setting{})
		ctx, leave := context.WithCancel(t.Context())
		var left, stayed *Load
		var group sync.WaitGroup
		group.Go(func() {
			loads, _ := w.operation().Load(context.WithoutCancel(ctx), root(call.ID("Query.text")))
			stayed = loads[0]
		})
		synctest.Wait()
		group.Go(func() {
			done := make(chan struct{})
			loads, _ := w.operation().Begin(ctx, root(call.ID("Query.text")), func() { close(done) })
			<-done
			left = loads[0]
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		if left == nil || left.Err == nil {
			t.Error("who left is still waiting")
		}
		if loads, err := w.operation().Load(ctx, root(call.ID("Query.text"))); !errors.Is(err, context.Canceled) && loads[0].Err == nil {
			t.Errorf("who is gone has %v, %v", loads, err)
		}
		group.Wait()
		if stayed == nil || text(stayed) != `"hello"` {
			t.Errorf("who stayed has %v", stayed)
		}
	})
}

// What an operation of the program's own asks is of its priority, not older than it may
// be, and without stand-ins where it says so.
func TestOptionsReachEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := upstreamtest.Play(upstreamtest.Answer(200, `[{"id":"1","name":"old"}]`, "Cache-Control", "max-age=3600"))
		w := newWorld(t, "", api, setting{})
		buyers := &Group{Connectors: []call.ID{"Buyer"}, Keys: keys("1")}
		w.load(w.operation(), buyers)
		synctest.Wait()
		if w.load(w.operation(), buyers); api.Calls() != 1 {
			t.Fatalf("%d calls", api.Calls())
		}
		api.Now(upstreamtest.Answer(503, ""))
		for name, test := range map[string]struct {
			opt  Options
			want string
		}{
			"whatever is fresh":             {Options{Priority: quota.Background}, `{id:"1" name:"old"}`},
			"nothing older than now":        {Options{NotBefore: later(w)}, `{id:"1" name:"old"}`},
			"and no stand-in for it":        {Options{NotBefore: later(w), NoStandIns: true}, "error: unavailable"},
			"no stand-in where it is fresh": {Options{NoStandIns: true}, `{id:"1" name:"old"}`},
		} {
			before := api.Calls()
			l := w.load(w.table.Operation(test.opt), buyers)[0]
			if asked := api.Calls() > before; text(l) != test.want || asked != (test.opt.NotBefore != cache.AsOf{}) {
				t.Errorf("%s: got %s, asked %t", name, text(l), asked)
			}
		}
	})
}

// later is a place in time after all that was asked for so far.
func later(w *world) cache.AsOf {
	return w.cache.Epochs.Mark()
}

// However many keys there are, not all of them are on their way at once.
func TestAHugeGroup(t *testing.T) {
	const n = 20_000
	w := newWorld(t, "", hello(new(log)), setting{})
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	done := make(chan struct{})
	loads, now := w.operation().Begin(w.ctx, notes("en", ids...), func() { close(done) })
	under := runtime.NumGoroutine()
	if !now {
		<-done
	}
	if held := limited(loads); held != n-100 || under > 3000 {
		t.Errorf("%d errors, %d goroutines", held, under)
	}
}

// Many goroutines ask one operation for keys that overlap.
func TestManyAskAtOnce(t *testing.T) {
	var asked log
	w := newWorld(t, "", roundTrip(func(req *http.Request) (*http.Response, error) {
		asked.note(req.URL.Path)
		if strings.HasPrefix(req.URL.Path, "/notes/") {
			return upstreamtest.Answer(200, `"hello"`)(req)
		}
		var items []string
		for id := range strings.SplitSeq(strings.TrimPrefix(req.URL.Path, "/buyers/"), ",") {
			items = append(items, `{"id":"`+id+`","name":"`+id+`"}`)
		}
		return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")(req)
	}), setting{})
	o := w.operation()
	ids := manyIDs(0, 40)
	var group sync.WaitGroup
	for i := range 30 {
		group.Go(func() {
			for _, g := range []*Group{notes("en", ids[i:i+10]...), {Connectors: []call.ID{"Buyer"}, Keys: keys(ids[i : i+10]...)}} {
				for n, l := range w.load(o, g) {
					if got := text(l); got != `"hello"` && got != `{id:"`+ids[i+n]+`" name:"`+ids[i+n]+`"}` {
						t.Errorf("got %s", got)
					}
				}
			}
		})
	}
	group.Wait()
	seen := map[string]int{}
	for _, path := range asked.paths {
		for id := range strings.SplitSeq(strings.TrimPrefix(path, "/buyers/"), ",") {
			seen[id]++
		}
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s was asked for %d times", id, n)
		}
	}
}
