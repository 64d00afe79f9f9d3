package schema

import (
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// A reading is one variable with the keys read from it: $args.input.name.
type reading struct {
	name string
	keys []*mapping.Key
	span mapping.Span
	// whole says that nothing follows the keys: what is read is what is used.
	whole bool
}

// path is how a reading is named where it decides who may share an answer. It
// ends before a key that holds a dot: what is read is then a part of what is
// named. Names of the caller's headers are in lower case.
func (r reading) path() string {
	names := []string{r.name}
	for _, k := range r.keys {
		if strings.Contains(k.Name, ".") {
			break
		}
		names = append(names, k.Name)
	}
	path := strings.Join(names, ".")
	if r.name == "$request" {
		return strings.ToLower(path)
	}
	return path
}

// ofCaller says whether a reading depends on who calls.
func (r reading) ofCaller() bool { return r.name == "$request" || r.name == "$context" }

// readings are the variables that a mapping reads, with their keys.
func readings(m *mapping.Mapping) []reading {
	var rs []reading
	for _, p := range free(m) {
		r := reading{name: p.Start.Name, span: p.Bounds(), whole: p.Group == nil}
		for _, s := range p.Steps {
			if s.Kind == mapping.StepMethod {
				r.whole = false
				break
			}
			if s.Kind == mapping.StepKey {
				r.keys = append(r.keys, s.Key)
			}
		}
		rs = append(rs, r)
	}
	return rs
}

// free are the paths of a mapping that start at a variable which no ->as binds
// there: it binds for the rest of its own path.
func free(m *mapping.Mapping) []*mapping.Path {
	var s scope
	s.group(m.Root, nil)
	return s.free
}

type scope struct{ free []*mapping.Path }

func (s *scope) group(g *mapping.Group, bound []string) {
	for _, it := range g.Items {
		if it.Group != nil {
			s.group(it.Group, bound)
		} else {
			s.path(it.Path, bound)
		}
	}
}

func (s *scope) path(p *mapping.Path, bound []string) {
	switch start := p.Start; start.Kind {
	case mapping.StartVar:
		if !slices.Contains(bound, start.Name) {
			s.free = append(s.free, p)
		}
	case mapping.StartExpr:
		s.expr(start.Expr, bound)
	case mapping.StartLiteral:
		for _, property := range start.Literal.Object {
			s.expr(property.Value, bound)
		}
		s.exprs(start.Literal.Array, bound)
	default:
	}
	for _, step := range p.Steps {
		if step.Kind == mapping.StepMethod && step.Key.Name == "as" && len(step.Args) > 0 {
			s.exprs(step.Args[1:], bound)
			bound = append(slices.Clip(bound), variableName(step.Args[0]))
			continue
		}
		s.exprs(step.Args, bound)
	}
	if p.Group != nil {
		s.group(p.Group, bound)
	}
}

func (s *scope) exprs(list []*mapping.Expr, bound []string) {
	for _, e := range list {
		s.expr(e, bound)
	}
}

func (s *scope) expr(e *mapping.Expr, bound []string) {
	for _, p := range e.Operands {
		s.path(p, bound)
	}
}
