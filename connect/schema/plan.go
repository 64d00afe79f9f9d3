package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkHidden reports keys of a parent that a connector reads, though neither
// the type declares them nor every selection of it yields them.
func (c *checker) checkHidden() {
	for _, h := range c.hidden {
		for _, o := range c.occurrences() {
			if o.shape.Type == h.con.Type && o.shape.field(h.name) != nil {
				h.name = ""
			}
		}
		if h.name != "" {
			c.report(h.at, "UNDEFINED_FIELD", h.con.Coordinate, "type %s has no field %q", h.con.Type.Name, h.name)
			c.suggest(h.name, fieldNames(h.con.Type))
		}
	}
}

// An occurrence is one place where a selection yields an object.
type occurrence struct {
	coordinate string // of the field that holds it, or of the type for a type's own connector
	shape      *Shape
	con        *Connector
	root       bool // it is the connector's whole answer
}

// occurrences are the places where selections yield objects, outer ones first.
func (c *checker) occurrences() []occurrence {
	var all []occurrence
	var walk func(coordinate string, s *Shape, con *Connector, root bool)
	walk = func(coordinate string, s *Shape, con *Connector, root bool) {
		if s == nil || s.Type == nil {
			return
		}
		all = append(all, occurrence{coordinate, s, con, root})
		for _, f := range s.Fields {
			walk(s.Type.Name+"."+f.Name, f.Shape, con, false)
		}
	}
	for _, con := range c.schema.Connectors {
		coordinate := con.Type.Name
		if con.Field != nil {
			coordinate += "." + con.Field.Name
		}
		walk(coordinate, con.Yields, con, true)
	}
	return all
}

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
		coordinate := con.Type.Name + "." + con.Field.Name
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
	def := os[0].shape.Type
	provided := c.provided(os)
	var missing []*ast.FieldDefinition
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") && !slices.Contains(provided, f.Name) && !c.resolvedApart(def, f) {
			missing = append(missing, f)
		}
	}
	plan := c.schema.Plans[coordinate]
	if plan == nil && strings.Contains(coordinate, ".") {
		plan = &Plan{Kind: Mapped}
		c.schema.Plans[coordinate] = plan
	}
	if len(missing) == 0 {
		return
	}
	entity := c.entityFor(def, provided, missing)
	if entity == nil || plan == nil {
		c.unresolved(coordinate, os[0], def, missing)
		return
	}
	plan.Entity, plan.Provided = entity, provided
	if plan.Kind == Mapped {
		plan.Kind = Completed
	}
	for _, o := range os {
		o.shape.Stub = entity.Key
	}
}

// provided are the fields that every occurrence yields.
func (c *checker) provided(os []occurrence) []string {
	var names []string
	for _, f := range os[0].shape.Fields {
		everywhere := true
		for _, o := range os[1:] {
			everywhere = everywhere && o.shape.field(f.Name) != nil
		}
		if everywhere {
			names = appendNew(names, f.Name)
		}
	}
	for _, o := range os {
		if o.root && o.con.Field == nil {
			names = append(names, o.con.Key...) // the object's key is known before it is loaded
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// resolvedApart says whether a field does not come from the object's own answer.
func (c *checker) resolvedApart(def *ast.Definition, f *ast.FieldDefinition) bool {
	return f.Directives.ForName("connect") != nil || c.opt.ByHand(def.Name, f.Name)
}

// entityFor is the first connector that loads objects of def by a key among
// provided and yields all that is missing.
func (c *checker) entityFor(def *ast.Definition, provided []string, missing []*ast.FieldDefinition) *Connector {
	for _, con := range c.schema.Connectors {
		loads := con.Field == nil && con.Type == def || con.Entity && con.Field != nil && con.Field.Type.Name() == def.Name
		if !loads || con.Yields == nil || len(con.Key) == 0 {
			continue
		}
		fits := true
		for _, k := range con.Key {
			fits = fits && slices.Contains(provided, k)
		}
		for _, f := range missing {
			fits = fits && con.Yields.field(f.Name) != nil
		}
		if fits {
			return con
		}
	}
	return nil
}

func (c *checker) unresolved(coordinate string, o occurrence, def *ast.Definition, missing []*ast.FieldDefinition) {
	for _, f := range missing {
		c.report(start(f.Position), "CONNECTORS_UNRESOLVED_FIELD", def.Name+"."+f.Name,
			"the selection of %s (%s) yields %s without %s", o.con.Coordinate, o.shape.At, coordinate, f.Name)
		c.hint("select it, give it a @connect, or connect type %s with a key that is selected", def.Name)
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
	for _, h := range c.hidden {
		if o := objects[h.con.Type.Name]; o != nil {
			o.Hidden = appendNew(o.Hidden, h.name)
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
				c.schema.Plans[coordinate] = &Plan{Kind: ByHand}
			case mapped:
				c.schema.Plans[coordinate] = &Plan{Kind: Mapped}
			case c.isRoot(def):
				c.report(start(f.Position), "CONNECTORS_UNRESOLVED_FIELD", coordinate, "nothing resolves it")
				c.hint("give it a @connect, or write the method in resolvers/")
			}
		}
	}
}
