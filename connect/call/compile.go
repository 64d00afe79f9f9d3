package call

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// compiled is what the requests of a connector are made of, as far as that is known before anybody asks.
type compiled struct {
	head    string // of the URL: scheme and authority
	keyHead string // what the keys begin with

	sourcePath, ownPath   segments
	sourceQuery, ownQuery parameters
	path, query           []piece // of the URL template
	unsure                bool    // whether the URL is valid has to be seen each time

	headers     []headerRule // in the order in which they are set
	names       []string     // of headers, canonical and sorted
	settings    http.Header  // of those, what is made of settings alone; without a value where they have none
	contentType int          // its place among names, where there is a body
	body        *operand     // nil: none
	onlyKeys    bool         // nothing goes into it but settings and $batch
}

// A piece of a text is a constant, or what an operand yields.
type piece struct {
	text  string
	op    *operand
	shown string // the expression, in messages
}

// segments are the segments that a path mapping yields.
type segments struct {
	whole *operand  // a list of them; nil: see items
	items []operand // each
}

// parameters are the parameters that a queryParams mapping yields.
type parameters struct {
	whole *operand // an object of them; nil: see items
	items []parameter
}

type parameter struct {
	name, encoded string // encoded has = behind it
	op            operand
}

// A headerRule is a header that a connector or its source sets.
type headerRule struct {
	name  string // as it is written
	slot  int    // its place among names
	from  string // the caller's, canonical; "": it has a value
	value []piece
}

// request prepares what the requests of c to the source are made of.
func (a *API) request(c *Connector) *compiled {
	r := &compiled{
		head:       a.base.Scheme + "://" + a.base.Host,
		keyHead:    string(upstreams.AppendPart([]byte(a.KeyPrefix()), c.Method)),
		sourcePath: a.segments(a.source.Path), ownPath: a.segments(c.Path),
		sourceQuery: a.parameters(a.source.Query), ownQuery: a.parameters(c.Query),
	}
	if c.URL != nil {
		r.template(a, c.URL)
	}
	if c.Body != nil {
		op := a.compile(c.Body, c.Body.Root, mapping.ObjectValue())
		r.body = &op
	}
	r.setHeaders(a, c)
	r.unsure = !r.sure(a)
	r.onlyKeys = onlyKeys(c.URL, slices.Concat(a.source.Headers, c.Headers), a.source.Path, a.source.Query, c.Path, c.Query, c.Body)
	return r
}

// template prepares the connector's own URL. What comes before the first question mark is path.
func (r *compiled) template(a *API, t *mapping.Template) {
	into := &r.path
	add := func(p piece) {
		if n := len(*into); p.op == nil && n > 0 && (*into)[n-1].op == nil {
			(*into)[n-1].text += p.text
		} else if p.op != nil || p.text != "" {
			*into = append(*into, p)
		}
	}
	for _, p := range t.Parts {
		if p.Mapping == nil {
			text := encodeConstant(p.Text)
			if path, query, ok := strings.Cut(text, "?"); ok && into == &r.path {
				add(piece{text: path})
				into, text = &r.query, query
			}
			add(piece{text: text})
			continue
		}
		op := a.compile(p.Mapping, p.Mapping.Root, mapping.NullValue())
		if op.constant != nil {
			text, ok := mapping.Text(*op.constant)
			if ok && (into == &r.query || text != "" && !hasControl(text)) {
				add(piece{text: encode(text)})
				continue
			}
		}
		add(piece{op: &op, shown: p.Mapping.String()})
	}
}

// setHeaders prepares the headers: the connector's replace the source's.
func (r *compiled) setHeaders(a *API, c *Connector) {
	r.names = []string{"Accept"}
	if c.Body != nil {
		r.names = append(r.names, "Content-Type")
	}
	all := slices.Concat(a.source.Headers, c.Headers)
	for _, h := range all {
		r.names = append(r.names, http.CanonicalHeaderKey(h.Name))
	}
	slices.Sort(r.names)
	r.names = slices.Compact(r.names)
	r.contentType = slices.Index(r.names, "Content-Type")
	r.headers = []headerRule{{name: "Accept", slot: slices.Index(r.names, "Accept"), value: []piece{{text: "application/json, text/plain;q=0.9"}}}}
	for _, h := range all {
		own := headerRule{name: h.Name, slot: slices.Index(r.names, http.CanonicalHeaderKey(h.Name)), from: http.CanonicalHeaderKey(h.From)}
		if h.Value != nil {
			own.from, own.value = "", a.pieces(h.Value)
		}
		r.headers = append(r.headers, own)
	}
	r.settings = http.Header{}
	for _, h := range r.headers { // the last of a name counts
		delete(r.settings, r.names[h.slot])
		if values, ok := h.ofSettings(); ok {
			r.settings[r.names[h.slot]] = values
		}
	}
}

// ofSettings returns the value of a header that reads settings, and nothing else; none where they have none.
func (h *headerRule) ofSettings() (values []string, ok bool) {
	var text strings.Builder
	missing := false
	for _, p := range h.value {
		if p.op == nil {
			text.WriteString(p.text)
			continue
		}
		if p.op.constant == nil {
			return nil, false
		}
		part, isText := mapping.Text(*p.op.constant)
		missing = missing || !isText
		ok = true
		text.WriteString(part)
	}
	if missing || text.Len() == 0 || checkHeader(h, []byte(text.String())) != nil {
		return nil, ok
	}
	return []string{text.String()}, ok
}

// pieces prepares the value of a header.
func (a *API) pieces(t *mapping.Template) []piece {
	pieces := []piece{}
	for _, p := range t.Parts {
		if p.Mapping == nil {
			pieces = append(pieces, piece{text: p.Text})
			continue
		}
		op := a.compile(p.Mapping, p.Mapping.Root, mapping.NullValue())
		pieces = append(pieces, piece{op: &op, shown: p.Mapping.String()})
	}
	return pieces
}

// sure says whether the URL is valid whatever its expressions yield: what they yield is encoded, so it is if it is
// with x in place of each, and none stands where an encoded byte may begin before it.
func (r *compiled) sure(a *API) bool {
	var path, query strings.Builder
	path.WriteString(a.base.EscapedPath() + "/")
	query.WriteString(a.base.RawQuery)
	for _, part := range []struct {
		pieces []piece
		into   *strings.Builder
	}{{r.path, &path}, {r.query, &query}} {
		for _, p := range part.pieces {
			if p.op == nil {
				part.into.WriteString(p.text)
				continue
			}
			if s := part.into.String(); strings.HasSuffix(s, "%") || len(s) > 1 && s[len(s)-2] == '%' {
				return false
			}
			part.into.WriteByte('x')
		}
	}
	return isWhole(r.head, path.String(), query.String())
}

// isWhole says whether a URL means to a server what it was put together of.
func isWhole(head, path, query string) bool {
	text := head + path
	if query != "" {
		text += "?" + query
	}
	u, err := url.Parse(text)
	return err == nil && u.EscapedPath() == path && u.RawQuery == query && u.Fragment == ""
}

// onlyKeys says whether nothing goes into a request but settings and $batch.
func onlyKeys(t *mapping.Template, headers []Header, mappings ...*mapping.Mapping) bool {
	for _, h := range headers {
		if h.Value == nil {
			return false // what a caller sends
		}
	}
	return !slices.ContainsFunc(mappingsOf(t, headers, mappings), func(m *mapping.Mapping) bool {
		return m != nil && !readsOnly(m.Root, "$config", "$env", "$batch")
	})
}

// mappingsOf adds those in a template and in the values of headers.
func mappingsOf(t *mapping.Template, headers []Header, mappings []*mapping.Mapping) []*mapping.Mapping {
	templates := []*mapping.Template{t}
	for _, h := range headers {
		templates = append(templates, h.Value)
	}
	for _, t := range templates {
		if t == nil {
			continue
		}
		for _, p := range t.Parts {
			mappings = append(mappings, p.Mapping)
		}
	}
	return mappings
}

// ReadsArgs says whether what is asked for, or what is made of an answer, may depend on $args.
func (o *Opened) ReadsArgs() bool { return o.readsArgs }

// readsArgs says whether anything of c, or of its source, reads $args.
func (a *API) readsArgs(c *Connector) bool {
	s := a.source
	all := mappingsOf(c.URL, slices.Concat(s.Headers, c.Headers), []*mapping.Mapping{
		s.Path, s.Query, s.Message, s.Extensions, s.IsSuccess,
		c.Path, c.Query, c.Body, c.Message, c.Extensions, c.IsSuccess, c.Selection,
	})
	for _, t := range slices.Concat(s.Tags, c.Tags, c.KeyTags) {
		for _, p := range t.Parts {
			all = append(all, p.Mapping)
		}
	}
	return slices.ContainsFunc(all, func(m *mapping.Mapping) bool { return m != nil && reads(m.Root, "$args") })
}
