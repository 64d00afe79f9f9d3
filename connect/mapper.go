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
	nulls  map[field]int      // how often nullable fields had no value
	bad    bool               // every item of the answer is at fault
}

// A field is a place in the schema; without a type, the answer itself.
type field struct{ typeName, name string }

// Answer is where the answer itself is put: generated code begins here.
func (m *Mapper) Answer() Fields { return Fields{m: m, faults: &m.root} }

// unusable says whether nothing of the answer can be served.
func (m *Mapper) unusable() bool {
	return m.bad || m.faults > 0 && m.good == 0
}

// Fields are the fields of one object that is being mapped.
type Fields struct {
	m        *Mapper
	faults   *mapping.ItemFaults
	typeName string
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

func (f Fields) at(name string, need bool) At { return At{fields: f, name: name, need: need} }

// At is the place of one value: a field, or an item of a list in it.
type At struct {
	fields Fields
	name   string
	index  []int
	need   bool // null is a fault here
}

// Object begins an object at this place; faults is its model's own list.
func (a At) Object(typeName string, faults *mapping.ItemFaults) Fields {
	return Fields{m: a.fields.m, faults: faults, typeName: typeName}
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
// there must be one.
func (a At) absent(in Value) {
	if a.need || !in.IsMissing() && !in.IsNull() {
		a.fail()
		return
	}
	if a.fields.m.nulls == nil {
		a.fields.m.nulls = map[field]int{}
	}
	a.fields.m.nulls[field{a.fields.typeName, a.name}]++
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
	return At{fields: a.fields, name: a.name, index: append(slices.Clip(a.index), i)}
}
