package main

import (
	"slices"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

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

// leadingKeys are the keys of a path before the first method.
func leadingKeys(p *mapping.Path) []string {
	var keys []string
	for _, s := range p.Steps {
		switch s.Kind {
		case mapping.StepMethod:
			return keys
		case mapping.StepKey:
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
