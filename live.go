package main

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"holdfast/connect/call"
	"holdfast/executor"
	"holdfast/gateway"
	"holdfast/settings"
)

// A generation is what one reading of the settings made: requests that began
// with it end with it.
type generation struct {
	front  *gateway.Gateway
	schema *executor.Schema
	probes map[call.ID]*executor.Prepared
	apis   *apis
	hooks  *hooks
	users  sync.WaitGroup
}

// close ends what runs behind, and waits for it until ctx ends.
func (g *generation) close(ctx context.Context) error {
	g.front.Close()
	return g.apis.close(ctx)
}

// live serves the newest generation.
type live struct {
	log   *slog.Logger
	begun chan struct{} // closed once there is a generation

	mu       sync.RWMutex
	current  *generation // nil: there is none yet
	draining bool

	reloading sync.Mutex     // one at a time
	old       sync.WaitGroup // generations that are being closed
}

// newLive has no generation yet.
func newLive(log *slog.Logger) *live { return &live{log: log, begun: make(chan struct{})} }

// begin has the first generation served.
func (l *live) begin(first *generation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = first
	close(l.begun)
}

// use is the generation that is current now, and what is called when it is not used any more; nil if there is none yet.
func (l *live) use() (g *generation, done func()) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.current == nil {
		return nil, nil
	}
	l.current.users.Add(1)
	return l.current, l.current.users.Done
}

// ServeHTTP serves one request with the generation that is current now.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g, done := l.use()
	if gateway.IsStream(r) { // which goes on with the generations that come
		done = sync.OnceFunc(done)
		r = r.WithContext(gateway.WithRelease(r.Context(), done))
	}
	defer done()
	g.front.ServeHTTP(w, r)
}

// connectors are those of the generation that is current now: see [once.Newest].
func (l *live) connectors() (*call.Registry, func()) {
	g, done := l.use()
	if g == nil {
		return nil, nil
	}
	return g.schema.Registry(), done
}

// settings are those of the current generation.
func (l *live) settings() *settings.File {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.current.apis.set
}

// reload puts what build makes in place of the current generation. When that
// fails, everything stays as it was.
func (l *live) reload(build func() (*generation, error)) {
	l.reloading.Lock()
	defer l.reloading.Unlock()
	next, err := build()
	if err != nil {
		l.log.Error("the new settings are wrong; the old ones stay", "error", err.Error())
		return
	}
	l.mu.Lock()
	before := l.current
	l.current = next
	if l.draining {
		next.front.Drain()
	}
	l.mu.Unlock()
	l.log.Info("settings reloaded")
	l.old.Go(func() {
		before.users.Wait()
		if err := before.close(context.Background()); err != nil {
			l.log.Warn("closing what the old settings made", "error", err.Error())
		}
	})
}

// drain makes /readyz say that no more requests should come, and asks clients to
// close their connections. It returns for how long they are served all the same.
func (l *live) drain() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draining = true
	return l.current.front.Drain()
}

// close ends what runs behind, of all generations, and waits for it until ctx ends.
func (l *live) close(ctx context.Context) error {
	l.reloading.Lock()
	defer l.reloading.Unlock()
	var err error
	if l.current != nil {
		err = l.current.close(ctx)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.old.Wait()
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// often is how often the settings file is looked at.
const often = 2 * time.Second

// follow calls changed at each hangup, and when the content of the
// file is no longer last, until ctx ends. It reads the file rather than asking for its time or
// for events: mounted settings are links that are swapped.
func follow(ctx context.Context, name string, last [sha256.Size]byte, hup <-chan os.Signal, changed func()) error {
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hup:
			last = digest(name)
			changed()
		case <-tick.C:
			if now := digest(name); now != last {
				last = now
				changed()
			}
		}
	}
}

// digest tells contents of a file apart; zero for one that cannot be read.
func digest(name string) [sha256.Size]byte {
	text, err := os.ReadFile(name)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(text)
}
