package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkParents reports what connectors read of a parent, though no selection of
// it yields that and the type does not declare it.
func (c *checker) checkParents() {
	all := c.occurrences()
	for _, r := range c.parents {
		yielded := slices.ContainsFunc(all, func(o occurrence) bool {
			return o.shape.Type == r.con.Type && o.shape.field(r.name) != nil
		})
		if !r.hidden() || yielded || c.inCut(r.name) {
			continue
		}
		c.keyless[r.con] = true
		if r.con.Type.Fields.ForName(r.name) != nil {
			c.report(r.at, "UNDEFINED_FIELD", r.con.name(), "no selection of %s yields %q", r.con.Type.Name, r.name)
			continue
		}
		c.report(r.at, "UNDEFINED_FIELD", r.con.name(), "type %s has no field %q", r.con.Type.Name, r.name)
		c.suggest(r.name, fieldNames(r.con.Type))
	}
}

// An occurrence is one place where a selection yields an object.
type occurrence struct {
	coordinate string // of the field that holds it, or of the type for a type's own connector
	shape      *Shape // of an object
	con        *Connector
}

// occurrences are the places where selections yield objects, outer ones first.
func (c *checker) occurrences() []occurrence {
	var all []occurrence
	var walk func(coordinate string, s *Shape, con *Connector)
	walk = func(coordinate string, s *Shape, con *Connector) {
		if s == nil || s.Type == nil {
			return
		}
		for _, object := range s.Objects() {
			all = append(all, occurrence{coordinate, object, con})
			for _, f := range object.Fields {
				walk(object.Type.Name+"."+f.Name, f.Shape, con)
			}
		}
	}
	for _, con := range c.schema.Connectors {
		walk(con.Holder(), con.Yields, con)
	}
	return all
}

// Holder is the field that holds what the selection yields: of a connection, the
// node of its edges. It is the type for a type's own connector.
func (con *Connector) Holder() string {
	if con.Paginate != nil {
		return con.Paginate.Edge.Name + ".node"
	}
	return coordinate(con.Type, con.Field)
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
	slices.Sort(names)
	return names
}

// selected says whether some selection yields a field.
func (c *checker) selected(def *ast.Definition, f *ast.FieldDefinition) bool {
	return slices.ContainsFunc(c.occurrences(), func(o occurrence) bool {
		return o.shape.Type == def && o.shape.field(f.Name) != nil
	})
}
