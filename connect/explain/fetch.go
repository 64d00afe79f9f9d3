package explain

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// connected counts what a field's own connectors are asked for, and what
// completes what they yield. below learns how many nodes a connection has.
func (w *walker) connected(out *Field, p *schema.Plan, f *selected, of rows, below *rows) {
	asks := w.asks(p, f, of)
	for i, con := range p.Connectors {
		fetch := w.fetch(con, asks.n)
		fetch.Alternative = i > 0
		fetch.Calls = asks.n
		if con.Paginate != nil && !w.pages(out, fetch, con.Paginate, f) {
			below.n = 0
			return
		}
		below.nodes = out.Nodes
		w.once(out, fetch, asks.id)
		w.count(out, fetch)
	}
	below.groups, below.apart = of.together(), false
	if len(p.Completions) > 0 {
		below.groups = of.lists // what completes it was not offered
		w.completed(out, p, f, *below)
	}
}

// ask is for how many inputs a field's connectors are asked, and what names them
// all; "" where equal ones are asked again.
type ask struct {
	n  int
	id string
}

// asks tells what a field's connectors are asked for: everything for every parent,
// or the same for all if they do not read it. A root field asks each time.
func (w *walker) asks(p *schema.Plan, f *selected, of rows) ask {
	if w.isRoot(p.Connectors[0].Type.Name) {
		return ask{n: of.n}
	}
	a := ask{of.n, of.id + "." + f.Name + f.arguments(w.vars)}
	reads := func(c *schema.Connector) bool { return len(c.This) > 0 }
	if !slices.ContainsFunc(p.Connectors, reads) {
		a = ask{min(of.n, 1), "." + f.arguments(w.vars)}
	}
	return a
}

// completed counts what completes objects of which only a part came. It says
// whether anything does: not if the part is all that is asked for.
func (w *walker) completed(out *Field, p *schema.Plan, f *selected, parts rows) (asked bool) {
	for _, step := range p.Completions {
		if w.enough(step, f) {
			continue
		}
		fetch := w.fetch(step.Entity, parts.n)
		fetch.Calls = parts.n
		if fetch.BatchSize = step.Entity.Batch; fetch.BatchSize > 0 {
			fetch.Calls = chunks(parts.n, parts.groups, fetch.BatchSize)
		}
		w.once(out, fetch, parts.id)
		w.count(out, fetch)
		asked = true
	}
	return asked
}

// chunks is how many calls of some size n keys in so many groups take at most.
func chunks(n, groups, size int) int {
	size = max(1, min(size, n))
	return min(n, (n+times(groups, size-1))/size)
}

// enough says whether the parts have what is asked of them, and what the
// connectors of fields below them read.
func (w *walker) enough(step schema.Completion, f *selected) bool {
	def := w.types.Types[step.Type.Name]
	for _, asked := range w.collect(f.selections, def) {
		for _, name := range w.needs(def, asked.Field) {
			if !slices.Contains(step.Provided, name) {
				return false
			}
		}
	}
	return true
}

// needs are the fields of an object of def that must be there for f to be resolved.
func (w *walker) needs(def *ast.Definition, f *ast.Field) []string {
	p := w.planOf(def, f)
	if p.Kind != schema.Connected {
		return []string{f.Name}
	}
	var names []string
	for _, con := range p.Connectors {
		names = append(names, con.This...)
	}
	return names
}

func (w *walker) fetch(con *schema.Connector, inputs int) *Fetch {
	f := &Fetch{Connector: string(con.ID), Source: con.Source.Name, Method: con.Method, URL: con.URL.Source, Inputs: inputs}
	f.Write = con.Type == w.Schema.AST.Mutation
	if !f.Write && w.Cache != nil {
		f.Cache = w.Cache(con)
	}
	return f
}

// once makes a fetch cost nothing if the operation has the same inputs of the same
// connector already: id names them.
func (w *walker) once(out *Field, f *Fetch, id string) {
	if id == "" {
		return
	}
	key := f.Connector + "\x00" + id
	if path, ok := w.loaded[key]; ok {
		f.SharedWith, f.Calls = path, 0
		return
	}
	w.loaded[key] = out.Path
}

// count adds a fetch to a field, and its calls to those of its source.
func (w *walker) count(out *Field, f *Fetch) {
	out.Fetches = append(out.Fetches, f)
	s := w.sources[f.Source]
	if s == nil {
		s = &Source{Name: f.Source}
		w.sources[f.Source] = s
	}
	if f.Alternative {
		s.Alternative = add(s.Alternative, f.Calls)
	} else {
		s.Calls = add(s.Calls, f.Calls)
	}
}
