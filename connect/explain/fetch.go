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
		at := turn{root: parts.root, waits: w.planned.Waits(f.Place)}
		if f.Kind == plan.Connected { // what completes its objects waits for its own calls, too
			at.place = f.Place
		}
		for _, step := range steps {
			w.complete(out, step, parts, at)
			if step.Entity.Batch == 0 { // each place goes on when its own calls have ended
				at.place = f.Place
			}
			at.after += "\x00" + string(step.Entity.ID)
			asked = true
		}
	}
	return asked
}

// complete counts one step of completing objects.
func (w *walker) complete(out *Field, step *plan.Completion, parts rows, at turn) {
	fetch := w.fetch(step.Entity, parts.n)
	fetch.BatchSize = step.Entity.Batch
	if !w.once(out, fetch, parts.id) {
		at.connector = fetch.Connector
		fetch.Calls, fetch.TogetherWith = w.group(at).add(out.Path, parts.n, fetch.BatchSize)
	}
	w.count(out, fetch)
}

// A turn is when keys of a connector are asked for: those of one turn together.
type turn struct {
	connector, after string // after other connectors
	root             id     // of a mutation
	waits            string
	place            *plan.Place // nil: any that waits for the same
}

// A group is what is asked for in one turn.
type group struct {
	first string         // path
	keys  map[string]int // how many, by path
}

func (w *walker) group(at turn) *group {
	if w.groups[at] == nil {
		w.groups[at] = &group{keys: map[string]int{}}
	}
	return w.groups[at]
}

// add adds n keys at a path, and returns how many calls come on top for that; also the
// path of the first that are asked for, where these go with them. What is at a path
// already is of objects of another type: one object has one.
func (g *group) add(path string, n, size int) (calls int, with string) {
	before := g.calls(size)
	if g.first == "" {
		g.first = path
	} else if _, others := g.keys[path]; others || size > 0 {
		with = g.first
	}
	g.keys[path] = max(g.keys[path], n)
	return g.calls(size) - before, with
}

// calls is how many calls of some size its keys take; 0: of one each.
func (g *group) calls(size int) int {
	n := 0
	for _, keys := range g.keys {
		n = add(n, keys)
	}
	size = max(size, 1)
	return (n + size - 1) / size
}

func (w *walker) fetch(con *schema.Connector, inputs int) *Fetch {
	f := &Fetch{Connector: string(con.ID), Source: con.Source.Name, Method: con.Method, URL: con.URL.Source, Inputs: inputs}
	f.Write = con.Type == w.Schema.AST.Mutation
	if con.Write.Queues() {
		if f.Queue = "OUTAGE"; con.Write.Queue.Always {
			f.Queue = "ALWAYS"
		}
	}
	f.Tags, f.Invalidates = w.Schema.Tags(con), w.Schema.Changes(con)
	f.Events = w.Schema.ChangedBy(con)
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

// once says whether the operation has the same inputs of the same connector already,
// which of names: then a fetch costs nothing.
func (w *walker) once(out *Field, f *Fetch, of id) bool {
	if of == 0 {
		return false
	}
	path, ok := w.loaded[load{f.Connector, of}]
	if !ok {
		w.loaded[load{f.Connector, of}] = out.Path
		return false
	}
	f.SharedWith, f.Calls = path, 0
	return true
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
