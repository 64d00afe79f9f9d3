package connect

import (
	"errors"

	"holdfast/connect/call"
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
func accept[T any](o *call.Opened, c *Connector[T], in *call.Inputs) func(upstreams.Reply) (any, error) {
	return func(reply upstreams.Reply) (any, error) {
		body, vars, err := o.Judge(in, reply)
		switch {
		case errors.Is(err, call.ErrNotThere):
			return &mapped[T]{}, nil
		case err != nil:
			return nil, err
		}
		return c.mapped(o.API, mapperOf(o, vars), body, reply)
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

func mapperOf(o *call.Opened, vars mapping.Vars) *Mapper {
	return &Mapper{source: o.API.Name(), connector: string(o.ID), vars: vars}
}

// mapped maps the body of a good answer; an error if nothing of it can be used.
func (c *Connector[T]) mapped(a *API, m *Mapper, in Value, reply upstreams.Reply) (*mapped[T], error) {
	value := c.Map(m, in)
	for _, place := range m.drift {
		a.Drift(string(c.ID), place)
	}
	for place, n := range m.nulls {
		a.Nulls(string(c.ID), place, n)
	}
	if m.unusable() {
		return nil, call.Unusable(reply.Status, m.unfit())
	}
	return &mapped[T]{value: value, root: m.root, faulty: m.faults > 0, losses: m.lost, findings: m.problems(), size: m.size + shared(reply)}, nil
}
