package call

import "strings"

// nextLink is the target of the first link to the next page, of several Link headers
// (RFC 8288). One with an anchor is a link of something else.
func nextLink(headers []string) (target string, ok bool) {
	for _, h := range headers {
		for h != "" {
			var l link
			if l, h = cutLink(h); l.isNext() {
				return l.target, true
			}
		}
	}
	return "", false
}

// A link is one member of a Link header: its target, and what counts here of its
// parameters.
type link struct {
	target        string
	rel           string
	hasRel, other bool // it has a rel; its context is not the answer
}

func (l link) isNext() bool {
	for rel := range strings.FieldsSeq(l.rel) {
		if strings.EqualFold(rel, "next") {
			return !l.other
		}
	}
	return false
}

// cutLink takes the first link off a header. What is no link before a comma is
// skipped.
func cutLink(h string) (l link, rest string) {
	h = strings.TrimLeft(h, " \t,")
	after, ok := strings.CutPrefix(h, "<")
	if !ok {
		_, rest, _ = strings.Cut(h, ",")
		return link{}, rest
	}
	if l.target, h, ok = strings.Cut(after, ">"); !ok {
		return link{}, ""
	}
	for {
		h = strings.TrimLeft(h, " \t")
		if h == "" {
			return l, ""
		}
		separator := h[0]
		h = h[1:]
		switch separator {
		case ',':
			return l, h
		case ';':
			var name, value string
			name, value, h = cutParameter(h)
			l.take(name, value)
		} // anything else is no syntax, and means nothing
	}
}

// take notes a parameter. Of several rel the first counts (RFC 8288, 3.3).
func (l *link) take(name, value string) {
	switch strings.ToLower(name) {
	case "rel":
		if !l.hasRel {
			l.rel, l.hasRel = value, true
		}
	case "anchor":
		l.other = true
	}
}

// cutParameter takes name=value off what follows a semicolon. The value is a token,
// or a string in quotes, in which a backslash takes the next character as it is.
func cutParameter(h string) (name, value, rest string) {
	end := strings.IndexAny(h, "=;,")
	if end < 0 {
		end = len(h)
	}
	name, h = strings.Trim(h[:end], " \t"), h[end:]
	after, ok := strings.CutPrefix(h, "=")
	if !ok {
		return name, "", h
	}
	h = strings.TrimLeft(after, " \t")
	if !strings.HasPrefix(h, `"`) {
		end = strings.IndexAny(h+";", ";,")
		return name, strings.TrimRight(h[:end], " \t"), h[end:]
	}
	var b strings.Builder
	for h = h[1:]; h != "" && h[0] != '"'; h = h[1:] {
		if h[0] == '\\' && len(h) > 1 {
			h = h[1:]
		}
		b.WriteByte(h[0])
	}
	return name, b.String(), strings.TrimPrefix(h, `"`)
}
