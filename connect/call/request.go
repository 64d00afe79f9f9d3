package call

import (
	"net/http"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A builder makes one request of a connector.
type builder struct {
	*Opened

	in   *Inputs
	vars mapping.Vars

	over bool // something was too large to evaluate, and is missing
}

func (r *builder) eval(m *mapping.Mapping, data mapping.Value) mapping.Value {
	result := m.Apply(data, r.vars)
	for _, p := range result.Problems {
		r.over = r.over || p.Code == mapping.LimitExceeded
	}
	return result.Value
}

// request builds the request, without Accept. What cannot be built from the
// arguments is an error of kind [upstreams.BadInput], and nothing is sent.
func (r *builder) request() (*upstreams.Request, error) {
	req := &upstreams.Request{
		Connector: string(r.ID),
		Method:    r.Method,
		Template:  r.Connector.URL.Source,
		Scope:     r.scopeOf(r.vars),
		AsCaller:  r.AsCaller,
		Policy:    r.policy,
		Slot:      r.slotOf(r.vars),
		Heeds:     r.heeds,
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

func (o *Opened) refuse(err error) error {
	return &upstreams.Error{
		Kind: upstreams.BadInput, Source: o.API.Name(), Connector: string(o.ID),
		Message: err.Error(), Err: err,
	}
}

// headers builds the headers: the connector's replace the source's. A value that
// is missing, or cannot stand in a header, fails the request: a request without
// its tenant or token is not the one that was meant.
func (r *builder) headers() (http.Header, error) {
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

func (r *builder) header(h http.Header, m Header) error {
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
func (r *builder) headerValue(m Header) (string, error) {
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

const maxHeader = 8 << 10

// body builds a JSON or form body. A key whose value is missing is left out; a
// body that is missing as a whole is empty, also as a form. It returns what the
// body was made of.
func (r *builder) body(req *upstreams.Request) (v mapping.Value, err error) {
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
		req.Body, err = form(v)
	default:
		req.Body = v.AppendJSON(nil)
	}
	return v, err
}
