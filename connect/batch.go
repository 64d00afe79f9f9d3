package connect

import (
	"context"
	"errors"
	"fmt"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A Batch says how one request fetches many objects: a connector over $batch.
type Batch struct {
	Max int // the most keys in one request
	// Items is the list of items in an answer.
	Items func(*Mapper, Value) Value
	// Key is the key of an item, in the form in which entities give theirs.
	Key func(*Mapper, Value) Value
}

// errNotFetched is what is left of a group whose fetching panicked.
var errNotFetched = errors.New("connect: an offered key was not fetched")

// askBatch loads the objects that keys name: those that nobody has asked for
// yet, in as few calls as the source allows.
func askBatch[T any](ctx context.Context, s *state, api *API, c *Connector[*T], keys []Value) {
	loads := map[string]*load{}
	var names []string
	for _, key := range keys {
		name := key.String()
		if l, first := s.claim(loadKey{call: &c.Call, inputs: name}); first {
			loads[name] = l
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	defer func() {
		for _, l := range loads {
			close(l.done)
		}
	}()
	b := batchBuilder[T]{builder: builder{api: api, connector: &c.Call, caller: callerHeader(ctx)}, connector: c}
	b.vars = api.variables(ctx, &c.Call, Value{}, Value{})
	err := guarded(func() {
		for i, item := range b.read(ctx, names) {
			loads[names[i]].answer, loads[names[i]].err = item.Answer, item.Err
		}
	})
	if err != nil {
		for _, l := range loads {
			l.err = err
		}
	}
}

// A batchBuilder makes the requests of one batch, and takes the answers apart.
type batchBuilder[T any] struct {
	builder
	connector *Connector[*T]
}

// read asks for the named keys and returns what became of each.
func (b *batchBuilder[T]) read(ctx context.Context, names []string) []upstreams.Item {
	inputs, err := b.request(nil)
	if err != nil {
		items := make([]upstreams.Item, len(names))
		for i := range items {
			items[i].Err = err
		}
		return items
	}
	return b.api.ReadBatch(ctx, &upstreams.Batch{
		Connector: inputs.Connector,
		Policy:    inputs.Policy,
		Scope:     inputs.Scope,
		Inputs:    fmt.Sprintf("%s %s %v %s", inputs.Method, inputs.URL, inputs.Header, inputs.Body),
		Keys:      names,
		Max:       b.connector.Batch.Max,
		Slot:      inputs.Slot,
		Build:     b.request,
		Split:     b.split,
		Accept:    b.item,
	})
}

// request builds the request for some keys. Without any it shows all that else
// goes into a request.
func (b *batchBuilder[T]) request(names []string) (*upstreams.Request, error) {
	keys := make([]Value, 0, len(names))
	for _, name := range names {
		key, _, err := mapping.ParseJSON([]byte(name), mapping.JSONLimits{})
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	r := b.builder
	r.vars = mapping.Vars{}
	for name, v := range b.vars {
		r.vars[name] = v
	}
	r.vars["$batch"] = mapping.ArrayValue(keys...)
	return r.request()
}

// split finds the item of every key in an answer. They are told apart by key,
// never by position: vendors leave out, repeat and add items. What is repeated or
// was not asked for is left out, and counted as drift.
func (b *batchBuilder[T]) split(reply upstreams.Reply, names []string) (map[string][]byte, error) {
	c := &b.connector.Call
	in, err := parse(reply)
	vars := answerVars(b.vars, reply)
	if refusal := c.refusal(b.api, reply, in, err, vars); refusal != nil {
		return nil, refusal
	}
	m := &Mapper{source: b.api.Name(), connector: c.ID, vars: vars}
	if err == nil {
		in = b.connector.Batch.Items(m, in)
		if !in.IsArray() {
			err = errors.New("expected a list of items")
		}
	}
	if err != nil {
		return nil, &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Status: reply.Status, Err: err}
	}
	asked := make(map[string]bool, len(names))
	for _, name := range names {
		asked[name] = true
	}
	found := make(map[string][]byte, len(names))
	for _, item := range in.Items() {
		name := b.connector.Batch.Key(m, item).String()
		switch {
		case !asked[name]:
			b.api.Drift(c.ID, "$batch: an item that was not asked for")
		case found[name] != nil:
			b.api.Drift(c.ID, "$batch: an item twice")
		default:
			found[name] = item.AppendJSON(nil)
		}
	}
	return found, nil
}

// item maps one item; one with status 404 is not there.
func (b *batchBuilder[T]) item(reply upstreams.Reply) (any, error) {
	if len(reply.Body) == 0 {
		return &mapped[*T]{}, nil
	}
	in, err := parse(reply)
	if err != nil {
		return nil, &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Err: err}
	}
	return b.connector.mapped(b.api, in, answerVars(b.vars, reply), reply.Status)
}

// KeyOf is a part of an item's key in the form of its GraphQL type; nothing when
// it does not fit.
func KeyOf[T any](v Value, decode Decoder[T]) Value {
	if v.IsMissing() || v.IsNull() {
		return Value{}
	}
	t, ok := decode(v)
	if !ok {
		return Value{}
	}
	return ValueOf(t)
}
