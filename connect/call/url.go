package call

import (
	"fmt"
	"net/url"
	"strings"

	"holdfast/connect/mapping"
)

// An InputError is why a request cannot be built from what the caller gave.
type InputError struct{ Text string }

func (e InputError) Error() string { return e.Text }

// BadInput is an [InputError] of that text.
func BadInput(format string, args ...any) error { return InputError{fmt.Sprintf(format, args...)} }

// A location is a URL that is being put together, in pieces that are encoded
// once and never again.
type location struct {
	head  string // scheme and authority
	path  string
	query []string
}

// build evaluates a connector's URL: base path, source path, connector path, and
// their queries, in that order.
func (r *builder) build() (string, error) {
	var l location
	l.head = r.API.base.Scheme + "://" + r.API.base.Host
	l.path = r.API.base.EscapedPath()
	l.addQuery(r.API.base.RawQuery)
	if err := r.segments(&l, r.API.source.Path); err != nil {
		return "", err
	}
	if err := r.parameters(&l, r.API.source.Query); err != nil {
		return "", err
	}
	if err := r.template(&l, r.Connector.URL); err != nil {
		return "", err
	}
	if err := r.segments(&l, r.Path); err != nil {
		return "", err
	}
	if err := r.parameters(&l, r.Query); err != nil {
		return "", err
	}
	for _, p := range r.in.Extra {
		l.addQuery(encode(p.Name) + "=" + encode(p.Value))
	}
	return l.finish()
}

// template adds the connector's own URL. An expression never changes which
// segments there are: what it yields is encoded, and neither empty nor dots.
func (r *builder) template(l *location, t *mapping.Template) error {
	var b strings.Builder
	inQuery := false
	for _, p := range t.Parts {
		if p.Mapping == nil {
			b.WriteString(encodeConstant(p.Text))
			inQuery = inQuery || strings.Contains(p.Text, "?")
			continue
		}
		text, ok := mapping.Text(r.eval(p.Mapping, mapping.NullValue()))
		if !ok {
			return BadInput("%s in the URL is a list or an object", p.Mapping)
		}
		if !inQuery {
			if strings.ContainsFunc(text, isControl) {
				return BadInput("%s in the URL's path holds a control character", p.Mapping)
			}
			if text == "" {
				b.WriteByte(0) // marks what an expression left empty
			}
		}
		b.WriteString(encode(text))
	}
	path, query, _ := strings.Cut(b.String(), "?")
	for segment := range strings.SplitSeq(path, "/") {
		if strings.Trim(segment, "\x00") == "" && segment != "" {
			return BadInput("a segment of the URL's path is empty: an argument has no value")
		}
	}
	path = strings.ReplaceAll(path, "\x00", "")
	l.join(path)
	l.addQuery(strings.ReplaceAll(query, "\x00", ""))
	return nil
}

// join adds a path with exactly one slash between it and what is there.
func (l *location) join(path string) {
	if path == "" || path == "/" {
		return
	}
	if !strings.HasSuffix(l.path, "/") {
		l.path += "/"
	}
	l.path += strings.TrimLeft(path, "/")
}

// segments adds the segments that a path mapping yields.
func (r *builder) segments(l *location, m *mapping.Mapping) error {
	if m == nil {
		return nil
	}
	v := r.eval(m, mapping.ObjectValue())
	if v.IsMissing() {
		return nil
	}
	if !v.IsArray() {
		return BadInput("path: expected a list of segments")
	}
	for _, item := range v.Items() {
		text, ok := mapping.Text(item)
		switch {
		case !ok:
			return BadInput("path: a segment is a list or an object")
		case text == "":
			return BadInput("path: a segment is empty: an argument has no value")
		case strings.ContainsFunc(text, isControl):
			return BadInput("path: a segment holds a control character")
		}
		l.join(encode(text))
	}
	return nil
}

// parameters adds what a queryParams mapping yields: null drops a parameter, a
// list repeats it.
func (r *builder) parameters(l *location, m *mapping.Mapping) error {
	if m == nil {
		return nil
	}
	v := r.eval(m, mapping.ObjectValue())
	if v.IsMissing() {
		return nil
	}
	if !v.IsObject() {
		return BadInput("queryParams: expected an object")
	}
	for key, value := range v.Members() {
		items := []mapping.Value{value}
		switch {
		case value.IsNull() || value.IsMissing():
			continue
		case value.IsArray():
			items = items[:0]
			for _, item := range value.Items() {
				items = append(items, item)
			}
		}
		for _, item := range items {
			text, ok := mapping.Text(item)
			if !ok {
				return BadInput("queryParams: %s is a list or an object", key)
			}
			l.addQuery(encode(key) + "=" + encode(text))
		}
	}
	return nil
}

func (l *location) addQuery(q string) {
	if q != "" {
		l.query = append(l.query, q)
	}
}

// finish checks the whole: no segment may be . or .., however it came about, and
// the URL must mean to a server what was put together.
func (l *location) finish() (string, error) {
	if segment, ok := dots(l.path); ok {
		return "", BadInput("a segment of the URL's path is %q, which would leave the API's path", segment)
	}
	text, query := l.head+l.path, strings.Join(l.query, "&")
	if query != "" {
		text += "?" + query
	}
	if len(text) > maxURL {
		return "", BadInput("the URL is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	if err != nil || u.EscapedPath() != l.path || u.RawQuery != query || u.Fragment != "" {
		return "", BadInput("the URL is not valid")
	}
	return text, nil
}

// dots finds a segment of an encoded path that is . or .. once it is decoded.
func dots(path string) (string, bool) {
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") {
			return plain, true
		}
	}
	return "", false
}

const maxURL = 8 << 10

func isControl(r rune) bool { return r < 32 || r == 127 }

const hexDigits = "0123456789ABCDEF"

// encode percent-encodes what an expression yields: all but the unreserved
// characters of RFC 3986.
func encode(s string) string { return encodeAllBut(s, "-._~") }

// encodeConstant encodes what may not stand in a URL at all; the reserved
// characters of a template mean what they say.
func encodeConstant(s string) string { return encodeAllBut(s, "-._~:/?#[]@!$&'()*+,;=%") }

func encodeAllBut(s, plain string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}
