package explain

import (
	"holdfast/connect/plan"
	"holdfast/connect/schema"
)

// connected counts what a field's own connectors are asked for, and what
// completes what they yield.
func (w *walker) connected(out *Field, f *plan.Field, of, below rows) {
	if out.Note = w.refused(f); out.Note != "" {
		return
	}
	asks := w.asks(f, of)
	for i, con := range f.Place.Connectors {
		fetch := w.fetch(con, asks.n)
		fetch.Alternative = i > 0
		fetch.Calls = asks.n
		if con.Paginate != nil {
			win := w.window(f)
			out.Nodes, fetch.Pages, fetch.PageSize = win.nodes, win.pages, win.size
			fetch.Calls = times(fetch.Inputs, fetch.Pages)
		}
		w.once(out, fetch, asks.id)
		w.count(out, fetch)
	}
	w.completed(out, f, below)
}

// ask is for how many inputs a field's connectors are asked, and what names them
// all; 0 where equal ones are asked again.
type ask struct {
	n  int
	id id
}

// asks tells what a field's connectors are asked for: everything for every parent,
// or the same for all if they do not read it. A root field asks each time.
func (w *walker) asks(f *plan.Field, of rows) ask {
	switch {
	case w.isRoot(f):
		return ask{n: of.n}
	case len(f.Place.Reads) == 0:
		return ask{min(of.n, 1), w.names.step(of.root, "."+w.arguments(f))}
	}
	return ask{of.n, w.names.step(of.id, "."+f.Name+w.arguments(f))}
}

// completed counts what completes objects of which only a part came. It says
// whether anything does: not if the part is all that is asked for.
func (w *walker) completed(out *Field, f *plan.Field, parts rows) (asked bool) {
	for _, typeName := range f.CompletedTypes() {
		steps, err := f.Steps(typeName)
		if err != nil {
			return asked // it was reached before
		}
		for _, step := range steps {
			w.complete(out, step, parts)
			asked = true
		}
	}
	return asked
}

// complete counts one step of completing objects.
func (w *walker) complete(out *Field, step *plan.Completion, parts rows) {
	fetch := w.fetch(step.Entity, parts.n)
	fetch.Calls = parts.n
	if fetch.BatchSize = step.Entity.Batch; fetch.BatchSize > 0 {
		fetch.Calls = (parts.n + fetch.BatchSize - 1) / fetch.BatchSize // all keys that lead to a place are asked for together
	}
	w.once(out, fetch, parts.id)
	w.count(out, fetch)
}

func (w *walker) fetch(con *schema.Connector, inputs int) *Fetch {
	f := &Fetch{Connector: string(con.ID), Source: con.Source.Name, Method: con.Method, URL: con.URL.Source, Inputs: inputs}
	f.Write = con.Type == w.Schema.AST.Mutation
	if !f.Write && w.Cache != nil {
		f.Cache = w.Cache(con)
	}
	return f
}

// A load is what an operation asks for once: of a connector, with the same inputs.
type load struct {
	connector string
	of        id
}

// once makes a fetch cost nothing if the operation has the same inputs of the same
// connector already: of names them.
func (w *walker) once(out *Field, f *Fetch, of id) {
	if of == 0 {
		return
	}
	if path, ok := w.loaded[load{f.Connector, of}]; ok {
		f.SharedWith, f.Calls = path, 0
		return
	}
	w.loaded[load{f.Connector, of}] = out.Path
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
