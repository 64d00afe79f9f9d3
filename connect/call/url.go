package call

import (
	"fmt"

	"holdfast/connect/mapping"
)

// An InputError is why a request cannot be built from what the caller gave.
type InputError struct{ Text string }

func (e InputError) Error() string { return e.Text }

// BadInput is an [InputError] of that text.
func BadInput(format string, args ...any) error { return InputError{fmt.Sprintf(format, args...)} }

const maxURL = 8 << 10

// url renders a connector's URL: base path, source path, connector path, and
// their queries, in that order. Everything in it is encoded once and never again.
func (r *renderer) url() error {
	r.path = append(r.path, r.API.basePath...)
	r.addQuery(r.API.base.RawQuery)
	c := r.request
	if err := r.segments(&c.sourcePath); err != nil {
		return err
	}
	if err := r.parameters(&c.sourceQuery); err != nil {
		return err
	}
	if err := r.template(); err != nil {
		return err
	}
	if err := r.segments(&c.ownPath); err != nil {
		return err
	}
	if err := r.parameters(&c.ownQuery); err != nil {
		return err
	}
	for _, p := range r.in.Extra {
		r.and()
		r.query = appendEncoded(r.query, p.Name, unreserved)
		r.query = append(r.query, '=')
		r.query = appendEncoded(r.query, p.Value, unreserved)
	}
	return r.checkURL()
}

// template adds the connector's own URL. An expression never changes which
// segments there are: what it yields is encoded, and neither empty nor dots.
func (r *renderer) template() error {
	begin, empty := len(r.path), false
	var segment struct{ filled, left bool } // left empty by an expression
	for i := range r.request.path {
		p := &r.request.path[i]
		if p.op == nil {
			for j := range len(p.text) {
				if p.text[j] != '/' {
					segment.filled = true
					continue
				}
				empty = empty || segment.left && !segment.filled
				segment.left, segment.filled = false, false
			}
			r.path = append(r.path, p.text...)
			continue
		}
		text, err := r.yield(p)
		switch {
		case err != nil:
			return err
		case hasControl(text):
			return BadInput("%s in the URL's path holds a control character", p.shown)
		case text == "":
			segment.left = true
		default:
			segment.filled = true
		}
		r.path = appendEncoded(r.path, text, unreserved)
	}
	empty = empty || segment.left && !segment.filled
	if err := r.templateQuery(); err != nil {
		return err
	}
	if empty {
		return BadInput("a segment of the URL's path is empty: an argument has no value")
	}
	r.join(begin)
	return nil
}

// templateQuery adds the query of the connector's own URL.
func (r *renderer) templateQuery() error {
	if len(r.request.query) == 0 {
		return nil
	}
	before := len(r.query)
	r.and()
	begin := len(r.query)
	for i := range r.request.query {
		p := &r.request.query[i]
		if p.op == nil {
			r.query = append(r.query, p.text...)
			continue
		}
		text, err := r.yield(p)
		if err != nil {
			return err
		}
		r.query = appendEncoded(r.query, text, unreserved)
	}
	if len(r.query) == begin {
		r.query = r.query[:before]
	}
	return nil
}

// yield is the text of what an expression in a URL yields.
func (r *renderer) yield(p *piece) (string, error) {
	text, ok := mapping.Text(r.value(p.op, mapping.NullValue()))
	if !ok {
		return "", BadInput("%s in the URL is a list or an object", p.shown)
	}
	return text, nil
}

// join has exactly one slash between the path up to begin and what was added to it.
func (r *renderer) join(begin int) {
	added := r.path[begin:]
	if len(added) == 0 || len(added) == 1 && added[0] == '/' {
		r.path = r.path[:begin]
		return
	}
	slashes := 0
	for slashes < len(added) && added[slashes] == '/' {
		slashes++
	}
	want := 1
	if begin > 0 && r.path[begin-1] == '/' {
		want = 0
	}
	if slashes == want {
		return
	}
	n := len(added) - slashes
	r.path = append(r.path, '/') // room for one more
	copy(r.path[begin+want:], r.path[begin+slashes:begin+slashes+n])
	if want == 1 {
		r.path[begin] = '/'
	}
	r.path = r.path[:begin+want+n]
}

// segments adds the segments that a path mapping yields.
func (r *renderer) segments(s *segments) error {
	for i := range s.items {
		if err := r.segment(r.value(&s.items[i], mapping.ObjectValue())); err != nil {
			return err
		}
	}
	if s.whole == nil {
		return nil
	}
	v := r.value(s.whole, mapping.ObjectValue())
	if v.IsMissing() {
		return nil
	}
	if !v.IsArray() {
		return BadInput("path: expected a list of segments")
	}
	for _, item := range v.Items() {
		if err := r.segment(item); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) segment(item mapping.Value) error {
	text, ok := mapping.Text(item)
	switch {
	case !ok:
		return BadInput("path: a segment is a list or an object")
	case text == "":
		return BadInput("path: a segment is empty: an argument has no value")
	case hasControl(text):
		return BadInput("path: a segment holds a control character")
	}
	if n := len(r.path); n == 0 || r.path[n-1] != '/' {
		r.path = append(r.path, '/')
	}
	r.path = appendEncoded(r.path, text, unreserved)
	return nil
}

// parameters adds what a queryParams mapping yields: null drops a parameter, a
// list repeats it.
func (r *renderer) parameters(p *parameters) error {
	for i := range p.items {
		item := &p.items[i]
		if err := r.parameter(item.name, item.encoded, r.value(&item.op, mapping.ObjectValue())); err != nil {
			return err
		}
	}
	if p.whole == nil {
		return nil
	}
	v := r.value(p.whole, mapping.ObjectValue())
	if v.IsMissing() {
		return nil
	}
	if !v.IsObject() {
		return BadInput("queryParams: expected an object")
	}
	for name, value := range v.Members() {
		if err := r.parameter(name, encode(name)+"=", value); err != nil {
			return err
		}
	}
	return nil
}

// parameter adds one, of which encoded is the name with = behind it.
func (r *renderer) parameter(name, encoded string, value mapping.Value) error {
	if value.IsNull() || value.IsMissing() {
		return nil
	}
	if !value.IsArray() {
		return r.addParameter(name, encoded, value)
	}
	for _, item := range value.Items() {
		if err := r.addParameter(name, encoded, item); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) addParameter(name, encoded string, value mapping.Value) error {
	text, ok := mapping.Text(value)
	if !ok {
		return BadInput("queryParams: %s is a list or an object", name)
	}
	r.and()
	r.query = append(r.query, encoded...)
	r.query = appendEncoded(r.query, text, unreserved)
	return nil
}

func (r *renderer) addQuery(q string) {
	if q != "" {
		r.and()
		r.query = append(r.query, q...)
	}
}

// and has what is added to the query begin behind what is there.
func (r *renderer) and() {
	if len(r.query) > 0 {
		r.query = append(r.query, '&')
	}
}

// checkURL checks the whole: no segment may be . or .., however it came about, and
// the URL must mean to a server what was put together.
func (r *renderer) checkURL() error {
	if segment, ok := dots(r.path); ok {
		return BadInput("a segment of the URL's path is %q, which would leave the API's path", segment)
	}
	size := len(r.request.head) + len(r.path)
	if len(r.query) > 0 {
		size += len("?") + len(r.query)
	}
	if size > maxURL {
		return BadInput("the URL is longer than %d bytes", maxURL)
	}
	if r.request.unsure && !isWhole(r.request.head, string(r.path), string(r.query)) {
		return BadInput("the URL is not valid")
	}
	return nil
}

// dots finds a segment of an encoded path that is . or .. once it is decoded.
func dots[T string | []byte](path T) (string, bool) {
	n, other := 0, false // of the segment
	for i := 0; ; i++ {
		switch {
		case i >= len(path) || path[i] == '/':
			if !other && (n == 1 || n == 2) {
				return ".."[:n], true
			}
			if i >= len(path) {
				return "", false
			}
			n, other = 0, false
		case path[i] == '.':
			n++
		case i+2 < len(path) && path[i] == '%' && path[i+1] == '2' && (path[i+2] == 'e' || path[i+2] == 'E'):
			n++
			i += 2
		default:
			other = true
		}
	}
}
