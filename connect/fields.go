package connect

import "holdfast/connect/mapping"

// A Decoder makes a Go value of an API's value; false when it does not fit.
type Decoder[T any] func(Value) (T, bool)

// Need is the value of a non-null field. What is missing, null or does not fit
// is a fault.
func Need[T any](f Fields, name string, v Value, decode Decoder[T]) T {
	t, _ := leaf(f.at(name, true), v, decode)
	return t
}

// Want is the value of a nullable field: nil when it is missing or null, or a
// fault.
func Want[T any](f Fields, name string, v Value, decode Decoder[T]) *T {
	if t, ok := leaf(f.at(name, false), v, decode); ok {
		return &t
	}
	return nil
}

func leaf[T any](a At, v Value, decode Decoder[T]) (T, bool) {
	if v.IsMissing() || v.IsNull() {
		a.absent(v)
		return *new(T), false
	}
	t, ok := decode(v)
	if !ok {
		a.fail(a.because(v))
		return *new(T), false
	}
	a.fields.m.fits(v)
	return t, true
}

// A Builder maps the fields of one object: to its model, or to the interface that
// models implement. It returns nil for what is no object.
type Builder[T any] func(At, Value) T

// NeedObject is the object of a non-null field.
func NeedObject[T any](f Fields, name string, v Value, build Builder[T]) T {
	return object(f.at(name, true), v, build)
}

// WantObject is the object of a nullable field.
func WantObject[T any](f Fields, name string, v Value, build Builder[T]) T {
	return object(f.at(name, false), v, build)
}

// object builds one object. A group makes a list of a list, so that is a fault
// whatever the group holds.
func object[T any](a At, v Value, build Builder[T]) T {
	if v.IsMissing() || v.IsArray() {
		a.absent(v)
		return *new(T)
	}
	return build(a, v)
}

// An Item maps one item of a list; false when it has no value and its Go type
// cannot say so.
type Item[T any] func(At, Value) (T, bool)

// NeedList is the list of a non-null field.
func NeedList[T any](f Fields, name string, v Value, item Item[T]) []T {
	ts, _ := listOf(f.at(name, true), v, item)
	return ts
}

// WantList is the list of a nullable field.
func WantList[T any](f Fields, name string, v Value, item Item[T]) []T {
	ts, _ := listOf(f.at(name, false), v, item)
	return ts
}

// listOf maps a list. With an item that cannot be null and has no value, the
// list has none. An answer all of whose items are at fault cannot be used.
func listOf[T any](a At, v Value, item Item[T]) ([]T, bool) {
	if !v.IsArray() {
		a.absent(v)
		return nil, false
	}
	isAnswer := a.name == "" && a.index == nil
	if isAnswer {
		a.fields.m.items = v
	}
	ts := make([]T, 0, v.Len())
	faulty := 0
	for i, x := range v.Items() {
		before := a.fields.m.faults
		t, ok := item(a.item(i), x)
		if !ok {
			a.fail(a.because(x))
			return nil, false
		}
		if a.fields.m.faults > before {
			faulty++
		}
		ts = append(ts, t)
	}
	if isAnswer && faulty > 0 && faulty == len(ts) {
		a.fields.m.bad = true
	}
	a.fields.m.good++
	return ts, true
}

// NonNull is an item that is never null: the list is at fault where there is none.
func NonNull[T any](decode Decoder[T]) Item[T] {
	return func(a At, v Value) (T, bool) {
		if v.IsMissing() || v.IsNull() {
			return *new(T), false
		}
		t, ok := decode(v)
		if ok {
			a.fields.m.fits(v)
		}
		return t, ok
	}
}

// Nullable is an item that may be null.
func Nullable[T any](decode Decoder[T]) Item[*T] {
	return func(a At, v Value) (*T, bool) {
		if t, ok := leaf(a, v, decode); ok {
			return &t, true
		}
		return nil, true
	}
}

// NonNullObject is an item that is an object and never null.
func NonNullObject[T any](build Builder[T]) Item[T] {
	return func(a At, v Value) (T, bool) {
		a.need = true
		return object(a, v, build), true
	}
}

// NullableObject is an item that is an object or null.
func NullableObject[T any](build Builder[T]) Item[T] {
	return func(a At, v Value) (T, bool) { return object(a, v, build), true }
}

// NonNullList is an item that is a list and never null.
func NonNullList[T any](item Item[T]) Item[[]T] {
	return func(a At, v Value) ([]T, bool) {
		a.need = true
		ts, _ := listOf(a, v, item)
		return ts, true
	}
}

// NullableList is an item that is a list or null.
func NullableList[T any](item Item[T]) Item[[]T] {
	return func(a At, v Value) ([]T, bool) {
		ts, _ := listOf(a, v, item)
		return ts, true
	}
}

// Any says whether one of vs is there.
func Any(vs ...Value) bool {
	for _, v := range vs {
		if !v.IsMissing() {
			return true
		}
	}
	return false
}

// NoKey says whether a part of an object's key is missing or null: then there is
// no object.
func NoKey(vs ...Value) bool {
	for _, v := range vs {
		if v.IsMissing() || v.IsNull() {
			return true
		}
	}
	return false
}

// Object is v if it is an object to splice, else nothing.
func Object(v Value) Value {
	if v.IsObject() {
		return v
	}
	return Value{}
}

// OrNull is v, or null when it is missing: a part of a key that is not there.
func OrNull(v Value) Value {
	if v.IsMissing() {
		return mapping.NullValue()
	}
	return v
}
