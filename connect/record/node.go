package record

import (
	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// A node is one place of a selection, compiled: what stands there, and all that is
// known of the place before an answer comes. One of list, scalar, value, object and
// several is set.
type node struct {
	place    string // the coordinate, with .* for the items of a list
	counted  int    // which of the mapper's places that is
	typeName string // of the object around it; "" for the answer itself
	name     string
	depth    int  // how many lists lead from the field to it
	need     bool // null is a fault here
	vital    bool // the answer is null if this is
	way      *Way // that leads here, where it is vital

	list    *node // of its items
	scalar  *scalars.Scalar
	value   *valueObject
	object  *object
	several *several

	last int // where runs keep the last leaf that was made of it
}

// isAnswer says whether n is the place of the answer itself, or of an item of it
// where it is a list.
func (n *node) isAnswer() bool { return n.typeName == "" && n.depth <= 1 }

// isLeaf says whether values of n are ready JSON.
func (n *node) isLeaf() bool { return n.scalar != nil }

// An origin says where a value comes from, seen from the object around it.
type origin struct {
	keys []schema.Key
	expr *mapping.Mapping
	at   *node // of the field that an expression is evaluated for
}

// An object is how objects of one type are made at one place.
type object struct {
	layout   int
	typeName string
	always   bool     // of anything an object is made
	has      []string // keys of the answer of which one must be there; nil: none
	without  string   // what is said of an answer without them
	early    []int    // columns whose values are looked at before anything is made
	maybe    []int    // of these one makes an object of something else
	stub     []int    // without these there is no object
	splices  []origin
	columns  []column
	keys     []keyMaker
}

// A column is one field of an object.
type column struct {
	name   string
	from   origin
	splice int   // 0: of the object itself, else of what the splice brings
	node   *node // nil for a hidden key
	given  bool  // no answer has it: somebody else puts it there
}

// several is how an object of one of several types is made.
type several struct {
	always   bool    // of null, too, one of them would make an object
	splice   *origin // what the type name is read of; nil: the object itself
	typeName origin
	members  map[string]*object
	key      []origin // without one of these there is no object that could be unknown
}

// A valueObject is how an object is made that is decoded as a whole.
type valueObject struct {
	layout int
	scalar *scalars.Scalar
	fields []int // of the scalar, in the order of the layout
}
