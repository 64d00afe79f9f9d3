package record

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"holdfast/connect/scalars"
)

// Fits says whether an object type of the SDL is the value object of its name: all its
// fields are among those of it, and of their types.
func Fits(def *ast.Definition, s *scalars.Scalar) bool {
	return def.Kind == ast.Object && !slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
		return !strings.HasPrefix(f.Name, "__") && (f.Type.Elem != nil || s.Object.Field(f.Name, f.Type.Name()) < 0)
	})
}

// Values are the names of a registry that mean in some SDL what they mean there:
// [schema.Options] need them. SDL may have types of its own of those names.
func Values(sdl []*ast.Source, r scalars.Registry) []string {
	names := r.Names()
	for _, source := range sdl {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(source.Input, name) }) {
			continue
		}
		doc, err := parser.ParseSchema(source)
		if err != nil {
			continue // told by who reads the schema
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			def := doc.Definitions.ForName(name)
			if def == nil {
				return false
			}
			if s := r.Value(name); s != nil {
				return !Fits(def, s)
			}
			return def.Kind != ast.Scalar
		})
	}
	return names
}
