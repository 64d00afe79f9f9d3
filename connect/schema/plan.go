package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// plan decides how every field comes by its value.
func (c *checker) plan() {
	c.planConnected()
	type objects struct {
		coordinate string
		def        *ast.Definition
	}
	places := map[objects][]occurrence{}
	var order []objects
	for _, o := range c.occurrences() {
		p := objects{o.coordinate, o.shape.Type}
		if places[p] == nil {
			order = append(order, p)
		}
		places[p] = append(places[p], o)
	}
	for _, p := range order {
		c.planPlace(p.coordinate, places[p])
	}
	c.planNodes()
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

// planPlace plans one field whose value selections yield, for objects of one type:
// whole, or completed by an entity connector.
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
	missing := c.missing(def, provided)
	if len(missing) == 0 {
		reference(os, def, provided)
		return
	}
	steps, lost := c.completions(def, provided, missing)
	t := c.schema.AST.Types[typeName].Fields.ForName(fieldName).Type
	abstract := isAbstract(c.schema.AST.Types[t.Name()])
	var by *Connector
	if len(steps) > 0 && len(lost) == 0 && !completable(plan, t, abstract) {
		by, lost = steps[0].Entity, missing
	}
	if len(lost) > 0 {
		if plan.Kind != ByHand {
			c.unresolved(coordinate, os, def, lost, by)
		}
		return
	}
	for _, step := range steps {
		for _, o := range os {
			o.shape.Stub = appendNew(o.shape.Stub, step.Entity.Key...)
		}
	}
	if plan.Kind == ByHand {
		return
	}
	plan.Completions = append(plan.Completions, steps...)
	if plan.Kind == Mapped {
		plan.Kind, plan.Held = Completed, true
	}
}

// reference marks objects of which only a @key is known, and is all there is to
// know: without it they are not there.
func reference(os []occurrence, def *ast.Definition, provided []string) {
	for _, d := range def.Directives.ForNames("key") {
		key := keyFields(d)
		beyond := func(name string) bool { return !slices.Contains(key, name) }
		lacking := func(name string) bool { return !slices.Contains(provided, name) }
		if slices.ContainsFunc(provided, beyond) || slices.ContainsFunc(key, lacking) {
			continue
		}
		for _, o := range os {
			o.shape.Stub = key
		}
	}
}

// completable says whether there is code to complete the objects of a field: not
// for alternatives, and not for lists deeper than two or, where the objects may
// be of several types, than one.
func completable(p *Plan, t *ast.Type, abstract bool) bool {
	deepest := 2
	if abstract {
		deepest = 1
	}
	return depth(t) <= deepest && (p.Kind != Connected || len(p.Connectors) == 1)
}

// depth says how many lists are inside each other.
func depth(t *ast.Type) int {
	if t.Elem == nil {
		return 0
	}
	return 1 + depth(t.Elem)
}

// planNodes plans the nodes that connections list besides their edges: they are
// the same objects.
func (c *checker) planNodes() {
	for _, con := range c.schema.Connectors {
		if con.Paginate == nil || con.Paginate.Connection.Fields.ForName("nodes") == nil {
			continue
		}
		connection := con.Paginate.Connection.Name
		edges := c.schema.Plans[con.Holder()]
		if edges == nil || edges.Kind != Completed || c.opt.ByHand(connection, "nodes") {
			continue
		}
		c.schema.Plans[connection+".nodes"] = edges
	}
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

// missing are those of required that are not provided.
func (c *checker) missing(def *ast.Definition, provided []string) []string {
	return slices.DeleteFunc(c.required(def), func(name string) bool { return slices.Contains(provided, name) })
}

// resolvedApart says whether a field does not come from the object's own answer.
func (c *checker) resolvedApart(def *ast.Definition, f *ast.FieldDefinition) bool {
	return connected(f) || c.opt.ByHand(def.Name, f.Name) || inaccessible(f.Directives) || c.isRecorded(def, f)
}

// connected says whether a field has a connector of its own.
func connected(f *ast.FieldDefinition) bool { return f.Directives.ForName("connect") != nil }

// completions are the connectors that load what objects of def lack by a key among
// provided: one that yields it all if there is one, else for each field the first
// that yields it. lost are the fields that none does.
func (c *checker) completions(def *ast.Definition, provided, missing []string) (steps []Completion, lost []string) {
	loaders := slices.DeleteFunc(slices.Clone(c.schema.Connectors), func(con *Connector) bool {
		unknown := func(key string) bool { return !slices.Contains(provided, key) }
		return !con.loads(def) || con.Yields == nil || len(con.Key) == 0 || slices.ContainsFunc(con.Key, unknown)
	})
	fills := map[*Connector][]string{}
	for _, name := range missing {
		yields := func(con *Connector) bool { return con.Yields.field(name) != nil }
		if i := slices.IndexFunc(loaders, yields); i >= 0 {
			fills[loaders[i]] = append(fills[loaders[i]], name)
		} else {
			lost = append(lost, name)
		}
	}
	for _, con := range loaders {
		lacks := func(name string) bool { return con.Yields.field(name) == nil }
		if !slices.ContainsFunc(missing, lacks) {
			return []Completion{{def, con, provided}}, nil
		}
		if fills[con] != nil {
			others := slices.DeleteFunc(slices.Clone(missing), func(name string) bool { return slices.Contains(fills[con], name) })
			steps = append(steps, Completion{def, con, slices.Sorted(slices.Values(slices.Concat(provided, others)))})
		}
	}
	return steps, lost
}

// unresolved reports fields that nothing yields; by is the connector that could
// complete them if there were code for it at this place.
func (c *checker) unresolved(coordinate string, os []occurrence, def *ast.Definition, missing []string, by *Connector) {
	if c.unknown(def) {
		return
	}
	alone := c.lostAlone(os, def)
	for _, name := range missing {
		o, ok := alone[name]
		switch {
		case slices.ContainsFunc(os, func(o occurrence) bool { return o.shape.excuses(name) }):
			continue
		case !ok && len(alone) > 0:
			continue // lost only because of what others there lack
		case !ok:
			o = os[max(0, slices.IndexFunc(os, func(o occurrence) bool { return o.shape.field(name) == nil }))]
		}
		f := def.Fields.ForName(name)
		if f == nil || c.resolvedApart(def, f) {
			c.parentLacks(coordinate, o, def, name)
			continue
		}
		if c.lost[f] {
			continue // said once, with the first place
		}
		c.lost[f] = true
		c.report(start(f.Position), "CONNECTORS_UNRESOLVED_FIELD", def.Name+"."+name,
			"the selection of %s (%s) yields %s without %s", o.con.name(), o.shape.At, coordinate, name)
		if by != nil {
			c.hint("select it: there is no code for connector %s to complete it here", by.name())
			continue
		}
		c.hint("select it, give it a @connect, or connect type %s with a key that is selected", def.Name)
	}
}

// lostAlone are the fields that would be lost if one of os were the only one at its
// place, with the first that loses each.
func (c *checker) lostAlone(os []occurrence, def *ast.Definition) map[string]occurrence {
	first := map[string]occurrence{}
	for _, o := range slices.Backward(os) {
		provided := c.provided([]occurrence{o})
		_, lost := c.completions(def, provided, c.missing(def, provided))
		for _, name := range lost {
			first[name] = o
		}
	}
	return first
}

// unknown says whether a mistake elsewhere may be why objects of def are not whole:
// there is a connector that loads some, and it is not known by which key, or what.
func (c *checker) unknown(def *ast.Definition) bool {
	return c.inCut(def.Name) || c.inCut("entity") || slices.ContainsFunc(c.schema.Connectors, func(con *Connector) bool {
		return con.loads(def) && (c.keyless[con] || con.Yields == nil)
	})
}

// parentLacks reports what connectors read of a parent that one selection yields
// without it.
func (c *checker) parentLacks(coordinate string, o occurrence, def *ast.Definition, name string) {
	for _, r := range c.parents {
		if r.con.Type == def && r.con.Field != nil && r.name == name && !c.reportedAt(r.at) {
			c.report(r.at, "UNDEFINED_FIELD", r.con.name(),
				"the selection of %s (%s) yields %s without %s", o.con.name(), o.shape.At, coordinate, name)
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

// resolving is what to do about a field of a root type that nothing resolves.
func resolving(subscription bool) string {
	if subscription {
		return "let it follow a field of Query, by @live"
	}
	return "give it a @connect, or write the method in resolvers/"
}

// planRest plans what is left: scalars that answers have, fields resolved by
// hand, and fields that nothing resolves.
func (c *checker) planRest() {
	for _, def := range c.types() {
		mapped := slices.ContainsFunc(c.schema.Objects, func(o *Object) bool { return o.Type == def })
		for _, f := range def.Fields {
			coordinate := def.Name + "." + f.Name
			if strings.HasPrefix(f.Name, "__") || c.schema.Plans[coordinate] != nil || c.isLive(def, f) {
				continue
			}
			switch {
			case c.opt.ByHand(def.Name, f.Name):
				c.schema.Plans[coordinate] = &Plan{Kind: ByHand, Held: c.selected(def, f)}
			case mapped:
				c.schema.Plans[coordinate] = &Plan{Kind: Mapped}
			case c.isRoot(def) && !connected(f) && def.Directives.ForName("connect") == nil: // which is a mistake already
				c.report(start(f.Position), "CONNECTORS_UNRESOLVED_FIELD", coordinate, "nothing resolves it")
				c.hint("%s", resolving(def == c.schema.AST.Subscription))
			}
		}
	}
}
