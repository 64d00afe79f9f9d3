package call

import (
	"holdfast/connect/mapping"
	"holdfast/freshness"
)

// An ID names a connector: by its coordinate, such as Query.order, or by the id that it was given.
type ID string

// Policy is what @cache says of ages; see [freshness.Policy].
type Policy = freshness.Policy

// A Connector is one @connect as data. It is not changed once it is in use.
type Connector struct {
	ID     ID
	Field  string // the coordinate of the field that it fetches or changes; "": it loads objects of a type
	At     string // FILE:LINE:COL of the @connect
	Source string // the name of its source
	// Hash changes with everything that can change what an answer is mapped to.
	Hash   string
	Method string
	URL    *mapping.Template // relative to the source's base URL
	Body   *mapping.Mapping  // nil: none
	Request
	Result
	Policy    Policy
	Tags      []*mapping.Template // what its answers depend on, besides the objects in them
	KeyTags   []*mapping.Template // of the object that it loads, by the key that it is asked with
	Selection *mapping.Mapping
	// Invalidates is what a write says that it changes; nil: it says nothing, and may change anything of its source.
	Invalidates []Changed

	// Batch is the most keys that one request carries; 0: it carries one object's.
	Batch int
	// Paging says how its pages make a connection; nil: its answer is one page.
	Paging *Paging

	// Key names what identifies the object it loads. Empty where it loads none.
	Key []string
	// This are the fields of the parent that the request or selection reads.
	This []string
	// Reads are the variables that mapping an answer reads, such as $args.first.
	Reads []string
	// Callers are the caller-dependent inputs, such as $request.headers.x-tenant.
	Callers []string

	// AsArgs says that the key of an object stands in $args, not in $this.
	AsArgs bool
	// AsCaller says that some of Callers are credentials of the caller.
	AsCaller bool
	// Nullable says that null may stand where an API says "not there".
	Nullable bool
	// NoBody says that the selection reads nothing of the body: one of a type that
	// cannot be read is null.
	NoBody bool
	// Writes says that the call changes something: it is neither remembered nor
	// repeated, unless it carries a key that makes repeating safe.
	Writes bool
	// Write is what is said of a write besides; nil: nothing.
	Write *Write
	// ReadsWrite says that the request reads $write, SendsKey that it carries $write.key
	// as it is.
	ReadsWrite, SendsKey bool
}

// A Source is an API as the SDL declares it: one @source. It is not changed once it is in use.
type Source struct {
	Name    string
	At      string // FILE:LINE:COL of its @source
	BaseURL string // a template over $config and $env
	Request
	Result
	Policy  Policy
	Tags    []*mapping.Template // what all its answers depend on
	Callers []string            // caller-dependent inputs of every request
	// Env are the environment variables that it and its connectors cannot do without:
	// those they read from $env without a ?? behind it.
	Env []string
}

// Request is what sources and connectors both say of a request. Nil is not said.
type Request struct {
	Headers []Header
	Path    *mapping.Mapping // yields segments
	Query   *mapping.Mapping // yields parameters
}

// A Header copies the caller's header From, or has a Value.
type Header struct {
	Name, From string
	Value      *mapping.Template
}

// Result is what sources and connectors both say of an answer. Nil is not said.
type Result struct {
	Message, Extensions, IsSuccess *mapping.Mapping
}
