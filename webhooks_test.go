package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"holdfast/events"
	"holdfast/events/signature"
	"holdfast/graph/scalar"
	"holdfast/internal/jetstream/jetstreamtest"
)

// A cashier is an API of payments, which counts how often each is asked for.
type cashier struct {
	*httptest.Server

	mu    sync.Mutex
	asked map[string]int
}

func openCashier(tb testing.TB) *cashier {
	tb.Helper()
	c := &cashier{asked: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		c.mu.Lock()
		c.asked[id]++
		n := c.asked[id]
		c.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%q,"n":%d}`, id, n)
	}))
	tb.Cleanup(c.Close)
	return c
}

const (
	oldSecret = "whsec_old"
	newSecret = "whsec_new"
)

// graph is one over the cashier, who tells of payments, in a new folder.
func (c *cashier) graph(tb testing.TB, webhooks string) (dir string, args []string) {
	tb.Helper()
	dir = tb.TempDir()
	sdl := fmt.Sprintf(`
extend schema
  @source(name: "pay", http: {baseURL: %q})
  @on(source: "pay", event: "payment.*", tags: ["Payment:{$event.data.object.id}"])
type Query {
  payment(id: ID!): Payment @connect(source: "pay", http: {GET: "/payments/{$args.id}"}, selection: "id n", entity: true) @cache(fresh: "1h")
}
type Payment @key(fields: "id") { id: ID! n: Int }
`, c.URL)
	for name, text := range map[string]string{"pay.graphqls": sdl, "holdfast.yaml": "sources:\n  pay:\n    webhooks: " + webhooks + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir, []string{"-config", filepath.Join(dir, "holdfast.yaml"), "-sandbox", "off"}
}

func startCashier(tb testing.TB, c *cashier, webhooks string, more ...string) (p *program, config string) {
	tb.Helper()
	dir, args := c.graph(tb, webhooks)
	g := folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}
	return startGraph(tb, g, append(args, more...)...), filepath.Join(dir, "holdfast.yaml")
}

// paid tells of a payment, as Stripe does, and returns the status of what is answered; 0: nothing was.
func paid(tb testing.TB, url, event, kind, payment, secret string) int {
	tb.Helper()
	return toldAt(tb, url+"/webhooks/pay", event, kind, payment, secret)
}

// toldAt is paid of a source that is called so.
func toldAt(tb testing.TB, url, event, kind, payment, secret string) int {
	tb.Helper()
	stripe := signature.Named("stripe")
	key, err := stripe.Key(secret)
	if err != nil {
		tb.Fatal(err)
	}
	d := &signature.Delivery{Method: "POST", Body: fmt.Appendf(nil, `{"id":%q,"object":"event","type":%q,"data":{"object":{"id":%q}}}`, event, kind, payment)}
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(string(d.Body)))
	if err != nil {
		tb.Fatal(err)
	}
	stripe.Sign(req.Header, d, key, time.Now())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// payment reads one, and returns which of its answers that is.
func (p *program) payment(id string) int {
	p.t.Helper()
	a := p.ask(fmt.Sprintf("{ payment(id: %q) { n } }", id))
	found, _ := a.Data["payment"].(map[string]any)
	n, ok := found["n"].(float64)
	if !ok {
		p.t.Fatalf("%+v", a)
	}
	return int(n)
}

// remembered reads a payment until it is answered from what is remembered, which takes a store that is open.
func (p *program) remembered(id string) (n int) {
	p.t.Helper()
	until(p.t, "it is remembered", func() bool {
		was := n
		n = p.payment(id)
		return n == was
	})
	return n
}

// events is what /status says of them.
func (p *program) events() (s events.Status) {
	p.t.Helper()
	var status struct{ Events *events.Status }
	status.Events = &s
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.url+"/status", "")), &status); err != nil {
		p.t.Fatal(err)
	}
	return s
}

// until waits for what happens soon, on a busy machine too.
func until(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatal(what + ": not within a minute")
		}
	}
}

// worked waits until so many events were worked off.
func (p *program) worked(n uint64) events.SourceStatus {
	p.t.Helper()
	var s events.SourceStatus
	until(p.t, fmt.Sprintf("%d events worked off", n), func() bool {
		if all := p.events().Sources; len(all) > 0 {
			s = all[0]
		}
		return s.Worked+s.Failed >= n
	})
	return s
}

func TestWhatAWebhookTellsOfIsAskedForAgain(t *testing.T) {
	c := openCashier(t)
	for name, data := range map[string][]string{"in memory": {}, "on a disk": {"-data", t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			p, _ := startCashier(t, c, "{scheme: stripe, secrets: ["+newSecret+", "+oldSecret+"]}", data...)
			where := strings.Fields(name)[1]
			a, b := where+"-a", where+"-b"
			asked, other := p.remembered(a), p.remembered(b)
			if status := paid(t, p.url, "evt_1", "payment.succeeded", a, newSecret); status != 200 {
				t.Fatalf("status %d", status)
			}
			p.worked(1)
			if n, m := p.payment(a), p.payment(b); n != asked+1 || m != other {
				t.Errorf("answers %d and %d after %d and %d", n, m, asked, other)
			}
			for what, said := range map[string]struct {
				event, kind, secret string
				status              int
			}{
				"the same once more":       {"evt_1", "payment.succeeded", oldSecret, 200},
				"something unknown":        {"evt_2", "customer.created", newSecret, 200},
				"somebody else":            {"evt_3", "payment.succeeded", "whsec_theirs", 401},
				"with the previous secret": {"evt_4", "payments", oldSecret, 200},
			} {
				if status := paid(t, p.url, said.event, said.kind, a, said.secret); status != said.status {
					t.Errorf("%s: status %d", what, status)
				}
			}
			s := p.worked(3)
			if n := p.payment(a); n != asked+1 {
				t.Errorf("answer %d after %d", n, asked)
			}
			if s.Received != 5 || s.Verified != 4 || s.Refused["WRONG"] != 1 || s.Kept != 3 || s.Duplicates != 1 || s.Unmatched != 2 || s.Failed != 0 || s.LastAt.IsZero() {
				t.Errorf("%+v", s)
			}
			if page := p.do(http.MethodGet, p.url+"/metrics", ""); !strings.Contains(page, `holdfast_events_deliveries_total{outcome="WRONG",source="pay"} 1`) {
				t.Error("the metrics lack what was refused")
			}
		})
	}
}

func TestSecretsAreReplacedWhileItRuns(t *testing.T) {
	c := openCashier(t)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(oldSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, config := startCashier(t, c, "{scheme: stripe, secrets: ["+oldSecret+", {file: "+file+"}]}")
	refused := func(secret string) bool { return paid(t, p.url, "evt", "payment.succeeded", "a", secret) == 401 }
	if refused(oldSecret) || !refused(newSecret) || !refused("whsec_newest") {
		t.Fatal("not as the settings say")
	}
	if err := os.WriteFile(file, []byte("whsec_newest\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "the file is read again", func() bool { return !refused("whsec_newest") })
	if err := os.WriteFile(config, []byte("sources: {pay: {webhooks: {scheme: stripe, secrets: ["+newSecret+"]}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "the settings are read again", func() bool { return !refused(newSecret) })
	if !refused(oldSecret) || !refused("whsec_newest") {
		t.Error("a secret that is gone is believed")
	}
}

func TestWebhooksOnAnAddressOfTheirOwn(t *testing.T) {
	c := openCashier(t)
	p, _ := startCashier(t, c, "{scheme: stripe, secrets: ["+newSecret+"]}", "-webhooks", "127.0.0.1:0", "-set", "gateway.hosts=[graph.example.com]")
	own := strings.TrimSuffix(p.log.find(t, nil, `msg=webhooks url=(\S+)`), "/webhooks/")
	if status := paid(t, own, "evt_1", "payment.succeeded", "a", newSecret); status != 200 {
		t.Errorf("status %d", status)
	}
	if status := paid(t, p.url, "evt_2", "payment.succeeded", "a", newSecret); status != 404 && status != 421 && status != 403 {
		t.Errorf("beside the graph: status %d", status)
	}
	res, err := http.Post(own+"/graphql", "application/json", strings.NewReader(`{"query":"{ __typename }"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("the graph is there, too: %s", res.Status)
	}
}

// The host of webhooks is what the vendor has registered, which need not be one of the graph's; and browsers do not send
// them.
func TestWebhooksComeUnderAnyHost(t *testing.T) {
	c := openCashier(t)
	p, _ := startCashier(t, c, "{scheme: stripe, secrets: ["+newSecret+"]}", "-set", "gateway.hosts=[graph.example.com]")
	if status := paid(t, p.url, "evt_1", "payment.succeeded", "a", newSecret); status != 200 {
		t.Errorf("status %d", status)
	}
}

// TestWhatWasTakenIsWorkedOffAfterACrash kills the program while events come in: whatever was answered with 200 is worked
// off by the next.
func TestWhatWasTakenIsWorkedOffAfterACrash(t *testing.T) {
	c := openCashier(t)
	dir, args := c.graph(t, "{scheme: stripe, secrets: ["+newSecret+"]}")
	args = append(args, "-schema", filepath.Join(dir, "pay.graphqls"), "-data", filepath.Join(dir, "data"))
	p := spawn(t, args...)
	const payments = 200
	id := func(i int) string { return fmt.Sprintf("p%d", i) }
	before := map[int]int{}
	for i := range payments {
		before[i] = p.remembered(id(i))
	}
	p.awaitStored(payments)
	var mu sync.Mutex
	taken := map[int]bool{}
	var all sync.WaitGroup
	enough := make(chan struct{})
	for sender := range 8 {
		all.Go(func() {
			for i := sender; i < payments; i += 8 {
				if paid(t, p.url, fmt.Sprintf("evt_%d", i), "payment.succeeded", id(i), newSecret) != 200 {
					return
				}
				mu.Lock()
				taken[i] = true
				if len(taken) == payments/2 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	_ = p.command.Process.Kill()
	<-p.ended
	all.Wait()
	http.DefaultClient.CloseIdleConnections()

	p = spawn(t, args...)
	for i := range taken {
		until(t, fmt.Sprintf("payment %d is asked for again", i), func() bool { return p.payment(id(i)) > before[i] })
	}
	var again, left int
	if s := p.events().Sources; len(s) > 0 {
		again = int(s[0].Worked) //nolint:gosec // a few
	}
	for i := range payments {
		if !taken[i] && p.payment(id(i)) == before[i] {
			left++
		}
	}
	t.Logf("%d of %d events were taken before the end; %d were worked off after it; %d payments stayed fresh", len(taken), payments, again, left)
}

// TestWhatADeadGatewayTookIsWorkedOffByAnother kills one of two gateways of a cluster while events come to it.
func TestWhatADeadGatewayTookIsWorkedOffByAnother(t *testing.T) {
	c := openCashier(t)
	dir, args := c.graph(t, "{scheme: stripe, secrets: ["+newSecret+"]}")
	args = append(args, "-schema", filepath.Join(dir, "pay.graphqls"))
	if testing.Short() {
		t.Skip("starts processes")
	}
	args = append(args, inCluster(t, jetstreamtest.Start(t))...)
	a, b := spawn(t, args...), spawn(t, args...)
	const payments = 40
	id := func(i int) string { return fmt.Sprintf("p%d", i) }
	before := map[int]int{}
	for i := range payments {
		before[i] = b.remembered(id(i))
	}
	taken := 0
	for ; taken < payments/2; taken++ {
		if status := paid(t, a.url, fmt.Sprint("evt_", taken), "payment.succeeded", id(taken), newSecret); status != 200 {
			t.Fatal(status)
		}
	}
	_ = a.command.Process.Kill()
	<-a.ended
	http.DefaultClient.CloseIdleConnections()
	for i := range taken {
		until(t, fmt.Sprintf("payment %d is asked for again", i), func() bool { return b.payment(id(i)) > before[i] })
	}
	for i := taken; i < payments; i++ {
		if n := b.payment(id(i)); n != before[i] {
			t.Errorf("payment %d: answer %d after %d", i, n, before[i])
		}
	}
	until(t, "nothing is left behind", func() bool { return b.events().LeftBehind == 0 })
}

// TestWhatTheSandboxTellsIsTaken has the sandbox, which signs as the vendors do, tell of changes, each three times and in
// disorder.
func TestWhatTheSandboxTellsIsTaken(t *testing.T) {
	topics := map[string]string{
		"woocommerce": `{"topic":"order.updated","id":1002}`,
		"stripe":      `{"topic":"payment_intent.succeeded","id":"pi_3Sandbox0000000000001001"}`,
		"zendesk":     `{"topic":"zen:event-type:ticket.status_changed","id":5001}`,
	}
	var args []string
	for source := range topics {
		args = append(args, "-set", "sources."+source+".webhooks={scheme: "+source+", secrets: [of another time, hush]}")
	}
	p := start(t, args...)
	for source, event := range topics {
		p.do(http.MethodPut, p.sandbox+"/_webhooks/"+source, fmt.Sprintf(`{"url":%q,"secret":"hush","copies":3,"shuffle":true}`, p.url+"/webhooks/"+source))
		p.do(http.MethodPost, p.sandbox+"/_events/"+source, event)
		p.do(http.MethodPost, p.sandbox+"/_events/"+source, event)
	}
	for source := range topics {
		until(t, source+" told of two changes, each three times", func() bool {
			for _, s := range p.events().Sources {
				if s.Source == source && s.Worked == 2 && s.Duplicates == 4 {
					return len(s.Refused) == 0 && s.Failed == 0
				}
			}
			return false
		})
	}
}

// awaitStored waits until so many answers are in the store, and none is on its way.
func (p *program) awaitStored(n int) {
	p.t.Helper()
	until(p.t, "answers are stored", func() bool {
		var s struct {
			Cache struct {
				Store struct{ Entries int }
				Queue struct{ Entries int }
			}
		}
		if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.url+"/status", "")), &s); err != nil {
			p.t.Fatal(err)
		}
		return s.Cache.Store.Entries >= n && s.Cache.Queue.Entries == 0
	})
}

func TestWhatOneGatewayIsToldTheOthersKnow(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster")
	}
	c := openCashier(t)
	cluster := inCluster(t, jetstreamtest.Start(t))
	a, _ := startCashier(t, c, "{scheme: stripe, secrets: ["+newSecret+"]}", cluster...)
	b, _ := startCashier(t, c, "{scheme: stripe, secrets: ["+newSecret+"]}", cluster...)
	a.remembered("x")
	before := b.remembered("x")
	for _, p := range []*program{a, b, a} { // the same, by whichever way it comes
		if status := paid(t, p.url, "evt_1", "payment.succeeded", "x", newSecret); status != 200 {
			t.Fatalf("status %d", status)
		}
	}
	a.worked(1)
	until(t, "the other asks again", func() bool { return b.payment("x") == before+1 })
	if n := a.payment("x"); n != before+1 {
		t.Errorf("answer %d after %d", n, before)
	}
	if s := b.events().Sources; len(s) != 1 || s[0].Worked != 0 || s[0].Duplicates != 1 {
		t.Errorf("the other: %+v", s)
	}
}

// TestManyWebhooksInDisorder sends each event three times, in no order, over HTTP with a store on the disk; with -long
// ten thousand of them.
func TestManyWebhooksInDisorder(t *testing.T) {
	many := 500
	if *long {
		many = 10_000
	}
	c := openCashier(t)
	p, _ := startCashier(t, c, "{scheme: stripe, secrets: ["+newSecret+"]}", "-data", t.TempDir())
	before := p.remembered("p1")
	var events []int
	for i := range many {
		events = append(events, i, i, i)
	}
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	var all sync.WaitGroup
	for part := range slices.Chunk(events, len(events)/16+1) {
		all.Go(func() {
			for _, i := range part {
				if status := paid(t, p.url, fmt.Sprint("evt_", i), "payment.succeeded", fmt.Sprint("p", i), newSecret); status != 200 {
					t.Errorf("status %d", status)
				}
			}
		})
	}
	all.Wait()
	n := uint64(many) //nolint:gosec // as said
	if s := p.worked(n); s.Kept != n || s.Duplicates != 2*n || s.Worked != n || s.Failed+s.Unrecorded != 0 {
		t.Errorf("%+v", s)
	}
	if is := p.payment("p1"); is != before+1 {
		t.Errorf("answer %d after %d", is, before)
	}
}

// BenchmarkWebhooks has 16 senders tell of as many events as there is time for, over HTTP, with a store on the disk.
func BenchmarkWebhooks(b *testing.B) {
	c := openCashier(b)
	p, _ := startCashier(b, c, "{scheme: stripe, secrets: ["+newSecret+"]}", "-data", b.TempDir())
	p.remembered("x")
	var sent atomic.Int64
	b.SetParallelism(8) // of two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := sent.Add(1)
			if status := paid(b, p.url, fmt.Sprint("evt_", n), "payment.succeeded", fmt.Sprint("p", n), newSecret); status != 200 {
				b.Errorf("status %d", status)
			}
		}
	})
	b.StopTimer()
	p.worked(uint64(sent.Load())) //nolint:gosec // it is counted up from 0
}
