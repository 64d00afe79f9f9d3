package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// plan decides how every field comes by its value.
func (c *checker) plan() {
	c.planConnected()
	places := map[string][]occurrence{}
	var order []string
	for _, o := range c.occurrences() {
		if places[o.coordinate] == nil {
			order = append(order, o.coordinate)
		}
		places[o.coordinate] = append(places[o.coordinate], o)
	}
	for _, coordinate := range order {
		c.planPlace(coordinate, places[coordinate])
	}
	c.planObjects()
	c.planRest()
}

// planConnected plans the fields that have connectors of their own.
func (c *checker) planConnected() {
	for _, con := range c.schema.Connectors {
		if con.Field == nil {
			continue
		}
		coordinate := coordinate(con.Type, con.Field)
		if p := c.schema.Plans[coordinate]; p != nil {
			p.Connectors = append(p.Connectors, con)
			continue
		}
		c.schema.Plans[coordinate] = &Plan{Kind: Connected, Connectors: []*Connector{con}}
	}
}

// planPlace plans one field whose value selections yield: whole, or completed by
// an entity connector.
func (c *checker) planPlace(coordinate string, os []occurrence) {
	typeName, fieldName, isField := strings.Cut(coordinate, ".")
	if !isField {
		return // what loads an object by key need not yield what is known without it
	}
	plan := c.schema.Plans[coordinate]
	if plan == nil {
		plan = &Plan{Kind: Mapped}
		if c.opt.ByHand(typeName, fieldName) {
			plan = &Plan{Kind: ByHand, Held: true}
		}
		c.schema.Plans[coordinate] = plan
	}
	def := os[0].shape.Type
	provided := c.provided(os)
	missing := slices.DeleteFunc(c.required(def), func(name string) bool { return slices.Contains(provided, name) })
	if len(missing) == 0 {
		return
	}
	entity := c.entityFor(def, provided, missing)
	if entity == nil || !completable(plan, c.schema.AST.Types[typeName].Fields.ForName(fieldName).Type) {
		if plan.Kind != ByHand {
			c.unresolved(coordinate, os, def, missing)
		}
		return
	}
	for _, o := range os {
		o.shape.Stub = entity.Key
	}
	if plan.Kind == ByHand {
		return
	}
	plan.Entity, plan.Provided = entity, provided
	if plan.Kind == Mapped {
		plan.Kind, plan.Held = Completed, true
	}
}

// completable says whether there is code to complete the objects of a field: not
// for those of lists of lists, of pages, or of alternatives.
func completable(p *Plan, t *ast.Type) bool {
	return (t.Elem == nil || t.Elem.Elem == nil) &&
		(p.Kind != Connected || p.Connectors[0].Paginate == nil && len(p.Connectors) == 1)
}

// required are the names that an object of def must have, itself or through an
// entity: fields that nothing else resolves, and what connectors below it read.
func (c *checker) required(def *ast.Definition) []string {
	var names []string
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") && !c.resolvedApart(def, f) {
			names = append(names, f.Name)
		}
	}
	for _, r := range c.parents {
		if r.con.Type == def && r.con.Field != nil {
			names = appendNew(names, r.name)
		}
	}
	return names
}

// resolvedApart says whether a field does not come from the object's own answer.
func (c *checker) resolvedApart(def *ast.Definition, f *ast.FieldDefinition) bool {
	return f.Directives.ForName("connect") != nil || c.opt.ByHand(def.Name, f.Name)
}

// entityFor is the first connector that loads objects of def by a key among
// provided and yields all that is missing.
func (c *checker) entityFor(def *ast.Definition, provided, missing []string) *Connector {
	for _, con := range c.schema.Connectors {
		loads := con.Field == nil && con.Type == def || con.Entity && con.Field != nil && con.Field.Type.Name() == def.Name
		if !loads || con.Yields == nil || len(con.Key) == 0 {
			continue
		}
		known := !slices.ContainsFunc(con.Key, func(k string) bool { return !slices.Contains(provided, k) })
		whole := !slices.ContainsFunc(missing, func(name string) bool { return con.Yields.field(name) == nil })
		if known && whole {
			return con
		}
	}
	return nil
}

func (c *checker) unresolved(coordinate string, os []occurrence, def *ast.Definition, missing []string) {
	for _, name := range missing {
		o := os[max(0, slices.IndexFunc(os, func(o occurrence) bool { return o.shape.field(name) == nil }))]
		f := def.Fields.ForName(name)
		if f == nil || c.resolvedApart(def, f) {
			c.parentLacks(coordinate, o, def, name)
			continue
		}
		c.report(start(f.Position), "CONNECTORS_UNRESOLVED_FIELD", def.Name+"."+name,
			"the selection of %s (%s) yields %s without %s", o.con.Coordinate, o.shape.At, coordinate, name)
		c.hint("select it, give it a @connect, or connect type %s with a key that is selected", def.Name)
	}
}

// parentLacks reports what connectors read of a parent that one selection yields
// without it.
func (c *checker) parentLacks(coordinate string, o occurrence, def *ast.Definition, name string) {
	for _, r := range c.parents {
		if r.con.Type == def && r.con.Field != nil && r.name == name {
			c.report(r.at, "UNDEFINED_FIELD", r.con.Coordinate,
				"the selection of %s (%s) yields %s without %s", o.con.Coordinate, o.shape.At, coordinate, name)
		}
	}
}

// planObjects lists the types that answers are mapped to, with their hidden keys.
func (c *checker) planObjects() {
	objects := map[string]*Object{}
	for _, o := range c.occurrences() {
		def := o.shape.Type
		if objects[def.Name] == nil {
			objects[def.Name] = &Object{Type: def}
			c.schema.Objects = append(c.schema.Objects, objects[def.Name])
		}
	}
	for _, r := range c.parents {
		if o := objects[r.con.Type.Name]; o != nil && r.hidden() {
			o.Hidden = appendNew(o.Hidden, r.name)
		}
	}
	slices.SortFunc(c.schema.Objects, func(a, b *Object) int { return strings.Compare(a.Type.Name, b.Type.Name) })
}

// planRest plans what is left: scalars that answers have, fields resolved by
// hand, and fields that nothing resolves.
func (c *checker) planRest() {
	for _, def := range c.types() {
		mapped := slices.ContainsFunc(c.schema.Objects, func(o *Object) bool { return o.Type == def })
		for _, f := range def.Fields {
			coordinate := def.Name + "." + f.Name
			if strings.HasPrefix(f.Name, "__") || c.schema.Plans[coordinate] != nil {
				continue
			}
			switch {
			case c.opt.ByHand(def.Name, f.Name):
				c.schema.Plans[coordinate] = &Plan{Kind: ByHand, Held: c.selected(def, f)}
			case mapped:
				c.schema.Plans[coordinate] = &Plan{Kind: Mapped}
			case c.isRoot(def):
				c.report(start(f.Position), "CONNECTORS_UNRESOLVED_FIELD", coordinate, "nothing resolves it")
				c.hint("give it a @connect, or write the method in resolvers/")
			}
		}
	}
}
