package connect

import "holdfast/connect/mapping"

// Eval is what an expression makes of the object at this place; nothing if a
// method cannot do its work.
func (a At) Eval(expr *mapping.Mapping, in Value) Value {
	v, _, _ := a.fields.m.eval(expr, in)
	return v
}

// TypeName is the type that an answer says an object has; "" when it does not.
func TypeName(v Value) string {
	name, _ := v.Str()
	return name
}

// Unknown makes the place of an interface or union null: in is an object of no
// type that may stand there, which is a fault, or no object at all.
func (a At) Unknown(in Value) {
	if in.IsObject() {
		a.fail(reason{kind: typeless})
		return
	}
	a.absent(in)
}

// Of are the objects of one type among those of several.
func Of[T, I any](objs []I) []T {
	var all []T
	for _, o := range objs {
		if t, ok := any(o).(T); ok {
			all = append(all, t)
		}
	}
	return all
}
