package upstreams

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Priority says who comes first when calls to a source are scarce. Only a person's call waits for its turn.
// The others go when there is room, and leave some of it to people; else they end with [Limit].
type Priority uint8

// The priorities.
const (
	Person     Priority = iota // somebody waits for the answer
	Background                 // an answer that was served is asked for again; a quarter of all room stays free
	Sync                       // a job with time to spare; half of all room stays free
)

// leaves is the share of the room that a call of this priority must leave free.
func (p Priority) leaves() float64 {
	switch p {
	case Background:
		return 0.25
	case Sync:
		return 0.5
	default:
		return 0
	}
}

// quota lets a call through when it is its turn: no more than Quota.Concurrent at once, and with one
// credential no more than [account] allows. Who would wait too long is told so at once and does not reach
// the breaker.
func (u *Client) quota(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		if c := u.connector(r.Connector); c.breaker.turnsAway() {
			return nil, u.turnedAway(r, c) // who is not asked takes no turn
		}
		if err := u.turns.take(ctx, r); err != nil {
			return nil, u.sign(err, r)
		}
		defer u.turns.giveBack()
		return next(ctx, r)
	}
}

// turns are the calls a source may have under way, and by credential those it may still be sent.
type turns struct {
	slots chan struct{} // one element for each call under way
	cfg   Quota

	mu       sync.Mutex
	accounts map[string]*account
}

func newTurns(q Quota) *turns {
	q.Header = http.CanonicalHeaderKey(q.Header)
	return &turns{slots: make(chan struct{}, q.Concurrent), cfg: q, accounts: map[string]*account{}}
}

// take waits for r's turn. When it returns nil, the caller must give it back.
func (t *turns) take(ctx context.Context, r *Request) error {
	if r.Priority == Person {
		ends := time.Now().Add(t.cfg.Wait)
		if err := t.account(r).wait(ctx, r, soon(r, ends)); err != nil {
			return err
		}
		return t.slot(ctx, ends)
	}
	if !t.slotNow(r.Priority) {
		return &Error{Kind: Limit, Reason: ReasonQuota}
	}
	if err := t.account(r).takeNow(r, time.Now()); err != nil {
		t.giveBack()
		return err
	}
	return nil
}

// soon is when it is no longer worth it to wait for what is known to come later: who has an old answer is
// better served with that at once.
func soon(r *Request, ends time.Time) time.Time {
	if r.patience == nil {
		return ends
	}
	if patient := time.Now().Add(*r.patience); patient.Before(ends) {
		return patient
	}
	return ends
}

func (t *turns) giveBack() { <-t.slots }

func (t *turns) slot(ctx context.Context, ends time.Time) error {
	select {
	case t.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(time.Until(ends))
	defer timer.Stop()
	select {
	case t.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return &Error{Kind: Limit, Reason: ReasonQuota}
	case <-ctx.Done():
		return goneWaiting(ctx)
	}
}

// slotNow takes a slot if p leaves enough of them.
func (t *turns) slotNow(p Priority) bool {
	if len(t.slots) >= cap(t.slots)-int(p.leaves()*float64(cap(t.slots))) {
		return false
	}
	select {
	case t.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// goneWaiting is the error of a call that ended before its turn came: our limit if our own deadline
// passed, else the caller's doing.
func goneWaiting(ctx context.Context) error {
	if e := gone(ctx); e.left {
		return e
	}
	return &Error{Kind: Limit, Reason: ReasonQuota}
}

// mostAccounts bounds the credentials that are told apart. Beyond it the one used longest ago is forgotten.
const mostAccounts = 1000

// account returns the account that r spends from.
func (t *turns) account(r *Request) *account {
	name := credential(r)
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.accounts[name]
	if a == nil {
		if len(t.accounts) >= mostAccounts {
			t.forgetOne()
		}
		a = newAccount(t.cfg)
		t.accounts[name] = a
	}
	a.used = time.Now()
	return a
}

func (t *turns) forgetOne() {
	var oldest string
	var since time.Time
	for name, a := range t.accounts {
		if since.IsZero() || a.used.Before(since) {
			oldest, since = name, a.used
		}
	}
	delete(t.accounts, oldest)
}

// credential names the credential r goes out with: "" is the service's own. A caller's own is forwarded, or
// was built into the request from what the caller sent.
func credential(r *Request) string {
	if r.Scope == "" {
		return ""
	}
	own := r.caller
	if values := r.Header.Values("Authorization"); len(own) == 0 && len(values) > 0 {
		own = http.Header{"Authorization": values}
	}
	if len(own) == 0 {
		return ""
	}
	return scopeWith("", own)
}

// learn takes in what an answer to r says of the limits.
func (t *turns) learn(r *Request, status int, h http.Header) {
	if !*t.cfg.Learn {
		return
	}
	now := time.Now()
	a := t.account(r)
	if told, ok := readTold(h, t.cfg.Header, now); ok {
		a.told(told, now)
	}
	if status == http.StatusTooManyRequests {
		a.slower(now)
	}
}

// again takes what a retry of r needs when it goes out after wait, if that is there by then. The retry keeps
// the slot of its call.
func (t *turns) again(r *Request, wait time.Duration) bool { return t.account(r).again(wait) }

// hold stops asking r's connector with its credential for as long as e, an answer to r, says.
func (t *turns) hold(r *Request, e *Error) { t.account(r).hold(r.Connector, e) }

// status shows what is used, and what is known of the service's own credential.
func (t *turns) status() QuotaStatus {
	s := QuotaStatus{Concurrent: cap(t.slots), UnderWay: len(t.slots), Rate: t.cfg.Rate}
	t.mu.Lock()
	a := t.accounts[""]
	t.mu.Unlock()
	if a != nil {
		a.status(&s, time.Now())
	}
	return s
}
