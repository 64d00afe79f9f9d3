package schema

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A Schema is an SDL folder that was read and checked. It is not changed after
// [Read] returned it.
type Schema struct {
	AST        *ast.Schema  // with the connector directives still in it
	Sources    []*Source    // by name
	Connectors []*Connector // in the order of the text
	Objects    []*Object    // by name; object types whose Go model is filled by connectors
	// Plans says how each field comes by its value, by coordinate: Order.customer.
	Plans map[string]*Plan
	// Cut says that definitions could not be read that may declare more sources.
	Cut bool

	public func() []*ast.Source
}

// A Source is an API: one @source.
type Source struct {
	Name    string
	At      string // FILE:LINE:COL
	BaseURL string // a template over $config and $env
	Request
	Result
	Cache   Cache
	Callers []string // caller-dependent inputs of every request
	Env     []string // variables of $env that it and its connectors cannot do without
	implied bool     // by the absolute URL of a connector
	at      place    // of its name
}

// A Connector is one way to fetch a field, or an object of a type: one @connect.
type Connector struct {
	Coordinate string // Query.order, Customer, Query.order[1], or its id
	At         string // FILE:LINE:COL
	Source     *Source
	Type       *ast.Definition      // the object type it stands on or in
	Field      *ast.FieldDefinition // nil on a type
	Returns    *ast.Type            // what its selection is mapped to

	Method string
	URL    string // a template, relative to the source's base URL if it has a source
	Body   *mapping.Mapping
	Request
	Result
	Selection *mapping.Mapping
	Yields    *Shape // of the selection

	Entity bool
	// Batch is the most keys that one request carries; 0: it carries one object's.
	Batch    int
	Paginate *Paginate // nil: its answer is one page
	Cache    Cache

	// Key names what identifies the object it loads: arguments of an entity
	// field, or fields of the type. Empty where it loads none.
	Key []string
	// This are the fields of the parent that the request or selection reads.
	This []string
	// Reads are the variables that the selection reads, such as $args.first.
	Reads []string
	// Callers are the caller-dependent inputs, such as $request.headers.x.
	Callers []string
	// AsCaller says that some of them are credentials of the caller.
	AsCaller bool

	at     place
	static *static // what the selection yields
}

// Paginate is what @paginate says: how a connector's pages make a connection.
type Paginate struct {
	Style                    string // PAGE, LINK, CURSOR or OFFSET
	At, Size                 string // query parameters
	From                     *int   // what the API calls its first page or item; nil: 1, or 0
	Max                      int
	Pages, Next, More, Total *mapping.Mapping
	Connection, Edge         *ast.Definition
	Node                     *ast.Type
}

// Request is what sources and connectors both say of a request.
type Request struct {
	Headers []Header
	Path    *mapping.Mapping
	Query   *mapping.Mapping
}

// A Header is one header mapping: From a caller's header, or a Value template.
type Header struct {
	Name, From string
	Value      *mapping.Template
}

// Result is what sources and connectors both say of an answer.
type Result struct {
	Message, Extensions, IsSuccess *mapping.Mapping
}

// Cache is what @cache says; nil is not said.
type Cache struct {
	Fresh, Refresh, Stale *time.Duration
	Tags                  []string
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
