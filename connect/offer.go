package connect

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Offers are made when objects have come: for every field asked for below them
// that will fetch something, what it will fetch. Whoever asks first has all of
// it fetched, so that one list costs one call, without a timer. The compiler
// writes the functions that know which fields lead where.
type Offers struct {
	ctx context.Context
	sel ast.SelectionSet
	// found is what will be asked for, by the field that will ask.
	found map[place][]Value
}

// An Offer makes the offers below values.
type Offer[T any] func(o *Offers, values []T)

// makeOffers makes the offers below the field that ctx resolves.
func makeOffers[T any](ctx context.Context, offer []Offer[T], values func() []T) {
	if len(offer) == 0 {
		return
	}
	o := &Offers{ctx: ctx, sel: graphql.GetFieldContext(ctx).Field.Selections, found: map[place][]Value{}}
	for _, below := range offer {
		below(o, values())
	}
	s := stateOf(ctx)
	for p, inputs := range o.found { // only now, for one field may be reached through objects of several types
		s.offer(p, inputs)
	}
}

func (o *Offers) find(p place, inputs []Value) { o.found[p] = append(o.found[p], inputs...) }

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
	return &Offers{ctx: s.offers.ctx, sel: s.Selections, found: s.offers.found}
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
	keys := make([]Value, len(parts))
	for i, part := range parts {
		keys[i], _ = e.keyOf(part) // whoever completes them sees the error
	}
	s.offers.find(place{&e.Connector.Call, s.Field}, present(keys))
}

// OfferEach offers the parents that c will be asked for at the field.
func OfferEach[P, T any](s Selected, c *Connector[T], parents []*P, this func(*P) Value) {
	inputs := make([]Value, len(parents))
	for i, p := range parents {
		inputs[i], _ = usable(p, this(p)) // whoever asks sees the error
	}
	s.offers.find(place{&c.Call, s.Field}, present(inputs))
}

// Through are the objects that a field of parents leads to; nil ones are left out.
func Through[P any, T comparable](parents []*P, field func(*P) T) []T {
	var all []T
	var none T
	for _, p := range parents {
		if p == nil {
			continue
		}
		if t := field(p); t != none {
			all = append(all, t)
		}
	}
	return all
}

// ThroughList is Through for a field that is a list.
func ThroughList[P any, T comparable](parents []*P, field func(*P) []T) []T {
	var all []T
	for _, p := range parents {
		if p != nil {
			all = append(all, Present(field(p))...)
		}
	}
	return all
}

// Present are the objects of a list that are there.
func Present[T comparable](list []T) []T {
	var none T
	return slices.DeleteFunc(slices.Clone(list), func(t T) bool { return t == none })
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
