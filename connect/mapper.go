package connect

import (
	"cmp"
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
	size   int                // about how many bytes is made of the answer
	drift  []string           // where the faults are, without values
	nulls  map[string]int     // how often what may be null had no value, by coordinate
	bad    bool               // every item of the answer is at fault
	ways   map[way]*way       // to the objects without which there would be no answer
	lost   losses             // the faults at places without which there would be none
	told   told               // why places have no value, or not the one that was meant
	first  string             // the first fault, and why
	last   evaluated          // the newest evaluation
}

// evaluated is the first problem of an evaluation for a field, if it had one.
type evaluated struct {
	typeName, name string
	why            reason
}

// Answer is where the answer itself is put: generated code begins here.
func (m *Mapper) Answer() Fields { return Fields{m: m, faults: &m.root, way: m.way(way{})} }

// fits counts a value that was there and fitted.
func (m *Mapper) fits(v Value) {
	m.good++
	m.size += v.Size()
}

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
	at := f.at(name, false)
	v, why, ok := f.m.eval(expr, in)
	f.m.last = evaluated{typeName: f.typeName, name: name}
	for i, p := range why {
		if i == 0 {
			f.m.last.why = problem(p)
		}
		f.m.tell(at.coordinate(), problem(p))
	}
	if !ok {
		at.fail(f.m.last.why)
	}
	return v
}

// eval is what an expression makes of a value, and its problems; false if a method
// cannot do its work.
func (m *Mapper) eval(expr *mapping.Mapping, in Value) (Value, []mapping.Problem, bool) {
	r := expr.Apply(in, m.vars)
	failed := slices.IndexFunc(r.Problems, func(p mapping.Problem) bool { return p.Method })
	if failed >= 0 {
		return Value{}, r.Problems[failed:], false
	}
	return r.Value, r.Problems, true
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
	const model = 128 // bytes, by rule of thumb
	a.fields.m.size += model
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

// Has says whether in, where the answer or an item of it should be, is an object with
// one of the keys that are read of it. One without is none: it is not found. Null stays
// null, whatever else the selection would put into an object.
func (a At) Has(in Value, keys ...string) bool {
	switch {
	case !a.isAnswer():
		return true
	case !in.IsObject():
		a.absent(in)
		return false
	case slices.ContainsFunc(keys, func(k string) bool { return !in.Get(k).IsMissing() }):
		return true
	}
	a.fail(reason{kind: mapping.MissingKey, text: "an object with none of the keys " + strings.Join(keys, ", ")})
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
		a.fail(a.because(in))
		return
	}
	if a.fields.m.nulls == nil {
		a.fields.m.nulls = map[string]int{}
	}
	a.fields.m.nulls[a.coordinate()]++
	if in.IsNotFound() && !a.evaluated() {
		a.fields.m.tell(a.coordinate(), because(in))
	}
}

// evaluated says whether the newest evaluation was for this field and had a problem:
// then that was told.
func (a At) evaluated() bool {
	last := &a.fields.m.last
	return last.why.kind != "" && last.typeName == a.fields.typeName && last.name == a.name
}

// because is why in is no value for this place: what its evaluation says tells more
// than what came of it.
func (a At) because(in Value) reason {
	if a.evaluated() {
		return a.fields.m.last.why
	}
	return because(in)
}

// fail notes a fault at this place. A field that is at fault as a whole is so once.
func (a At) fail(why reason) {
	f, whole := a.fields, a.index == nil
	if whole && slices.ContainsFunc(f.faults.FaultsOf(a.name), func(x mapping.Fault) bool { return x.Whole }) {
		return
	}
	place := a.coordinate()
	fault := mapping.Fault{
		Field: a.name, Index: a.index, Whole: whole, Source: f.m.source, Connector: f.m.connector,
		Why: place + ": " + why.String(),
	}
	f.m.faults++
	f.m.first = cmp.Or(f.m.first, fault.Why)
	f.faults.AddItemFault(fault)
	f.m.drift = append(f.m.drift, place)
	if !a.evaluated() {
		f.m.tell(place, why)
	}
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
