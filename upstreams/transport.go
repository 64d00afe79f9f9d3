package upstreams

import (
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

// transport sends through an [http.Transport] that is made anew when a file it was made of changes.
type transport struct {
	cfg     Config
	permit  string // a URL
	secrets safe

	mu      sync.Mutex
	looked  time.Time
	stamp   string
	current *http.Transport
	guard   *guard
}

func newTransport(cfg Config, permit string) *transport { return &transport{cfg: cfg, permit: permit} }

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

// CloseIdleConnections closes what nobody uses.
func (t *transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil {
		t.current.CloseIdleConnections()
	}
}

// now returns the transport of what the files hold now. One whose new files cannot be used goes on with
// the old ones.
func (t *transport) now() (*http.Transport, *guard, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && (!t.hasFiles() || time.Since(t.looked) < lookAgain) {
		return t.current, t.guard, nil
	}
	t.looked = time.Now()
	proxy, err := t.secrets.open(t.cfg.Proxy)
	if err != nil {
		return t.current, t.guard, err
	}
	stamp := proxy + stampOf(t.cfg.TLS.files())
	if t.current != nil && stamp == t.stamp {
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
		t.current.CloseIdleConnections()
	}
	t.current, t.guard, t.stamp = next, guard, stamp
	return next, guard, nil
}

func (t *transport) hasFiles() bool { return t.cfg.Proxy.File != "" || t.cfg.TLS.files() != nil }

// make makes a transport that goes through proxy, "" for none.
func (t *transport) make(proxy string) (*http.Transport, *guard, error) {
	tlsConfig, wrong := t.cfg.TLS.config()
	if wrong != nil {
		return nil, nil, wrong
	}
	g := newGuard(t.permit, proxy)
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
