package freshness

import (
	"math"
	"strconv"
	"strings"
)

// Forward is why a cache passed a request on (RFC 9211 §2.2).
type Forward string

// The reasons to pass a request on.
const (
	ForwardBypass   Forward = "bypass"    // it was not for the cache
	ForwardMethod   Forward = "method"    // its method is not
	ForwardURIMiss  Forward = "uri-miss"  // nothing is stored under its URI
	ForwardVaryMiss Forward = "vary-miss" // nothing that is fits its headers
	ForwardMiss     Forward = "miss"      // nothing, for whatever reason
	ForwardRequest  Forward = "request"   // there is a fresh answer, but its directives do not want it
	ForwardStale    Forward = "stale"     // there is one that must be validated
)

// CacheStatus is one member of a Cache-Status header (RFC 9211): how one cache handled a request.
type CacheStatus struct {
	Cache         string  // the name of the cache
	Hit           bool    // the request was not passed on
	Forward       Forward // why it was
	ForwardStatus int     // the status that came back, if another than is served
	TTL           Seconds // how long the answer stays fresh, negative when stale
	Stored        bool    // what came back is stored, provided that all of its body comes
	Collapsed     bool    // it shared the request of another
	Detail        string  // anything else
}

// String returns the member as it stands in the header.
func (s CacheStatus) String() string {
	var b strings.Builder
	b.WriteString(item(s.Cache))
	if s.Hit {
		b.WriteString("; hit")
	} else if s.Forward != "" {
		b.WriteString("; fwd=" + string(s.Forward))
		if s.ForwardStatus != 0 {
			b.WriteString("; fwd-status=" + strconv.Itoa(s.ForwardStatus))
		}
	}
	if s.TTL.Set {
		b.WriteString("; ttl=" + strconv.FormatInt(int64(math.Floor(s.TTL.For.Seconds())), 10))
	}
	if s.Stored {
		b.WriteString("; stored")
	}
	if s.Collapsed {
		b.WriteString("; collapsed")
	}
	if s.Detail != "" {
		b.WriteString("; detail=" + item(s.Detail))
	}
	return b.String()
}

// item writes text as a token of structured fields if it is one, else as a string (RFC 8941 §3.3). What
// neither can hold is left out.
func item(text string) string {
	if isToken(text) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ' && c <= '~':
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		switch {
		case letter, i == 0 && c == '*':
		case i > 0 && (c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0):
		default:
			return false
		}
	}
	return text != ""
}
