package upstreams

import (
	"context"
	"sync"

	"holdfast/cache"
	"holdfast/upstreams/outcome"
)

// Effect says what is known of a change that was asked for.
type Effect string

// The effects. The zero value is none.
const (
	EffectNone    Effect = "NONE"    // it was not made: it may be asked for again
	EffectUnknown Effect = "UNKNOWN" // it may have been made, or be made yet: look before asking again
	EffectApplied Effect = "APPLIED" // it was made, although not all is well with the answer
)

// effect returns what became of a write, r, that ended with e. An answer with a good status says that it was made,
// whatever else is in it, but for a page for people; a no that [Reply.Err] does not know of, as isSuccess finds it
// in a good answer, says nothing for certain.
func (u *Client) effect(r *Request, e *Error) Effect {
	switch {
	case !e.Sent:
		return EffectNone
	case e.entry == nil:
		return EffectUnknown
	}
	said := u.reply(r, e.entry).outcome()
	switch {
	case said.notMade:
		return EffectNone
	case said.is == outcome.Good && e.Kind == Contract && !page(e.entry):
		return EffectApplied
	}
	return EffectUnknown
}

func page(e *cache.Entry) bool {
	return outcome.Answer{Status: e.Status, Header: e.Header, Body: e.Body}.Page()
}

// after returns the effect of tries of one write: those before, and one that had effect e. What one of them may have
// done no later refusal undoes; that it was made says the last one for all.
func (e Effect) after(before Effect) Effect {
	if before == EffectUnknown && e != EffectApplied {
		return EffectUnknown
	}
	return e
}

// Writes knows what became of the changes that were made for one field. It travels in the context, and is safe for
// concurrent use.
type Writes struct {
	mu     sync.Mutex
	effect Effect
}

type writesKey struct{}

// WithWrites returns a context that carries w.
func WithWrites(ctx context.Context, w *Writes) context.Context {
	return context.WithValue(ctx, writesKey{}, w)
}

// WritesFrom returns the writes in ctx, nil when there are none.
func WritesFrom(ctx context.Context) *Writes {
	w, _ := ctx.Value(writesKey{}).(*Writes)
	return w
}

// Effect returns what became of all of them together: [EffectUnknown] if they did not fare alike, and
// [EffectNone] if there were none.
func (w *Writes) Effect() Effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	return or(w.effect, EffectNone)
}

// Note adds a write. Writes may be nil.
func (w *Writes) Note(e Effect) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.effect != "" && w.effect != e {
		e = EffectUnknown
	}
	w.effect = e
}
