package connect

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Offers are made when objects have come: for every field asked for below them
// that will fetch something, what it will fetch. Whoever asks first has all of
// it fetched, so that one list costs one call, without a timer. The compiler
// writes the functions that know which fields lead where.
type Offers struct {
	ctx   context.Context
	state *state
	sel   ast.SelectionSet
}

// An Offer makes the offers below values.
type Offer[T any] func(o *Offers, values []T)

// makeOffers makes the offers below the field that ctx resolves.
func makeOffers[T any](ctx context.Context, offer []Offer[T], values func() []T) {
	if len(offer) == 0 {
		return
	}
	fc := graphql.GetFieldContext(ctx)
	for _, below := range offer {
		below(&Offers{ctx: ctx, state: stateOf(ctx), sel: fc.Field.Selections}, values())
	}
}

// A Selected is one field that the operation asks of the objects.
type Selected struct {
	graphql.CollectedField

	offers *Offers
}

// Fields are the fields asked of objects whose type goes by names: its own and
// its interfaces'. Skipped ones are left out.
func (o *Offers) Fields(names ...string) []Selected {
	collected := graphql.CollectFields(graphql.GetOperationContext(o.ctx), o.sel, names)
	fields := make([]Selected, len(collected))
	for i, f := range collected {
		fields[i] = Selected{CollectedField: f, offers: o}
	}
	return fields
}

// Below are the offers below one field.
func (s Selected) Below() *Offers {
	return &Offers{ctx: s.offers.ctx, state: s.offers.state, sel: s.Selections}
}

// OfferParts offers the keys of objects that e will complete at the field. Where
// they have enough already, below offers what is asked for below them.
func OfferParts[T any](s Selected, e *Entity[T], parts []*T, below ...Offer[*T]) {
	if e.enough(s.offers.ctx, s.Selections) {
		for _, offer := range below {
			offer(s.Below(), parts)
		}
		return
	}
	var keys []Value
	for _, part := range parts {
		if key, ok := e.keyOf(part); ok {
			keys = append(keys, key)
		}
	}
	s.offers.state.offer(place{e, s.Field}, keys)
}

// OfferEach offers the parents that c will be asked for at the field.
func OfferEach[P, T any](s Selected, c *Connector[T], parents []*P, this func(*P) Value) {
	var inputs []Value
	for _, p := range parents {
		if in := this(p); !lacks(in) {
			inputs = append(inputs, in)
		}
	}
	s.offers.state.offer(place{&c.Call, s.Field}, inputs)
}

// Through are the objects that a field of parents leads to; nil ones are left out.
func Through[P, T any](parents []*P, field func(*P) *T) []*T {
	var all []*T
	for _, p := range parents {
		if p == nil {
			continue
		}
		if t := field(p); t != nil {
			all = append(all, t)
		}
	}
	return all
}

// ThroughList is Through for a field that is a list.
func ThroughList[P, T any](parents []*P, field func(*P) []*T) []*T {
	var all []*T
	for _, p := range parents {
		if p != nil {
			all = append(all, Present(field(p))...)
		}
	}
	return all
}

// Present are the objects of a list that are there.
func Present[T any](list []*T) []*T {
	return Through(list, func(t *T) *T { return t })
}

// Flat is a list of lists as one list.
func Flat[T any](lists [][]T) []T {
	var all []T
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// OrZero is what p points to, or the zero value.
func OrZero[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
