package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Costs warns of the fields that cost one call for each row of a list, as far as
// that is known where reading s failed.
func (s *Schema) Costs() Findings {
	sources := s.sources()
	for _, src := range sources {
		defer indexed(src)()
	}
	var all Findings
	for name := range s.many() {
		def := s.AST.Types[name]
		if def.Kind != ast.Object {
			continue
		}
		for _, f := range def.Fields {
			all = append(all, s.costsOf(def, f)...)
		}
	}
	for _, root := range []*ast.Definition{s.AST.Query, s.AST.Mutation} {
		if root == nil {
			continue
		}
		for _, f := range root.Fields { // a root is there once, but its lists have rows
			all = append(all, s.costsOf(root, f)...)
		}
	}
	all.extend(sources)
	return all.sorted()
}

// sources are the texts of the types, as positions are counted in them.
func (s *Schema) sources() []*ast.Source {
	var all []*ast.Source
	for _, def := range s.AST.Types {
		if src := def.Position.Src; !src.BuiltIn && !slices.Contains(all, src) {
			all = append(all, src)
		}
		for _, f := range def.Fields { // extensions may stand elsewhere
			if f.Position != nil && !f.Position.Src.BuiltIn && !slices.Contains(all, f.Position.Src) {
				all = append(all, f.Position.Src)
			}
		}
	}
	return all
}

// many are the names of the types of which one answer can hold many objects: what
// lists hold, and what is below that.
func (s *Schema) many() map[string]bool {
	seen, many := map[string]bool{}, map[string]bool{}
	var visit func(def *ast.Definition, rows bool)
	visit = func(def *ast.Definition, rows bool) {
		if def == nil || seen[def.Name] && (many[def.Name] || !rows) {
			return
		}
		seen[def.Name] = true
		if rows {
			many[def.Name] = true
		}
		for _, member := range s.AST.GetPossibleTypes(def) {
			if member.Kind == ast.Object {
				visit(member, rows)
			}
		}
		for _, f := range def.Fields {
			visit(s.AST.Types[f.Type.Name()], rows || f.Type.Elem != nil)
		}
	}
	visit(s.AST.Query, false)
	visit(s.AST.Mutation, false)
	return many
}

// costsOf are the warnings of one field, of which there are many parents unless
// def is a root type.
func (s *Schema) costsOf(def *ast.Definition, f *ast.FieldDefinition) Findings {
	p := s.Plans[coordinate(def, f)]
	if p == nil {
		return nil
	}
	root := def == s.AST.Query || def == s.AST.Mutation
	var all Findings
	if p.Kind == Connected && !root && p.readsParent() && p.Connectors[0].Source != nil {
		all = append(all, p.Connectors[0].cost(p.Connectors[0].at, def.Name, s.ownHint(def, f)))
	}
	for _, step := range p.Completions {
		if row := step.Type.Name; step.Entity.Batch == 0 && step.Entity.Source != nil && (!root || f.Type.Elem != nil) {
			all = append(all, step.Entity.cost(start(f.Position), row, fmt.Sprintf(
				"ask for many at once with a @connect over $batch on type %s, or select all of it where the list is selected", row)))
		}
	}
	for i := range all {
		all[i].Coordinate = coordinate(def, f)
	}
	return all
}

// readsParent says whether the connectors of a field depend on the parent. What
// does not is asked for once, however many parents there are.
func (p *Plan) readsParent() bool {
	return slices.ContainsFunc(p.Connectors, func(c *Connector) bool { return len(c.This) > 0 })
}

// cost is the warning that each row costs a request of c.
func (con *Connector) cost(at place, row, hint string) Finding {
	calls := "a call"
	if con.Paginate != nil {
		calls = "a call for each page"
	}
	return Finding{
		File: at.file, Line: at.line, Col: at.col, Code: "ONE_CALL_PER_ROW", Warning: true, Hint: hint,
		Message: fmt.Sprintf("each %s of a list costs %s: %s %s of %s",
			row, calls, con.Method, strings.Join(strings.Fields(con.URL.Source), ""), con.Source.Name),
	}
}

// ownHint says what to do about a field with a connector of its own: an object can
// be loaded by a key, a list or a scalar can not.
func (s *Schema) ownHint(def *ast.Definition, f *ast.FieldDefinition) string {
	if f.Type.Elem != nil || f.Directives.ForName("paginate") != nil || s.AST.Types[f.Type.Name()].IsLeafType() {
		return fmt.Sprintf("select it where the list of %s is selected, if the API gives it there; else ask for few rows", def.Name)
	}
	return fmt.Sprintf("where the list of %s is selected, select a key of it too, and load type %s with a @connect over $batch",
		def.Name, f.Type.Name())
}

// With are the findings with more of them, in the order of the text.
func (fs Findings) With(more Findings) Findings { return slices.Concat(fs, more).sorted() }
