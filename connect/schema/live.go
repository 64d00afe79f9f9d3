package schema

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// readLives reads @live: which fields of Subscription follow which of Query.
func (c *checker) readLives() {
	for _, def := range c.types() {
		for _, f := range def.Fields {
			if d := f.Directives.ForName("live"); d != nil {
				c.live(d, def, f)
			}
		}
	}
}

func (c *checker) live(d *ast.Directive, def *ast.Definition, f *ast.FieldDefinition) {
	const code = "INVALID_LIVE"
	name := coordinate(def, f)
	switch {
	case def != c.schema.AST.Subscription:
		c.report(directive(d), code, name, "only a field of Subscription follows one of Query")
		return
	case c.schema.AST.Query == nil:
		return // which is reported
	}
	if c.schema.Lives == nil {
		c.schema.Lives = map[string]string{}
	}
	c.schema.Lives[f.Name] = "" // what is wrong with it is said here
	at, followed := directive(d), f.Name
	if of := given(d, "of"); of != nil {
		text, ok := c.text(of, code, "of", name)
		if !ok {
			return
		}
		at, followed = start(of.Position), text
	}
	of := c.schema.AST.Query.Fields.ForName(followed)
	if of == nil || inaccessible(of.Directives) && !inaccessible(f.Directives) {
		var names []string
		for _, q := range c.schema.AST.Query.Fields {
			if !inaccessible(q.Directives) && q.Type.String() == f.Type.String() {
				names = append(names, q.Name)
			}
		}
		c.report(at, code, name, "Query has no field %s that it could follow", followed)
		c.suggest(followed, names)
		return
	}
	if c.follows(code, name, f, of) {
		c.schema.Lives[f.Name] = of.Name
	}
}

// follows reports what a field of Subscription has otherwise than the one of Query that it follows: their types and
// arguments are the same, as the answers are.
func (c *checker) follows(code, name string, f, of *ast.FieldDefinition) (ok bool) {
	ok = true
	query := "Query." + of.Name
	if f.Type.String() != of.Type.String() {
		c.report(typeStart(f.Type), code, name, "it follows %s, which is %s, not %s", query, of.Type, f.Type)
		ok = false
	}
	for _, arg := range f.Arguments {
		switch theirs := of.Arguments.ForName(arg.Name); {
		case theirs == nil:
			c.report(start(arg.Position), code, name, "%s has no argument %s", query, arg.Name)
			c.suggest(arg.Name, argumentNames(of))
			ok = false
		case theirs.Type.String() != arg.Type.String():
			c.report(typeStart(arg.Type), code, name, "%s of %s is %s, not %s", arg.Name, query, theirs.Type, arg.Type)
			ok = false
		case defaultOf(theirs) != defaultOf(arg):
			c.report(start(arg.Position), code, name, "%s of %s has another default: %s", arg.Name, query, defaultOf(theirs))
			ok = false
		}
	}
	for _, arg := range of.Arguments {
		if f.Arguments.ForName(arg.Name) == nil && (arg.Type.NonNull || arg.DefaultValue != nil) {
			c.report(start(f.Position), code, name, "%s needs the argument %s: %s", query, arg.Name, arg.Type)
			ok = false
		}
	}
	return ok
}

func argumentNames(f *ast.FieldDefinition) []string {
	var names []string
	for _, arg := range f.Arguments {
		names = append(names, arg.Name)
	}
	return names
}

func defaultOf(arg *ast.ArgumentDefinition) string {
	if arg.DefaultValue == nil {
		return "none"
	}
	return arg.DefaultValue.String()
}

// isLive says whether a field of Subscription follows one of Query, or is meant to.
func (c *checker) isLive(def *ast.Definition, f *ast.FieldDefinition) bool {
	_, ok := c.schema.Lives[f.Name]
	return ok && def == c.schema.AST.Subscription
}
