package schema

import (
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
)

// A Schema is an SDL folder that was read and checked. It is not changed after
// [Read] returned it.
type Schema struct {
	AST        *ast.Schema  // with the connector directives still in it
	Sources    []*Source    // by name
	Connectors []*Connector // in the order of the text
	Objects    []*Object    // by name; object types whose Go model is filled by connectors
	// Events are what events of sources change, in the order of the text.
	Events []*Event
	// Plans says how each field comes by its value, by coordinate: Order.customer.
	Plans map[string]*Plan
	// Lives has, for each field of Subscription with @live, the field of Query that it follows, whose plan is its own.
	Lives map[string]string
	// Keys are the keys of objects by their types: what their tags are made of.
	Keys map[string][]ObjectKey
	// Cut says that definitions could not be read that may declare more sources.
	Cut bool

	public func() []*ast.Source
}

// A Source is an API: one @source.
type Source struct {
	call.Source

	implied bool  // by the absolute URL of a connector
	at      place // of its name
}

// A Connector is one way to fetch a field, or an object of a type: one @connect.
// URL is nil where its text is no template, Paging where there is no @paginate.
type Connector struct {
	call.Connector

	Source  *Source
	Type    *ast.Definition      // the object type it stands on or in
	Field   *ast.FieldDefinition // nil on a type
	Returns *ast.Type            // what its selection is mapped to
	Yields  *Shape               // of the selection

	Entity   bool
	Paginate *Paginate // nil: its answer is one page

	at     place
	static *static // what the selection yields
}

// name is what findings call a connector: its coordinate, or its id.
func (con *Connector) name() string { return string(con.ID) }

// Paginate is what @paginate says: how a connector's pages make a connection.
type Paginate struct {
	call.Paging

	Connection, Edge *ast.Definition
	Node             *ast.Type
}

// An Object is a type of the graph that answers of APIs are mapped to.
type Object struct {
	Type *ast.Definition
	// Hidden are keys that selections yield and connectors below read, though
	// the type does not declare them.
	Hidden []string
}

// A PlanKind says how a field comes by its value.
type PlanKind uint8

// The ways a field comes by its value.
const (
	Mapped    PlanKind = iota // the parent's answer has it
	Connected                 // its own connectors fetch it
	Completed                 // the parent's answer has a key; an entity connector has the rest
	ByHand                    // a method in resolvers/
	Recorded                  // the outbox: what a write is like that it keeps
)

// A Plan is how one field comes by its value.
type Plan struct {
	Kind       PlanKind
	Connectors []*Connector // Connected: the field's own
	// Completions say how objects of which the answer has only a part get the
	// rest: for Completed, and for Connected when the field's own connector yields
	// only a part. Those of one type follow each other, and are asked in turn.
	Completions []Completion
	// Held says that the parent's answer has a value, which the model holds
	// although a method resolves the field.
	Held bool
}

// A Completion is how objects of one type are completed, or get a part of what
// they lack.
type Completion struct {
	Type     *ast.Definition
	Entity   *Connector
	Provided []string // fields that need no call of Entity
}
