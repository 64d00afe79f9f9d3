package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// checkFederation reports what schemas written for federation ask for and do not
// get here. Directives that only tell services apart mean nothing in one graph.
func (c *checker) checkFederation() {
	for _, def := range slices.Concat(c.types(), c.kind(ast.Interface), c.kind(ast.Union), c.kind(ast.Scalar), c.kind(ast.Enum)) {
		c.unsupported(def.Name, def.Directives)
		for _, f := range def.Fields {
			c.unsupported(coordinate(def, f), f.Directives)
			for _, a := range f.Arguments {
				c.unsupported(coordinate(def, f), a.Directives)
			}
		}
	}
	c.checkInaccessible()
}

func (c *checker) unsupported(coordinate string, ds ast.DirectiveList) {
	for _, d := range ds {
		if d.Definition == nil || d.Definition.Position.Src.Name != federationName {
			continue
		}
		switch d.Name {
		case "context", "fromContext":
			c.report(directive(d), "CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE", coordinate, "@%s is not supported", d.Name)
			c.hint("read the value from $this, or from $context")
		case "authenticated", "requiresScopes", "policy":
			c.report(directive(d), "CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE", coordinate,
				"@%s is not enforced, so everybody would be served what it guards", d.Name)
			c.hint("remove it, or declare a directive of your own and give the server its code")
		}
	}
}

// checkKeys reports a @key that no connector can load objects by. It says nothing
// where there is nothing to load, or where that is somebody else's work.
func (c *checker) checkKeys() {
	for _, def := range c.types() {
		for _, d := range def.Directives.ForNames("key") {
			if resolvable := given(d, "resolvable"); resolvable == nil || resolvable.Raw == "true" {
				c.key(d, def)
			}
		}
	}
}

func (c *checker) key(d *ast.Directive, def *ast.Definition) {
	names := keyFields(d)
	rest := slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
		return !slices.Contains(names, f.Name) && !c.resolvedApart(def, f) &&
			!strings.HasPrefix(f.Name, "__") && f.Directives.ForName("external") == nil
	})
	if !rest {
		return
	}
	var keys []string
	for _, con := range c.schema.Connectors {
		if !con.loads(def) {
			continue
		}
		if c.keyless[con] {
			return
		}
		if !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(con.Key, name) }) {
			return
		}
		keys = append(keys, con.name()+" by "+strings.Join(con.Key, " "))
	}
	if c.inCut("connect") {
		return
	}
	if keys == nil {
		c.report(directive(d), "MISSING_ENTITY_CONNECTOR", def.Name, "no connector loads %s by a key", def.Name)
		c.hint("connect the type, or a field of Query with entity: true; or remove @key: connectors need none")
		return
	}
	c.report(directive(d), "CONNECTORS_CANNOT_RESOLVE_KEY", def.Name,
		"no connector loads %s by %s, only %s", def.Name, strings.Join(names, " "), strings.Join(keys, ", "))
}

// keyFields are the fields that a @key names, without what it names below them.
func keyFields(d *ast.Directive) []string {
	fields := given(d, "fields")
	if fields == nil {
		return nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + fields.Raw + "}"})
	if err != nil || len(doc.Operations) == 0 {
		return nil
	}
	var names []string
	for _, s := range doc.Operations[0].SelectionSet {
		if f, ok := s.(*ast.Field); ok {
			names = append(names, f.Name)
		}
	}
	return names
}

// loads says whether con loads objects of def by a key.
func (con *Connector) loads(def *ast.Definition) bool {
	if con.Field == nil {
		return con.Type == def
	}
	return con.Entity && con.Field.Type.Name() == def.Name
}
