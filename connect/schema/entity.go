package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// entityArgument reads entity: a field that also loads objects of its type.
func (c *checker) entityArgument(d *ast.Directive, con *Connector) {
	arg := given(d, "entity")
	if arg == nil {
		return
	}
	at := start(d.Arguments.ForName("entity").Position)
	con.Entity = arg.Raw == "true"
	switch {
	case con.Field == nil && !con.Entity:
		c.report(at, "CONNECT_ON_TYPE_MUST_BE_ENTITY", con.name(), "a connector on a type loads objects of it: entity cannot be false")
	case con.Field == nil || !con.Entity:
	case con.Type != c.schema.AST.Query:
		c.report(at, "ENTITY_NOT_ON_ROOT_QUERY", con.name(), "only a field of Query can load entities")
	default:
		c.checkEntityField(con, at)
	}
}

// checkEntityField checks that a field's arguments name a key of its type.
func (c *checker) checkEntityField(con *Connector, at place) {
	t := con.Field.Type
	def := c.schema.AST.Types[t.Name()]
	if def != nil && def.Position.Src.Name == undefined {
		return
	}
	if t.Elem != nil || t.NonNull || def == nil || def.Kind != ast.Object {
		c.report(typeStart(t), "ENTITY_TYPE_INVALID", con.name(),
			"an entity field returns a nullable object, not %s", t.String())
		return
	}
	if len(con.Field.Arguments) == 0 {
		c.report(at, "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.name(), "an entity field needs arguments: they are the key of %s", def.Name)
	}
	for _, a := range con.Field.Arguments {
		f := def.Fields.ForName(a.Name)
		if f == nil {
			c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.name(), "%s has no field %s", def.Name, a.Name)
			c.suggest(a.Name, fieldNames(def))
			continue
		}
		c.fits(con, a, a.Type, f.Type, def.Name+"."+a.Name, nil)
	}
}

// fits checks that an argument, or a field of an input object in it, is of the
// type that a field of the entity has. Either may be null where the other is not.
func (c *checker) fits(con *Connector, a *ast.ArgumentDefinition, in, out *ast.Type, coordinate string, seen []*ast.Definition) {
	mismatch := func() {
		c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.name(),
			"argument %s has %s where %s is %s", a.Name, in.String(), coordinate, out.String())
	}
	if (in.Elem == nil) != (out.Elem == nil) {
		mismatch()
		return
	}
	if in.Elem != nil {
		c.fits(con, a, in.Elem, out.Elem, coordinate, seen)
		return
	}
	input, object := c.schema.AST.Types[in.Name()], c.schema.AST.Types[out.Name()]
	switch {
	case input == object || input == nil || object == nil || slices.Contains(seen, input):
		return
	case input.Kind != ast.InputObject || object.Kind != ast.Object:
		mismatch()
		return
	}
	for _, i := range input.Fields {
		o := object.Fields.ForName(i.Name)
		if o == nil {
			c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.name(),
				"argument %s has %s.%s, and %s has no field %s", a.Name, input.Name, i.Name, object.Name, i.Name)
			continue
		}
		c.fits(con, a, i.Type, o.Type, object.Name+"."+o.Name, append(seen, input))
	}
}

// entityKey is the key of what an entity field loads: the arguments that its
// request reads.
func (c *checker) entityKey(con *Connector, request []quoted) {
	if !con.Entity {
		return
	}
	for _, q := range request {
		for _, r := range readings(q.Mapping) {
			if r.name == "$args" && len(r.keys) > 0 {
				con.Key = appendNew(con.Key, r.keys[0].Name)
			}
		}
	}
	if con.Key == nil {
		for _, a := range con.Field.Arguments {
			con.Key = append(con.Key, a.Name)
		}
	}
}
