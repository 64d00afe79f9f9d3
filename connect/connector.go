package connect

import (
	"context"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A Connector is one @connect: how a value is fetched, and how it is mapped to
// T. The compiler writes these; they are not changed afterwards.
type Connector[T any] struct {
	Call
	// Map maps the body of a good answer, or one item of it where Batch is set.
	Map func(*Mapper, Value) T
	// Batch is set where one request fetches many objects.
	Batch *Batch
	// Pages makes the value of several requests, where the API pages; nil: of one.
	Pages func(ctx context.Context, api *API, args, this Value) (*upstreams.Answer, error)
}

// A Call is how a connector's request is made, and what else does not depend on
// the type of its value.
type Call struct {
	ID string // coordinate or id: Query.order
	At string // FILE:LINE:COL of the @connect
	// Hash changes with everything that can change what an answer is mapped to.
	Hash   string
	Method string
	URL    *mapping.Template
	Body   *mapping.Mapping
	Request
	Result
	Policy Policy
	// Reads are the variables that mapping an answer reads, such as $args.first.
	Reads []string
	// Callers are the caller-dependent inputs, such as $request.headers.x-tenant.
	Callers []string
	// AsCaller says that some of them are credentials of the caller.
	AsCaller bool
	// Nullable says that null may stand where an API says "not there".
	Nullable bool
	// NoBody says that the selection reads nothing of the body: one of a type that
	// cannot be read is null.
	NoBody bool
	// Writes says that the call changes something: it is neither remembered nor
	// repeated, unless it carries a key that makes repeating safe.
	Writes bool
}

// slot names the typed value that this connector makes of an answer with the
// settings of a.
func (c *Call) slot(a *API, vars mapping.Vars) string {
	var b strings.Builder
	b.WriteString(c.ID + "\x00" + c.Hash + "\x00" + a.settings)
	for _, path := range c.Reads {
		if !changesSlot(path) {
			continue
		}
		b.WriteString("\x00" + lookup(vars, path).String())
	}
	return b.String()
}

// changesSlot says whether a variable is an input of its own: status and response
// belong to the answer, and settings are one with their API.
func changesSlot(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	switch name {
	case "$args", "$this", "$request", "$context":
		return true
	}
	return false
}

// scope is the text of every caller-dependent input; "" when there is none.
func (c *Call) scope(vars mapping.Vars) string {
	var b strings.Builder
	for _, path := range c.Callers {
		b.WriteString(path + "=" + lookup(vars, path).String() + "\x00")
	}
	return b.String()
}

// lookup follows $name.key.key. Header names are in lower case, as in paths.
func lookup(vars mapping.Vars, path string) Value {
	name, rest, more := strings.Cut(path, ".")
	v := vars[name]
	for more {
		name, rest, more = strings.Cut(rest, ".")
		v = v.Get(name)
	}
	return v
}
