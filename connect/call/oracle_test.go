package call

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// The oracle makes requests the long way: it evaluates every expression as it stands, puts texts together, and looks
// at the result. It was how requests were made, and says what the compiled ones must be.

// An oracle makes one request of a connector.
type oracle struct {
	*Opened

	in   *Inputs
	vars mapping.Vars

	over bool // something was too large to evaluate, and is missing
}

func (r *oracle) eval(m *mapping.Mapping, data mapping.Value) mapping.Value {
	result := m.Apply(data, r.vars)
	for _, p := range result.Problems {
		r.over = r.over || p.Code == mapping.LimitExceeded
	}
	return result.Value
}

// request builds the request, without Accept. What cannot be built from the
// arguments is an error of kind [upstreams.BadInput], and nothing is sent.
func (r *oracle) request() (*upstreams.Request, error) {
	req := &upstreams.Request{
		Connector: string(r.ID),
		Method:    r.Method,
		Template:  r.Connector.URL.Source,
		Scope:     r.scopeOf(r.vars),
		AsCaller:  r.AsCaller,
		Policy:    r.Policy.Or(r.API.source.Policy),
		Slot:      r.slotOf(r.vars),
		Heeds:     r.Connector.heeds(),
		Priority:  r.in.Priority,
		NotBefore: r.in.NotBefore, NoStandIns: r.in.NoStandIns,
		Operation: r.in.Operation,
	}
	var err error
	if req.URL, err = r.build(); err != nil {
		return nil, r.refuse(err)
	}
	if req.Header, err = r.headers(); err != nil {
		return nil, r.refuse(err)
	}
	body, err := r.body(req)
	if err == nil && r.over {
		err = BadInput("the request is too large to make of the arguments")
	}
	if err != nil {
		return nil, r.refuse(err)
	}
	req.Idempotent = r.Writes && hasIdempotencyKey(req.Header, body)
	if r.in.Target != "" {
		req.URL = r.API.base.Scheme + "://" + r.API.base.Host + r.in.Target
	}
	return req, nil
}

// headers builds the headers: the connector's replace the source's. A value that
// is missing, or cannot stand in a header, fails the request: a request without
// its tenant or token is not the one that was meant.
func (r *oracle) headers() (http.Header, error) {
	h := http.Header{"Accept": {"application/json, text/plain;q=0.9"}}
	for _, m := range [][]Header{r.API.source.Headers, r.Headers} {
		for _, mapped := range m {
			if err := r.header(h, mapped); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

func (r *oracle) header(h http.Header, m Header) error {
	h.Del(m.Name)
	values := r.in.Caller.header().Values(m.From)
	if m.Value != nil {
		value, err := r.headerValue(m)
		if err != nil {
			return err
		}
		values = []string{value}
	}
	for _, value := range values {
		switch {
		case len(value) > maxHeader:
			return BadInput("header %s is longer than %d bytes", m.Name, maxHeader)
		case strings.ContainsFunc(value, func(c rune) bool { return isControl(c) && c != '\t' }):
			return BadInput("header %s holds a control character", m.Name)
		case value != "" || m.Value == nil:
			h.Add(m.Name, value)
		}
	}
	return nil
}

// headerValue is the text of a header's template.
func (r *oracle) headerValue(m Header) (string, error) {
	var b strings.Builder
	for _, p := range m.Value.Parts {
		if p.Mapping == nil {
			b.WriteString(p.Text)
			continue
		}
		v := r.eval(p.Mapping, mapping.NullValue())
		text, ok := mapping.Text(v)
		if !ok || v.IsMissing() || v.IsNull() {
			return "", BadInput("header %s: {%s} has no value that a header can hold", m.Name, p.Mapping)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// body builds a JSON or form body. A key whose value is missing is left out; a
// body that is missing as a whole is empty, also as a form. It returns what the
// body was made of.
func (r *oracle) body(req *upstreams.Request) (v mapping.Value, err error) {
	if r.Body == nil {
		return v, nil
	}
	asForm, err := isForm(req.Header.Get("Content-Type"))
	if err != nil {
		return v, err
	}
	if req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	v = r.eval(r.Body, mapping.ObjectValue())
	switch {
	case v.IsMissing():
	case asForm:
		req.Body, err = appendForm(nil, v)
	default:
		req.Body = v.AppendJSON(nil)
	}
	return v, err
}

// A location is a URL that is being put together, in pieces that are encoded
// once and never again.
type location struct {
	head  string // scheme and authority
	path  string
	query []string
}

// build evaluates a connector's URL: base path, source path, connector path, and
// their queries, in that order.
func (r *oracle) build() (string, error) {
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
func (r *oracle) template(l *location, t *mapping.Template) error {
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
func (r *oracle) segments(l *location, m *mapping.Mapping) error {
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
func (r *oracle) parameters(l *location, m *mapping.Mapping) error {
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
	if segment, ok := dotsIn(l.path); ok {
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

// dotsIn finds a segment of an encoded path that is . or .. once it is decoded.
func dotsIn(path string) (string, bool) {
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") {
			return plain, true
		}
	}
	return "", false
}

// slotOf names what this connector makes of an answer with the settings of its source.
func (r *oracle) slotOf(vars mapping.Vars) string {
	var b strings.Builder
	b.WriteString(string(r.ID) + "\x00" + r.Hash + "\x00" + r.API.settings)
	for _, path := range r.Reads {
		if name, _, _ := strings.Cut(path, "."); slices.Contains([]string{"$args", "$this", "$request", "$context"}, name) {
			b.WriteString("\x00" + lookup(vars, path).String())
		}
	}
	return b.String()
}

// scopeOf is a hash of every caller-dependent input; "" when there is none.
func (r *oracle) scopeOf(vars mapping.Vars) string {
	if len(r.Callers) == 0 {
		return ""
	}
	var b strings.Builder
	for _, path := range r.Callers {
		b.WriteString(path + "=" + lookup(vars, path).String() + "\x00")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return string(sum[:])
}

// lookup follows $name.key.key. Header names are in lower case, as in paths.
func lookup(vars mapping.Vars, path string) mapping.Value {
	name, rest, more := strings.Cut(path, ".")
	v := vars[name]
	for more {
		name, rest, more = strings.Cut(rest, ".")
		v = v.Get(name)
	}
	return v
}
