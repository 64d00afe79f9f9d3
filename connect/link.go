package connect

import (
	"net/url"
	"strings"
)

// nextLink is the value of parameter at in the Link header's next target, and
// whether there is such a target at all (RFC 8288).
func nextLink(headers []string, at string) (value string, ok bool) {
	for _, h := range headers {
		for h != "" {
			var target, params string
			if target, params, h = cutLink(h); isNext(params) {
				return parameter(target, at), true
			}
		}
	}
	return "", false
}

// cutLink takes the first link off a header: what is between < and >, and its
// parameters up to a comma outside of quotes. rest is "" when there is no other.
func cutLink(h string) (target, params, rest string) {
	_, h, _ = strings.Cut(h, "<")
	target, h, _ = strings.Cut(h, ">")
	quoted := false
	for i := range len(h) {
		switch h[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return target, h[:i], h[i+1:]
			}
		}
	}
	return target, h, ""
}

func isNext(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}

// parameter is a query parameter of a link; "" if it has none.
func parameter(link, name string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}
