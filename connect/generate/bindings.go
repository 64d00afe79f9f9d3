package main

import (
	"go/types"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"golang.org/x/tools/go/packages"
)

// unbind drops the bindings of gqlgen.yml that are meant for other types of the
// same name: an object, such as somebody else's Money, that the Go type has not
// the fields of, and what is no scalar here but a scalar's Go type there.
func unbind(cfg *config.Config) error {
	var bound []*ast.Definition
	for _, s := range cfg.Sources {
		doc, err := parser.ParseSchema(s)
		if err != nil {
			continue // told by who reads the schema
		}
		for _, def := range doc.Definitions {
			if def.Kind != ast.Scalar && len(cfg.Models[def.Name].Model) > 0 {
				bound = append(bound, def)
			}
		}
	}
	if bound == nil {
		return nil
	}
	b, err := loadBindings(cfg, bound)
	if err != nil {
		return err
	}
	for _, def := range bound {
		if !b.fits(def) {
			entry := cfg.Models[def.Name]
			entry.Model = nil
			cfg.Models[def.Name] = entry
		}
	}
	return nil
}

// bindings are the Go types that SDL types are bound to.
type bindings struct {
	models   config.TypeMap
	packages map[string]*types.Package
}

func loadBindings(cfg *config.Config, defs []*ast.Definition) (bindings, error) {
	b := bindings{cfg.Models, map[string]*types.Package{}}
	var paths []string
	for _, def := range defs {
		for _, model := range cfg.Models[def.Name].Model {
			paths = append(paths, model[:max(0, strings.LastIndexByte(model, '.'))])
		}
	}
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes}, paths...)
	for _, p := range loaded {
		b.packages[p.PkgPath] = p.Types
	}
	return b, err
}

// fits says whether a type bound to Go has what the SDL says of it.
func (b bindings) fits(def *ast.Definition) bool {
	return slices.ContainsFunc(b.models[def.Name].Model, func(model string) bool {
		dot := max(0, strings.LastIndexByte(model, '.'))
		p := b.packages[model[:dot]]
		if p == nil {
			return true // gqlgen will say what is wrong
		}
		obj := p.Scope().Lookup(model[dot+1:])
		if obj == nil || !hasMethod(obj.Type(), "UnmarshalConnect") {
			return true // likewise
		}
		return def.Kind != ast.Enum && !slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
			has := member(obj.Type(), f.Name)
			return has == nil || !b.is(f.Type, has)
		})
	})
}

// member is the type of what gqlgen takes for a field of the SDL: a Go field, or a
// method's result. nil: there is none.
func member(t types.Type, name string) types.Type {
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() && strings.EqualFold(f.Name(), name) {
				return f.Type()
			}
		}
	}
	for m := range types.NewMethodSet(types.NewPointer(t)).Methods() {
		if s, ok := m.Type().(*types.Signature); ok && m.Obj().Exported() && s.Results().Len() > 0 && strings.EqualFold(m.Obj().Name(), name) {
			return s.Results().At(0).Type()
		}
	}
	return nil
}

// is says whether a Go type is one that the SDL type is bound to.
func (b bindings) is(t *ast.Type, goType types.Type) bool {
	goType = elem(goType)
	if t.Elem != nil {
		slice, ok := goType.(*types.Slice)
		return ok && b.is(t.Elem, slice.Elem())
	}
	builtIn := map[string]types.BasicInfo{
		"String": types.IsString, "ID": types.IsString, "Int": types.IsInteger, "Float": types.IsFloat, "Boolean": types.IsBoolean,
	}
	if basic, ok := goType.Underlying().(*types.Basic); ok && basic.Info()&builtIn[t.NamedType] != 0 {
		return true
	}
	return slices.Contains(b.models[t.NamedType].Model, goType.String())
}

func hasMethod(t types.Type, name string) bool {
	set := types.NewMethodSet(types.NewPointer(t))
	for method := range set.Methods() {
		if method.Obj().Name() == name {
			return true
		}
	}
	return false
}

// elem is the type behind pointers.
func elem(t types.Type) types.Type {
	for {
		p, ok := t.(*types.Pointer)
		if !ok {
			return t
		}
		t = p.Elem()
	}
}
