package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fake remembers what it was told, and has entries.
type fake struct {
	mu      sync.Mutex
	told    []Invalidated
	entries []Entry
	left    Counts
	err     error
}

func (f *fake) Invalidate(_ context.Context, tags []string) (Invalidated, error) {
	return f.tell(Invalidated{Tags: tags, Sequence: 7, Durable: true})
}

func (f *fake) Forget(_ context.Context, tags []string) (Invalidated, error) {
	return f.tell(Invalidated{Tags: tags, Forget: true, Sequence: 7, Durable: true, Found: &Counts{Memory: 1, Store: 2}, Left: &f.left})
}

func (f *fake) tell(i Invalidated) (Invalidated, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, i)
	return i, f.err
}

func (f *fake) Entries(_ context.Context, tags []string, each func(Entry) bool) error {
	for _, e := range f.entries {
		has := len(tags) == 0 || slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(e.Tags, tag) })
		if has && !each(e) {
			break
		}
	}
	return f.err
}

func (f *fake) Entry(_ context.Context, id string) (Entry, bool, error) {
	for _, e := range f.entries {
		if e.ID == id {
			return e, true, f.err
		}
	}
	return Entry{}, false, f.err
}

func (f *fake) Stats(context.Context) any { return map[string]int{"entries": len(f.entries)} }

func (f *fake) Check(source, connector string) error {
	if source == "shoop" || connector == "Query.ordr" {
		return errors.New("no such thing")
	}
	return nil
}

const (
	idA = "AAAAAAAAAAAAAAAAAAAAAA"
	idB = "BBBBBBBBBBBBBBBBBBBBBB"
)

func someEntries() *fake {
	return &fake{entries: []Entry{
		{ID: idA, Source: "shop", Method: "GET", URL: "https://shop.example/orders/1", Tags: []string{"source:shop", "Order:1"}, In: []string{"memory", "store"}},
		{ID: idB, Source: "desk", Method: "GET", URL: "https://desk.example/tickets?key=secret&page=2", Tags: []string{"source:desk"}, In: []string{"store"}},
	}}
}

// call asks a server of what is remembered.
func call(t *testing.T, f *fake, method, path, body string) (int, string) {
	t.Helper()
	return asked(t, OfAnswers(f), method, path, body)
}

// asked makes one request of a server's routes, as one who is let in.
func asked(t *testing.T, routes []Route, method, path, body string) (int, string) {
	t.Helper()
	s := New(func() Config { return Config{} }, "", slog.New(slog.DiscardHandler), routes...)
	req, err := http.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := inProcess{s.routes, "uid 7"}.RoundTrip(req) //nolint:bodyclose // it is in memory
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatalf("%s: %s", err, text)
	}
	return res.StatusCode, compact.String()
}

func TestWhatIsMeantBecomesTags(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want []Invalidated
	}{
		"tags":                 {`{"tags": ["b", "a", "b"]}`, []Invalidated{{Tags: []string{"a", "b"}, Sequence: 7, Durable: true}}},
		"a source":             {`{"source": "shop"}`, []Invalidated{{Tags: []string{"source:shop"}, Sequence: 7, Durable: true}}},
		"a connector":          {`{"connector": "Query.order"}`, []Invalidated{{Tags: []string{"connector:Query.order"}, Sequence: 7, Durable: true}}},
		"all of them together": {`{"tags": ["a"], "source": "shop", "connector": "c"}`, []Invalidated{{Tags: []string{"a", "connector:c", "source:shop"}, Sequence: 7, Durable: true}}},
		"what is to be gone":   {`{"tags": ["a"], "forget": true}`, []Invalidated{{Tags: []string{"a"}, Forget: true, Sequence: 7, Durable: true, Found: &Counts{1, 2}, Left: &Counts{}}}},
		"what is only counted": {`{"tags": ["source:shop"], "forget": true, "dryRun": true}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := someEntries()
			if status, text := call(t, f, "POST", "/v1/invalidate", test.body); status != http.StatusOK {
				t.Fatal(status, text)
			}
			if d := cmp.Diff(test.want, f.told); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestADryRunCountsByLayer(t *testing.T) {
	_, text := call(t, someEntries(), "POST", "/v1/invalidate", `{"tags": ["Order:1", "source:desk"], "dryRun": true}`)
	if want := `"found":{"memory":1,"store":2}`; !strings.Contains(text, want) {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestWhatIsAskedWronglyIsSaidClearly(t *testing.T) {
	many := `{"tags": ["` + strings.Join(slices.Repeat([]string{"t"}, mostTags+1), `","`) + `"]}`
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"nothing":                   {"POST", "/v1/invalidate", `{}`, 400, "nothing says what is meant"},
		"no body":                   {"POST", "/v1/invalidate", ``, 415, "application/json"},
		"a list":                    {"POST", "/v1/invalidate", `["a"]`, 400, "expected a JSON object"},
		"half of it":                {"POST", "/v1/invalidate", `{"tags": ["a"]`, 400, "ends too early"},
		"two objects":               {"POST", "/v1/invalidate", `{"tags": ["a"]} {}`, 400, "nothing after the object"},
		"an unknown name":           {"POST", "/v1/invalidate", `{"tag": ["a"]}`, 400, `unknown field \"tag\"`},
		"a name in capitals":        {"POST", "/v1/invalidate", `{"Tags": ["a"]}`, 400, `unknown field \"Tags\"`},
		"a name twice":              {"POST", "/v1/invalidate", `{"tags": ["a"], "tags": ["b"]}`, 400, `\"tags\" is there twice`},
		"a text for a list":         {"POST", "/v1/invalidate", `{"tags": "a"}`, 400, `\"tags\": expected a list, got string`},
		"a word for yes":            {"POST", "/v1/invalidate", `{"tags": ["a"], "forget": "yes"}`, 400, `\"forget\": expected true or false, got string`},
		"an empty tag":              {"POST", "/v1/invalidate", `{"tags": ["a", ""]}`, 400, "tag 2: is empty"},
		"a tag with a line break":   {"POST", "/v1/invalidate", `{"tags": ["a\n"]}`, 400, "control character"},
		"a tag with a space behind": {"POST", "/v1/invalidate", `{"tags": ["a "]}`, 400, "ends with a space"},
		"a long tag":                {"POST", "/v1/invalidate", `{"tags": ["` + strings.Repeat("t", longestTag+1) + `"]}`, 400, "at most 1024"},
		"many tags":                 {"POST", "/v1/invalidate", many, 400, "at most 1000"},
		"a large body":              {"POST", "/v1/invalidate", `{"tags": ["` + strings.Repeat("t", mostInput) + `"]}`, 413, "ask in several calls"},
		"an unknown source":         {"POST", "/v1/invalidate", `{"source": "shoop"}`, 400, "no such thing"},
		"one in a tag":              {"POST", "/v1/invalidate", `{"tags": ["source:shoop"]}`, 400, "no such thing"},
		"an unknown connector":      {"POST", "/v1/invalidate", `{"connector": "Query.ordr"}`, 400, "no such thing"},
		"to read it":                {"GET", "/v1/invalidate", ``, 405, "expected POST"},
		"elsewhere":                 {"GET", "/v2", ``, 404, "there is no /v2 here"},
		"a URL that is not escaped": {"GET", "/v1/cache/https://shop.example/orders/1", ``, 400, "the path has a part that is empty or dots: escape what stands in it, such as a URL"},
		"an unknown answer":         {"GET", "/v1/cache/CCCCCCCCCCCCCCCCCCCCCC", ``, 404, "nothing is remembered"},
		"a key that is none":        {"GET", "/v1/cache/orders", ``, 400, "22 characters"},
		"a limit that is none":      {"GET", "/v1/entries?limit=x", ``, 400, "from 1 to 1000"},
		"a flag that is none":       {"GET", "/v1/entries?values=1", ``, 400, "true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			f := someEntries()
			status, text := call(t, f, test.method, test.path, test.body)
			if status != test.status || !strings.Contains(text, test.want) || !strings.HasPrefix(text, `{"error":{"code":"`) {
				t.Errorf("got %d %s, want %d …%s…", status, text, test.status, test.want)
			}
			if f.told != nil {
				t.Errorf("%v was done", f.told)
			}
		})
	}
}

func TestWhatIsNotForgottenIsAnError(t *testing.T) {
	f := &fake{left: Counts{Store: 3}}
	if status, text := call(t, f, "POST", "/v1/invalidate", `{"source": "shop", "forget": true}`); status != 503 || !strings.Contains(text, "3 in the store still have the tags") {
		t.Error(status, text)
	}
}

func TestEntriesAreShownWithoutSecrets(t *testing.T) {
	for name, test := range map[string]struct{ path, want, not string }{
		"by ID":            {"/v1/cache/" + idA, idA, idB},
		"by URL":           {"/v1/cache/https%3A%2F%2Fshop.example%2Forders%2F1", idA, idB},
		"by method, too":   {"/v1/cache/GET%20https%3A%2F%2Fshop.example%2Forders%2F1", idA, idB},
		"by tag":           {"/v1/entries?tag=Order:1", idA, idB},
		"by source":        {"/v1/entries?source=desk", `tickets?key=…\u0026page=…`, "secret"},
		"with values":      {"/v1/entries?source=desk&values=true", `tickets?key=secret\u0026page=2`, idA},
		"no more than few": {"/v1/entries?limit=1", `"more":true`, idB},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := call(t, someEntries(), "GET", test.path, "")
			if status != 200 || !strings.Contains(text, test.want) || strings.Contains(text, test.not) {
				t.Errorf("got %d %s, want %s and not %s", status, text, test.want, test.not)
			}
		})
	}
}

func TestARouteThatPanicsIsAnErrorInTheLogOnly(t *testing.T) {
	var log bytes.Buffer
	s := New(func() Config { return Config{} }, "", slog.New(slog.NewTextHandler(&log, nil)), Route{Pattern: "GET /v1/x", Answer: func(*Call) (any, error) { panic("inner") }})
	c := s.Local()
	err := c.Get(t.Context(), "/v1/x", nil)
	if refused, ok := errors.AsType[*RefusedError](err); !ok || refused.Status != 500 || strings.Contains(err.Error(), "inner") || !strings.Contains(log.String(), "inner") {
		t.Errorf("%v; log %s", err, &log)
	}
}

// A running server is on a listener until the test ends.
type running struct {
	address Address
	log     *lockedBuffer
	stop    func() error
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func serve(t *testing.T, a Address, c Config, token string) running {
	t.Helper()
	log := &lockedBuffer{}
	s := New(func() Config { return c }, token, slog.New(slog.NewTextHandler(log, nil)), OfAnswers(someEntries())...)
	l, err := Listen(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(l); err != nil {
		t.Fatal(err)
	}
	if a.TCP != "" {
		a.TCP = l.Addr().String()
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, time.Minute) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return running{a, log, stop}
}

func client(t *testing.T, d Dial) *Client {
	t.Helper()
	c, err := NewClient(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func socket(t *testing.T) Address {
	t.Helper()
	a, err := ParseAddress("", t.TempDir())
	if err != nil {
		t.Skip(err) // the system's directory for tests is deep
	}
	return a
}

func TestASocketIsAnsweredToItsUserAndLeavesALine(t *testing.T) {
	r := serve(t, socket(t), Config{}, "")
	c := client(t, Dial{Address: r.address})
	var done Invalidated
	if err := c.Post(t.Context(), "/v1/invalidate", Invalidation{Tags: []string{"Order:1"}, Forget: true}, &done); err != nil {
		t.Fatal(err)
	}
	if done.Found.Store != 2 {
		t.Errorf("got %+v", done)
	}
	for _, want := range []string{`who="uid `, "path=/v1/invalidate", "status=200", "tags=Order:1", "forget=true", "found_in_store=2"} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("no %s in %s", want, r.log)
		}
	}
}

func TestAnAddressIsAnsweredToATokenOnly(t *testing.T) {
	token := strings.Repeat("t", 32)
	r := serve(t, Address{TCP: "127.0.0.1:0"}, Config{}, token)
	for name, test := range map[string]struct {
		header map[string]string
		host   string
		status int
		line   string
	}{
		"with it":           {map[string]string{"Authorization": "Bearer " + token}, "", 200, "who=HOLDFAST_ADMIN_TOKEN"},
		"in small letters":  {map[string]string{"Authorization": "bearer " + token}, "localhost:1", 200, "who=HOLDFAST_ADMIN_TOKEN"},
		"without":           {nil, "", 401, "expected Authorization"},
		"with another":      {map[string]string{"Authorization": "Bearer " + token + "x"}, "", 401, "not one of ours"},
		"with half of it":   {map[string]string{"Authorization": "Bearer " + token[:16]}, "", 401, "not one of ours"},
		"with a password":   {map[string]string{"Authorization": "Basic " + token}, "", 401, "expected Authorization"},
		"with a cookie":     {map[string]string{"Cookie": "token=" + token}, "", 401, "expected Authorization"},
		"in the URL":        {map[string]string{"X-Token": token}, "", 401, "expected Authorization"},
		"under a page's":    {map[string]string{"Authorization": "Bearer " + token}, "evil.example", 421, "does not answer to that host name"},
		"for another page":  {map[string]string{"Authorization": "Bearer " + token, "Origin": "https://evil.example"}, "", 200, "who="},
		"before it is sent": {map[string]string{"Access-Control-Request-Method": "GET", "Origin": "https://evil.example"}, "", 401, "expected Authorization"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequest(http.MethodGet, "http://"+r.address.TCP+"/v1/cache", nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range test.header {
				req.Header.Set(name, value)
			}
			req.Host = test.host
			transport := &http.Transport{DisableKeepAlives: true}
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != test.status || !strings.Contains(string(text)+r.log.String(), test.line) {
				t.Errorf("got %d %s", res.StatusCode, text)
			}
			for name := range res.Header {
				if strings.HasPrefix(name, "Access-Control") || name == "Set-Cookie" {
					t.Errorf("there is a %s", name)
				}
			}
			if strings.Contains(string(text)+r.log.String(), token) {
				t.Error("the token is shown")
			}
		})
	}
}

func TestAnAddressNeedsATokenAndBeyondThisMachineACertificate(t *testing.T) {
	token := strings.Repeat("t", 32)
	for name, test := range map[string]struct{ address, token, want string }{
		"no token":      {"127.0.0.1:0", "", "needs a token"},
		"a short one":   {"127.0.0.1:0", token[:31], "has 31 bytes: expected at least 32"},
		"everywhere":    {"0.0.0.0:0", token, "needs admin.cert"},
		"this machine":  {"127.0.0.1:0", token, ""},
		"this machine6": {"[::1]:0", token, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", test.address)
			if err != nil {
				t.Skip(err)
			}
			defer l.Close()
			err = New(func() Config { return Config{} }, test.token, slog.New(slog.DiscardHandler)).Check(l)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestAddressesAreReadOrRefused(t *testing.T) {
	long := "/" + strings.Repeat("d", 120)
	for name, test := range map[string]struct {
		text, data string
		want       Address
		wrong      string
	}{
		"the default":           {"", ".holdfast/", Address{Socket: ".holdfast/admin.sock"}, ""},
		"without a directory":   {"", "", Address{}, ""},
		"off":                   {"off", ".holdfast", Address{}, ""},
		"a socket":              {"unix:/run/a.sock", "", Address{Socket: "/run/a.sock"}, ""},
		"an address":            {"127.0.0.1:9090", "", Address{TCP: "127.0.0.1:9090"}, ""},
		"no path":               {"unix:", "", Address{}, "expected the path"},
		"no port":               {"127.0.0.1", "", Address{}, "expected unix:PATH, HOST:PORT or off"},
		"no host":               {":9090", "", Address{}, "such as 127.0.0.1:9090"},
		"a path that is long":   {"unix:" + long, "", Address{}, "no system takes more than 107"},
		"a directory that is":   {"", long, Address{}, "choose a shorter directory with -data"},
		"a word that means off": {"none", "", Address{}, "expected unix:PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseAddress(test.text, test.data)
			if got != test.want || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("got %v, %v; want %v, %q", got, err, test.want, test.wrong)
			}
		})
	}
	if a, _ := ParseAddress("", ".holdfast/"); !a.Own(".holdfast/") || a.Own("elsewhere") || (Address{Socket: "/run/x"}).Own(".holdfast") {
		t.Error("whose the socket is, is wrong")
	}
	if filepath.Base(".holdfast/"+SocketName) != SocketName {
		t.Error("the socket is not in the directory")
	}
}

func TestATokenDoesNotTravelInClear(t *testing.T) {
	t.Parallel()
	for address, safe := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true,
		"10.0.0.1:1": false, "gateway.example.com:1": false, "localhost.example.com:1": false, "0.0.0.0:1": false,
	} {
		for _, secured := range []bool{false, true} {
			_, err := NewClient(Dial{Address: Address{TCP: address}, Token: strings.Repeat("t", 32), TLS: secured})
			if (err == nil) != (safe || secured) {
				t.Errorf("%s, TLS %v: %v", address, secured, err)
			}
		}
	}
}
