package mapping

import (
	"encoding/json"
	"iter"
	"slices"
)

// Kind says what a [Value] is.
type Kind uint8

// The kinds of a value. Missing is the zero value: there is nothing there, which is not the same as null.
const (
	Missing Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String returns the kind's name in lower case, as messages use it.
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return "unknown"
}

// Value is an immutable JSON value as it was received: objects keep their order and numbers their literals.
// The zero Value is missing. Values are small, are passed by value, and may be read by many goroutines at once.
// Compare them with [Value.Equal], not with ==.
type Value struct {
	text  string     // a String's text, a Number's literal
	tree  *composite // an Array's items, an Object's members; nil when there are none
	kind  Kind
	truth bool // a Bool's; of what is missing, and of the null that stands for it in an array: it was not found
	of    Kind // what was asked for the key in text, of what was not found; Null of the null that is no body
}

// isNoBody reports whether v is the null that an answer without a body is.
func (v Value) isNoBody() bool { return v.kind == Null && v.of == Null && !v.truth }

// notFound is what is missing because of has no such key.
func notFound(key string, of Kind) Value { return Value{text: key, truth: true, of: of} }

// sought is v, or, when it was not found, missing and no more than that.
func (v Value) sought() Value {
	if v.kind == Missing {
		return Value{}
	}
	return v
}

// Member is one member of an object.
type Member struct {
	Key   string
	Value Value
}

// composite holds what an array or object contains. It never holds a missing value or a key twice.
type composite struct {
	items   []Value
	members []Member
	order   []uint32 // members sorted by key; nil for small objects, which are scanned
	weight  int      // of the whole tree, see weight
}

// Kind returns what v is.
func (v Value) Kind() Kind { return v.kind }

// IsMissing reports whether there is nothing at all.
func (v Value) IsMissing() bool { return v.kind == Missing }

// IsNotFound reports whether there is nothing because a path asked for a key that was not there, or for a key of what
// is no object; in an array, a null may stand for that. What is missing for another reason (`?`, the first of
// no items) does not count.
func (v Value) IsNotFound() bool { return (v.kind == Missing || v.kind == Null) && v.truth }

// Lacks returns what was not found, where [Value.IsNotFound]: the key, and the kind of the value it was asked of.
func (v Value) Lacks() (key string, of Kind, ok bool) {
	if !v.IsNotFound() {
		return "", Missing, false
	}
	return v.text, v.of, true
}

// IsNull reports whether v is a JSON null, which a missing value is not.
func (v Value) IsNull() bool { return v.kind == Null }

// IsObject reports whether v is an object.
func (v Value) IsObject() bool { return v.kind == Object }

// IsArray reports whether v is an array.
func (v Value) IsArray() bool { return v.kind == Array }

// Bool returns a boolean and true, or false and false for any other kind.
func (v Value) Bool() (b, ok bool) { return v.truth && v.kind == Bool, v.kind == Bool }

// Str returns a string's text and true, or "" and false for any other kind.
func (v Value) Str() (string, bool) {
	if v.kind != String {
		return "", false
	}
	return v.text, true
}

// Literal returns a number exactly as it was written and true, or "" and false for any other kind.
func (v Value) Literal() (string, bool) {
	if v.kind != Number {
		return "", false
	}
	return v.text, true
}

// Len returns the number of items of an array or members of an object, and 0 for any other kind.
func (v Value) Len() int {
	return len(v.items()) + len(v.members())
}

// At returns the item at i, counted from 0. It is missing outside the array and for any other kind.
func (v Value) At(i int) Value {
	items := v.items()
	if i < 0 || i >= len(items) {
		return Value{}
	}
	return items[i]
}

// Get returns the member named key. It is missing when there is none and for any other kind;
// unlike [Value.Key] it does not look into the items of an array.
func (v Value) Get(key string) Value {
	if v.tree == nil {
		return Value{}
	}
	if i, ok := v.tree.find(key); ok {
		return v.tree.members[i].Value
	}
	return Value{}
}

// Key is the step `.key` of the language: the member of an object, or for an array a new array of the same length
// with the key of each item, null where an item has none. It is missing for any other kind; see [Value.IsNotFound].
func (v Value) Key(key string) Value {
	switch {
	case v.kind == Missing:
		return v
	case v.kind == Array:
		return v.keys(key)
	case v.isNoBody():
		return Value{}
	}
	if member := v.Get(key); member.kind != Missing {
		return member
	}
	return notFound(key, v.kind)
}

// KeyIf is the steps `.key?`: like [Value.Key], but it is no matter that the key is not there, and null is missing.
func (v Value) KeyIf(key string) Value {
	if v.kind == Missing {
		return v
	}
	if member := v.Key(key).sought(); member.kind != Null {
		return member
	}
	return Value{}
}

// keys is the key of each item of an array.
func (v Value) keys(key string) Value {
	items := make([]Value, v.Len())
	for i, item := range v.items() {
		items[i] = item.Key(key).orNull()
	}
	return newArray(items)
}

// Items returns the items of an array with their indices; nothing for any other kind.
func (v Value) Items() iter.Seq2[int, Value] {
	return slices.All(v.items())
}

// Members returns the members of an object in the order received; nothing for any other kind.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, m := range v.members() {
			if !yield(m.Key, m.Value) {
				return
			}
		}
	}
}

// Any returns v as nil, bool, string, [json.Number], []any or map[string]any; a missing value is nil.
// The result is the caller's.
func (v Value) Any() any {
	switch v.kind {
	case Bool:
		return v.truth
	case Number:
		return json.Number(v.text)
	case String:
		return v.text
	case Array:
		items := make([]any, v.Len())
		for i, item := range v.items() {
			items[i] = item.Any()
		}
		return items
	case Object:
		members := make(map[string]any, v.Len())
		for _, m := range v.members() {
			members[m.Key] = m.Value.Any()
		}
		return members
	default:
		return nil
	}
}

// items returns the items of an array; nil for any other kind.
func (v Value) items() []Value {
	if v.tree == nil {
		return nil
	}
	return v.tree.items
}

// members returns the members of an object; nil for any other kind.
func (v Value) members() []Member {
	if v.tree == nil {
		return nil
	}
	return v.tree.members
}

// orNull is what v becomes as an item of an array, where nothing can be missing.
func (v Value) orNull() Value {
	if v.kind == Missing {
		v.kind = Null
	}
	return v
}
