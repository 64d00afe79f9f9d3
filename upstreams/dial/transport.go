package dial

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// lookAgain is how long what files hold is used before they are looked at again.
const lookAgain = time.Second

// Config says how a source is connected to.
type Config struct {
	// URL is that of the source. A literal IP address or localhost in it is permission to dial exactly that.
	URL string
	// TLS is for a source with certificates of its own.
	TLS TLS
	// Proxy returns the URL of the proxy that all requests go through, "" for none. It is asked again about
	// every second; an error keeps what there was. A literal address in it may be dialled. Nil: no proxy.
	Proxy func() (string, error)
}

// Transport sends through an [http.Transport] that is made anew when a file it was made of changes, when a
// name that it is connected to leads elsewhere, and when a request ran out of time on one of its
// connections: that one may be dead without a word, and so may the others. What is under way goes on.
//
// It connects to public addresses and to those that its [Config] permits; a name that leads elsewhere is
// refused when it is dialled. It follows no redirect and decodes no body. Deadlines come with each request.
// What net/http repeats by itself is bounded, see [Way].
//
// It is safe for concurrent use; whoever made it closes it.
type Transport struct {
	cfg       Config
	newGuard  func(urls ...string) *guard
	lookEvery time.Duration

	ctx   context.Context // of the looks behind; ended by Close
	end   context.CancelFunc
	looks sync.WaitGroup

	mu       sync.Mutex
	current  *http.Transport // nil: to be made
	before   *http.Transport // the one before; calls may be under way there
	guard    *guard          // of current
	stamp    string          // of the files that current was made of
	lookedAt time.Time       // at the files
	nextLook time.Time       // at the names
	leave    bool            // current is connected to where a name no longer leads, or perhaps to nobody
}

// New returns a transport for the source that cfg describes. It reads and connects to nothing yet.
func New(cfg Config) *Transport {
	t := &Transport{cfg: cfg, newGuard: newGuard, lookEvery: lookEvery}
	t.ctx, t.end = context.WithCancel(context.Background())
	return t
}

// Close ends what runs behind and closes what nobody uses.
func (t *Transport) Close() {
	t.mu.Lock()
	t.end() // under the lock: no look starts after this
	t.mu.Unlock()
	t.looks.Wait()
	t.CloseIdleConnections()
}

// CloseIdleConnections closes what nobody uses.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, through := range []*http.Transport{t.before, t.current} {
		if through != nil {
			through.CloseIdleConnections()
		}
	}
}

// now returns the transport of what the files hold and the names mean now. When no other can be made, it
// is the one before.
func (t *Transport) now() (*http.Transport, *guard, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil {
		t.lookBehind()
	}
	if t.current != nil && !t.leave && (!t.hasFiles() || time.Since(t.lookedAt) < lookAgain) {
		return t.current, t.guard, nil
	}
	t.lookedAt = time.Now()
	proxy, err := t.proxy()
	stamp := proxy + stampOf(t.cfg.TLS.files())
	if t.current != nil && (err != nil || !t.leave && stamp == t.stamp) {
		return t.current, t.guard, nil
	}
	if err != nil {
		return nil, nil, err
	}
	next, guard, err := t.make(proxy)
	switch {
	case err != nil && t.current != nil:
		return t.current, t.guard, nil
	case err != nil:
		return nil, nil, err
	case t.current != nil:
		t.current.CloseIdleConnections() // the others when the calls end that use them
	}
	t.before, t.current, t.guard, t.stamp, t.leave = t.current, next, guard, stamp, false
	t.nextLook = time.Now().Add(t.lookEvery)
	return next, guard, nil
}

// ended is told when nothing more comes through an http.Transport, and whether its connections may be dead.
func (t *Transport) ended(through *http.Transport, dead bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if through != t.current {
		through.CloseIdleConnections()
		return
	}
	t.leave = t.leave || dead
}

// lookBehind sees, now and then, whether current is still connected to where names lead. t.mu is held.
func (t *Transport) lookBehind() {
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
		t.leave = t.leave || t.current == looked
	})
}

func (t *Transport) hasFiles() bool { return t.cfg.Proxy != nil || t.cfg.TLS.files() != nil }

func (t *Transport) proxy() (string, error) {
	if t.cfg.Proxy == nil {
		return "", nil
	}
	return t.cfg.Proxy()
}

// make makes a transport that goes through proxy, "" for none.
func (t *Transport) make(proxy string) (*http.Transport, *guard, error) {
	tlsConfig, wrong := t.cfg.TLS.Config()
	if wrong != nil {
		return nil, nil, wrong
	}
	g := t.newGuard(t.cfg.URL, proxy)
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
		at, err := ParseProxy(proxy)
		if err != nil {
			return nil, nil, fmt.Errorf("proxy: %w", err)
		}
		made.Proxy = http.ProxyURL(at)
	}
	return made, g, nil
}

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
