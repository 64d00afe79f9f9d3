package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A static is what a value may be, as far as that is known before any request.
// It is not changed once others can see it.
type static struct {
	kinds    mapping.Kinds
	optional doubt // whether the mapping itself allows it to be missing
	least    int   // items or characters that it has for certain
	item     *static
	// members are those of an object that are known. The others are like rest;
	// there are none if the object is closed.
	members  map[string]member
	rest     *static
	closed   bool
	lower    bool // keys are in lower case
	declared *declared
	values   []fixed // scalars of the mapping's text that it may be, among others
	only     bool    // there are no others
	span     mapping.Span
}

// A doubt says how a mapping allows a value to be missing.
type doubt uint8

const (
	certain  doubt = iota
	byKey          // by a key of what a method may not find: ->first.id
	byMethod       // by ->first, ->last, ->find or ->get
	byMark         // by a question mark
)

// A member is one member of an object, with the key as it is written.
type member struct {
	key   mapping.Span
	value *static
}

// A fixed is a scalar that stands in the text of a mapping.
type fixed struct {
	value mapping.Value
	span  mapping.Span
}

// declared is what the SDL says of a value that a variable holds.
type declared struct {
	def    *ast.Definition
	code   string // of a finding about a key that def does not have
	parent bool   // it is the parent itself, whose fields are the key of a request
}

const (
	nothing = mapping.Kinds(1<<mapping.Missing | 1<<mapping.Null)
	scalars = mapping.Kinds(1<<mapping.Bool | 1<<mapping.Number | 1<<mapping.String)
	nested  = mapping.Kinds(1<<mapping.Array | 1<<mapping.Object)
)

// anything is a value of which nothing is known.
func anything() *static { return &static{kinds: nothing | scalars | nested} }

func kindOf(kinds ...mapping.Kind) *static { return &static{kinds: mapping.KindsOf(kinds...)} }

// listOf is a list of items, which are null where they are missing.
func listOf(item *static, least int) *static {
	return &static{kinds: mapping.KindsOf(mapping.Array), item: item.orNull(), least: least}
}

// present are the kinds it may be besides null and missing.
func (s *static) present() mapping.Kinds { return s.kinds &^ nothing }

// surely says whether it is of these kinds, if it is there.
func (s *static) surely(kinds mapping.Kinds) bool {
	return s.present() != 0 && s.present()&^kinds == 0
}

// never says whether it is of none of these kinds: not where it is there, or not
// even null where it can be nothing else.
func (s *static) never(kinds mapping.Kinds) bool {
	if s.present() != 0 {
		return s.present()&kinds == 0
	}
	return s.kinds.Has(mapping.Null) && !kinds.Has(mapping.Null)
}

// with is s with other kinds.
func (s *static) with(kinds mapping.Kinds) *static {
	c := *s
	c.kinds = kinds
	return &c
}

// at is s as the result of a piece of text.
func (s *static) at(span mapping.Span) *static {
	c := *s
	c.span = span
	return &c
}

// orNull is s where a missing value becomes null: in a list.
func (s *static) orNull() *static {
	c := *s
	if c.optional = certain; c.kinds.Has(mapping.Missing) {
		c.kinds = c.kinds&^mapping.KindsOf(mapping.Missing) | mapping.KindsOf(mapping.Null)
	}
	return &c
}

// orMissing is s, or nothing.
func (s *static) orMissing() *static { return s.with(s.kinds | mapping.KindsOf(mapping.Missing)) }

// unlessNull is s behind a question mark.
func (s *static) unlessNull() *static {
	if s.kinds&nothing == 0 {
		return s
	}
	c := s.with(s.kinds&^nothing | mapping.KindsOf(mapping.Missing))
	c.optional = byMark
	return c
}

// items is what each item of a list may be.
func (s *static) items() *static {
	if s.item == nil {
		return anything()
	}
	return s.item
}

// there is s where it is not missing: only then is a method or a group applied.
func (s *static) there() *static {
	c := s.with(s.kinds &^ mapping.KindsOf(mapping.Missing))
	c.optional = certain
	return c
}

// each is what a method like map is applied to: the items of a list, or the value
// itself.
func (s *static) each() *static {
	single := s.there()
	single.kinds &^= mapping.KindsOf(mapping.Array)
	switch {
	case !s.kinds.Has(mapping.Array):
		return single
	case single.kinds == 0:
		return s.items()
	}
	return either(single, s.items())
}

// leaf is what a group is applied to: what is no list, at any depth of lists.
func (s *static) leaf() *static {
	e := s.each()
	for e.kinds.Has(mapping.Array) && e.item != nil {
		e = e.each()
	}
	e = e.there()
	e.kinds &^= mapping.KindsOf(mapping.Array)
	return e
}

// wrappedAs is what becomes of cur when each of its leaves becomes s.
func (s *static) wrappedAs(cur *static) *static {
	if !cur.kinds.Has(mapping.Array) {
		return s
	}
	inner := either(s, kindOf(mapping.Array)) // an unknown item may be a list itself
	if cur.item != nil {
		inner = s.wrappedAs(cur.item)
	}
	list := listOf(inner, cur.least)
	if cur.kinds&^mapping.KindsOf(mapping.Array, mapping.Missing) != 0 {
		return either(list, s)
	}
	return list
}

// picked is one of the items of a list, nobody knows which.
func (s *static) picked() *static {
	c := *s.items()
	c.values, c.only = nil, false
	return &c
}

// either is a value that is a or b.
func either(a, b *static) *static {
	if a == b {
		return a
	}
	u := &static{
		kinds: a.kinds | b.kinds, optional: max(a.optional, b.optional), least: min(a.least, b.least),
		values: slices.Concat(a.values, b.values), span: a.span,
	}
	list, object := mapping.KindsOf(mapping.Array), mapping.KindsOf(mapping.Object)
	switch {
	case b.kinds&list == 0:
		u.item = a.item
	case a.kinds&list == 0:
		u.item = b.item
	case a.item != nil && b.item != nil:
		u.item = either(a.item, b.item)
	}
	switch {
	case b.kinds&object == 0:
		u.like(a)
	case a.kinds&object == 0:
		u.like(b)
	case a.declared != nil && b.declared != nil && *a.declared == *b.declared:
		u.declared = a.declared
	}
	return u
}

// like gives s the members of an object.
func (s *static) like(o *static) {
	s.members, s.rest, s.closed, s.lower, s.declared = o.members, o.rest, o.closed, o.lower, o.declared
}
