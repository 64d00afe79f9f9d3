package schema

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
)

// readCaches reads @cache of the schema, types and fields.
func (c *checker) readCaches() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("cache") {
		c.sourceCache(d)
	}
	for _, def := range c.types() {
		c.cachesAt(def.Directives.ForNames("cache"), def, nil)
		for _, f := range def.Fields {
			c.cachesAt(f.Directives.ForNames("cache"), def, f)
		}
	}
}

// sourceCache gives a @cache of the schema to the source it speaks of.
func (c *checker) sourceCache(d *ast.Directive) {
	if con := given(d, "connector"); con != nil {
		c.report(start(con.Position), "INVALID_CACHE", "@cache", "on the schema @cache speaks of a source, not of a connector")
	}
	arg := given(d, "source")
	if arg == nil {
		c.report(directive(d), "INVALID_CACHE", "@cache", "on the schema @cache names a source")
		return
	}
	name, ok := c.text(arg, "INVALID_CACHE", "source", "@cache")
	if !ok {
		return
	}
	src := c.bySource[name]
	if src == nil && c.inCut(name) {
		return
	}
	if src == nil {
		c.report(start(arg.Position), "SOURCE_NAME_MISMATCH", "@cache", "no source is called %q", name)
		c.suggest(name, c.sourceNames())
		return
	}
	c.windows(d, "@source("+name+")", &src.Policy)
	c.sourceTags(given(d, "tags"), src)
}

// cachesAt gives each @cache of a field or type to the connectors it speaks of.
func (c *checker) cachesAt(ds []*ast.Directive, def *ast.Definition, field *ast.FieldDefinition) {
	coordinate := coordinate(def, field)
	for _, d := range ds {
		if src := given(d, "source"); src != nil {
			c.report(start(src.Position), "INVALID_CACHE", coordinate, "a whole source is spoken of on the schema")
		}
		arg := given(d, "connector")
		id, ok := c.text(arg, "INVALID_CACHE", "connector", coordinate)
		if arg != nil && !ok {
			continue
		}
		found := false
		var here []string
		for _, con := range c.schema.Connectors {
			if con.Type != def || con.Field != field {
				continue
			}
			here = append(here, con.name())
			if arg == nil || con.name() == id {
				found = true
				c.windows(d, con.name(), &con.Policy)
				c.answerTags(given(d, "tags"), con)
			}
		}
		switch {
		case found:
		case arg != nil:
			c.report(start(arg.Position), "INVALID_CACHE", coordinate, "no connector here is called %q", id)
			c.suggest(id, here)
		default:
			c.report(directive(d), "INVALID_CACHE", coordinate, "@cache stands where no @connect does")
		}
	}
}

// windows reads how long answers may be used.
func (c *checker) windows(d *ast.Directive, coordinate string, into *call.Policy) {
	for name, window := range map[string]**time.Duration{"fresh": &into.Fresh, "refresh": &into.Refresh, "stale": &into.Stale} {
		if age, ok := c.duration(given(d, name), "INVALID_CACHE", name, coordinate, 0); ok {
			*window = &age
		}
	}
}

// duration is the time that v says, of at least so much; a finding and false if it
// is something else.
func (c *checker) duration(v *ast.Value, code, what, coordinate string, least time.Duration) (time.Duration, bool) {
	text, ok := c.text(v, code, what, coordinate)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least {
		c.report(start(v.Position), code, coordinate, "%s: expected a duration such as \"30s\" or \"5m\", got %q", what, text)
		return 0, false
	}
	return d, true
}
