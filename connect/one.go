package connect

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A Choice is one way to come by a value: a connector, and the API it asks.
type Choice[T any] struct {
	API       *API
	Connector *Connector[T]
}

// One resolves a root field: one call of c. The error, if any, is an
// [upstreams.Error]. Offers are made for what is asked for below the value.
func One[T any](ctx context.Context, api *API, c *Connector[T], args Args, offer ...Offer[T]) (T, error) {
	return OneOf(ctx, []Choice[T]{{api, c}}, args, offer...)
}

// OneOf is One for a field with several connectors: the next is asked when those
// before are out, not when they answered no.
func OneOf[T any](ctx context.Context, choices []Choice[T], args Args, offer ...Offer[T]) (T, error) {
	answer, err := askOneOf(ctx, choices, args.value(ctx), Value{})
	value, err := take[T](ctx, graphql.GetPath(ctx), answer, err)
	if err == nil {
		makeOffers(ctx, offer, func() []T { return []T{value} })
	}
	return value, err
}

// Each resolves a field of objects by its own connector: one call for each
// parent and set of arguments, equal ones made once. this gives the fields of a
// parent that the connector reads; where one is missing there is nothing to ask
// and the field is null. Results and errors are in the order of objs.
func Each[P, T any](ctx context.Context, api *API, c *Connector[T], objs []*P, this func(*P) Value, args Args, offer ...Offer[T]) ([]T, error) {
	return EachOf(ctx, []Choice[T]{{api, c}}, objs, this, args, offer...)
}

// EachOf is Each for a field with several connectors: see [OneOf].
func EachOf[P, T any](ctx context.Context, choices []Choice[T], objs []*P, this func(*P) Value, args Args, offer ...Offer[T]) ([]T, error) {
	call := &choices[0].Connector.Call
	given := args.value(ctx)
	inputs, unfit := make([]Value, len(objs)), make([]error, len(objs))
	for i, o := range objs {
		if o != nil { // else an item of a list that is not there
			inputs[i], unfit[i] = usable(o, this(o))
		}
	}
	s := stateOf(ctx)
	keyOf := func(in Value) loadKey {
		return loadKey{call: call, inputs: given.String() + "\x00" + in.String()}
	}
	s.gather(place{call, graphql.GetFieldContext(ctx).Field.Field}, present(inputs), func(inputs []Value) {
		concurrently(len(inputs), func(i int) {
			_, _ = s.load(ctx, keyOf(inputs[i]), func() (*answerOf, error) { // whoever asks for it sees the error
				return askOneOf(ctx, choices, given, inputs[i])
			})
		})
		makeOffers(ctx, offer, func() []T { return loadedValues[T](ctx, s, inputs, keyOf) })
	})
	path := siblings(ctx, len(objs))
	return each(len(objs), func(i int) (T, error) {
		if inputs[i].IsMissing() {
			return *new(T), unfit[i]
		}
		answer, err := s.loaded(ctx, keyOf(inputs[i]))
		return take[T](ctx, path(i), answer, err)
	})
}

// ask makes one call of c.
func ask[T any](ctx context.Context, api *API, c *Connector[T], args, this Value) (*answerOf, error) {
	answer, err := c.answer(ctx, api, args, this)
	if err != nil {
		return nil, err
	}
	return &answerOf{answer, api, &c.Call}, nil
}

func (c *Connector[T]) answer(ctx context.Context, api *API, args, this Value) (*upstreams.Answer, error) {
	if c.Pages != nil {
		return c.Pages(ctx, api, args, this)
	}
	o, in := api.Opened(&c.Call), inputs(ctx, args, this)
	req, err := o.Ask(in)
	if err != nil {
		return nil, err
	}
	req.Accept = accept(o, c, in)
	if c.Writes {
		return api.Write(ctx, req)
	}
	return api.Read(ctx, req)
}

// answerOf is an answer with who gave it.
type answerOf struct {
	*upstreams.Answer

	api  *API
	call *Call
}

// serving is the answer that serves the field which ctx resolves.
func (a *answerOf) serving(ctx context.Context) *answerOf {
	if s := serving(ctx, a.Answer); s != a.Answer {
		return &answerOf{s, a.api, a.call}
	}
	return a
}

// take unpacks an answer for the field at path: it notes how fresh the answer is
// and raises the faults of the answer itself.
func take[T any](ctx context.Context, path ast.Path, answer *answerOf, err error) (T, error) {
	var none T
	report := upstreams.ReportFrom(ctx)
	if err != nil {
		report.Found(problemsOf(nil, err)...)
		return none, err
	}
	found := problemsOf(answer.Answer, answer.Err)
	report.Found(found...)
	why := answer.Err
	if s := answer.serving(ctx); s != answer {
		answer, why = s, brokenBy(found, lostAt(ctx, answer.Answer), s.Err)
	}
	api, c := answer.api, answer.call
	report.Note(upstreams.Part{
		Path: plain(path), Source: api.Name(), Connector: string(c.ID),
		State: answer.State, Reason: answer.Reason, Age: answer.Age, TTL: answer.TTL,
		Shared: answer.Shared, Vary: api.Opened(c).Varies(answer.Shared), Cache: answer.Cache, Err: why,
	})
	m, ok := answer.Value.(*mapped[T])
	if !ok {
		return none, &upstreams.Error{
			Kind: upstreams.Contract, Source: api.Name(), Connector: string(c.ID), Err: errors.New("an answer of another kind"),
		}
	}
	if m.faulty {
		stateOf(ctx).faulty.Store(true)
	}
	switch faults := m.root.FaultsOf(""); {
	case m.pages != nil:
		m.pages.raise(ctx, path, faults)
	default:
		for _, f := range faults {
			raise(ctx, path, f)
		}
	}
	return m.value, nil
}

// plain is a path of strings and ints, as reports hold it.
func plain(path ast.Path) []any {
	out := make([]any, len(path))
	for i, step := range path {
		switch step := step.(type) {
		case ast.PathName:
			out[i] = string(step)
		case ast.PathIndex:
			out[i] = int(step)
		}
	}
	return out
}

// Field makes the member {name: value} of a parent's fields, for generated code.
// It is null where one of the paths below it, such as owner.id, leads to nothing.
func Field(name string, value any, below ...string) mapping.Member {
	v := ValueOf(value)
	for _, path := range below {
		if lacksPath(v, strings.Split(path, ".")) {
			return mapping.Member{Key: name, Value: mapping.NullValue()}
		}
	}
	return mapping.Member{Key: name, Value: v}
}

// This is the object of a parent's fields that a connector reads.
func This(members ...mapping.Member) Value { return mapping.ObjectValue(members...) }
