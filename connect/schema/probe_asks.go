package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkProbes reports what a probe cannot ask: what is not served, and what is asked
// as the caller, for nobody calls when it looks.
func (c *checker) checkProbes() {
	for _, is := range c.probes {
		c.probeFields(is, is.op.SelectionSet, map[string]bool{})
	}
}

func (c *checker) probeFields(is probed, set ast.SelectionSet, seen map[string]bool) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			c.probeFields(is, sel.SelectionSet, seen)
		case *ast.FragmentSpread:
			if !seen[sel.Name] && sel.Definition != nil {
				seen[sel.Name] = true
				c.probeFields(is, sel.Definition.SelectionSet, seen)
			}
		case *ast.Field:
			if sel.Definition != nil {
				c.probeAsks(is, sel)
			}
			c.probeFields(is, sel.SelectionSet, seen)
		}
	}
}

// probeAsks reports what one field of a probe's query cannot ask.
func (c *checker) probeAsks(is probed, f *ast.Field) {
	name := coordinate(f.ObjectDefinition, f.Definition)
	if inaccessible(f.ObjectDefinition.Directives) || inaccessible(f.Definition.Directives) {
		c.report(is.at(f.Position), "INVALID_PROBE", is.con.name(), "query: %s is @inaccessible", name)
	}
	p := c.schema.Plans[name]
	if p == nil {
		return
	}
	asked := slices.Clone(p.Connectors)
	for _, step := range p.Completions {
		asked = append(asked, step.Entity)
	}
	probe := is.con.Write.Probe
	for _, con := range asked {
		if name := con.Connector.Source; !slices.Contains(probe.Sources, name) {
			probe.Sources = append(probe.Sources, name)
		}
		if con.AsCaller {
			c.report(is.at(f.Position), "INVALID_PROBE", is.con.name(), "query: %s shows an API who the caller is, and nobody calls when it is looked", con.name())
			return
		}
	}
}
