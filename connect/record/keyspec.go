package record

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// FieldKey is what the connectors of a field read of the objects that have it.
func FieldKey(p *schema.Plan) []KeyPart {
	var names []string
	for _, con := range p.Connectors {
		names = append(names, con.This...)
	}
	slices.Sort(names)
	return parts(slices.Compact(names), readBelow("$this", p.Connectors...))
}

// EntityKey is what a connector that completes objects reads of them.
func EntityKey(con *schema.Connector) []KeyPart {
	variable := "$this"
	if con.AsArgs {
		variable = "$args"
	}
	return parts(con.Key, readBelow(variable, con))
}

func parts(names []string, below map[string][]string) []KeyPart {
	all := make([]KeyPart, len(names))
	for i, name := range names {
		all[i] = KeyPart{Name: name, Below: below[name]}
	}
	return all
}

// A keyMaker makes one key of an object: parts are the columns that have its parts.
type keyMaker struct {
	spec    []KeyPart
	columns []int
}

// keys adds to a layout the keys of the connectors that may be asked below an object
// at a place, and of which it has all parts. Equal ones share a cell.
func (c *compiler) keys(def *ast.Definition, l *Layout, holder string) []keyMaker {
	var made []keyMaker
	add := func(of string, spec []KeyPart) {
		if l.Key(of) >= 0 {
			return
		}
		k := keyMaker{spec: spec}
		for _, p := range spec {
			i := l.Column(p.Name)
			if i < 0 {
				return
			}
			k.columns = append(k.columns, i)
		}
		cell := slices.IndexFunc(made, func(other keyMaker) bool { return sameParts(other.spec, spec) })
		if cell < 0 {
			cell, made = len(made), append(made, k)
		}
		l.Keys = append(l.Keys, KeySpec{For: of, Parts: spec, cell: cell})
	}
	for _, f := range def.Fields {
		if p := c.opt.Schema.Plans[def.Name+"."+f.Name]; p != nil && p.Kind == schema.Connected {
			add(def.Name+"."+f.Name, FieldKey(p))
		}
	}
	if p := c.opt.Schema.Plans[holder]; p != nil {
		for _, step := range p.Completions {
			if step.Type.Name == def.Name {
				add(string(step.Entity.ID), EntityKey(step.Entity))
			}
		}
	}
	l.cells = len(l.Fields) + len(made)
	return made
}

func sameParts(a, b []KeyPart) bool {
	return slices.EqualFunc(a, b, func(a, b KeyPart) bool { return a.Name == b.Name && slices.Equal(a.Below, b.Below) })
}

// readBelow has, for what connectors read of a variable, the paths that they read
// below it: id where they read $this.owner.id.
func readBelow(variable string, cons ...*schema.Connector) map[string][]string {
	below := map[string][]string{}
	for _, con := range cons {
		for _, m := range mappingsOf(con) {
			mapping.Walk(m.Root, func(n mapping.Node) bool {
				p, ok := n.(*mapping.Path)
				if !ok || p.Start.Kind != mapping.StartVar || p.Start.Name != variable {
					return true
				}
				if keys := leadingKeys(p); len(keys) > 1 {
					below[keys[0]] = append(below[keys[0]], strings.Join(keys[1:], "."))
				}
				return true
			})
		}
	}
	for name, paths := range below {
		slices.Sort(paths)
		below[name] = slices.Compact(paths)
	}
	return below
}

// leadingKeys are the keys of a path before the first method, and before one with a dot,
// which the text of a path could not tell from two.
func leadingKeys(p *mapping.Path) []string {
	var keys []string
	for _, s := range p.Steps {
		switch s.Kind {
		case mapping.StepMethod:
			return keys
		case mapping.StepKey:
			if strings.Contains(s.Key.Name, ".") {
				return keys
			}
			keys = append(keys, s.Key.Name)
		case mapping.StepQuestion:
		}
	}
	return keys
}

// mappingsOf are all mappings of a connector that may read its arguments or parent.
func mappingsOf(con *schema.Connector) []*mapping.Mapping {
	all := []*mapping.Mapping{con.Body, con.Path, con.Query, con.Selection, con.Message, con.Extensions, con.IsSuccess}
	if p := con.Paginate; p != nil {
		all = append(all, p.Pages, p.Next, p.More, p.Total)
	}
	templates := []*mapping.Template{con.URL}
	for _, h := range con.Headers {
		if h.Value != nil {
			templates = append(templates, h.Value)
		}
	}
	for _, t := range templates {
		for _, part := range t.Parts {
			all = append(all, part.Mapping)
		}
	}
	return slices.DeleteFunc(all, func(m *mapping.Mapping) bool { return m == nil })
}
