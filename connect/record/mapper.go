package record

import (
	"errors"

	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// Options are what compiling needs to know besides the connector.
type Options struct {
	Schema  *schema.Schema
	Scalars scalars.Registry
}

// A Mapper makes records of the answers to one connector. It is made once per
// generation, and may be used by many goroutines at once.
type Mapper struct {
	source, connector string
	print             string
}

// A Reading is one good answer that is to be mapped.
type Reading struct {
	Body   mapping.Value // of the answer, or one item of it where the connector has batches
	Vars   mapping.Vars  // what expressions read
	Status int
	Tally  Tally // nil: nothing is counted
}

// A Tally counts what did not fit: [upstreams.Client].
type Tally interface {
	Drift(connector, place string)
	Nulls(connector, place string, n int)
}

// Compile makes the mapper of a connector.
func Compile(con *schema.Connector, opt Options) (*Mapper, error) {
	return nil, errors.New("record: not built yet")
}

// Map makes the record of an answer; an [upstreams.Error] if nothing of it can be
// used.
func (m *Mapper) Map(r Reading) (*Answer, error) { return nil, errors.New("record: not built yet") }

// Print changes with everything that can change what answers are mapped to, but the
// variables that are read.
func (m *Mapper) Print() string { return m.print }

// AppendSlot appends the name of the slot of a remembered answer that holds what m
// makes of it: print, settings ($config, as text) and the inputs that mapping reads,
// by their paths such as $args.first.
func (m *Mapper) AppendSlot(dst []byte, settings string, input func(path string) mapping.Value) []byte {
	return dst
}

// Items is the list of items in an answer for several keys.
func (m *Mapper) Items(r Reading) mapping.Value { return mapping.Value{} }

// Key is the key of an item, in the form of the GraphQL types, as [Ref.Key] has it.
func (m *Mapper) Key(item mapping.Value, r Reading) mapping.Value { return mapping.Value{} }
