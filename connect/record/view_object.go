package record

import (
	"reflect"
	"strings"
	"sync"

	"holdfast/connect/mapping"
)

// decoder is a Go type that decodes itself from an API's answer.
type decoder interface {
	UnmarshalConnect(v mapping.Value) error
}

// object decodes an object: a value object by its own method, a model by its tags.
func (d *decoding) object(r Ref, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.object(r, v.Elem())
		return
	case reflect.Interface:
		t, ok := d.types[r.Layout().Type]
		if !ok || !reflect.PointerTo(t).AssignableTo(v.Type()) {
			d.fail(r, v.Type())
			return
		}
		model := reflect.New(t)
		d.object(r, model.Elem())
		v.Set(model)
		return
	}
	if self, ok := reflect.TypeAssert[decoder](v.Addr()); ok {
		if self.UnmarshalConnect(r.Value()) != nil {
			d.fail(r, v.Type())
		}
		return
	}
	if v.Kind() != reflect.Struct {
		d.fail(r, v.Type())
		return
	}
	faults, _ := reflect.TypeAssert[keeper](v.Addr())
	l := r.Layout()
	for _, f := range fieldsOf(v.Type()) {
		if i := l.Column(f.name); i >= 0 {
			d.value(r.Field(i), v.FieldByIndex(f.index), spot{faults: faults, field: f.name})
		}
	}
}

// A modelField is one field of a model that stands for one of the graph, or for a
// key that connectors read.
type modelField struct {
	name  string
	index []int
}

var models sync.Map //nolint:gochecknoglobals // what is known of Go types: reflect.Type → []modelField

// fieldsOf are the fields of a model by its tags.
func fieldsOf(t reflect.Type) []modelField {
	if known, ok := models.Load(t); ok {
		return known.([]modelField) //nolint:errcheck // nothing else is stored
	}
	var all []modelField
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if hidden := f.Tag.Get("connect"); hidden != "" {
			name = hidden
		}
		if f.IsExported() && name != "" && name != "-" {
			all = append(all, modelField{name, f.Index})
		}
	}
	models.Store(t, all)
	return all
}
