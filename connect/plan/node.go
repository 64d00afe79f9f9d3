package plan

import (
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/record"
)

// Kind says how a field comes by its value.
type Kind uint8

// The ways a field comes by its value.
const (
	Mapped           Kind = iota // the record of its object has it
	TypeName                     // __typename
	Connected                    // its own connectors fetch it
	Completed                    // its object has a part of it, entity connectors the rest
	ByHand                       // a method resolves it
	IntrospectSchema             // __schema
	IntrospectType               // __type
	Recorded                     // the outbox is asked for it
)

// A Node is what is asked of objects of one type. It is immutable but for what it
// remembers, and safe for concurrent use.
type Node struct {
	Type *ast.Definition
	// Fields are in the order of the answer.
	Fields []*Field
	// Fetches says that fields of it or of what is below may have a [Place], Lists
	// that some of them are lists.
	Fetches, Lists bool
	// Fetching are the places of those Fields that fetch something, or lead to what does.
	Fetching []int32

	columns atomic.Pointer[[]*Columns]
}

// A Field is one response key of a node. It is immutable but for what it remembers,
// and safe for concurrent use.
type Field struct {
	Key    string // response key
	Prefix []byte // ,"key":
	Name   string
	// Coordinate names the field in the schema: Order.customer.
	Coordinate string
	Def        *ast.FieldDefinition
	Kind       Kind
	// Args are nil for a field that takes none.
	Args *Arguments
	// Below is what is asked of the objects that it leads to; nil for a leaf.
	Below *Selection
	// Place is where it fetches something; nil where it does not. What completes the
	// objects that it leads to is for [Field.Steps] to say.
	Place *Place
	// Merged are the fields of the document with that response key, in order.
	Merged []*ast.Field

	known *known
	steps atomic.Pointer[[]steps]
}

// Position is where the first of the merged fields stands in the document; nil if
// that is not known.
func (f *Field) Position() *ast.Position { return f.Merged[0].Position }

// Columns are the places of a node's fields in one layout, in their order; -1 where it does not have one. They are
// not changed.
type Columns struct {
	All    []int32
	Leaves []int32 // those that are written as the record has them, mostly; -1 for all others

	of *record.Layout
}

// mostLayouts is how many layouts a node remembers: objects of one type come from
// that many connectors at most, or nearly so.
const mostLayouts = 32

// Columns are the columns that the fields of n have in a layout.
func (n *Node) Columns(l *record.Layout) *Columns {
	known := n.columns.Load()
	if known != nil {
		for _, c := range *known {
			if c.of == l {
				return c
			}
		}
	}
	room := make([]int32, 2*len(n.Fields))
	c := &Columns{All: room[:len(n.Fields)], Leaves: room[len(n.Fields):], of: l}
	for i, f := range n.Fields {
		c.All[i], c.Leaves[i] = int32(l.Column(f.Name)), -1 //nolint:gosec // a layout has as many columns as a type has fields
		if f.Kind == Mapped && f.Below == nil {
			c.Leaves[i] = c.All[i]
		}
	}
	var more []*Columns
	if known != nil {
		more = append(more, *known...)
	}
	if len(more) < mostLayouts { // if another goroutine adds one at the same time, one of them is found anew
		more = append(more, c)
		n.columns.CompareAndSwap(known, &more)
	}
	return c
}

// Opens says whether something is fetched at or below the field.
func (f *Field) Opens() bool { return f.Place != nil || f.Below != nil && f.Below.Fetches }
