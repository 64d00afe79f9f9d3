package connect

import (
	"context"
	"errors"

	"holdfast/connect/call"
	"holdfast/upstreams"
	"holdfast/upstreams/panics"
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
	loads, names := s.claimAll(&c.Call, keys)
	if len(names) == 0 {
		return
	}
	defer func() {
		for _, l := range loads {
			close(l.done)
		}
	}()
	b := batchBuilder[T]{opened: api.Opened(&c.Call), in: inputs(ctx, Value{}, Value{}), connector: c}
	err := panics.Catch(func() error {
		for i, item := range b.read(ctx, names) {
			l := loads[names[i]]
			if l.err = item.Err; l.err == nil {
				l.answer = &answerOf{item.Answer, api, &c.Call}
			}
		}
		return nil
	})
	if err != nil {
		for _, l := range loads {
			l.err = err
		}
	}
}

// A batchBuilder makes the requests of one batch, and takes the answers apart.
type batchBuilder[T any] struct {
	opened    *call.Opened
	in        *call.Inputs
	connector *Connector[*T]
}

// read asks for the named keys and returns what became of each.
func (b *batchBuilder[T]) read(ctx context.Context, names []string) []upstreams.Item {
	asked, err := b.opened.AskBatch(b.in, b.in.With(names).Batch)
	if err != nil {
		items := make([]upstreams.Item, len(names))
		for i := range items {
			items[i].Err = err
		}
		return items
	}
	asked.Max, asked.Split, asked.Accept = b.connector.Batch.Max, b.split, b.item
	return b.opened.API.ReadBatch(ctx, asked)
}

// split finds the item of every key in an answer. They are told apart by key,
// never by position: vendors leave out, repeat and add items. What is repeated or
// was not asked for is left out, and counted as drift. Beside an item without a key,
// which may be any, nobody knows that those not found are not there.
func (b *batchBuilder[T]) split(reply upstreams.Reply, names []string) (map[string][]byte, error) {
	o, c := b.opened, &b.connector.Call
	nullable := c.Nullable && len(names) == 1 // which of several is not there nobody knows
	in, vars, err := o.JudgeWith(o.Vars(b.in.With(names)), nullable, reply)
	switch {
	case errors.Is(err, call.ErrNotThere):
		return nil, nil //nolint:nilnil // none of them
	case err != nil:
		return nil, err
	}
	m := mapperOf(o, vars)
	items := b.connector.Batch.Items(m, in)
	switch {
	case items.IsArray():
	case items.IsNotFound() || !items.IsMissing() && !items.IsNull():
		return nil, call.Unusable(reply.Status, errors.New("expected a list of items"))
	default: // none of them
		o.API.Nulls(string(c.ID), string(c.ID), 1)
	}
	asked := make(map[string]bool, len(names))
	for _, name := range names {
		asked[name] = true
	}
	found, unknown, parts := make(map[string][]byte, len(names)), error(nil), vars["$batch"].At(0).Len()
	for _, item := range items.Items() {
		key := b.connector.Batch.Key(m, item)
		name := key.String()
		switch {
		case key.Len() < parts && !item.IsNull():
			o.API.Drift(string(c.ID), "$batch: an item without its key")
			unknown = call.Unusable(reply.Status, errors.New("there is an item without its key, which may be this"))
		case !asked[name]:
			o.API.Drift(string(c.ID), "$batch: an item that was not asked for")
		case found[name] != nil:
			o.API.Drift(string(c.ID), "$batch: an item twice")
		default:
			found[name] = item.AppendJSON(nil)
		}
	}
	if len(found) == 0 && items.Len() > 0 {
		return nil, call.Unusable(reply.Status, errors.New("there are items, and none has one of the keys"))
	}
	return found, unknown
}

// item maps one item; one with status 404 is not there.
func (b *batchBuilder[T]) item(reply upstreams.Reply) (any, error) {
	if len(reply.Body) == 0 {
		return &mapped[*T]{}, nil
	}
	in, err := b.opened.Parse(reply)
	if err != nil {
		return nil, call.Unusable(reply.Status, err)
	}
	m := mapperOf(b.opened, call.AnswerVars(b.opened.Vars(b.in), reply))
	return b.connector.mapped(b.opened.API, m, in, reply)
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
