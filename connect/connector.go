package connect

import (
	"context"
	"net/url"

	"holdfast/connect/call"
	"holdfast/upstreams"
)

// What connectors are made of is in package call; these are its names here.
type (
	Call     = call.Connector
	Source   = call.Source
	Request  = call.Request
	Header   = call.Header
	Result   = call.Result
	Policy   = call.Policy
	Settings = call.Settings
	API      = call.API
	Paging   = call.Paging
	Style    = call.Style
)

// The styles of paging.
const (
	ByPage   = call.ByPage
	ByLink   = call.ByLink
	ByCursor = call.ByCursor
	ByOffset = call.ByOffset
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

// A Manifest is what the compiler knows of an SDL folder and running programs
// need: for settings, and to check SDL without compiling it.
type Manifest struct {
	Sources []Source // by name
	// Values are the object types that decode themselves, such as Money.
	Values []string
	// ByHand are the fields that methods resolve: Customer.lifetimeValue.
	ByHand []string
}

// ParseBase reads a base URL; see [call.ParseBase].
func ParseBase(text string) (*url.URL, error) { return call.ParseBase(text) }
