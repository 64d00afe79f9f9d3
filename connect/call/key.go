package call

import (
	"holdfast/connect/mapping"
)

// A Key is an object of inputs as JSON text, as [mapping.Value.AppendJSON] writes it: {"id":"5"}. Equal keys are equal
// texts. "" is none.
type Key string

// KeyOf is the key of an object; none of what is missing.
func KeyOf(v mapping.Value) Key {
	if v.IsMissing() {
		return ""
	}
	return Key(v.AppendJSON(nil))
}

// Value is the object that the key is; missing where it is none.
func (k Key) Value() mapping.Value {
	if k == "" {
		return mapping.Value{}
	}
	v, _, err := mapping.ParseJSON([]byte(k), mapping.JSONLimits{})
	if err != nil {
		return mapping.Value{}
	}
	return v
}

// Leaf is the JSON text of the member called name, found without parsing all of it; false where there is none.
func (k Key) Leaf(name string) (string, bool) {
	v := k.Value().Get(name)
	if v.IsMissing() {
		return "", false
	}
	return v.String(), true
}
