package record

import "slices"

// A Layout says what the cells of an object are. It is not changed, and may outlive
// its generation: it names what it knows of the schema.
type Layout struct {
	Type   string   // the object type
	Fields []Column // one cell each, in this order
	Keys   []KeySpec

	columns map[string]int
	forms   []*form  // of the fields; nil for hidden ones
	cells   int      // of an object: its fields, and its keys
	held    []string // the fields of the type that a connector reads where it reads the object as a whole
	tags    []tagMaker
}

// A Column is one field of a layout.
type Column struct {
	Name   string
	Hidden bool // the type has no such field: connectors below read it
}

// A KeySpec is what a connector that is asked below an object is asked with. An
// object has one of all of whose parts it has.
type KeySpec struct {
	// For is the coordinate of the field that is fetched, or the ID of the connector
	// that completes the object.
	For   string
	Parts []KeyPart

	cell int // after the fields
}

// A KeyPart is a member of a key.
type KeyPart struct {
	Name  string
	Below []string // paths below it, such as owner.id, without which there is no key
}

// Column returns the place of a field; -1 where the layout does not have it.
func (l *Layout) Column(name string) int {
	if i, ok := l.columns[name]; ok {
		return i
	}
	return -1
}

// Key returns the place of a key in Keys; -1 where there is none.
func (l *Layout) Key(of string) int {
	return slices.IndexFunc(l.Keys, func(k KeySpec) bool { return k.For == of })
}
