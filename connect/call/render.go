package call

import (
	"encoding/binary"
	"net/http"
	"slices"
	"sync"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A renderer writes a request down: for its key, or to be sent. Both are made of the same bytes, so the key is that
// of the request.
type renderer struct {
	*Opened

	in   *Inputs
	vars mapping.Vars // where something has to be evaluated
	over bool         // something was too large to evaluate, and is missing

	path, query []byte
	text        []byte        // of headers and body
	headers     []headerValue // by their places among the names
	body        []byte        // in text; nil: none
	made        mapping.Value // what the body was made of
}

// A headerValue is one value, from begin to end of the text, or all that the caller sent.
type headerValue struct {
	begin, end int // equal: there is none
	copied     []string
}

var renderers = sync.Pool{New: func() any { return new(renderer) }} //nolint:gochecknoglobals // bytes to write in

// render writes the request of o down and has use look at it, which keeps nothing of it.
func (o *Opened) render(in *Inputs, use func(*renderer)) error {
	r := renderers.Get().(*renderer) //nolint:errcheck,forcetypeassert // nothing else is in it
	defer r.release()
	r.Opened, r.in = o, in
	if err := r.render(); err != nil {
		return o.refuse(err)
	}
	use(r)
	return nil
}

// release gives the bytes back, unless there are very many.
func (r *renderer) release() {
	clear(r.headers)
	*r = renderer{path: r.path[:0], query: r.query[:0], text: r.text[:0], headers: r.headers[:0]}
	if cap(r.path)+cap(r.query)+cap(r.text) < 64<<10 {
		renderers.Put(r)
	}
}

func (o *Opened) refuse(err error) error {
	return &upstreams.Error{
		Kind: upstreams.BadInput, Source: o.API.Name(), Connector: string(o.ID),
		Message: err.Error(), Err: err,
	}
}

func (r *renderer) render() error {
	if err := r.url(); err != nil {
		return err
	}
	if err := r.setHeaders(); err != nil {
		return err
	}
	if err := r.setBody(); err != nil {
		return err
	}
	if r.over {
		return BadInput("the request is too large to make of the arguments")
	}
	return nil
}

// setHeaders renders the headers: the connector's replace the source's. A value that
// is missing, or cannot stand in a header, fails the request: a request without
// its tenant or token is not the one that was meant.
func (r *renderer) setHeaders() error {
	r.headers = slices.Grow(r.headers, len(r.request.names))[:len(r.request.names)]
	for i := range r.request.headers {
		h := &r.request.headers[i]
		if h.value == nil {
			if err := r.copyHeader(h); err != nil {
				return err
			}
			continue
		}
		begin := len(r.text)
		for j := range h.value {
			if err := r.headerPiece(h, &h.value[j]); err != nil {
				return err
			}
		}
		if err := checkHeader(h, r.text[begin:]); err != nil {
			return err
		}
		r.headers[h.slot] = headerValue{begin: begin, end: len(r.text)}
	}
	return nil
}

// copyHeader copies what the caller sent.
func (r *renderer) copyHeader(h *headerRule) error {
	values := r.in.Caller.header()[h.from]
	for _, value := range values {
		if err := checkHeader(h, []byte(value)); err != nil {
			return err
		}
	}
	r.headers[h.slot] = headerValue{copied: values}
	return nil
}

func (r *renderer) headerPiece(h *headerRule, p *piece) error {
	if p.op == nil {
		r.text = append(r.text, p.text...)
		return nil
	}
	v := r.value(p.op, mapping.NullValue())
	text, ok := mapping.Text(v)
	if !ok || v.IsMissing() || v.IsNull() {
		return BadInput("header %s: {%s} has no value that a header can hold", h.name, p.shown)
	}
	r.text = append(r.text, text...)
	return nil
}

const maxHeader = 8 << 10

func checkHeader(h *headerRule, value []byte) error {
	if len(value) > maxHeader {
		return BadInput("header %s is longer than %d bytes", h.name, maxHeader)
	}
	for _, c := range value {
		if isControl(rune(c)) && c != '\t' {
			return BadInput("header %s holds a control character", h.name)
		}
	}
	return nil
}

// setBody renders a JSON or form body. A key whose value is missing is left out; a
// body that is missing as a whole is empty, also as a form.
func (r *renderer) setBody() error {
	if r.request.body == nil {
		return nil
	}
	contentType := r.valueOfHeader(r.request.contentType)
	asForm, err := isForm(contentType)
	if err != nil {
		return err
	}
	if contentType == "" {
		begin := len(r.text)
		r.text = append(r.text, "application/json"...)
		r.headers[r.request.contentType] = headerValue{begin: begin, end: len(r.text)}
	}
	begin := len(r.text)
	r.made = r.value(r.request.body, mapping.ObjectValue())
	switch {
	case r.made.IsMissing():
		return nil
	case asForm:
		if r.text, err = appendForm(r.text, r.made); err != nil {
			return err
		}
	default:
		r.text = r.made.AppendJSON(r.text)
	}
	r.body = r.text[begin:]
	return nil
}

// valueOfHeader is the first value of a header; "" if there is none.
func (r *renderer) valueOfHeader(slot int) string {
	h := r.headers[slot]
	if len(h.copied) > 0 {
		return h.copied[0]
	}
	return string(r.text[h.begin:h.end])
}

// appendKey appends the key of the request, as [upstreams.Client.Key] makes it of a built one.
func (r *renderer) appendKey(b []byte) []byte {
	b = append(b, r.request.keyHead...)
	if r.in.Target != "" {
		b = binary.AppendUvarint(b, uint64(len(r.request.head)+len(r.in.Target)))
		b = append(append(b, r.request.head...), r.in.Target...)
	} else {
		size := len(r.request.head) + len(r.path)
		if len(r.query) > 0 {
			size += len("?") + len(r.query)
		}
		b = binary.AppendUvarint(b, uint64(size))
		b = r.appendURL(b)
	}
	n := 0
	for _, h := range r.headers {
		if h.isSet() {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n))
	for slot, h := range r.headers {
		switch {
		case len(h.copied) > 0:
			b = upstreams.AppendPart(b, r.request.names[slot])
			b = binary.AppendUvarint(b, uint64(len(h.copied)))
			for _, value := range h.copied {
				b = upstreams.AppendHidden(b, value)
			}
		case h.isSet():
			b = upstreams.AppendPart(b, r.request.names[slot])
			b = upstreams.AppendHidden(append(b, 1), r.text[h.begin:h.end])
		}
	}
	return upstreams.AppendHidden(b, r.body)
}

func (h headerValue) isSet() bool { return h.begin < h.end || len(h.copied) > 0 }

func (r *renderer) appendURL(b []byte) []byte {
	b = append(append(b, r.request.head...), r.path...)
	if len(r.query) > 0 {
		b = append(append(b, '?'), r.query...)
	}
	return b
}

// whole is the URL.
func (r *renderer) whole() string {
	if r.in.Target != "" {
		return r.request.head + r.in.Target
	}
	var room [512]byte
	return string(r.appendURL(room[:0]))
}

// build sets what is sent.
func (r *renderer) build(req *upstreams.Request) {
	req.Method = r.Method
	req.URL = r.whole()
	req.Header = make(http.Header, len(r.headers)+1)
	for slot, h := range r.headers {
		switch {
		case len(h.copied) > 0:
			req.Header[r.request.names[slot]] = slices.Clone(h.copied)
		case h.isSet():
			req.Header[r.request.names[slot]] = []string{string(r.text[h.begin:h.end])}
		}
	}
	req.Body = slices.Clone(r.body)
	req.Idempotent = r.Writes && hasIdempotencyKey(req.Header, r.made)
}
