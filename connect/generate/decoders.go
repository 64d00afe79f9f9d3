package main

import (
	"fmt"
	"go/types"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
)

// decoder is the Go expression that decodes a scalar or enum: the type's own
// method, GraphQL's rule, or gqlgen's function for it.
func (m *mapWriter) decoder(t *ast.Type, ref *config.TypeReference) string {
	target := elem(ref.GO)
	def := m.schema.AST.Types[t.Name()]
	switch {
	case hasMethod(target, "UnmarshalConnect"):
		return fmt.Sprintf("%s[%s]", m.connect("Custom"), m.file.typeName(target))
	case def.Kind == ast.Enum && isString(target) && hasMethod(target, "IsValid"):
		return fmt.Sprintf("%s[%s]", m.connect("Enum"), m.file.typeName(target))
	}
	if basic, ok := target.(*types.Basic); ok {
		switch kind := basic.Info(); {
		case def.Name == "String" && kind&types.IsString != 0:
			return m.connect("String")
		case def.Name == "ID" && kind&types.IsString != 0:
			return m.connect("ID")
		case def.Name == "Boolean" && kind&types.IsBoolean != 0:
			return m.connect("Bool")
		case def.Name == "Float" && basic.Kind() == types.Float64:
			return m.connect("Float")
		case def.Name == "Int" && (basic.Kind() == types.Int || basic.Kind() == types.Int32 || basic.Kind() == types.Int64):
			return fmt.Sprintf("%s[%s]", m.connect("Int"), basic.Name())
		}
	}
	switch {
	case hasMethod(target, "UnmarshalGQL"):
		return fmt.Sprintf("%s[%s]", m.connect("GraphQL"), m.file.typeName(target))
	case ref.Unmarshaler != nil && !ref.IsContext:
		return fmt.Sprintf("%s(%s.%s)", m.connect("Via"), m.file.use(ref.Unmarshaler.Pkg().Path()), ref.Unmarshaler.Name())
	}
	m.err = fmt.Errorf("%s: %s is bound to %s, which cannot be decoded: give it a method UnmarshalConnect", m.con.At, def.Name, target)
	return m.connect("String")
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

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}
