package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/internal/jetstream/jetstreamtest"
	"holdfast/settings"
	"holdfast/upstreams"
)

// TestMain is the program itself where a test has started it as one.
func TestMain(m *testing.M) {
	if jetstreamtest.Serve(os.LookupEnv) {
		return
	}
	if os.Getenv(asProgram) != "" {
		os.Exit(exit(run(context.Background(), shop(), os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		_ = os.RemoveAll(builds)
		os.Exit(status)
	}))
}

// A program is the real program, running with real sockets.
type program struct {
	t            testing.TB
	url, sandbox string
	log          *logBuffer
	stop         func() error // ends it and returns what run returned; may be called again
}

// logBuffer is what the program writes to stderr.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	said chan struct{} // something new
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.said <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find waits until the log has a line that matches, and returns its first group.
func (l *logBuffer) find(tb testing.TB, ended <-chan struct{}, pattern string) string {
	tb.Helper()
	re := regexp.MustCompile(pattern)
	for {
		if m := re.FindStringSubmatch(l.String()); m != nil {
			return m[1]
		}
		select {
		case <-l.said:
		case <-ended:
			tb.Fatalf("the program ended:\n%s", l)
		case <-time.After(time.Minute):
			tb.Fatalf("no line like %s in\n%s", pattern, l)
		}
	}
}

// start runs the program with the shop's graph on free ports until the test ends.
func start(tb testing.TB, args ...string) *program {
	tb.Helper()
	return startGraph(tb, shop(), append([]string{"-config", shopSettings}, args...)...)
}

// startGraph runs the program on free ports until the test ends.
func startGraph(tb testing.TB, g folder, args ...string) *program {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	log := &logBuffer{said: make(chan struct{}, 1)}
	ended := make(chan struct{})
	var result error
	args = append([]string{"-listen", "127.0.0.1:0", "-sandbox", "127.0.0.1:0", "-data", "none"}, args...)
	go func() {
		defer close(ended)
		result = run(ctx, g, args, os.LookupEnv, io.Discard, log)
	}()
	p := &program{t: tb, log: log, stop: func() error {
		cancel()
		<-ended
		http.DefaultClient.CloseIdleConnections()
		return result
	}}
	tb.Cleanup(func() {
		if err := p.stop(); err != nil {
			tb.Errorf("run: %v", err)
		}
	})
	p.url = log.find(tb, ended, `msg=serving url=(\S+)`)
	if !strings.Contains(strings.Join(args, " "), "-sandbox off") {
		p.sandbox = log.find(tb, ended, `msg=sandbox url=(\S+)`)
	}
	return p
}

// answer is what /graphql answers.
type answer struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Extensions struct {
		Freshness []struct {
			Path       []any
			Source     string
			State      string
			AgeSeconds *float64
			Reason     string
		}
	}
}

// ask runs a query.
func (p *program) ask(query string) answer {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.Post(p.url+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// do makes a request and returns the body.
func (p *program) do(method, url, body string) string {
	p.t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %s: %s", method, url, res.Status, text)
	}
	return string(text)
}

func (p *program) fault(source, fault string) {
	p.t.Helper()
	p.do(http.MethodPut, p.sandbox+"/_faults/"+source, fault)
}

func (p *program) mend() {
	p.t.Helper()
	p.do(http.MethodDelete, p.sandbox+"/_faults", "")
}

// calls are the upstream calls since the last look, by source.
func (p *program) calls() map[string]int {
	p.t.Helper()
	totals := p.callsSoFar()
	p.do(http.MethodDelete, p.sandbox+"/_calls", "")
	return totals
}

func (p *program) callsSoFar() map[string]int {
	p.t.Helper()
	var seen map[string]struct{ Total int }
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.sandbox+"/_calls", "")), &seen); err != nil {
		p.t.Fatal(err)
	}
	totals := map[string]int{}
	for source, c := range seen {
		if c.Total > 0 {
			totals[source] = c.Total
		}
	}
	return totals
}

// eventually asks until ok, for things that come right by themselves.
func (p *program) eventually(query string, ok func(answer) bool) answer {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		a := p.ask(query)
		if ok(a) {
			return a
		}
		if time.Now().After(end) {
			p.t.Fatalf("still %+v", a)
		}
	}
}

const orderQuery = `{ order(id: "1001") { number status placedAt total { amount currency }
	customer { displayName email } payment { status amount { amount currency } } } }`

var order1001 = map[string]any{"order": map[string]any{
	"number": "1001", "status": "COMPLETED", "placedAt": "2026-03-05T00:00:00Z",
	"total":    map[string]any{"amount": "38.64", "currency": "USD"},
	"customer": map[string]any{"displayName": "Ada Okafor", "email": "ada.okafor@example.com"},
	"payment":  map[string]any{"status": "SUCCEEDED", "amount": map[string]any{"amount": "38.64", "currency": "USD"}},
}}

func TestAnOrderIsAnsweredFromTwoAPIs(t *testing.T) {
	p := start(t)
	if a := p.ask(orderQuery); len(a.Errors) > 0 || !cmp.Equal(a.Data, order1001) {
		t.Fatalf("errors %v, data %s", a.Errors, cmp.Diff(order1001, a.Data))
	}
	if d := cmp.Diff(map[string]int{"woocommerce": 2, "stripe": 1}, p.calls()); d != "" {
		t.Errorf("cold calls: %s", d)
	}
	p.ask(orderQuery)
	if d := cmp.Diff(map[string]int{}, p.calls()); d != "" {
		t.Errorf("calls within fresh: %s", d)
	}
}

func TestJoinsThatAreNotThereAreNullWithoutError(t *testing.T) {
	p := start(t)
	tests := map[string]struct{ query, want string }{
		"a guest has no account and paid nothing": {
			`{ order(id: "1002") { customer { email } payment { status } } }`, `{"order":{"customer":null,"payment":null}}`,
		},
		"Stripe does not know the intent": {
			`{ order(id: "1003") { number payment { status } } }`, `{"order":{"number":"1003","payment":null}}`,
		},
		"there is no such order":    {`{ order(id: "999999") { number } }`, `{"order":null}`},
		"there is no such customer": {`{ customer(email: "nobody@example.com") { id } }`, `{"customer":null}`},
		"a stub that has all that is asked for": {
			`{ order(id: "1003") { payment { id } } }`, `{"order":{"payment":{"id":"pi_3Sandbox0000000000001003"}}}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := p.ask(test.query)
			got, _ := json.Marshal(a.Data)
			if len(a.Errors) > 0 || string(got) != test.want {
				t.Errorf("errors %v, data %s, want %s", a.Errors, got, test.want)
			}
		})
	}
}

func TestAnOutageIsAnsweredFromTheLastGoodAnswer(t *testing.T) {
	for name, test := range map[string]struct{ fault, reason string }{
		"hanging": {`{"hang":true}`, "SLOW"},
		"failing": {`{"status":503}`, "STATUS"},
		"cut off": {`{"reset":true}`, "UNREACHABLE"},
		"lying":   {`{"body":"<html>busy</html>","contentType":"text/html"}`, "CONTRACT"},
		"listing": {`{"body":"[]","contentType":"application/json"}`, "CONTRACT"},
		"cutting": {`{"truncate":true}`, "UNREACHABLE"},
		"limited": {`{"rate":{"limit":1,"per":"1h"}}`, "RATE_LIMITED"},
	} {
		t.Run(name, func(t *testing.T) {
			patience := "10m" // only what hangs is slow, however busy the machine
			if test.reason == "SLOW" {
				patience = "50ms"
			}
			p := start(t, "-set", "sources.stripe.cache.fresh=1ms", "-set", "sources.stripe.breaker.off=true",
				"-set", "sources.stripe.retry.max=0", "-set", "sources.stripe.timeout=10m", "-set", "sources.stripe.patience="+patience)
			p.ask(orderQuery)
			p.fault("stripe", test.fault)
			a := p.eventually(orderQuery, func(a answer) bool { return a.Extensions.Freshness != nil })
			if len(a.Errors) > 0 || !cmp.Equal(a.Data, order1001) {
				t.Fatalf("errors %v, data %s", a.Errors, cmp.Diff(order1001, a.Data))
			}
			f := a.Extensions.Freshness[0]
			if len(a.Extensions.Freshness) != 1 || !cmp.Equal(f.Path, []any{"order", "payment"}) ||
				f.Source != "stripe" || f.State != "STANDING_IN" || f.Reason != test.reason || f.AgeSeconds == nil {
				t.Errorf("freshness %+v, want STANDING_IN because of %s", a.Extensions.Freshness, test.reason)
			}
			p.mend() // and it is fresh again by itself
			p.eventually(orderQuery, func(a answer) bool { return a.Extensions.Freshness == nil })
		})
	}
}

func TestWhatWasNeverSeenIsOneErrorDuringAnOutage(t *testing.T) {
	p := start(t, "-set", "sources.stripe.timeout=500ms")
	p.fault("stripe", `{"hang":true}`)
	a := p.ask(orderQuery)
	order, ok := a.Data["order"].(map[string]any)
	if !ok || order["payment"] != nil || order["number"] != "1001" {
		t.Errorf("data %v", a.Data)
	}
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" ||
		a.Errors[0].Extensions["source"] != "stripe" || !cmp.Equal(a.Errors[0].Path, []any{"order", "payment"}) {
		t.Errorf("errors %+v", a.Errors)
	}
}

func TestASourceThatRefusesIsNeverCovered(t *testing.T) {
	p := start(t, "-set", "sources.stripe.cache.fresh=1ms")
	p.ask(orderQuery)
	p.fault("stripe", `{"status":403}`)
	a := p.eventually(orderQuery, func(a answer) bool { return a.Errors != nil })
	if code := a.Errors[0].Extensions["code"]; code != "UPSTREAM_REFUSED" || a.Errors[0].Extensions["status"] != 403.0 {
		t.Errorf("errors %+v", a.Errors)
	}
}

func TestAnUnknownFieldIsTheNormalError(t *testing.T) {
	p := start(t)
	a := p.ask(`{ order(id: "1001") { colour } }`)
	if a.Data != nil || len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, `Cannot query field "colour" on type "Order"`) {
		t.Errorf("%+v", a)
	}
}

func TestAnArgumentThatCannotBeSentIsBadInput(t *testing.T) {
	p := start(t)
	for _, id := range []string{"..", "", "."} {
		a := p.ask(`{ order(id: "` + id + `") { number } }`)
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("id %q: %+v", id, a.Errors)
		}
	}
	p.ask(`{ order(id: "../customers/11?x=1#y") { number } }`)
	if d := cmp.Diff(map[string]int{"woocommerce": 1}, p.calls()); d != "" {
		t.Errorf("calls: %s", d)
	}
}

func TestAHugeAnswerIsCutOff(t *testing.T) {
	huge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, io.LimitReader(zeros{}, 50<<20))
	}))
	defer huge.Close()
	p := start(t, "-set", "sources.woocommerce.url="+huge.URL)
	a := p.ask(`{ order(id: "1001") { number } }`)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_CONTRACT" {
		t.Errorf("%+v", a.Errors)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestOneBadItemIsNullAtItsPathAndTheRestIsServed(t *testing.T) {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":7,"number":"7","status":"completed","date_created_gmt":"2026-01-01T00:00:00",
			"date_modified_gmt":"yesterday","total":"1.00","currency":"EUR","customer_id":0,"meta_data":[],
			"line_items":[{"id":1,"name":"good","quantity":1},{"id":2,"name":"bad","quantity":"many"}]}`)
	}))
	defer shop.Close()
	p := start(t, "-set", "sources.woocommerce.url="+shop.URL)
	a := p.ask(`{ order(id: "7") { number updatedAt } }`)
	got, _ := json.Marshal(a.Data)
	if string(got) != `{"order":{"number":"7","updatedAt":null}}` {
		t.Errorf("data %s", got)
	}
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_CONTRACT" || !cmp.Equal(a.Errors[0].Path, []any{"order", "updatedAt"}) {
		t.Errorf("errors %+v", a.Errors)
	}
	if a := p.ask(`{ order(id: "7") { number } }`); len(a.Errors) > 0 {
		t.Errorf("nobody asked for the bad field: %+v", a.Errors)
	}
	a = p.ask(`{ order(id: "7") { lines { quantity } } }`)
	if len(a.Errors) != 1 || !cmp.Equal(a.Errors[0].Path, []any{"order", "lines", 1.0, "quantity"}) {
		t.Errorf("errors %+v", a.Errors)
	}
	if status := p.do(http.MethodGet, p.url+"/status", ""); !strings.Contains(status, `"Order.updatedAt": 1`) {
		t.Errorf("no drift in %s", status)
	}
}

func TestAPortInUseIsOneClearLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	err = run(t.Context(), shop(), []string{"-listen", address, "-sandbox", "127.0.0.1:0", "-config", shopSettings}, os.LookupEnv, io.Discard, io.Discard)
	want := "cannot listen on " + address + ": address already in use; choose another address with -listen"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStartNeedsNoUpstream(t *testing.T) {
	p := start(t, "-sandbox", "off", "-set", "sources.woocommerce.url=http://127.0.0.1:9", "-set", "sources.stripe.url=http://127.0.0.1:9", "-set", "sources.zendesk.url=http://127.0.0.1:9")
	p.do(http.MethodGet, p.url+"/readyz", "")
	a := p.ask(`{ order(id: "1") { number } }`)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("%+v", a.Errors)
	}
}

func TestARequestUnderWayIsAnsweredBeforeTheProgramEnds(t *testing.T) {
	p := start(t)
	p.fault("woocommerce", `{"latency":"700ms"}`)
	answered := make(chan answer)
	go func() { answered <- p.ask(`{ order(id: "1001") { number } }`) }()
	p.eventually("{ __typename }", func(answer) bool { return p.callsSoFar()["woocommerce"] > 0 })
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if a := <-answered; len(a.Errors) > 0 || a.Data["order"] == nil {
		t.Errorf("%+v", a)
	}
}

func TestCheckListsEverySeededMistake(t *testing.T) {
	dir := t.TempDir()
	sdl := filepath.Join(dir, "shop.graphqls")
	text := `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com"})
type Query {
  order(id: ID!): Order
    @connect(source: "shoop", http: {GET: "/orders/{$args.id}"}, selection: "id")
  first(name: String): Order
    @connect(source: "shop", http: {GET: "/orders?name={$args.nane}"}, selection: """
      id
      colour
    """)
}
type Order { id: ID! }
`
	if err := os.WriteFile(sdl, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := run(t.Context(), shop(), []string{"check", "-schema", sdl}, os.LookupEnv, &out, io.Discard)
	if err == nil {
		t.Error("check found nothing")
	}
	want := []string{
		sdl + ":4:22: SOURCE_NAME_MISMATCH: ", sdl + ":6:63: UNDEFINED_ARGUMENT: ", sdl + ":8:7: SELECTED_FIELD_NOT_FOUND: ",
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got\n%s", out.String())
	}
	for i, prefix := range want {
		if !strings.HasPrefix(lines[i], prefix) {
			t.Errorf("line %d is %s, want %s…", i, lines[i], prefix)
		}
	}
}

func TestCheckAcceptsAGraphAndItsSettings(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), shop(), []string{"check", "-config", shopSettings}, os.LookupEnv, &out, io.Discard); err != nil {
		t.Error(err, out.String())
	}
}

func TestSettingsErrorsEndTheProgramBeforeItListens(t *testing.T) {
	name := filepath.Join(t.TempDir(), "h.yaml")
	if err := os.WriteFile(name, []byte("sources:\n  shop: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), shop(), []string{"-config", name, "-sandbox", "off"}, os.LookupEnv, io.Discard, io.Discard)
	if _, ok := errors.AsType[*settings.Error](err); !ok || !strings.HasPrefix(err.Error(), name+":2:3: ") {
		t.Errorf("got %v", err)
	}
}

func TestSettingsAreReadAgainWhenTheFileChanges(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "holdfast.yaml")
	save := func(more string) {
		t.Helper()
		writeFile(t, name, readFile(t, shopSettings)+more)
	}
	save("")
	p := start(t, "-config", name)
	p.ask(orderQuery)
	p.calls()
	if err := os.WriteFile(name, []byte("# nothing yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.log.find(t, make(chan struct{}), `(the new settings are wrong; the old ones stay" error="`+regexp.QuoteMeta(name)+`:1:1: sources.\w+ is gone)`)
	p.ask(orderQuery)
	save("    timeout: soon\n")
	p.log.find(t, make(chan struct{}), `(the new settings are wrong; the old ones stay" error="`+regexp.QuoteMeta(name)+`:\d+:\d+: expected a duration)`)
	p.ask(orderQuery)
	save("gateway: {rootFields: 1}\n")
	p.log.find(t, make(chan struct{}), `(settings reloaded)`)
	if a := p.ask(`{ a: order(id: "1001") { id } b: order(id: "1002") { id } }`); len(a.Errors) != 1 {
		t.Errorf("the new settings are not in force: %+v", a)
	}
	if a := p.ask(orderQuery); len(a.Errors) > 0 || len(p.calls()) > 0 {
		t.Errorf("the cache did not survive: %+v", a.Errors)
	}
}

func TestABaseURLOfTheSchemaMayBeALiteralAddress(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	defer api.Close()
	answers, err := cache.New(cache.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answers.Close(context.Background()) }()
	env := func(name string) (string, bool) { return "true", name == "OTEL_SDK_DISABLED" }
	tel, err := openTelemetry(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tel.close(t.Context()) }()
	a := &apis{builder: &builder{cache: answers, tel: tel, log: slog.New(slog.DiscardHandler), learned: upstreams.NewLearned(nil)}, set: &settings.File{}}
	defer func() { _ = a.close(t.Context()) }()
	shop, err := a.open(call.Source{Name: "shop", BaseURL: api.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Read(t.Context(), &upstreams.Request{Connector: "Query.a", Method: http.MethodGet, URL: api.URL + "/"}); err != nil {
		t.Error(err)
	}
}

func TestOnLoopbackNoForeignNameIsAnswered(t *testing.T) {
	p := start(t)
	for _, url := range []string{p.url + "/", p.url + "/graphql?query={__typename}", p.sandbox + "/"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "rebound.example"
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: status %d", url, res.StatusCode)
		}
	}
}

func TestTheLogHasALevel(t *testing.T) {
	tests := map[string]struct {
		flags []string
		want  string // of the four levels, those that are logged
		err   string
	}{
		"without a flag": {nil, "info warn error", ""},
		"all":            {[]string{"-log-level", "debug"}, "debug info warn error", ""},
		"what is wrong":  {[]string{"-log-level", "warn", "-log", "json"}, "warn error", ""},
		"a word":         {[]string{"-log-level", "loud"}, "", `invalid value "loud" for flag -log-level: expected info, debug, warn or error`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var o options
			f := flag.NewFlagSet("", flag.ContinueOnError)
			f.SetOutput(io.Discard)
			serveFlags(&o, f)
			if err := f.Parse(test.flags); err != nil || test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			var got []string
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
				var b bytes.Buffer
				if o.logger(&b).Log(t.Context(), level, "x"); b.Len() > 0 {
					got = append(got, strings.ToLower(level.String()))
				}
			}
			if is := strings.Join(got, " "); is != test.want {
				t.Errorf("logged %s, want %s", is, test.want)
			}
		})
	}
}

// What the help of the server shows can be typed.
func TestTheExamplesOfTheHelpWork(t *testing.T) {
	lines := strings.Split(strings.ReplaceAll(serveExamples, "\\\n", ""), "\n")
	n := 0
	for _, line := range lines {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "holdfast")
		if !ok {
			continue
		}
		n++
		command, _, _ = strings.Cut(command, "  #")
		t.Run("holdfast"+command, func(t *testing.T) {
			start(t, strings.Fields(command)...)
		})
	}
	if n < 3 {
		t.Errorf("%d examples", n)
	}
}

// With the sandbox on a trace says what is wrong with a mapping, or with an API.
func TestATraceShowsWhatIsWrongWithAMapping(t *testing.T) {
	p := start(t, "-set", "sources.woocommerce.cache.fresh=0s")
	p.ask(`{ order(id: 1001) { number } }`)
	p.do(http.MethodPut, p.sandbox+"/_faults/woocommerce", `{"body":"{\"id\":7,\"nummer\":\"CANARY\",\"line_items\":\"CANARY\"}","contentType":"application/json"}`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/graphql", strings.NewReader(`{"query":"{ order(id: 7) { id number } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Holdfast-Trace", "1")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"field":"Order.number","kind":"MISSING_KEY","message":"number: there is no such key in the object","count":1`,
		`"field":"Order.lines","kind":"MISFIT","message":"the string that is there does not fit","count":1`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if text := string(body) + p.log.String(); strings.Contains(text, "CANARY") {
		t.Errorf("a value is told:\n%s", text)
	}
	p.log.find(t, nil, `(cause="Order.number: number: there is no such key in the object" path=order.number)`)
	if a := p.ask(`{ order(id: 1001) { number } }`); len(a.Errors) > 0 || len(a.Extensions.Freshness) != 1 {
		t.Errorf("%+v", a)
	}
	p.log.find(t, nil, `(msg="not fresh" cause="Order\.\w+: .*" path=order state=STANDING_IN)`)
}
