package scalars

import (
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// A Scalar is a scalar of the graph, or a value object: an object that is decoded
// as a whole, such as Money. It is not changed once it is in a [Registry], and may
// be used by many goroutines at once.
type Scalar struct {
	Name string
	// Decode appends what an API sent as ready JSON to dst; false where it does not
	// fit: then dst comes back as it was. The value is neither missing nor null. A
	// null that is appended is a null of the graph. Nil for a value object.
	Decode func(dst []byte, v mapping.Value) ([]byte, bool)
	// Input is the one form of a caller's value, such as an address in lower case.
	// The value is not null. Nil: it is taken as it is.
	Input func(v mapping.Value) (mapping.Value, error)
	// Object makes it a value object.
	Object *Object
	// Version changes when decoding does: what was decoded before is then decoded
	// again.
	Version string
}

// An Object says how a value object is decoded.
type Object struct {
	Fields []Field
	// Decode appends the ready JSON of each field to dst, and after each one the
	// length of dst to ends. False where the value does not fit.
	Decode func(dst []byte, ends []int, v mapping.Value) ([]byte, []int, bool)
}

// A Field is one field of a value object.
type Field struct {
	Name string
	Type string // the name of its GraphQL type
}

// IsObject says whether s is a value object.
func (s *Scalar) IsObject() bool { return s.Object != nil }

// Field returns the place of a field; -1 where there is none of that name and type.
func (o *Object) Field(name, typeName string) int {
	return slices.IndexFunc(o.Fields, func(f Field) bool { return f.Name == name && f.Type == typeName })
}

// A Registry has scalars by name. It is not changed. The zero Registry knows what
// is built in.
type Registry struct {
	byName map[string]*Scalar
	names  []string // of those that are not built in, in order
}

// New returns a registry of what is built in and of the scalars given. A scalar of
// an earlier one's name takes its place.
func New(more ...Scalar) Registry {
	r := Registry{byName: map[string]*Scalar{}}
	for _, s := range builtIn() {
		r.byName[s.Name] = &s
	}
	for _, s := range more {
		r.byName[s.Name] = &s
		r.names = append(r.names, s.Name)
	}
	slices.Sort(r.names)
	r.names = slices.Compact(r.names)
	return r
}

// Of returns the scalar called name. For one that is not known, any JSON passes,
// as it is.
func (r Registry) Of(name string) *Scalar {
	if r.byName == nil {
		r = New()
	}
	if s, ok := r.byName[name]; ok && !s.IsObject() {
		return s
	}
	return &Scalar{Name: name, Decode: anything, Version: "any"}
}

// Check returns what says why an input, as JSON has it, is none of the scalar called
// name; nil where every input is one.
func (r Registry) Check(name string) func(input any) error {
	form := r.Of(name).Input
	if form == nil {
		return nil
	}
	return func(input any) error {
		v, err := mapping.FromAny(input)
		if err == nil {
			_, err = form(v)
		}
		return err
	}
}

// Value returns the value object called name; nil where there is none.
func (r Registry) Value(name string) *Scalar {
	if s, ok := r.byName[name]; ok && s.IsObject() {
		return s
	}
	return nil
}

// Names are the names of the registry's own scalars and value objects, in order.
func (r Registry) Names() []string { return slices.Clone(r.names) }

// anything decodes what nobody knows.
func anything(dst []byte, v mapping.Value) ([]byte, bool) { return v.AppendJSON(dst), true }

// Enum decodes one of several names.
func Enum(name string, values []string) *Scalar {
	known := make(map[string]bool, len(values))
	for _, v := range values {
		known[v] = true
	}
	decode := func(dst []byte, v mapping.Value) ([]byte, bool) {
		s, ok := v.Str()
		if !ok || !known[s] {
			return dst, false
		}
		dst = append(dst, '"')
		dst = append(dst, s...) // a GraphQL name
		return append(dst, '"'), true
	}
	return &Scalar{Name: name, Decode: decode, Version: "enum " + strings.Join(values, " ")}
}
