package schema

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// entityArgument reads entity: a field that also loads objects of its type.
func (c *checker) entityArgument(d *ast.Directive, con *Connector) {
	arg := given(d, "entity")
	if arg == nil {
		return
	}
	at := start(arg.Position)
	con.Entity = arg.Raw == "true"
	switch {
	case con.Field == nil && !con.Entity:
		c.report(at, "CONNECT_ON_TYPE_MUST_BE_ENTITY", con.Coordinate, "a connector on a type loads objects of it: entity cannot be false")
	case con.Field == nil || !con.Entity:
	case con.Type != c.schema.AST.Query:
		c.report(at, "ENTITY_NOT_ON_ROOT_QUERY", con.Coordinate, "only a field of Query can load entities")
	default:
		c.checkEntityField(con, start(d.Arguments.ForName("entity").Position))
	}
}

// checkEntityField checks that a field's arguments name a key of its type.
func (c *checker) checkEntityField(con *Connector, at place) {
	t := con.Field.Type
	def := c.schema.AST.Types[t.Name()]
	if t.Elem != nil || t.NonNull || def == nil || def.Kind != ast.Object {
		c.report(at, "ENTITY_TYPE_INVALID", con.Coordinate,
			"an entity field returns a nullable object, not %s", t.String())
		return
	}
	if len(con.Field.Arguments) == 0 {
		c.report(at, "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.Coordinate, "an entity field needs arguments: they are the key of %s", def.Name)
	}
	for _, a := range con.Field.Arguments {
		f := def.Fields.ForName(a.Name)
		switch {
		case f == nil:
			c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.Coordinate, "%s has no field %s", def.Name, a.Name)
		case f.Type.Name() != a.Type.Name() || (f.Type.Elem == nil) != (a.Type.Elem == nil):
			c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.Coordinate,
				"argument %s is %s, but %s.%s is %s", a.Name, a.Type.String(), def.Name, a.Name, f.Type.String())
		}
		con.Key = append(con.Key, a.Name)
	}
}
