package view

import (
	"bytes"
	"encoding"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/mapping"
)

// ValueOf is the JSON form of a Go value of the graph: what GraphQL would answer
// with. What has none is null.
func ValueOf(x any) mapping.Value {
	if x == nil {
		return mapping.NullValue()
	}
	if v, ok := x.(mapping.Value); ok {
		return v
	}
	return reflected(reflect.ValueOf(x))
}

// omittable is [graphql.Omittable] of any type: a field of an input that may be
// left out, which is not the same as null.
type omittable interface{ IsSet() bool }

// marshaled is the value of a scalar or an enum, which writes itself.
func marshaled(m graphql.Marshaler) mapping.Value {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	v, _, err := mapping.ParseJSON(b.Bytes(), mapping.JSONLimits{})
	if err != nil {
		return mapping.NullValue()
	}
	return v
}

func reflected(r reflect.Value) mapping.Value {
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		if r.IsNil() {
			return mapping.NullValue()
		}
	default:
	}
	if o, ok := reflect.TypeAssert[omittable](r); ok {
		if !o.IsSet() {
			return mapping.Value{}
		}
		return reflected(r.MethodByName("Value").Call(nil)[0])
	}
	if m, ok := reflect.TypeAssert[graphql.Marshaler](r); ok {
		return marshaled(m)
	}
	if _, ok := reflect.TypeAssert[encoding.TextMarshaler](r); ok {
		return plainValue(r)
	}
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface:
		return reflected(r.Elem())
	case reflect.Struct:
		return structured(r)
	case reflect.Slice, reflect.Array:
		items := make([]mapping.Value, 0, r.Len())
		for _, item := range r.Seq2() {
			items = append(items, reflected(item))
		}
		return mapping.ArrayValue(items...)
	}
	return plainValue(r)
}

// plainValue is the value of what mapping knows by itself, such as a number.
func plainValue(r reflect.Value) mapping.Value {
	v, err := mapping.FromAny(r.Interface())
	if err != nil {
		return mapping.NullValue()
	}
	return v
}

// structured is the object of an input, by the names of its JSON tags.
func structured(r reflect.Value) mapping.Value {
	var members []mapping.Member
	for i := range r.NumField() {
		name, _, _ := strings.Cut(r.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		if v := reflected(r.Field(i)); !v.IsMissing() {
			members = append(members, mapping.Member{Key: name, Value: v})
		}
	}
	return mapping.ObjectValue(members...)
}
