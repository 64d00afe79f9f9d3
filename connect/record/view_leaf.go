package record

import (
	"reflect"

	"holdfast/connect/mapping"
)

// unmarshaler is a scalar or an enum, as gqlgen has them.
type unmarshaler interface {
	UnmarshalGQL(v any) error
}

// leaf decodes a scalar or an enum.
func (d *decoding) leaf(r Ref, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		d.leaf(r, v.Elem())
		return
	}
	x := r.Value()
	if itself, err := decodeItself(v.Addr().Interface(), x); itself {
		if err != nil {
			d.fail(r, v.Type())
		}
		return
	}
	if !setPlain(v, x) {
		d.fail(r, v.Type())
	}
}

// decodeItself decodes what knows how to, from the form that GraphQL answers with:
// that is an input, too. Objects and lists keep their order only as an API's value.
func decodeItself(into any, x mapping.Value) (itself bool, err error) {
	api, isDecoder := into.(decoder)
	input, isInput := into.(unmarshaler)
	switch {
	case isDecoder && (!isInput || x.IsObject() || x.IsArray()):
		return true, api.UnmarshalConnect(x)
	case isInput:
		return true, input.UnmarshalGQL(x.Any())
	}
	return false, nil
}

// setPlain sets what Go has built in; false where it does not fit.
func setPlain(v reflect.Value, x mapping.Value) bool {
	switch v.Kind() {
	case reflect.String:
		s, ok := x.Str()
		v.SetString(s)
		return ok
	case reflect.Bool:
		b, ok := x.Bool()
		v.SetBool(b)
		return ok
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := x.Int64()
		if !ok || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case reflect.Float32, reflect.Float64:
		f, ok := x.Float64()
		v.SetFloat(f)
		return ok
	case reflect.Interface, reflect.Map:
		plain := reflect.ValueOf(x.Any())
		if !plain.IsValid() || !plain.Type().AssignableTo(v.Type()) {
			return !plain.IsValid()
		}
		v.Set(plain)
		return true
	default:
		return false
	}
}

// Value is what stands here as JSON; what is at fault is null.
func (r Ref) Value() mapping.Value {
	switch r.Kind() {
	case Leaf, Cursor:
		v, _, err := mapping.ParseJSON(r.Append(nil), mapping.JSONLimits{})
		if err != nil {
			return mapping.NullValue()
		}
		return v
	case List:
		items := make([]mapping.Value, r.Len())
		for i := range items {
			items[i] = r.Item(i).Value()
		}
		return mapping.ArrayValue(items...)
	case Object:
		l := r.Layout()
		members := make([]mapping.Member, len(l.Fields))
		for i, f := range l.Fields {
			members[i] = mapping.Member{Key: f.Name, Value: r.Field(i).Value()}
		}
		return mapping.ObjectValue(members...)
	default:
		return mapping.NullValue()
	}
}
