package connect

import (
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// Value is a JSON value as an API sent it, or nothing; see [mapping.Value].
type Value = mapping.Value

// A Mapper maps one answer: it knows the variables that expressions read, and
// counts what did not fit.
type Mapper struct {
	source, connector string
	vars              mapping.Vars

	items  Value              // the list that the answer is; missing if it is none
	root   mapping.ItemFaults // of the answer itself, not of an object in it
	faults int                // found so far
	good   int                // values that were there and fitted
	drift  []string           // where the faults are, without values
	nulls  map[string]int     // how often what may be null had no value, by coordinate
	bad    bool               // every item of the answer is at fault
	ways   map[way]*way       // to the objects without which there would be no answer
	lost   losses             // the faults at places without which there would be none
}

// Answer is where the answer itself is put: generated code begins here.
func (m *Mapper) Answer() Fields { return Fields{m: m, faults: &m.root, way: m.way(way{})} }

// unusable says whether nothing of the answer can be served.
func (m *Mapper) unusable() bool {
	return m.bad || m.faults > 0 && m.good == 0
}

// Fields are the fields of one object that is being mapped.
type Fields struct {
	m        *Mapper
	faults   *mapping.ItemFaults
	typeName string
	way      *way // nil: the answer can do without the object
}

// Eval is what an expression makes of the group's object, for the field called
// name. A method that cannot do its work makes the field a fault.
func (f Fields) Eval(name string, expr *mapping.Mapping, in Value) Value {
	v, ok := f.m.eval(expr, in)
	if !ok {
		f.at(name, false).fail()
	}
	return v
}

// eval is what an expression makes of a value; false if a method cannot do its
// work.
func (m *Mapper) eval(expr *mapping.Mapping, in Value) (Value, bool) {
	r := expr.Apply(in, m.vars)
	if slices.ContainsFunc(r.Problems, func(p mapping.Problem) bool { return p.Method }) {
		return Value{}, false
	}
	return r.Value, true
}

func (f Fields) at(name string, need bool) At {
	return At{fields: f, name: name, need: need, around: f.way != nil}
}

// At is the place of one value: a field, or an item of a list in it.
type At struct {
	fields Fields
	name   string
	index  []int
	need   bool // null is a fault here
	around bool // the answer cannot do without the object or list around this place
}

// Object begins an object at this place; faults is its model's own list.
func (a At) Object(typeName string, faults *mapping.ItemFaults) Fields {
	f := Fields{m: a.fields.m, faults: faults, typeName: typeName}
	if a.vital() {
		f.way = a.here()
	}
	return f
}

// isAnswer says whether this is the place of the answer itself, or of an item of
// it where it is a list.
func (a At) isAnswer() bool { return a.fields.typeName == "" && len(a.index) <= 1 }

// vital says whether the answer would be null if this place were.
func (a At) vital() bool {
	return a.around && (a.need || a.fields.typeName == "" && a.index == nil)
}

// here is the way to this place, if the answer cannot do without it.
func (a At) here() *way {
	if a.fields.typeName == "" {
		return a.fields.way // the answer or its items: no field leads there
	}
	return a.fields.m.way(way{a.fields.way, a.fields.typeName, a.name})
}

// Has says whether in is an object with one of the keys that are read of it. One
// without, where the answer or an item of it should be, is none: it is not found.
func (a At) Has(in Value, keys ...string) bool {
	if !in.IsObject() || !a.isAnswer() || slices.ContainsFunc(keys, func(k string) bool { return !in.Get(k).IsMissing() }) {
		return true
	}
	a.fail()
	return false
}

// IsObject says whether in is an object. Anything else makes the place null,
// which is a fault unless in is null where null may be.
func (a At) IsObject(in Value) bool {
	if !in.IsObject() {
		a.absent(in)
	}
	return in.IsObject()
}

// Null makes the place null because a spliced object was, or a part of the key.
func (a At) Null() { a.absent(mapping.NullValue()) }

// absent notes a value that has the wrong kind, or is null or missing where
// there must be one. An answer, or an item of it, that was not found is no null.
func (a At) absent(in Value) {
	if a.need || !in.IsMissing() && !in.IsNull() || in.IsNotFound() && a.isAnswer() {
		a.fail()
		return
	}
	if a.fields.m.nulls == nil {
		a.fields.m.nulls = map[string]int{}
	}
	a.fields.m.nulls[a.coordinate()]++
}

// fail notes a fault at this place. A field that is at fault as a whole is so once.
func (a At) fail() {
	f, whole := a.fields, a.index == nil
	if whole && slices.ContainsFunc(f.faults.FaultsOf(a.name), func(x mapping.Fault) bool { return x.Whole }) {
		return
	}
	f.m.faults++
	f.faults.AddItemFault(mapping.Fault{
		Field: a.name, Index: a.index, Whole: whole, Source: f.m.source, Connector: f.m.connector,
	})
	f.m.drift = append(f.m.drift, a.coordinate())
	if a.vital() {
		f.m.lose(a.here())
	}
}

// coordinate is the place in the schema: Order.lines.*.
func (a At) coordinate() string {
	c := a.fields.m.connector
	if a.fields.typeName != "" {
		c = a.fields.typeName + "." + a.name
	}
	return c + strings.Repeat(".*", len(a.index))
}

// item is the place of an item of the list at this place.
func (a At) item(i int) At {
	return At{fields: a.fields, name: a.name, index: append(slices.Clip(a.index), i), around: a.vital()}
}
