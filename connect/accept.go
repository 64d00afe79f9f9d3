package connect

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// mapped is what a connector makes of an answer: the typed value that hangs on a
// remembered one. It is shared and not changed.
type mapped[T any] struct {
	value  T
	root   mapping.ItemFaults // places of the answer itself, such as a list's items
	faulty bool               // the answer, or some object in it, has faults
	pages  *pages             // of a connection; nil for other values
}

// accept judges and maps the answers to one request.
func accept[T any](a *API, c *Connector[T], vars mapping.Vars) func(upstreams.Reply) (any, error) {
	return func(reply upstreams.Reply) (any, error) {
		in, err := parse(reply)
		all := answerVars(vars, reply)
		if refusal := c.refusal(a, reply, in, err, all); refusal != nil {
			switch {
			case !c.mayBeAbsent(reply):
				return nil, refusal
			case err == nil:
				return &mapped[T]{}, nil // the API says, in its own format, that there is no such thing
			}
		}
		if err != nil {
			return nil, &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Status: reply.Status, Err: err}
		}
		return c.mapped(a, in, all, reply.Status)
	}
}

// mapped maps the body of a good answer; an error if nothing of it can be used.
func (c *Connector[T]) mapped(a *API, in Value, vars mapping.Vars, status int) (any, error) {
	m := &Mapper{source: a.Name(), connector: c.ID, vars: vars}
	value := c.Map(m, in)
	for _, place := range m.drift {
		a.Drift(c.ID, place)
	}
	if m.unusable() {
		return nil, &upstreams.Error{
			Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Status: status,
			Err: fmt.Errorf("nothing fits the declared type, first at %s", m.drift[0]),
		}
	}
	return &mapped[T]{value: value, root: m.root, faulty: m.faults > 0}, nil
}

// answerVars adds what is known of the answer to the variables of the request.
func answerVars(vars mapping.Vars, reply upstreams.Reply) mapping.Vars {
	all := mapping.Vars{"$status": mapping.IntValue(int64(reply.Status)), "$response": headersValue(reply.Header)}
	for name, v := range vars {
		all[name] = v
	}
	return all
}

// refusal is nil for a good answer: what isSuccess says, else a status of 2xx.
func (c *Call) refusal(a *API, reply upstreams.Reply, in Value, unparsed error, vars mapping.Vars) error {
	e := upstreams.StatusError(reply.Status, reply.Header)
	if unparsed != nil {
		if e == nil {
			return nil // unusable, whatever isSuccess would say
		}
		in = mapping.NullValue()
	}
	isSuccess := c.IsSuccess
	if isSuccess == nil {
		isSuccess = a.source.IsSuccess
	}
	if isSuccess != nil {
		ok, _ := isSuccess.Apply(in, vars).Value.Bool()
		switch {
		case ok:
			return nil
		case e == nil:
			e = &upstreams.Error{Kind: upstreams.Refused, Status: reply.Status}
		}
	}
	if e == nil {
		return nil
	}
	e.Message = text(in, vars, c.Message, a.source.Message)
	for _, m := range []*mapping.Mapping{a.source.Extensions, c.Extensions} {
		if m == nil {
			continue
		}
		if extra, ok := m.Apply(in, vars).Value.Any().(map[string]any); ok {
			if e.Extensions == nil {
				e.Extensions = map[string]any{}
			}
			for k, v := range extra {
				e.Extensions[k] = v
			}
		}
	}
	return e
}

// text is the first mapping's result, if it is a string.
func text(in Value, vars mapping.Vars, ms ...*mapping.Mapping) string {
	for _, m := range ms {
		if m != nil {
			s, _ := m.Apply(in, vars).Value.Str()
			return s
		}
	}
	return ""
}

// mayBeAbsent says whether a reply can mean that there is no such thing, and null
// may say so too.
func (c *Call) mayBeAbsent(reply upstreams.Reply) bool {
	gone := reply.Status == http.StatusNotFound || reply.Status == http.StatusGone
	return gone && c.Nullable && !c.Writes && c.IsSuccess == nil
}

// parse reads a body by its content type. An empty one is null.
func parse(reply upstreams.Reply) (Value, error) {
	if len(reply.Body) == 0 {
		return mapping.NullValue(), nil
	}
	contentType := reply.Header.Get("Content-Type")
	mediaType, params, err := mime.ParseMediaType(contentType)
	switch {
	case contentType == "" || err == nil && isJSON(mediaType):
		v, _, err := mapping.ParseJSON(reply.Body, mapping.JSONLimits{})
		return v, err
	case err == nil && mediaType == "text/plain":
		if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
			return Value{}, fmt.Errorf("charset %q is not UTF-8", charset)
		}
		if !utf8.Valid(reply.Body) {
			return Value{}, errors.New("the text is not UTF-8")
		}
		return mapping.StringValue(string(reply.Body)), nil
	}
	return Value{}, errors.New("content type is neither JSON nor text/plain")
}

func isJSON(mediaType string) bool {
	return strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}
