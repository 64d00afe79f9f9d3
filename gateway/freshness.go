package gateway

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/upstreams"
)

// part is one entry of extensions.freshness: how old the answer under a path is,
// and why it is not fresh. Connector and Cache are shown to those who trace.
type part struct {
	Path       []any            `json:"path"` // places in lists are "*"
	Source     string           `json:"source"`
	State      upstreams.State  `json:"state"`
	AgeSeconds int64            `json:"ageSeconds"`
	Reason     upstreams.Reason `json:"reason,omitempty"`
	Connector  string           `json:"connector,omitempty"`
	Cache      string           `json:"cache,omitempty"`
}

// cost is extensions.trace: what an answer took.
type cost struct {
	Calls      map[string]int `json:"calls,omitempty"` // HTTP attempts by source
	DurationMS float64        `json:"durationMs"`
	// Problems are those of mappings, where Config.Trace has them shown.
	Problems []upstreams.Problem `json:"problems,omitempty"`
	// Tags are what parts depend on, there as well.
	Tags []*dependence `json:"tags,omitempty"`
}

// freshness returns the entries for the parts that are not fresh, or for all of
// them. Parts that differ in age, reason and place in a list only are one entry,
// with the highest age and the reason that tells most. The result is ordered by
// path.
func freshness(parts []upstreams.Part, all bool) []*part {
	if !all && !slices.ContainsFunc(parts, func(p upstreams.Part) bool { return p.State != upstreams.StateFresh }) {
		return nil // as most answers
	}
	known := make(map[string]*part, len(parts))
	var entries []*part
	for _, p := range parts {
		if !all && p.State == upstreams.StateFresh {
			continue
		}
		e := &part{Path: collapse(p.Path), Source: p.Source, State: p.State, Reason: p.Reason}
		if all {
			e.Connector, e.Cache = p.Connector, p.Cache
		}
		key := fmt.Sprintf("%s\x00%s\x00%s\x00%s\x00%s",
			dotted(e.Path), e.Source, e.State, e.Connector, e.Cache)
		if same := known[key]; same != nil {
			e = same
		} else {
			known[key] = e
			entries = append(entries, e)
		}
		e.AgeSeconds = max(e.AgeSeconds, int64(p.Age/time.Second))
		if told(p.Reason) > told(e.Reason) {
			e.Reason = p.Reason
		}
	}
	slices.SortStableFunc(entries, func(a, b *part) int {
		return cmp.Or(
			cmp.Compare(dotted(a.Path), dotted(b.Path)),
			cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.State, b.State),
			cmp.Compare(a.Reason, b.Reason),
		)
	})
	return entries
}

// told ranks what a reason tells: how an API fails tells more than that it was
// not waited for, and that more than that it was not asked.
func told(r upstreams.Reason) int {
	switch r {
	case "":
		return 0
	case upstreams.ReasonBreakerOpen:
		return 1
	case upstreams.ReasonQuota:
		return 2
	case upstreams.ReasonSlow:
		return 3
	}
	return 4
}

// cacheHeaders tells the caches between us and the client what the body tells
// the client: Cache-Control and Age (RFC 9111 §5) and Cache-Status (RFC 9211).
// Only the complete answer of a query may be stored, only while all of its parts
// are fresh, and only by the client itself unless all of them are shared: then
// Vary names the headers of the request that it depends on. The values are put into room.
func cacheHeaders(h http.Header, room *[2]string, parts []upstreams.Part, complete bool) {
	if len(parts) == 0 {
		h["Cache-Control"] = noStore
		return
	}
	var age time.Duration
	ttl := parts[0].TTL
	fresh, shared := true, true
	var by []string
	for _, p := range parts {
		age = max(age, p.Age)
		ttl = min(ttl, p.TTL)
		fresh = fresh && p.State == upstreams.StateFresh
		shared = shared && p.Shared
		by = append(by, p.Vary...)
	}
	vary(h, by)
	h["Cache-Status"] = cacheStatus(parts)
	aged, left := int64(age/time.Second), int64(ttl/time.Second)
	room[0] = strconv.FormatInt(aged, 10)
	h["Age"] = room[:1:1]
	switch until := strconv.FormatInt(aged+left, 10); { // it counts from when the oldest part was new
	case !complete || !fresh || left <= 0:
		h["Cache-Control"] = noStore
	case shared:
		room[1] = "public, max-age=" + until
		h["Cache-Control"] = room[1:]
	default:
		room[1] = "private, max-age=" + until
		h["Cache-Control"] = room[1:]
	}
}

// The values of Cache-Status: they are never changed.
//
//nolint:gochecknoglobals // constants
var (
	cameStale       = []string{"holdfast; fwd=stale"}
	cameMissing     = []string{"holdfast; fwd=miss"}
	cameRevalidated = []string{"holdfast; fwd=stale; fwd-status=304"}
	cameRemembered  = []string{"holdfast; hit"}
)

// cacheStatus says how the part came that tells most: an old answer, one that
// was asked for, one that an API said to be still good, or a remembered one.
func cacheStatus(parts []upstreams.Part) []string {
	came := func(how string) bool {
		return slices.ContainsFunc(parts, func(p upstreams.Part) bool { return p.Cache == how })
	}
	switch {
	case came("stale"):
		return cameStale
	case came("miss"):
		return cameMissing
	case came("revalidated"):
		return cameRevalidated
	}
	return cameRemembered
}

// vary adds the names of headers to Vary, each once.
func vary(h http.Header, names []string) {
	if len(names) == 0 {
		return
	}
	for i, name := range names {
		names[i] = http.CanonicalHeaderKey(name)
	}
	slices.Sort(names)
	h.Set("Vary", strings.Join(slices.Concat(h.Values("Vary"), slices.Compact(names)), ", "))
}
