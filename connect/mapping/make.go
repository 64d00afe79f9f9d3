package mapping

import (
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const (
	maxDepth   = 128 // of JSON texts and of Go values made into a Value
	maxValues  = 500_000
	maxScanned = 16 // members; larger objects get an index
	textWeight = 64 // bytes of text that weigh as much as one node
)

// ErrDepth says that a JSON text or a Go value is nested too deeply.
var ErrDepth = errors.New("nested too deeply")

// ErrValues says that a JSON text has too many values.
var ErrValues = errors.New("too many values")

// NullValue returns null.
func NullValue() Value { return Value{kind: Null} }

// NoBody returns the null that an answer without a body is. Its keys are missing, and not looked for in vain:
// see [Value.IsNotFound].
func NoBody() Value { return Value{kind: Null, of: Null} }

// BoolValue returns b as a value.
func BoolValue(b bool) Value { return Value{kind: Bool, truth: b} }

// StringValue returns s as a value. Bytes that are not UTF-8 become U+FFFD.
func StringValue(s string) Value { return Value{kind: String, text: strings.ToValidUTF8(s, "\uFFFD")} }

// IntValue returns n as a value.
func IntValue(n int64) Value { return Value{kind: Number, text: strconv.FormatInt(n, 10)} }

// NumberValue returns the number written as literal, which it keeps verbatim.
// The value is missing when literal is not a JSON number.
func NumberValue(literal string) Value {
	if !isNumber(literal) {
		return Value{}
	}
	return Value{kind: Number, text: literal}
}

// ArrayValue returns an array of a copy of items; missing ones become null.
func ArrayValue(items ...Value) Value {
	items = slices.Clone(items)
	for i := range items {
		items[i] = items[i].orNull()
	}
	return newArray(items)
}

// ObjectValue returns an object of a copy of members. Missing ones are left out;
// of several with one key the last wins, at the place of the first.
func ObjectValue(members ...Member) Value {
	kept := make([]Member, 0, len(members))
	for _, m := range members {
		if !m.Value.IsMissing() {
			kept = append(kept, m)
		}
	}
	v, _ := newObject(kept)
	return v
}

// FromAny returns x as a value: nil, booleans, strings, integers, finite floats, [json.Number], [Value], what writes
// itself as text ([encoding.TextMarshaler]), and slices, maps and pointers of these. A nil slice, map or pointer is
// null; members of maps are sorted by key. Anything else is an error, and so is nesting deeper than 128.
func FromAny(x any) (Value, error) { return fromAny(x, maxDepth) }

func fromAny(x any, depth int) (Value, error) {
	switch x := x.(type) {
	case nil:
		return NullValue(), nil
	case Value:
		return x, nil
	case string:
		return StringValue(x), nil
	case bool:
		return BoolValue(x), nil
	case int:
		return IntValue(int64(x)), nil
	case int64:
		return IntValue(x), nil
	case float64:
		return floatValue(x)
	case json.Number:
		if !isNumber(string(x)) {
			return Value{}, errors.New("json.Number is not a number")
		}
		return NumberValue(string(x)), nil
	}
	return fromReflect(reflect.ValueOf(x), depth)
}

func fromReflect(r reflect.Value, depth int) (Value, error) {
	if isNil(r) {
		return NullValue(), nil
	}
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](r); ok {
		text, err := m.MarshalText()
		return StringValue(string(text)), err
	}
	switch r.Kind() {
	case reflect.String:
		return StringValue(r.String()), nil
	case reflect.Bool:
		return BoolValue(r.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return IntValue(r.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return NumberValue(strconv.FormatUint(r.Uint(), 10)), nil
	case reflect.Float32, reflect.Float64:
		return floatValue(r.Float())
	}
	if depth == 0 {
		return Value{}, ErrDepth
	}
	switch r.Kind() {
	case reflect.Pointer:
		return fromAny(r.Elem().Interface(), depth-1)
	case reflect.Map:
		return fromMap(r, depth-1)
	case reflect.Slice, reflect.Array:
		return fromSlice(r, depth-1)
	default:
		return Value{}, fmt.Errorf("a value cannot be made of %s", r.Type())
	}
}

func isNil(r reflect.Value) bool {
	switch r.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return r.IsNil()
	default:
		return false
	}
}

func fromSlice(r reflect.Value, depth int) (Value, error) {
	items := make([]Value, r.Len())
	for i := range items {
		item, err := fromAny(r.Index(i).Interface(), depth)
		if err != nil {
			return Value{}, err
		}
		items[i] = item.orNull()
	}
	return newArray(items), nil
}

func fromMap(r reflect.Value, depth int) (Value, error) {
	if r.Type().Key().Kind() != reflect.String {
		return Value{}, fmt.Errorf("a value cannot be made of %s", r.Type())
	}
	members := make([]Member, 0, r.Len())
	for it := r.MapRange(); it.Next(); {
		v, err := fromAny(it.Value().Interface(), depth)
		if err != nil {
			return Value{}, err
		}
		members = append(members, Member{strings.ToValidUTF8(it.Key().String(), "\uFFFD"), v})
	}
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.Key, b.Key) })
	return ObjectValue(members...), nil
}

func floatValue(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}, errors.New("a number must be finite")
	}
	return Value{kind: Number, text: formatFloat(f)}, nil
}

// newArray returns an array that owns items, none of which may be missing.
func newArray(items []Value) Value {
	if len(items) == 0 {
		return Value{kind: Array}
	}
	c := &composite{items: items, weight: 1}
	for _, item := range items {
		c.weight = addWeight(c.weight, weight(item))
	}
	return Value{kind: Array, tree: c}
}

// newObject returns an object that owns members, none of which may be missing, and the keys that came more than once.
func newObject(members []Member) (Value, []string) {
	if len(members) == 0 {
		return Value{kind: Object}, nil
	}
	c := &composite{members: members, weight: 1}
	repeated := c.index()
	for _, m := range c.members {
		c.weight = addWeight(c.weight, 1+len(m.Key)/textWeight, weight(m.Value))
	}
	return Value{kind: Object, tree: c}, repeated
}
