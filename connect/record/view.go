package record

import (
	"fmt"
	"reflect"
	"slices"

	"holdfast/connect/mapping"
)

// Types are the Go types of objects by the names of their GraphQL types: for places
// where one of several may stand.
type Types map[string]reflect.Type

// Decode makes a Go value of what stands here, in what into points to: scalars decode
// themselves by UnmarshalGQL or UnmarshalConnect, objects are models by their json
// tags. Faults of objects go to their models' [mapping.ItemFaults]; those of the place
// itself, and of its items where it is a list, have no model to go to. The error says
// that the Go type is none for what is here.
func (r Ref) Decode(into any, types Types) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("record: %T is no pointer to decode into", into)
	}
	d := decoding{types: types}
	d.value(r, v.Elem(), spot{})
	return d.err
}

// A decoding makes one Go value.
type decoding struct {
	types Types
	lost  *Fault // of an item that its list cannot hold as null
	err   error
}

// keeper is a model that keeps its faults.
type keeper interface{ AddItemFault(fault mapping.Fault) }

// A spot is where a Go value stands in the model around it.
type spot struct {
	faults keeper // nil: the model has none
	field  string
	index  []int
}

// item is the spot of an item of the list at s.
func (s spot) item(i int) spot {
	return spot{s.faults, s.field, append(slices.Clip(s.index), i)}
}

func (s spot) fault(f *Fault) {
	if s.faults != nil && f != nil {
		s.faults.AddItemFault(mapping.Fault{
			Field: s.field, Index: s.index, Whole: s.index == nil,
			Source: f.Source, Connector: f.Connector, Err: f.Err, Why: f.Why,
		})
	}
}

func (d *decoding) fail(r Ref, t reflect.Type) {
	if d.err == nil {
		what := [...]string{"null", "a leaf", "a list", "an object", "a fault", "a cursor"}[r.Kind()]
		if l := r.Layout(); l != nil {
			what = l.Type
		}
		d.err = fmt.Errorf("record: %s does not fit into %s", what, t)
	}
}

// value decodes what stands at r. It is false for a fault that neither the place nor
// the model can tell of: an item that cannot be nil.
func (d *decoding) value(r Ref, v reflect.Value, at spot) bool {
	kind := r.Kind()
	if v.Type() == reflect.TypeFor[mapping.Value]() && kind != Faulty {
		v.Set(reflect.ValueOf(r.Value()))
		return true
	}
	switch kind {
	case Null:
		v.SetZero()
	case Faulty:
		v.SetZero()
		if at.index != nil && !nillable(v.Kind()) {
			d.lost = r.Fault()
			return false
		}
		at.fault(r.Fault())
	case List:
		d.list(r, v, at)
	case Object:
		d.object(r, v)
	default:
		d.leaf(r, v)
	}
	return true
}

func nillable(k reflect.Kind) bool {
	return k == reflect.Pointer || k == reflect.Slice || k == reflect.Interface || k == reflect.Map
}

// list decodes a list; with an item at fault that cannot be nil there is none.
func (d *decoding) list(r Ref, v reflect.Value, at spot) {
	for v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.Kind() != reflect.Slice {
		d.fail(r, v.Type())
		return
	}
	list := reflect.MakeSlice(v.Type(), r.Len(), r.Len())
	for i := range r.Len() {
		if !d.value(r.Item(i), list.Index(i), at.item(i)) {
			v.SetZero()
			at.fault(d.lost)
			return
		}
	}
	v.Set(list)
}
