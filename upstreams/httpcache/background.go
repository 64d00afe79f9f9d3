package httpcache

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"holdfast/freshness"
)

const (
	// refreshes is the number of revalidations that may go on behind at a time.
	refreshes = 64
	// refreshTimeout bounds one of them.
	refreshTimeout = 30 * time.Second
)

// background owns the revalidations behind answers that were served stale.
type background struct {
	mu     sync.Mutex
	going  map[string]bool // by the key and scope of what is revalidated
	ended  bool
	work   sync.WaitGroup
	base   context.Context // the life of the work behind
	cancel context.CancelFunc
}

func (b *background) start() {
	b.going = map[string]bool{}
	b.base, b.cancel = context.WithCancel(context.Background())
}

func (b *background) stop() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}

// begin reports whether what id names is being revalidated: by somebody else, or by the caller from now
// on, who is then first and must end it.
func (b *background) begin(id string) (going, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.ended:
		return false, false
	case b.going[id]:
		return true, false
	case len(b.going) >= refreshes:
		return false, false
	}
	b.going[id] = true
	b.work.Add(1)
	return true, true
}

func (b *background) end(id string) {
	b.mu.Lock()
	delete(b.going, id)
	b.mu.Unlock()
	b.work.Done()
}

// refresh has s validated behind, once at a time, and reports whether it is: not after Close, not when too
// much goes on already, and not for a request of which nothing may be stored.
func (t *Transport) refresh(x *exchange, s *stored) bool {
	if x.wishes.NoStore {
		return false
	}
	id := s.entry.Key + "\n" + x.scope
	going, first := t.behind.begin(id)
	if !first {
		return going
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.req.Context()), refreshTimeout)
	unhook := context.AfterFunc(t.behind.base, cancel)
	go func() {
		defer t.behind.end(id)
		defer cancel()
		defer unhook()
		t.revalidate(ctx, x, s)
	}()
	return true
}

// revalidate asks for s as x did, but for the client's own conditions and wishes.
func (t *Transport) revalidate(ctx context.Context, x *exchange, s *stored) {
	req := x.req.Clone(ctx)
	req.Method = http.MethodGet
	if req.Header == nil {
		req.Header = http.Header{}
	}
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "Cache-Control", "Pragma"} {
		req.Header.Del(name)
	}
	behind := &exchange{req: req, key: x.key, scope: x.scope}
	resp, err := t.validate(behind, []*stored{s}, freshness.ForwardStale)
	if err != nil {
		return // the next who asks will see
	}
	_, _ = io.Copy(io.Discard, resp.Body) // stored when read
	_ = resp.Body.Close()
}
