package schema

import (
	"errors"
	"slices"
	"strings"

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
	bound := boundNames(m)
	mapping.Walk(m.Root, func(n mapping.Node) bool {
		switch n := n.(type) {
		case *mapping.Path:
			if n.Start.Kind == mapping.StartVar && !bound[n.Start.Name] {
				c.variable(inside(v, off+n.Bounds().Start), n.Start.Name, coordinate, legal)
			}
		case *mapping.Step:
			if n.Kind == mapping.StepMethod {
				c.method(inside(v, off+n.Key.Start), n, coordinate)
			}
		}
		return true
	})
}

// boundNames are the variables that ->as binds somewhere in m.
func boundNames(m *mapping.Mapping) map[string]bool {
	bound := map[string]bool{}
	mapping.Walk(m.Root, func(n mapping.Node) bool {
		s, ok := n.(*mapping.Step)
		if ok && s.Kind == mapping.StepMethod && s.Key.Name == "as" && len(s.Args) > 0 {
			if p := s.Args[0].Operands[0]; p.Start.Kind == mapping.StartVar {
				bound[p.Start.Name] = true
			}
		}
		return true
	})
	return bound
}

func (c *checker) variable(at place, name, coordinate string, legal []string) {
	known := []string{"$args", "$this", "$batch", "$config", "$context", "$request", "$response", "$status", "$env"}
	switch {
	case slices.Contains(legal, name):
	case slices.Contains(known, name):
		c.report(at, "UNSUPPORTED_VARIABLE_TYPE", coordinate, "%s cannot be read here: expected %s", name, list(legal))
	default:
		c.report(at, "UNDEFINED_VARIABLE", coordinate, "there is no variable %s", name)
		c.suggest(name, legal)
	}
}

func (c *checker) method(at place, s *mapping.Step, coordinate string) {
	m, ok := mapping.LookupMethod(s.Key.Name)
	if !ok {
		c.report(at, "UNKNOWN_METHOD", coordinate, "there is no method ->%s", s.Key.Name)
		var names []string
		for _, m := range mapping.Methods() {
			names = append(names, m.Name)
		}
		if nearest(s.Key.Name, names) == "" && !s.HasArgs {
			c.hint("to read a key, write .%s", s.Key.Name)
		} else {
			c.suggest(s.Key.Name, names)
		}
		return
	}
	switch n := len(s.Args); {
	case m.MaxArgs == 0 && s.HasArgs:
		c.report(at, "INVALID_METHOD_ARGUMENTS", coordinate, "->%s takes no arguments, not even ()", m.Name)
	case n < m.MinArgs:
		c.report(at, "INVALID_METHOD_ARGUMENTS", coordinate, "->%s needs %d or more arguments, got %d", m.Name, m.MinArgs, n)
	case m.MaxArgs >= 0 && n > m.MaxArgs:
		c.report(at, "INVALID_METHOD_ARGUMENTS", coordinate, "->%s takes %d arguments at most, got %d", m.Name, m.MaxArgs, n)
	}
}

// A reading is one variable with the keys read from it: $args.input.name.
type reading struct {
	name string
	keys []*mapping.Key
	span mapping.Span
}

func (r reading) path() string {
	var b strings.Builder
	b.WriteString(r.name)
	for _, k := range r.keys {
		b.WriteString("." + k.Name)
	}
	return b.String()
}

// readings are the variables that a mapping reads, with their keys.
func readings(m *mapping.Mapping) []reading {
	if m == nil {
		return nil
	}
	var rs []reading
	bound := boundNames(m)
	mapping.Walk(m.Root, func(n mapping.Node) bool {
		p, ok := n.(*mapping.Path)
		if !ok || p.Start.Kind != mapping.StartVar || bound[p.Start.Name] {
			return true
		}
		r := reading{name: p.Start.Name, span: p.Bounds()}
		for _, s := range p.Steps {
			if s.Kind == mapping.StepMethod {
				break
			}
			if s.Kind == mapping.StepKey {
				r.keys = append(r.keys, s.Key)
			}
		}
		rs = append(rs, r)
		return true
	})
	return rs
}
