package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A Shape is what a selection, or a group in it, yields at one place of the
// graph.
type Shape struct {
	From Origin
	// Type is nil for scalars, enums and value objects: those decode themselves.
	Type *ast.Definition
	// Members are, at the place of an interface or union, the shapes of all objects
	// that may stand there. TypeName says which of them it is.
	Members  []*Shape
	TypeName *Selected
	// Fields are the keys of an object, in the order of the text.
	Fields  []*Selected
	Splices []Origin // objects whose keys join this one
	// Always says that the group makes an object of anything, also of null.
	Always bool
	// Stub are the key fields without which the object is not there at all; set
	// where only a key is yielded.
	Stub []string
	At   string // FILE:LINE:COL
	// excused are fields that may be missing because of a mistake that is reported;
	// dark says that any may.
	excused []string
	dark    bool
}

// Selected is one key of a shape.
type Selected struct {
	Name string
	Def  *ast.FieldDefinition // nil for a hidden key
	// Splice is 0 for the group's own keys, else 1 + the index of the splice
	// that brings the key.
	Splice int
	// Maybe says that a value which is no object may have the key all the same:
	// the expression does not start at one of its keys.
	Maybe  bool
	Shape  *Shape
	Column place // of the key in the SDL
}

// An Origin says where a value comes from, seen from the group's object: along
// Keys, or what Expr makes of it. Neither is the object itself.
type Origin struct {
	Keys []Key
	Expr *mapping.Mapping
}

// A Key is one step of a path. Optional: a null there is as good as missing.
type Key struct {
	Name     string
	Optional bool
}

// Objects are the shapes of the objects that may stand at a place: its own, or
// those of its members.
func (s *Shape) Objects() []*Shape {
	if s.Members != nil {
		return s.Members
	}
	return []*Shape{s}
}

// Reads are the keys that the fields of s read of their object, in order; nil where
// they read it as a whole, or no key of it.
func (s *Shape) Reads() []string {
	keys, whole := s.reads()
	if whole {
		return nil
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (s *Shape) reads() (keys []string, whole bool) {
	origins := slices.Clone(s.Splices)
	for _, f := range s.Fields {
		switch from := f.Shape.From; {
		case f.Splice > 0: // read of what is spliced
		case from.Keys == nil && from.Expr == nil && f.Shape.Fields != nil: // a group of the object itself
			more, all := f.Shape.reads()
			keys, whole = append(keys, more...), whole || all
		default:
			origins = append(origins, from)
		}
	}
	for _, from := range origins {
		more, all := from.reads()
		keys, whole = append(keys, more...), whole || all
	}
	return keys, whole
}

// reads is the first key of an origin, or those that its expression reads; whole
// where it is the object itself.
func (o Origin) reads() (keys []string, whole bool) {
	switch {
	case o.Expr != nil:
		return o.Expr.Keys()
	case o.Keys != nil:
		return []string{o.Keys[0].Name}, false
	}
	return nil, true
}

// field returns the selected key called name, or nil.
func (s *Shape) field(name string) *Selected {
	for _, f := range s.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// whole is the shape that reads the same keys from a value that has been
// evaluated already: a key that comes twice is one there.
func (s *Shape) whole(expr *mapping.Mapping) *Shape {
	w := &Shape{From: Origin{Expr: expr}, Type: s.Type, At: s.At, Stub: s.Stub, excused: s.excused, dark: s.dark}
	w.add(s.Fields)
	if s.Members != nil {
		w.TypeName = evaluated(typeName)
	}
	for _, m := range s.Members {
		w.Members = append(w.Members, m.whole(nil))
	}
	return w
}

// evaluated is a key of an object that has been evaluated already.
func evaluated(key string) *Selected {
	return &Selected{Name: key, Shape: &Shape{From: Origin{Keys: []Key{{Name: key}}}}}
}

func (s *Shape) add(fields []*Selected) {
	for _, f := range fields {
		if twin := s.field(f.Name); twin != nil {
			twin.Shape.join(f.Shape)
			continue
		}
		sub := f.Shape.whole(nil)
		sub.From = Origin{Keys: []Key{{Name: f.Name}}}
		s.Fields = append(s.Fields, &Selected{Name: f.Name, Def: f.Def, Shape: sub, Column: f.Column})
	}
}

// excuses says whether a mistake that is reported may be why a field is missing.
func (s *Shape) excuses(name string) bool { return s.dark || slices.Contains(s.excused, name) }

// join adds what another shape of the same place has.
func (s *Shape) join(other *Shape) {
	s.excused, s.dark = append(s.excused, other.excused...), s.dark || other.dark
	s.add(other.Fields)
	for i, m := range s.Members {
		m.add(other.Members[i].Fields)
	}
}
