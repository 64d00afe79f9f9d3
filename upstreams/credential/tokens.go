package credential

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"holdfast/upstreams/panics"
)

const (
	tokenTimeout = 10 * time.Second // of one call of the token endpoint
	rejectPause  = 10 * time.Second // between tokens given up because of a 401
	longestHold  = 30 * time.Second // of a token endpoint that fails
)

var errHeld = errors.New("left alone after a failure")

// tokens hands out the access token of one source. It asks the endpoint once at a time, on a goroutine of
// its own, and after a failure not before a hold that doubles is over: it is the breaker of the endpoint.
type tokens struct {
	ask func(context.Context) (*oauth2.Token, error)
	log *slog.Logger
	ctx context.Context // of the calls, which belong to no caller; ended by close
	end context.CancelFunc
	all sync.WaitGroup

	mu          sync.Mutex
	current     *oauth2.Token // nil: none
	ends, renew time.Time     // of current; zero: never
	rejected    time.Time     // when a token was last given up
	call        *tokenCall    // under way; nil: none
	fails       int           // in a row
	held        time.Time     // until when the endpoint is not asked
}

// tokenCall is one call of the endpoint. The results are there when done is closed.
type tokenCall struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
}

func newTokens(ask func(context.Context) (*oauth2.Token, error), log *slog.Logger) *tokens {
	t := &tokens{ask: ask, log: log}
	t.ctx, t.end = context.WithCancel(context.Background())
	return t
}

// get returns a token that is good for now. The error is an *[Error] or that of ctx.
func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	t.mu.Lock()
	now := time.Now()
	if token := t.current; token != nil && (t.ends.IsZero() || now.Before(t.ends)) {
		if !t.renew.IsZero() && !now.Before(t.renew) {
			t.start(now)
		}
		t.mu.Unlock()
		return token, nil
	}
	call := t.start(now)
	hold := t.held.Sub(now)
	t.mu.Unlock()
	if call == nil {
		return nil, &Error{Held: true, RetryAfter: max(0, hold), Err: errHeld}
	}
	select {
	case <-call.done:
		return call.token, call.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// start returns the call under way, or a new one; nil while the endpoint is left alone, and after close.
// t.mu is held.
func (t *tokens) start(now time.Time) *tokenCall {
	if t.call != nil || now.Before(t.held) || t.ctx.Err() != nil {
		return t.call
	}
	call := &tokenCall{done: make(chan struct{})}
	t.call = call
	t.all.Go(func() {
		ctx, cancel := context.WithTimeout(t.ctx, tokenTimeout)
		defer cancel()
		call.err = panics.Catch(func() (err error) {
			call.token, err = t.ask(ctx)
			return err
		})
		t.settle(call)
		close(call.done)
	})
	return call
}

func (t *tokens) settle(call *tokenCall) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.call = nil
	if call.err == nil {
		if t.fails > 0 {
			t.log.Info("token endpoint answers again")
		}
		t.current, t.fails, t.held = call.token, 0, time.Time{}
		t.ends, t.renew = lifetime(call.token, now)
		return
	}
	if t.fails == 0 && t.ctx.Err() == nil {
		t.log.Warn("token endpoint fails", "error", call.err.Error())
	}
	hold := min(longestHold, time.Second<<min(t.fails, 10))
	t.fails++
	t.held = now.Add(hold/2 + rand.N(hold/2)) //nolint:gosec // not a secret
}

// reject gives up the token that req carried if it is still the current one, and reports whether there
// may be another: not when the last one was given up a moment ago.
func (t *tokens) reject(req *http.Request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.current != nil && req.Header.Get("Authorization") == authorization(t.current) {
		if !t.rejected.IsZero() && now.Sub(t.rejected) < rejectPause {
			return false
		}
		t.current, t.rejected = nil, now
	}
	return true
}

// TokenStatus is how a source's OAuth 2 token and token endpoint are doing.
type TokenStatus struct {
	Ends  *time.Time `json:"ends,omitempty"`  // when the token ends; not there if there is none, or it does not say
	Fails int        `json:"fails,omitempty"` // of the endpoint, in a row
	AskAt *time.Time `json:"askAt,omitempty"` // until when the endpoint is left alone
}

func (t *tokens) status() *TokenStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &TokenStatus{Fails: t.fails}
	if t.current != nil && !t.ends.IsZero() {
		s.Ends = new(t.ends)
	}
	if time.Now().Before(t.held) {
		s.AskAt = new(t.held)
	}
	return s
}

func authorization(token *oauth2.Token) string { return token.Type() + " " + token.AccessToken }

// close ends the call under way, if any, and waits for it. Later calls fail.
func (t *tokens) close() {
	t.mu.Lock()
	t.end() // under the lock: no call starts after this
	t.mu.Unlock()
	t.all.Wait()
}
