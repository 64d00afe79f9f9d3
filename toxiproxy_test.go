package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	toxiclient "github.com/Shopify/toxiproxy/v2/client"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"holdfast/sandbox"
	"holdfast/upstreams/watch"
)

// toxiproxyChild is the variable that makes TestToxiproxyItself a proxy.
const toxiproxyChild = "HOLDFAST_TEST_TOXIPROXY"

// TestToxiproxyItself tests nothing: it is Toxiproxy, in a process of its own. A link whose client went away
// in the middle of an answer leaves goroutines behind, which must not be taken for ours.
func TestToxiproxyItself(t *testing.T) {
	if _, ok := os.LookupEnv(toxiproxyChild); !ok {
		return
	}
	api := httptest.NewServer(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()).Routes())
	defer api.Close()
	if _, err := io.WriteString(os.Stdout, api.URL+"\n"); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until nobody needs it any more
}

// startToxiproxy returns the control of a Toxiproxy that runs until the test ends.
func startToxiproxy(t *testing.T) *toxiclient.Client {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self, "-test.run=^TestToxiproxyItself$")
	child.Env = append(os.Environ(), toxiproxyChild+"=1")
	if _, err := child.StdinPipe(); err != nil { // closed when this process ends, however it does
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
		http.DefaultClient.CloseIdleConnections()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return toxiclient.NewClient(strings.TrimSpace(url))
}

// wire is what lies between the program and its Stripe.
type wire struct {
	t     *testing.T
	toxi  *toxiclient.Client
	proxy *toxiclient.Proxy
}

// toxic is one of Toxiproxy's; down is none of them, but a proxy that does not listen.
type toxic struct {
	kind       string
	attributes toxiclient.Attributes
}

func (w *wire) cut(with toxic) {
	w.t.Helper()
	var err error
	if with.kind == "down" {
		err = w.proxy.Disable()
	} else {
		_, err = w.proxy.AddToxic("", with.kind, "downstream", 1, with.attributes)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// mend puts a new proxy in the place of the old one, whose connections end.
func (w *wire) mend() {
	w.t.Helper()
	name, listen, upstream := w.proxy.Name, w.proxy.Listen, w.proxy.Upstream
	if err := w.proxy.Delete(); err != nil {
		w.t.Fatal(err)
	}
	var err error
	if w.proxy, err = w.toxi.CreateProxy(name, listen, upstream); err != nil {
		w.t.Fatal(err)
	}
}

// The program's settings: small, so that an outage is over soon. tries is how often a read is sent at most.
const (
	breakerDelay = 200 * time.Millisecond
	latency      = time.Hour // who waited for it would fail the test
	tries        = 2
)

// startBehindToxiproxy starts the program with Stripe behind a wire, and the other sources in the same sandbox.
// try is how long one try may take.
func startBehindToxiproxy(t *testing.T, toxi *toxiclient.Client, try time.Duration) (*process, *wire) {
	t.Helper()
	vendors := sandbox.New(sandbox.Config{})
	server := httptest.NewServer(vendors)
	t.Cleanup(func() {
		vendors.Close()
		server.Close()
	})
	upstream := server.Listener.Addr().String()
	proxy, err := toxi.CreateProxy(upstream, "127.0.0.1:0", upstream)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t, toxi, proxy}
	t.Cleanup(func() { _ = w.proxy.Delete() })
	args := []string{"-sandbox", "off"}
	for _, set := range []string{
		"woocommerce.url=" + server.URL + "/woocommerce/wp-json/wc/v3", "woocommerce.cache.fresh=1h",
		"zendesk.url=" + server.URL + "/zendesk/api/v2",
		"stripe.url=http://" + proxy.Listen + "/stripe/v1", "stripe.cache.fresh=0s", "stripe.patience=50ms",
		fmt.Sprint("stripe.timeout=", 2*tries*try), fmt.Sprint("stripe.tryTimeout=", try), fmt.Sprint("stripe.retry.max=", tries-1),
		"stripe.breaker.calls=5", "stripe.breaker.share=0.2", "stripe.breaker.window=5s",
		"stripe.breaker.delay=" + breakerDelay.String(), "stripe.breaker.probe=false", // who asks, probes
	} {
		args = append(args, "-set", "sources."+set)
	}
	p := spawn(t, args...)
	p.sandbox = server.URL
	return p, w
}

// seenOrders are orders whose payments Stripe knows; unseenOrder's is not asked for while all is well.
func seenOrders() []int { return []int{1001, 1005, 1006, 1008, 1009, 1010, 1014, 1015} }

const unseenOrder = 1018

func paymentQuery(order int) string {
	return fmt.Sprintf(`{ order(id: "%d") { number payment { id status amount { amount currency } createdAt } } }`, order)
}

// together asks for the payments of all seen orders at the same time.
func (p *program) together() []answer {
	p.t.Helper()
	orders := seenOrders()
	answers := make([]answer, len(orders))
	var wg sync.WaitGroup
	for i, order := range orders {
		wg.Go(func() { answers[i] = p.ask(paymentQuery(order)) })
	}
	wg.Wait()
	return answers
}

// isFresh reports whether a is whole and new.
func isFresh(a answer) bool { return a.Errors == nil && a.Extensions.Freshness == nil }

// freshPayments asks for them until each comes from Stripe and the breaker is closed.
func (p *program) freshPayments() (all []map[string]any) {
	p.t.Helper()
	for _, order := range seenOrders() {
		all = append(all, p.eventually(paymentQuery(order), isFresh).Data)
	}
	p.eventually(paymentQuery(seenOrders()[0]), func(a answer) bool { return isFresh(a) && p.payments().Breaker == "CLOSED" })
	return all
}

// payments is how the connector of Payment does.
func (p *program) payments() watch.ConnectorStatus {
	p.t.Helper()
	var s struct{ Sources map[string]watch.Status }
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.url+"/status", "")), &s); err != nil {
		p.t.Fatal(err)
	}
	c, ok := s.Sources["stripe"].Connectors["Payment"]
	if !ok {
		p.t.Fatalf("Payment is not among %+v", s.Sources["stripe"].Connectors)
	}
	return c
}

// fault is one way in which the wire is cut.
type fault struct {
	toxic
	reason  string // of what is told to those who have no old answer
	reaches bool   // whether requests reach Stripe, as only their answers are harmed
}

func faults() map[string]fault {
	return map[string]fault{
		"down":       {toxic{"down", nil}, "UNREACHABLE", false},
		"black hole": {toxic{"timeout", toxiclient.Attributes{"timeout": 0}}, "TIMEOUT", true},
		"latency":    {toxic{"latency", toxiclient.Attributes{"latency": latency.Milliseconds()}}, "TIMEOUT", true},
		"reset":      {toxic{"reset_peer", toxiclient.Attributes{"timeout": 0}}, "UNREACHABLE", true},
		"truncation": {toxic{"limit_data", toxiclient.Attributes{"bytes": 600}}, "UNREACHABLE", true},
		"slow drip":  {toxic{"slicer", toxiclient.Attributes{"average_size": 50, "delay": 100_000}}, "TIMEOUT", true},
	}
}

// TestAFaultOfTheWireIsNotOurUsers holds the figures that are promised for an outage, for each of its forms:
// what was seen is answered, and says how; what was not is one error; hardly anything is asked of Stripe; all
// is well again by itself; and nothing is left behind.
func TestAFaultOfTheWireIsNotOurUsers(t *testing.T) {
	t.Parallel()
	toxi := startToxiproxy(t)
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testFault(t, toxi, f)
		})
	}
}

func testFault(t *testing.T, toxi *toxiclient.Client, f fault) {
	t.Helper()
	try := 30 * time.Second // only what is slow by nature runs out of time, however busy the machine
	if f.reason == "TIMEOUT" {
		try = 400 * time.Millisecond
	}
	p, w := startBehindToxiproxy(t, toxi, try)
	good := p.freshPayments()
	p.ask(fmt.Sprintf(`{ order(id: "%d") { number } }`, unseenOrder))
	w.mend() // ends the connections there are, so that goroutines can be compared
	goroutines := p.goroutines()
	p.freshPayments()
	p.calls()
	before := p.payments()

	w.cut(f.toxic)
	o := outage{program: p.program, good: good}
	o.neverSeen()
	if told := p.payments().Failures; told[f.reason] != before.Failures[f.reason]+1 {
		t.Errorf("told %v, want %s once more than %v", told, f.reason, before.Failures)
	}
	for end := time.Now().Add(time.Minute); p.payments().Breaker != "OPEN"; o.seen() {
		if time.Now().After(end) {
			t.Fatalf("the breaker stays closed: %+v", p.payments())
		}
	}
	o.neverSeen()
	found := p.payments().Calls
	o.whileOpen()
	sent, reached := p.payments().Calls-before.Calls, p.calls()["stripe"]
	if o.stoodIn != o.asked {
		t.Errorf("%d of %d answered", o.stoodIn, o.asked)
	}
	if keys := len(good) + 1; f.reaches != (reached > 0) || reached > int(sent)+keys { // an idle connection may be tried first
		t.Errorf("%d of %d tries reached Stripe", reached, sent)
	}

	w.mend()
	mended := time.Now()
	if d := cmp.Diff(good, p.freshPayments()); d != "" {
		t.Errorf("after it: %s", d)
	}
	p.eventually(paymentQuery(unseenOrder), isFresh)
	recovered := time.Since(mended)
	w.mend()
	p.settles(goroutines)
	p.interrupt()
	t.Logf("%d of %d answered with an old answer, the slowest after %v; %d tries to find out, then %d probes; %d reached Stripe; fresh %v after it",
		o.stoodIn, o.asked, o.slowest.Round(time.Millisecond), found-before.Calls, o.probes, reached, recovered.Round(time.Millisecond))
}

// outage is what was learnt during one.
type outage struct {
	*program
	good                   []map[string]any // by seen order
	asked, stoodIn, probes int
	slowest                time.Duration
}

// seen asks for what was seen.
func (o *outage) seen() {
	o.t.Helper()
	began := time.Now()
	answers := o.together()
	o.slowest = max(o.slowest, time.Since(began))
	for i, a := range answers {
		o.asked++
		f := a.Extensions.Freshness
		if a.Errors != nil || !cmp.Equal(a.Data, o.good[i]) || len(f) != 1 || f[0].State != "STANDING_IN" ||
			!slices.Contains([]string{"UNREACHABLE", "TIMEOUT", "SLOW", "BREAKER_OPEN"}, f[0].Reason) || f[0].AgeSeconds == nil {
			o.t.Errorf("%+v", a)
			continue
		}
		o.stoodIn++
	}
}

// neverSeen asks for what was not.
func (o *outage) neverSeen() {
	o.t.Helper()
	a := o.ask(paymentQuery(unseenOrder))
	order, _ := a.Data["order"].(map[string]any)
	if order["number"] == nil || order["payment"] != nil {
		o.t.Errorf("data %v", a.Data)
	}
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" ||
		a.Errors[0].Extensions["source"] != "stripe" || !cmp.Equal(a.Errors[0].Path, []any{"order", "payment"}) {
		o.t.Errorf("errors %+v", a.Errors)
	}
}

// whileOpen asks a lot while the breaker is open, until Stripe was probed twice: once for each delay.
func (o *outage) whileOpen() {
	o.t.Helper()
	o.seen() // what was let through before it opened is sent by now
	began, before := time.Now(), o.payments().Calls
	for rounds := 0; rounds < 20 || o.probes < 2; rounds++ {
		o.seen()
		o.probes = int(o.payments().Calls - before) //nolint:gosec // a few
		if time.Since(began) > time.Minute {
			o.t.Fatalf("%d probes", o.probes)
		}
	}
	if most := 1 + int(time.Since(began)/breakerDelay); o.probes > most {
		o.t.Errorf("%d probes, want at most %d", o.probes, most)
	}
}

// goroutines is how many the program has, as it says itself; of some looks the fewest.
func (p *program) goroutines() int {
	p.t.Helper()
	fewest := math.MaxInt
	for range 10 {
		http.DefaultClient.CloseIdleConnections()
		<-time.After(10 * time.Millisecond)
		var n int
		_, metric, _ := strings.Cut(p.do(http.MethodGet, p.url+"/metrics", ""), "\ngo_goroutines ")
		if _, err := fmt.Sscan(metric, &n); err != nil {
			p.t.Fatal(err)
		}
		fewest = min(fewest, n)
	}
	return fewest
}

// settles waits until there are at most so many goroutines.
func (p *program) settles(most int) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		n := p.goroutines()
		if n <= most {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%d goroutines, there were %d", n, most)
		}
	}
}
