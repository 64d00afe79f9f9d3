package connect

import (
	"cmp"
	"errors"
	"maps"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// mapped is what a connector makes of an answer: the typed value that hangs on a
// remembered one. It is shared and not changed.
type mapped[T any] struct {
	value    T
	root     mapping.ItemFaults // places of the answer itself, such as a list's items
	faulty   bool               // the answer, or some object in it, has faults
	losses                      // those of the faults that leave nothing of it
	findings                    // what did not go as the mapping says
	pages    *pages             // of a connection; nil for other values
	size     int                // about how many bytes it takes
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
		return c.mapped(a, m, in, reply)
	}
}

// Size implements [cache.Sized]: memory keeps the value with the answer.
func (m *mapped[T]) Size() int { return m.size }

// shared is how much of an answer what is made of it keeps: its text, unless each
// text in it has a copy of its own.
func shared(reply upstreams.Reply) int {
	if len(reply.Body) > mapping.SharedText {
		return 0
	}
	return len(reply.Body)
}

// errNotThere is an API that says, in its own format, that there is no such thing.
var errNotThere = errors.New("not there")

// judge reads an answer. It returns the body and the variables that mappings of it
// read, or an [upstreams.Error], or errNotThere where null may say so too.
func (c *Call) judge(a *API, vars mapping.Vars, reply upstreams.Reply) (Value, mapping.Vars, error) {
	in, unread := c.parse(a, reply)
	if c.NoBody && errors.Is(unread, errType) && !c.mayBeAbsent(a, reply) {
		in, unread = mapping.NoBody(), nil
	}
	all := answerVars(vars, reply)
	refusal := c.refusal(a, reply, in, unread, all)
	absent := refusal != nil && c.mayBeAbsent(a, reply)
	switch {
	case absent && (unread == nil || reply.Ruled()): // whatever the body is, the operator knows what it means
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
func (c *Connector[T]) mapped(a *API, m *Mapper, in Value, reply upstreams.Reply) (*mapped[T], error) {
	value := c.Map(m, in)
	for _, place := range m.drift {
		a.Drift(c.ID, place)
	}
	for place, n := range m.nulls {
		a.Nulls(c.ID, place, n)
	}
	if m.unusable() {
		return nil, unusable(reply.Status, m.unfit())
	}
	return &mapped[T]{value: value, root: m.root, faulty: m.faults > 0, losses: m.lost, findings: m.problems(), size: m.size + shared(reply)}, nil
}

// answerVars adds what is known of the answer to the variables of the request.
func answerVars(vars mapping.Vars, reply upstreams.Reply) mapping.Vars {
	all := mapping.Vars{"$status": mapping.IntValue(int64(reply.Status)), "$response": headersValue(reply.Header)}
	maps.Copy(all, vars)
	return all
}

// refusal is nil for a good answer: what the operator says of its status, else
// isSuccess, else the status. A body that cannot be read counts as null, and is not
// good whatever isSuccess says.
func (c *Call) refusal(a *API, reply upstreams.Reply, in Value, unread error, vars mapping.Vars) *upstreams.Error {
	e := reply.Err()
	if unread != nil {
		if e == nil {
			return nil
		}
		in = mapping.NullValue()
	}
	if isSuccess := c.isSuccess(a); isSuccess != nil {
		ok, isBool := isSuccess.Apply(in, vars).Value.Bool()
		if !isBool {
			a.Drift(c.ID, "isSuccess: no boolean")
		}
		switch {
		case ok && !reply.Ruled():
			return nil
		case e == nil: // it looks good and is not: what was good before may stand in
			e = &upstreams.Error{
				Kind: upstreams.Refused, Reason: upstreams.ReasonContract, Status: reply.Status,
				Err: errors.New("isSuccess is not true"),
			}
		}
	}
	if e == nil {
		return nil
	}
	e.Message = c.message(a, in, vars)
	e.Extensions = c.extensions(a, in, vars)
	return e
}

// isSuccess is the connector's mapping or its source's; nil: neither has one.
func (c *Call) isSuccess(a *API) *mapping.Mapping {
	return cmp.Or(c.IsSuccess, a.source.IsSuccess)
}

// message is what the connector's mapping, or else its source's, makes of a failed
// answer; "" if neither has one.
func (c *Call) message(a *API, in Value, vars mapping.Vars) string {
	m := cmp.Or(c.Message, a.source.Message)
	if m == nil {
		return ""
	}
	if text, _ := m.Apply(in, vars).Value.Str(); text != "" {
		return text
	}
	a.Drift(c.ID, "errors.message: no text")
	return "Request failed"
}

// extensions merges the objects of the source's mapping and the connector's; the
// latter wins. A code that is no text would be none, so it is left out.
func (c *Call) extensions(a *API, in Value, vars mapping.Vars) map[string]any {
	var all map[string]any
	for _, m := range []*mapping.Mapping{a.source.Extensions, c.Extensions} {
		if m == nil {
			continue
		}
		v := m.Apply(in, vars).Value
		if !v.IsObject() {
			a.Drift(c.ID, "errors.extensions: no object")
		}
		for name, v := range v.Members() {
			if code, _ := v.Str(); name == "code" && code == "" {
				a.Drift(c.ID, "errors.extensions.code: no text")
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

// mayBeAbsent says whether an answer says that there is no such thing, and null may
// say so too.
func (c *Call) mayBeAbsent(a *API, reply upstreams.Reply) bool {
	return reply.NotThere() && c.Nullable && !c.Writes && (c.isSuccess(a) == nil || reply.Ruled())
}
