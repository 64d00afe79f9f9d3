package upstreams

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Transport returns a transport of its own for calling the source that cfg describes, with cfg's TLS and
// proxy. It connects to public addresses only, and to the hosts of cfg.URL and the proxy if those are
// literal IP addresses or localhost; a name that leads elsewhere is refused when it is dialled. It follows
// no redirect and decodes no body. Deadlines come with each request.
//
// The result has a method CloseIdleConnections; a [Client] that made its transport calls it when it is
// closed. It is safe for concurrent use.
func Transport(cfg Config) http.RoundTripper { return newTransport(cfg, cfg.URL) }

// transport sends through an [http.Transport] that is made anew when a file it was made of changes, and
// when a name that it is connected to leads elsewhere.
type transport struct {
	cfg       Config
	permit    string // a URL
	newGuard  func(urls ...string) *guard
	lookEvery time.Duration
	secrets   safe

	ctx   context.Context // of the looks behind; ended by close
	end   context.CancelFunc
	looks sync.WaitGroup

	mu       sync.Mutex
	current  *http.Transport // nil: to be made
	guard    *guard          // of current
	stamp    string          // of the files that current was made of
	lookedAt time.Time       // at the files
	nextLook time.Time       // at the names
	moved    bool            // current is connected to where a name no longer leads
}

func newTransport(cfg Config, permit string) *transport {
	t := &transport{cfg: cfg, permit: permit, newGuard: newGuard, lookEvery: lookEvery}
	t.ctx, t.end = context.WithCancel(context.Background())
	return t
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	through, guard, err := t.now()
	if err != nil {
		return nil, err
	}
	if through.Proxy != nil && !guard.allows(req.URL) {
		return nil, fmt.Errorf("%s: %w", req.URL.Hostname(), errForbidden)
	}
	return through.RoundTrip(req)
}

// close ends what runs behind and closes what nobody uses.
func (t *transport) close() {
	t.mu.Lock()
	t.end() // under the lock: no look starts after this
	t.mu.Unlock()
	t.looks.Wait()
	t.CloseIdleConnections()
}

// CloseIdleConnections closes what nobody uses.
func (t *transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil {
		t.current.CloseIdleConnections()
	}
}

// now returns the transport of what the files hold and the names mean now. When no other can be made, it
// is the one before.
func (t *transport) now() (*http.Transport, *guard, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil {
		t.lookBehind()
	}
	if t.current != nil && !t.moved && (!t.hasFiles() || time.Since(t.lookedAt) < lookAgain) {
		return t.current, t.guard, nil
	}
	t.lookedAt = time.Now()
	proxy, err := t.secrets.open(t.cfg.Proxy)
	if err != nil {
		return t.current, t.guard, err
	}
	stamp := proxy + stampOf(t.cfg.TLS.files())
	if t.current != nil && !t.moved && stamp == t.stamp {
		return t.current, t.guard, nil
	}
	next, guard, err := t.make(proxy)
	switch {
	case err == nil:
	case t.current != nil:
		return t.current, t.guard, nil
	default:
		return nil, nil, err
	}
	if t.current != nil {
		t.current.CloseIdleConnections() // the others end with the calls that use them
	}
	t.current, t.guard, t.stamp, t.moved = next, guard, stamp, false
	t.nextLook = time.Now().Add(t.lookEvery)
	return next, guard, nil
}

// lookBehind sees, now and then, whether current is still connected to where names lead. t.mu is held.
func (t *transport) lookBehind() {
	now := time.Now()
	if now.Before(t.nextLook) || t.ctx.Err() != nil {
		return
	}
	t.nextLook = now.Add(t.lookEvery)
	looked, g := t.current, t.guard
	t.looks.Go(func() {
		ctx, cancel := context.WithTimeout(t.ctx, lookFor)
		defer cancel()
		if !g.places.moved(ctx, g.resolver) {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.moved = t.moved || t.current == looked
	})
}

func (t *transport) hasFiles() bool { return t.cfg.Proxy.File != "" || t.cfg.TLS.files() != nil }

// make makes a transport that goes through proxy, "" for none.
func (t *transport) make(proxy string) (*http.Transport, *guard, error) {
	tlsConfig, wrong := t.cfg.TLS.config()
	if wrong != nil {
		return nil, nil, wrong
	}
	g := t.newGuard(t.permit, proxy)
	made := &http.Transport{
		DialContext:            g.dial,
		TLSClientConfig:        tlsConfig,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // we ask for more than gzip
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		HTTP2: &http.HTTP2Config{ // finds out that a connection is dead, and that the other side does not read
			SendPingTimeout:  15 * time.Second,
			PingTimeout:      5 * time.Second,
			WriteByteTimeout: 15 * time.Second,
		},
	}
	if proxy != "" {
		at, err := url.Parse(proxy)
		if err != nil {
			return nil, nil, errProxy
		}
		made.Proxy = http.ProxyURL(at)
	}
	return made, g, nil
}

// errProxy does not quote the URL, which may hold a password.
var errProxy = errors.New("the URL of the proxy is malformed")

// stampOf tells contents of files apart.
func stampOf(names []string) string {
	var b strings.Builder
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(&b, "\x00%s %d %d", name, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

// checkProxy returns what is wrong with the URL of a proxy.
func (c Config) checkProxy() *FieldError {
	if err := c.Proxy.check("proxy"); err != nil {
		return err
	}
	text, _ := c.Proxy.load()
	if text == "" {
		return nil
	}
	at, err := url.Parse(text)
	if err != nil || at.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, at.Scheme) {
		return &FieldError{"proxy", "is not the URL of an http, https or socks5 proxy"}
	}
	return nil
}
