package schema

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// readCaches reads @cache of the schema, types and fields.
func (c *checker) readCaches() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("cache") {
		arg := d.Arguments.ForName("source")
		if arg == nil {
			c.report(directive(d), "INVALID_CACHE", "@cache", "on the schema @cache names a source")
			continue
		}
		name, _ := c.text(arg.Value, "INVALID_CACHE", "source", "@cache")
		src := c.bySource[name]
		if src == nil {
			c.report(start(arg.Value.Position), "SOURCE_NAME_MISMATCH", "@cache", "no source is called %q", name)
			c.suggest(name, c.sourceNames())
			continue
		}
		c.cache(d, "@source("+name+")", &src.Cache)
	}
	for _, def := range c.types() {
		c.cachesAt(def.Directives.ForNames("cache"), def, nil)
		for _, f := range def.Fields {
			c.cachesAt(f.Directives.ForNames("cache"), def, f)
		}
	}
}

// cachesAt gives each @cache of a field or type to the connectors it speaks of.
func (c *checker) cachesAt(ds []*ast.Directive, def *ast.Definition, field *ast.FieldDefinition) {
	for _, d := range ds {
		var id string
		arg := d.Arguments.ForName("connector")
		if arg != nil {
			id, _ = c.text(arg.Value, "INVALID_CACHE", "connector", def.Name)
		}
		found := false
		var here []string
		for _, con := range c.schema.Connectors {
			if con.Type != def || con.Field != field {
				continue
			}
			here = append(here, con.Coordinate)
			if id == "" || con.Coordinate == id {
				found = true
				c.cache(d, con.Coordinate, &con.Cache)
			}
		}
		switch {
		case found:
		case id != "":
			c.report(start(arg.Value.Position), "INVALID_CACHE", def.Name, "no connector here is called %q", id)
			c.suggest(id, here)
		default:
			c.report(directive(d), "INVALID_CACHE", def.Name, "@cache stands where no @connect does")
		}
	}
}

func (c *checker) cache(d *ast.Directive, coordinate string, into *Cache) {
	for name, window := range map[string]**time.Duration{"fresh": &into.Fresh, "refresh": &into.Refresh, "stale": &into.Stale} {
		arg := d.Arguments.ForName(name)
		if arg == nil {
			continue
		}
		text, ok := c.text(arg.Value, "INVALID_CACHE", name, coordinate)
		if !ok {
			continue
		}
		age, err := time.ParseDuration(text)
		if err != nil || age < 0 {
			c.report(start(arg.Value.Position), "INVALID_CACHE", coordinate, "%s: expected a duration such as \"30s\" or \"5m\", got %q", name, text)
			continue
		}
		*window = &age
	}
	if tags := d.Arguments.ForName("tags"); tags != nil {
		for _, t := range tags.Value.Children {
			into.Tags = append(into.Tags, t.Value.Raw)
		}
	}
}
