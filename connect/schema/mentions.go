package schema

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// syntax reports a mapping or template that does not parse.
func (c *checker) syntax(v *ast.Value, off int, code, coordinate string, err error) {
	s, ok := errors.AsType[*mapping.SyntaxError](err)
	if !ok {
		c.report(start(v.Position), code, coordinate, "%s", err)
		return
	}
	if s.Code == "INVALID_ESCAPE" || s.Code == mapping.LimitExceeded {
		code = s.Code
	}
	c.report(inside(v, off+s.Start), code, coordinate, "%s", s.Message)
	if s.Hint != "" {
		c.hint("%s", s.Hint)
	}
}

// mentions checks the variables and methods that a mapping mentions. The mapping
// begins at the byte off of v's content.
func (c *checker) mentions(v *ast.Value, off int, m *mapping.Mapping, coordinate string, legal []string) {
	q := quoted{value: v, off: off, Mapping: m}
	for _, p := range free(m) {
		c.variable(q, p, coordinate, legal)
	}
	mapping.Walk(m.Root, func(n mapping.Node) bool {
		if s, ok := n.(*mapping.Step); ok && s.Kind == mapping.StepMethod {
			c.method(q, s, coordinate)
		}
		return true
	})
}

// variables are those that are not bound by ->as, wherever they may be read.
func variables() []string {
	return []string{"$args", "$this", "$batch", "$config", "$context", "$request", "$response", "$status", "$env", "$write", "$event"}
}

func (c *checker) variable(q quoted, p *mapping.Path, coordinate string, legal []string) {
	at, name := q.at(p.Bounds().Start), p.Start.Name
	switch {
	case slices.Contains(legal, name):
	case name == "$this" && slices.Contains(legal, "$args"): // on a root: it has fields with arguments, and no key
		c.report(firstKey(q, p), "UNDEFINED_FIELD", coordinate, "a field of the root has no parent: $this cannot be read here")
	case slices.Contains(variables(), name):
		c.report(at, "UNSUPPORTED_VARIABLE_TYPE", coordinate, "%s cannot be read here: expected %s", name, list(legal))
		if name == "$write" {
			c.hint("only requests of fields of Mutation, and @probe, know of a write")
		}
		if name == "$event" {
			c.hint("only the tags of @on know of an event")
		}
	default:
		c.report(at, "UNDEFINED_VARIABLE", coordinate, "there is no variable %s", name)
		c.suggest(name, legal)
	}
}

// firstKey is the place of the first key of a path, or else of its start.
func firstKey(q quoted, p *mapping.Path) place {
	if len(p.Steps) > 0 && p.Steps[0].Kind == mapping.StepKey {
		return q.at(p.Steps[0].Key.Start)
	}
	return q.at(p.Bounds().Start)
}

func (c *checker) method(q quoted, s *mapping.Step, coordinate string) {
	at := q.at(s.Key.Start)
	m, ok := mapping.LookupMethod(s.Key.Name)
	if !ok {
		c.report(at, "UNKNOWN_METHOD", coordinate, "there is no method ->%s", s.Key.Name)
		var names []string
		for _, m := range mapping.Methods() {
			names = append(names, m.Name)
		}
		if short := len(s.Key.Name) < 3; !s.HasArgs && (short || nearest(s.Key.Name, names) == "") {
			c.hint("to read a key, write .%s", s.Key.Name)
		} else {
			c.suggest(s.Key.Name, names)
		}
		return
	}
	const code = "INVALID_METHOD_ARGUMENTS"
	switch n := len(s.Args); {
	case m.Bare && s.HasArgs:
		if n > 0 {
			at = q.at(s.Args[0].Start)
		}
		c.report(at, code, coordinate, "->%s takes no arguments, not even ()", m.Name)
	case n < m.MinArgs:
		c.report(at, code, coordinate, "->%s needs %s: ->%s%s", m.Name, count(m.MinArgs, "argument"), m.Name, m.Args)
	case m.MaxArgs >= 0 && n > m.MaxArgs:
		c.report(q.at(s.Args[m.MaxArgs].Start), code, coordinate, "->%s takes %s at most, got %d", m.Name, count(m.MaxArgs, "argument"), n)
	case m.Name == "match":
		for _, arg := range s.Args {
			if literal := constant(arg); literal == nil || literal.Kind != mapping.Array || len(literal.Array) != 2 {
				c.report(q.at(arg.Start), code, coordinate, "->match takes pairs: [value, result]")
			}
		}
	case m.Name == "as":
		if name := variableName(s.Args[0]); name == "" || slices.Contains(variables(), name) {
			c.report(q.at(s.Args[0].Start), code, coordinate, "->as binds a name of your own, such as $item")
		}
	}
}

func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// constant is the literal that an expression consists of; nil if it is anything else.
func constant(e *mapping.Expr) *mapping.Literal {
	if p := e.Operands[0]; len(e.Operands) == 1 && len(p.Steps) == 0 && p.Group == nil {
		return p.Start.Literal
	}
	return nil
}

// variableName is $name if an expression is only that.
func variableName(e *mapping.Expr) string {
	if p := e.Operands[0]; len(e.Operands) == 1 && len(p.Steps) == 0 && p.Group == nil && p.Start.Kind == mapping.StartVar {
		return p.Start.Name
	}
	return ""
}
