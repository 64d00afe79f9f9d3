package freshness

import "time"

// Windows are the three ages up to which an answer may be used, and in which way. They need not be in
// order: where Refresh is not above Fresh, nothing is refreshed behind.
type Windows struct {
	Fresh   time.Duration // served without asking
	Refresh time.Duration // served and asked again behind
	Stale   time.Duration // may stand in when asking fails
}

// defaultStale is how long an answer may stand in when nobody said anything.
const defaultStale = 24 * time.Hour

// Windows returns how an answer with these directives may be used under policy p, the headers, or the
// defaults (fresh 0, refresh 0, stale 24 hours), in this order. Shared says that the answer is not kept
// for one caller alone, received is when it arrived.
//
// With [StandIn], p wins over the headers; private (for a shared answer), no-store, no-cache only mean
// that the answer is not fresh by itself. With [Strict] the headers bound what p may allow, and a
// directive that forbids storing or standing in does so.
func (d Directives) Windows(p Policy, r Respect, shared bool, received time.Time) Windows {
	w := d.asked(p, shared, received)
	if r != Strict {
		return w
	}
	if !d.Storable(r, shared) || d.NoCache {
		return Windows{}
	}
	lifetime, said := d.lifetime(shared, received)
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

// asked is what p, the headers and the defaults say, whether or not the headers forbid it.
func (d Directives) asked(p Policy, shared bool, received time.Time) Windows {
	var w Windows
	lifetime, said := d.lifetime(shared, received)
	if d.NoStore || d.NoCache || d.Private && shared {
		lifetime, said = 0, false
	}
	w.Fresh = lifetime
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
	default:
		w.Stale = defaultStale
	}
	return w
}

// Storable reports whether an answer with these directives may be kept at all. With [StandIn] it always
// may: the windows say for what.
func (d Directives) Storable(r Respect, shared bool) bool {
	forbidden := d.NoStore || d.Private && shared
	return r != Strict || !forbidden
}

func (d Directives) mustRevalidate(shared bool) bool {
	return d.MustRevalidate || shared && (d.ProxyRevalidate || d.SMaxAge.Set)
}

// Cap returns w with no window longer than most.
func (w Windows) Cap(most time.Duration) Windows {
	return Windows{Fresh: min(w.Fresh, most), Refresh: min(w.Refresh, most), Stale: min(w.Stale, most)}
}

// Longest returns the age after which the answer is of no use.
func (w Windows) Longest() time.Duration { return max(w.Fresh, w.Refresh, w.Stale) }
