package record

import (
	"bytes"
	"cmp"
	"encoding"
	"io"
	"reflect"
	"strings"

	"holdfast/connect/mapping"
)

// A giving makes cells of Go values. Unlike answers of APIs, they are taken at their
// word: null is null where it may not be, which is for who writes it to tell.
type giving struct {
	*run

	types Types
}

// value puts a Go value into a cell, which is null so far.
func (g giving) value(n *node, v reflect.Value, at uint32) {
	if v = pointedTo(v); !v.IsValid() {
		return
	}
	if x, ok := reflect.TypeAssert[mapping.Value](v); ok {
		g.run.value(n, x, at)
		return
	}
	switch {
	case n.list != nil:
		g.list(n, v, at)
	case n.scalar != nil:
		g.leaf(n, v, at)
	case n.object != nil:
		g.object(n.object, v, at)
	case n.several != nil:
		if o := n.several.members[g.typeOf(v)]; o != nil {
			g.object(o, v, at)
			return
		}
		g.fail(n, at, reason{kind: typeless})
	default:
		g.whole(n.value, v, at)
	}
}

// pointedTo follows pointers and interfaces; it is not valid where they lead to nil.
func pointedTo(v reflect.Value) reflect.Value {
	for v.IsValid() {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if v.IsNil() {
				return reflect.Value{}
			}
			if v.Kind() == reflect.Pointer && v.Elem().Kind() != reflect.Pointer && v.Elem().Kind() != reflect.Interface {
				return v.Elem()
			}
			v = v.Elem()
		case reflect.Slice, reflect.Map:
			if v.IsNil() {
				return reflect.Value{}
			}
			return v
		default:
			return v
		}
	}
	return v
}

func (g giving) list(n *node, v reflect.Value, at uint32) {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		g.fail(n, at, reason{kind: misfits, text: "a Go value that is no list"})
		return
	}
	first := g.reserve(v.Len())
	for i := range v.Len() {
		g.value(n.list, v.Index(i), first+uint32(i))
	}
	g.cells[at] = cell{head: head(List, 0), a: first, b: uint32(v.Len())}
}

// leaf puts a scalar or an enum into a cell, as it writes itself.
func (g giving) leaf(n *node, v reflect.Value, at uint32) {
	start := len(g.blob)
	text, ok := appendScalar(g.blob, n, v)
	if !ok {
		g.fail(n, at, reason{kind: misfits, text: "a Go value that is none of " + n.scalar.Name})
		return
	}
	g.blob = text
	g.run.leaf(n, at, start)
}

// appendScalar appends what a Go value writes itself as, or what the scalar makes of
// it.
func appendScalar(dst []byte, n *node, v reflect.Value) ([]byte, bool) {
	x, ok := itself(v)
	if !ok {
		made, err := mapping.FromAny(v.Interface())
		if err != nil {
			return dst, false
		}
		x = made
	}
	if n.scalar.Name == "ID" || !ok {
		if text, fits := n.scalar.Decode(dst, x); fits {
			return text, true
		}
	}
	return x.AppendJSON(dst), !x.IsMissing()
}

// itself is what a Go value writes itself as; false where it does not.
func itself(v reflect.Value) (mapping.Value, bool) {
	self := v.Interface()
	if v.CanAddr() {
		self = v.Addr().Interface() // which has the methods of both
	}
	switch self := self.(type) {
	case interface{ MarshalGQL(w io.Writer) }:
		var b bytes.Buffer
		self.MarshalGQL(&b)
		x, _, err := mapping.ParseJSON(b.Bytes(), mapping.JSONLimits{})
		return x, err == nil
	case encoding.TextMarshaler:
		text, err := self.MarshalText()
		return mapping.StringValue(string(text)), err == nil
	}
	return mapping.Value{}, false
}

// faulty is a model that keeps its faults.
type faulty interface {
	FaultsOf(field string) []mapping.Fault
}

// typeOf is the GraphQL type of a model; "" if it is none.
func (g giving) typeOf(v reflect.Value) string {
	for name, t := range g.types {
		if t == v.Type() {
			return name
		}
	}
	return ""
}

// object puts a model into a cell: its fields by their tags, and its faults.
func (g giving) object(o *object, v reflect.Value, at uint32) {
	l := g.m.layouts[o.layout]
	row := g.reserve(l.cells)
	if v.Kind() == reflect.Struct {
		for _, f := range fieldsOf(v.Type()) {
			if i := l.Column(f.name); i >= 0 {
				g.column(o, i, v.FieldByIndex(f.index), row+uint32(i))
			}
		}
	}
	if v.CanAddr() {
		if model, ok := reflect.TypeAssert[faulty](v.Addr()); ok {
			for i := range o.columns {
				for _, f := range model.FaultsOf(o.columns[i].name) {
					g.fault(f, row+uint32(i))
				}
			}
		}
	}
	for i := range o.keys {
		g.key(o, i, row)
	}
	g.cells[at] = cell{head: head(Object, o.layout), a: row}
}

func (g giving) column(o *object, i int, v reflect.Value, at uint32) {
	if n := o.columns[i].node; n != nil {
		g.value(n, v, at)
		return
	}
	if x, ok := reflect.TypeAssert[mapping.Value](v); ok && !x.IsMissing() && !x.IsNull() {
		start := len(g.blob)
		g.blob = x.AppendJSON(g.blob)
		g.cells[at] = cell{head: head(Leaf, 0), a: uint32(start), b: uint32(len(g.blob))}
	}
}

// fault puts a fault of a model at its place in the cell of a field.
func (g giving) fault(f mapping.Fault, at uint32) {
	if !f.Whole {
		for _, i := range f.Index {
			c := g.cells[at]
			if c.kind() != List || i < 0 || i >= int(c.b) {
				break
			}
			at = c.a + uint32(i)
		}
	}
	g.cells[at] = cell{head: head(Faulty, 0), a: uint32(len(g.faults))}
	g.faults = append(g.faults, Fault{Source: f.Source, Connector: cmp.Or(f.Connector, g.m.connector), Why: f.Why, Err: f.Err})
}

// whole puts a value object into a cell: what its type calls by the names of the
// fields, whether fields or methods.
func (g giving) whole(o *valueObject, v reflect.Value, at uint32) {
	l := g.m.layouts[o.layout]
	row := g.reserve(l.cells)
	for i, f := range l.Fields {
		x := memberOf(v, f.Name)
		if !x.IsValid() {
			continue
		}
		start := len(g.blob)
		text, ok := itself(x)
		if !ok {
			made, err := mapping.FromAny(x.Interface())
			if err != nil {
				continue
			}
			text = made
		}
		if text.IsNull() || text.IsMissing() {
			continue
		}
		g.blob = text.AppendJSON(g.blob)
		g.cells[row+uint32(i)] = cell{head: head(Leaf, 0), a: uint32(start), b: uint32(len(g.blob))}
	}
	g.cells[at] = cell{head: head(Object, o.layout), a: row}
}

// memberOf is a field of a Go value, or what a method returns, by a name in whatever
// case.
func memberOf(v reflect.Value, name string) reflect.Value {
	if v.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.IsExported() && strings.EqualFold(f.Name, name) {
				return v.FieldByIndex(f.Index)
			}
		}
	}
	if v.CanAddr() {
		v = v.Addr()
	}
	for i := range v.NumMethod() {
		m := v.Type().Method(i)
		if strings.EqualFold(m.Name, name) && m.Type.NumIn() == 1 && m.Type.NumOut() > 0 {
			return v.Method(i).Call(nil)[0]
		}
	}
	return reflect.Value{}
}
