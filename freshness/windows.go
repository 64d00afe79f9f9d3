package freshness

import (
	"net/http"
	"time"
)

// Windows are the three ages up to which an answer may be used, and in which way; ages are as
// [Directives.Age] counts them. They need not be in order: where Refresh is not above Fresh, nothing is
// refreshed behind.
type Windows struct {
	Fresh   time.Duration // served without asking
	Refresh time.Duration // served and asked again behind
	Stale   time.Duration // may stand in when asking fails
}

// defaultStale is how long an answer may stand in when nobody said anything.
const defaultStale = 24 * time.Hour

// Windows returns how an answer with these directives may be used under policy p, the headers, or the
// defaults (fresh 0, refresh 0, stale 24 hours), in this order. Shared says that the answer is not kept
// for one caller alone, asked is when the request left, received when the answer had arrived.
//
// What p says counts from receipt. What the headers say counts as RFC 9111 has it, the Date included, so
// that a source whose clock is off shortens what it allows and nothing else.
//
// With [StandIn], p wins over the headers; private (for a shared answer), no-store, no-cache only mean
// that the answer is not fresh by itself. With [Strict] the headers bound what p may allow, and a
// directive that forbids storing or standing in does so. Vary: * is in neither case served from memory.
func (d Directives) Windows(p Policy, r Respect, shared bool, asked, received time.Time) Windows {
	lifetime, said := d.lifetime(shared, received)
	if said {
		lifetime -= d.behind(r, asked, received)
	}
	w := d.wanted(p, shared, lifetime, said)
	if d.VaryAny {
		w.Fresh, w.Refresh = 0, 0
	}
	if r == Strict {
		w = d.bound(w, p, shared, lifetime, said)
	}
	return Windows{Fresh: max(0, w.Fresh), Refresh: max(0, w.Refresh), Stale: max(0, w.Stale)}
}

// wanted is what p, the headers and the defaults say, whether or not the headers forbid it.
func (d Directives) wanted(p Policy, shared bool, lifetime time.Duration, said bool) Windows {
	w := Windows{Fresh: lifetime, Stale: defaultStale}
	if p.Fresh != nil {
		w.Fresh = *p.Fresh
	}
	switch {
	case p.Refresh != nil:
		w.Refresh = *p.Refresh
	case said && d.WhileRevalidate.Set && !d.mustRevalidate(shared):
		w.Refresh = w.Fresh + d.WhileRevalidate.For
	}
	switch {
	case p.Stale != nil:
		w.Stale = *p.Stale
	case said && d.IfError.Set:
		w.Stale = w.Fresh + d.IfError.For
	}
	return w
}

// bound is what the headers allow of w to the letter.
func (d Directives) bound(w Windows, p Policy, shared bool, lifetime time.Duration, said bool) Windows {
	if d.NoCache || d.noStore() || d.Private && shared || d.VaryAny {
		return Windows{}
	}
	if said {
		w.Fresh = min(w.Fresh, lifetime)
	}
	switch {
	case d.mustRevalidate(shared):
		w.Refresh, w.Stale = w.Fresh, w.Fresh
	case d.WhileRevalidate.Set:
		w.Refresh = min(w.Refresh, lifetime+d.WhileRevalidate.For)
	}
	if p.Stale == nil && !d.IfError.Set { // nobody allowed it: not even the default
		w.Stale = w.Fresh
	}
	return w
}

func (d Directives) mustRevalidate(shared bool) bool {
	return d.MustRevalidate || shared && (d.ProxyRevalidate || d.SMaxAge.Set)
}

// Storable reports whether an answer of this status with these directives may be kept at all (RFC 9111 §3).
// With [StandIn] it always may: the windows say for what.
func (d Directives) Storable(status int, r Respect, shared bool) bool {
	forbidden := d.noStore() || d.Private && shared || d.MustUnderstand && !understood(status)
	return r != Strict || !forbidden
}

// understood reports whether status is one of RFC 9110's that say "here it is" or "it is not there": none of
// them asks more of a cache than the rules here do.
func understood(status int) bool {
	return status >= http.StatusOK && status <= http.StatusResetContent ||
		status == http.StatusNotFound || status == http.StatusGone
}

// Cap returns w with no window longer than most.
func (w Windows) Cap(most time.Duration) Windows {
	return Windows{Fresh: min(w.Fresh, most), Refresh: min(w.Refresh, most), Stale: min(w.Stale, most)}
}

// Longest returns the age after which the answer is of no use by itself.
func (w Windows) Longest() time.Duration { return max(w.Fresh, w.Refresh, w.Stale) }
