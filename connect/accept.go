package connect

import (
	"errors"
	"fmt"
	"maps"
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
		in, all, err := c.judge(a, vars, reply)
		switch {
		case errors.Is(err, errNotThere):
			return &mapped[T]{}, nil
		case err != nil:
			return nil, err
		}
		m := c.mapper(a, all)
		return c.mapped(a, m, in, reply.Status)
	}
}

// errNotThere is an API that says, in its own format, that there is no such thing.
var errNotThere = errors.New("not there")

// judge reads an answer. It returns the body and the variables that mappings of it
// read, or an [upstreams.Error], or errNotThere where null may say so too.
func (c *Call) judge(a *API, vars mapping.Vars, reply upstreams.Reply) (Value, mapping.Vars, error) {
	in, unread := parse(reply)
	all := answerVars(vars, reply)
	refusal := c.refusal(a, reply, in, unread, all)
	absent := refusal != nil && c.mayBeAbsent(a, reply.Status)
	switch {
	case absent && unread == nil:
		return Value{}, nil, errNotThere
	case refusal != nil && !absent:
		return Value{}, nil, refusal
	case unread != nil:
		return Value{}, nil, unusable(reply.Status, unread)
	}
	return in, all, nil
}

// unusable is the error of an answer that is not what was declared.
func unusable(status int, err error) *upstreams.Error {
	return &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Status: status, Err: err}
}

func (c *Call) mapper(a *API, vars mapping.Vars) *Mapper {
	return &Mapper{source: a.Name(), connector: c.ID, vars: vars}
}

// mapped maps the body of a good answer; an error if nothing of it can be used.
func (c *Connector[T]) mapped(a *API, m *Mapper, in Value, status int) (*mapped[T], error) {
	value := c.Map(m, in)
	for _, place := range m.drift {
		a.Drift(c.ID, place)
	}
	if m.unusable() {
		return nil, unusable(status, fmt.Errorf("nothing fits the declared type, first at %s", m.drift[0]))
	}
	return &mapped[T]{value: value, root: m.root, faulty: m.faults > 0}, nil
}

// answerVars adds what is known of the answer to the variables of the request.
func answerVars(vars mapping.Vars, reply upstreams.Reply) mapping.Vars {
	all := mapping.Vars{"$status": mapping.IntValue(int64(reply.Status)), "$response": headersValue(reply.Header)}
	maps.Copy(all, vars)
	return all
}

// refusal is nil for a good answer: what isSuccess says, else a status of 2xx. A
// body that cannot be read counts as null, and is not good whatever isSuccess says.
func (c *Call) refusal(a *API, reply upstreams.Reply, in Value, unread error, vars mapping.Vars) *upstreams.Error {
	e := upstreams.StatusError(reply.Status, reply.Header)
	if unread != nil {
		if e == nil {
			return nil
		}
		in = mapping.NullValue()
	}
	if isSuccess := c.isSuccess(a); isSuccess != nil {
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
	e.Extensions = extensions(in, vars, a.source.Extensions, c.Extensions)
	return e
}

// isSuccess is the connector's mapping or its source's; nil: neither has one.
func (c *Call) isSuccess(a *API) *mapping.Mapping {
	if c.IsSuccess != nil {
		return c.IsSuccess
	}
	return a.source.IsSuccess
}

// extensions merges the mappings' objects; later ones win. A code that is no text
// would be none, so it is left out.
func extensions(in Value, vars mapping.Vars, ms ...*mapping.Mapping) map[string]any {
	var all map[string]any
	for _, m := range ms {
		if m == nil {
			continue
		}
		for name, v := range m.Apply(in, vars).Value.Members() {
			if code, _ := v.Str(); name == "code" && code == "" {
				continue
			}
			if all == nil {
				all = map[string]any{}
			}
			all[name] = v.Any()
		}
	}
	return all
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

// mayBeAbsent says whether a status can mean that there is no such thing, and null
// may say so too.
func (c *Call) mayBeAbsent(a *API, status int) bool {
	gone := status == http.StatusNotFound || status == http.StatusGone
	return gone && c.Nullable && !c.Writes && c.isSuccess(a) == nil
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
		return plainText(reply.Body, params["charset"])
	}
	return Value{}, errors.New("content type is neither JSON nor text/plain")
}

// plainText decodes a text. Other charsets than these are gone from the web's APIs.
func plainText(body []byte, charset string) (Value, error) {
	switch strings.ToLower(charset) {
	case "", "utf-8", "us-ascii":
		if !utf8.Valid(body) {
			return Value{}, errors.New("the text is not UTF-8")
		}
		return mapping.StringValue(string(body)), nil
	case "iso-8859-1": // its bytes are the first code points of Unicode
		runes := make([]rune, len(body))
		for i, b := range body {
			runes[i] = rune(b)
		}
		return mapping.StringValue(string(runes)), nil
	}
	return Value{}, fmt.Errorf("charset %q is not supported", charset)
}

func isJSON(mediaType string) bool {
	return strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}
