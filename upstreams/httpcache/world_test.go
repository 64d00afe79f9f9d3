package httpcache_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/httpcache"
)

// world is a client, a reverse proxy with the cache under test, and an origin, each talking HTTP/1.1 to the
// next over connections in memory or real ones.
type world struct {
	t      *testing.T
	client *http.Client
	url    string
	origin *origin
	cache  *httpcache.Transport
}

// listen opens a server and returns how to reach it.
type listen func(t *testing.T, h http.Handler) (base string, dial func(context.Context, string, string) (net.Conn, error))

func newWorld(t *testing.T, opts httpcache.Options, on listen) *world {
	t.Helper()
	o := &origin{}
	originURL, dialOrigin := on(t, o)
	target, err := url.Parse(originURL)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := cache.New(cache.Config{Memory: 1 << 20}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(memory.Close)
	line := transport(t, dialOrigin)
	c := httpcache.New(roundTrip(func(r *http.Request) (*http.Response, error) {
		if o.unreachable() {
			return nil, errors.New("no route to host")
		}
		return line.RoundTrip(r)
	}), memory, opts)
	t.Cleanup(c.Close)
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     c,
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ErrorLog:      quiet(),
	}
	proxyURL, dialProxy := on(t, proxy)
	w := &world{t: t, url: proxyURL, origin: o, cache: c}
	w.client = &http.Client{
		Transport:     transport(t, dialProxy),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w
}

func transport(t *testing.T, dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	t.Helper()
	tr := &http.Transport{DialContext: dial, DisableCompression: true, IdleConnTimeout: time.Second}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// ask sends one request; headers are lines "Name: value".
func (w *world) ask(do string, lines []string) (status int, h http.Header, body string) {
	w.t.Helper()
	method, path, _ := strings.Cut(do, " ")
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header = headers(lines)
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		b = append(b, " broken off"...)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// origin answers as it was told, and remembers what it was asked.
type origin struct {
	mu   sync.Mutex
	seen []*http.Request
	say  http.HandlerFunc // nil: it is out of reach
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.seen = append(o.seen, r)
	say := o.say
	o.mu.Unlock()
	say(w, r)
}

// tell says what to answer from now on, and forgets what was asked.
func (o *origin) tell(say http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.say, o.seen = say, nil
}

func (o *origin) unreachable() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.say == nil
}

func (o *origin) asked() []*http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen
}

// headers reads lines "Name: value". A value like +60s or -1h is the date so far from now, "none" keeps the
// server from adding the header.
func headers(lines []string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Date" || name == "Expires" || name == "Last-Modified" || name == "If-Modified-Since" {
			if d, err := time.ParseDuration(value); err == nil && value != "0" {
				value = time.Now().Add(d).UTC().Format(http.TimeFormat)
			}
		}
		if name = http.CanonicalHeaderKey(name); value == "none" {
			h[name] = nil
		} else {
			h.Add(name, value)
		}
	}
	return h
}

// reply answers with this status, headers and body.
func reply(status int, body string, lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), headers(lines))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// broken answers with the beginning of a body, and then no more.
func broken(body string, lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reply(http.StatusOK, body, lines...)(w, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// roundTrip is a RoundTripper that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
