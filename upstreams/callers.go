package upstreams

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"holdfast/cache"
)

// mostCallers bounds the callers of a source who are told apart, twice: what is remembered of those who were
// not seen for that long is of no use any more. Only who got an answer counts.
const mostCallers = 20_000

// callers are those who ask a source with credentials of their own and for whom something is remembered. A 401
// takes the caller off, and with him the right to use what was asked for before. The zero value is ready for
// use.
type callers struct {
	mu        sync.Mutex
	asking    map[string]*asking    // by caller, while a call is under way
	now, then map[string]cache.AsOf // by caller: what left before may not be used; then is older, and goes next
}

// asking is a caller with calls under way.
type asking struct {
	calls   int
	refused cache.AsOf // what left before gives him no right; zero: no 401 came meanwhile
}

// begin says that a call of a caller, or a reader who waits for one, is under way; end says the contrary.
func (c *callers) begin(whose string) {
	if whose == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking == nil {
		c.asking, c.now = map[string]*asking{}, map[string]cache.AsOf{}
	}
	if c.asking[whose] == nil {
		c.asking[whose] = &asking{}
	}
	c.asking[whose].calls++
}

func (c *callers) end(whose string) {
	if whose == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking[whose].calls--; c.asking[whose].calls == 0 {
		delete(c.asking, whose)
	}
}

// keep reports whether a good answer that was asked for asOf, in a call under way, may be remembered.
func (c *callers) keep(whose string, asOf cache.AsOf) bool {
	if whose == "" {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.asking[whose]; a == nil || asOf.Before(a.refused) {
		return false
	}
	if since, known := c.since(whose); !known || asOf.Before(since) {
		c.set(whose, asOf)
	}
	return true
}

// may reports whether what was remembered for a caller, and asked for asOf, may be used.
func (c *callers) may(whose string, asOf cache.AsOf) bool {
	if whose == "" {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	since, known := c.since(whose)
	return known && !before(asOf, since)
}

// before reports whether what was asked for asOf may have been so before since. Of what other processes asked for that
// is not known where no bump came between.
func before(asOf, since cache.AsOf) bool {
	if asOf.Process == since.Process {
		return asOf.Before(since)
	}
	return !since.Before(asOf)
}

// refuse takes a caller off, and reports whether he was known. What he asks for from asOf on counts again.
func (c *callers) refuse(whose string, asOf cache.AsOf) (known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.asking[whose]; a != nil {
		a.refused = asOf
	}
	_, known = c.since(whose)
	delete(c.now, whose)
	delete(c.then, whose)
	return known
}

// since returns from when on what is remembered for a caller may be used. c.mu is held, as it is for set.
func (c *callers) since(whose string) (cache.AsOf, bool) {
	if since, known := c.now[whose]; known {
		return since, true
	}
	since, known := c.then[whose]
	if known {
		c.set(whose, since)
	}
	return since, known
}

func (c *callers) set(whose string, since cache.AsOf) {
	if len(c.now) >= mostCallers {
		c.now, c.then = map[string]cache.AsOf{}, c.now
	}
	c.now[whose] = since
}

// rightOf is the tag of all that a caller's credential gave him.
func (u *Client) rightOf(whose string) cache.Tag {
	var room [256]byte
	b := append(room[:0], "caller:"...)
	return cache.TagOf(append(appendPart(b, u.cfg.Name), whose...))
}

// mayStandIn reports whether memory has something under key and scope that was not forgotten.
func (u *Client) mayStandIn(key, scope string) bool {
	e := u.cache.Held(key, scope)
	return e != nil && u.verdict(e) != cache.Forgotten
}

// refuse drops what is remembered for a caller where e is the source's no to his credential: with a 401 all
// that it gave him, with a 403, or a 401 to who has none, what was asked for. It waits for the journal, so that what
// the caller was refused is refused after a restart, and elsewhere.
func (u *Client) refuse(ctx context.Context, r *Request, e *Error) {
	if u.cache == nil || e.Outage() || e.entry == nil || r.caller == nil && r.whose == "" {
		return
	}
	names := r.names
	if names == nil {
		names = []string{r.key}
	}
	switch status := e.entry.Status; {
	case status == http.StatusUnauthorized && r.whose != "":
		known := u.source.callers.refuse(r.whose, u.epochs.Mark())
		if known || slices.ContainsFunc(names, func(name string) bool { return u.mayStandIn(name, r.Scope) }) {
			_, _ = u.epochs.Forget(ctx, r.right) // here that is so in any case
		}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		u.drop(ctx, r.Scope, names...)
	}
}
