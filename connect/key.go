package connect

import (
	"errors"
	"slices"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// usable is key, which was read of o, or nothing: where a part of it is missing
// or null there is nothing to ask for. A part that did not fit the schema is an
// error, as the zero value in its place would name another object.
func usable(o any, key Value) (Value, error) {
	if lacks(key) {
		return Value{}, nil
	}
	for name := range key.Members() {
		if f, unfit := faultOf(o, name); unfit {
			return Value{}, misfit(f)
		}
	}
	return key, nil
}

// lacks says whether a part of a key is missing or null.
func lacks(key Value) bool {
	for _, part := range key.Members() {
		if NoKey(part) {
			return true
		}
	}
	return false
}

// lacksPath says whether a path of keys leads to nothing. Items of lists are not
// looked at: one of them may lack what others have.
func lacksPath(v Value, keys []string) bool {
	for _, key := range keys {
		if !v.IsObject() {
			break
		}
		v = v.Key(key)
	}
	return NoKey(v)
}

// present are the keys of a list that are there.
func present(keys []Value) []Value {
	return slices.DeleteFunc(slices.Clone(keys), Value.IsMissing)
}

// faulty is a model that an answer was mapped to.
type faulty interface {
	FaultsOf(field string) []mapping.Fault
}

// faultOf is the fault of a model's field that has no value because of it.
func faultOf(o any, field string) (mapping.Fault, bool) {
	if model, ok := o.(faulty); ok {
		for _, f := range model.FaultsOf(field) {
			if f.Whole {
				return f, true
			}
		}
	}
	return mapping.Fault{}, false
}

// misfit is the error of a value that does not fit the schema, or was lost.
func misfit(f mapping.Fault) error {
	if f.Err != nil {
		return f.Err
	}
	return &upstreams.Error{
		Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: f.Source, Connector: f.Connector,
		Err: errors.New(f.Why),
	}
}
