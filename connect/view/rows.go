package view

import (
	"reflect"
	"strings"

	"holdfast/connect/hand"
	"holdfast/connect/mapping"
)

// Overlay copies those fields of a model that has says from one to another of its
// type, with their faults.
func Overlay(into, from any, has func(name string) bool) {
	to, of := model(reflect.ValueOf(into)), model(reflect.ValueOf(from))
	if !to.IsValid() || !of.IsValid() {
		return
	}
	var faults mapping.ItemFaults
	for i := range to.NumField() {
		name := nameOf(to.Type().Field(i))
		source := to
		if name != "" && has(name) {
			to.Field(i).Set(of.Field(i))
			source = of
		}
		for _, fault := range faultsIn(source).FaultsOf(name) {
			faults.AddItemFault(fault)
		}
	}
	if own := faultsIn(to); own != nil {
		*own = faults
	}
}

// nameOf is the field, or the hidden key, that a model's field holds; "" for others.
func nameOf(field reflect.StructField) string {
	if hidden := field.Tag.Get("connect"); hidden != "" {
		return hidden
	}
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.TrimPrefix(name, "-")
}

// Lose notes in a model that fields of it could not be had.
func Lose(into any, err error, fields ...string) {
	if own := faultsIn(model(reflect.ValueOf(into))); own != nil {
		*own = own.Lost(err, fields...)
	}
}

// model is the struct behind pointers; invalid: there is none.
func model(r reflect.Value) reflect.Value {
	for r.Kind() == reflect.Pointer || r.Kind() == reflect.Interface {
		r = r.Elem()
	}
	if r.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return r
}

// faultsIn is where a model keeps its faults; nil: it has no place for them.
func faultsIn(m reflect.Value) *mapping.ItemFaults {
	if !m.IsValid() {
		return nil
	}
	f := m.FieldByName("ItemFaults")
	if !f.IsValid() || !f.CanAddr() {
		return nil
	}
	own, _ := reflect.TypeAssert[*mapping.ItemFaults](f.Addr())
	return own
}

// DecodeRow makes a model of a row: each record has what the ones before it lack.
func (g *Graph) DecodeRow(row hand.Parent, into any) error {
	for i, step := range row {
		own := reflect.New(reflect.TypeOf(into).Elem())
		switch {
		case step.Err != nil:
			Lose(into, step.Err, step.Fields...)
			continue
		case i == 0:
			own = reflect.ValueOf(into)
		}
		if err := step.Ref.Decode(own.Interface(), g.Types); err != nil {
			return err
		}
		if i > 0 {
			l := step.Ref.Layout()
			Overlay(into, own.Interface(), func(name string) bool { return l != nil && l.Column(name) >= 0 })
		}
	}
	return nil
}
