package explain

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/plan"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// A Question is an operation, and what is needed to say what it costs.
type Question struct {
	Schema *schema.Schema // one that was read without failing
	// Name is what errors call the text; Query is the text.
	Name, Query string
	// Operation is which one of the text, by name; "" when there is one only.
	Operation string
	Variables map[string]any
	// Rows is how many items a list has of which nobody knows.
	Rows int
	// ByHand says whether a method resolves a field, also where a connector
	// stands; nil: as the schema was read.
	ByHand func(typeName, fieldName string) bool
	// Scalars says which inputs the graph's own scalars take.
	Scalars scalars.Registry
	// Cache says how long a connector's answers may be used; nil: nobody knows.
	Cache func(*schema.Connector) *Cache
}

// Explain says what an operation costs. An error is one of the operation or its
// variables, a line NAME:LINE:COL: message for each; also that the operation leads
// to more fields than can be told.
func Explain(q Question) (*Plan, error) {
	served, err := q.served()
	if err != nil {
		return nil, err
	}
	doc, op, vars, err := q.read(served)
	if err != nil {
		return nil, err
	}
	graph, err := plan.New(q.Schema, served, plan.Options{ByHand: q.ByHand})
	if err != nil {
		return nil, err
	}
	planned, err := graph.Plan(doc, op, vars)
	if err != nil {
		return nil, q.planned(op, err)
	}
	w := &walker{
		Question: q, served: served, vars: vars, names: newIDs(),
		plan:    &Plan{Operation: string(op.Operation), Name: op.Name, Sources: []*Source{}, Fields: []*Field{}},
		sources: map[string]*Source{}, loaded: map[load]string{}, groups: map[turn]*group{}, assumed: map[string]bool{},
	}
	w.planned = planned
	if w.places, err = w.reach(planned.Root); err != nil {
		return nil, q.planned(op, err)
	}
	w.plan.Fields = append(w.plan.Fields, w.fields(w.places[spot{w.names.text(""), planned.Root}])...)
	for _, s := range w.sources {
		w.plan.Sources = append(w.plan.Sources, s)
		w.plan.Calls = add(w.plan.Calls, s.Calls)
	}
	slices.SortFunc(w.plan.Sources, func(a, b *Source) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(w.plan.Assumptions, func(a, b Assumption) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return w.plan, nil
}

// A walker walks down an operation and counts.
type walker struct {
	Question

	served  *ast.Schema
	vars    map[string]any
	planned *plan.Plan
	names   ids
	places  map[spot]*place
	plan    *Plan
	sources map[string]*Source
	loaded  map[load]string // what the operation remembers, and the path that asked first
	groups  map[turn]*group
	assumed map[string]bool // coordinates of lists
}

// fields are the fields of objects that matter, told once for each place. Of an
// abstract type each possible type is counted as if all objects were of it: nobody
// knows how many are.
func (w *walker) fields(p *place) []*Field {
	if p.told {
		return nil
	}
	p.told = true
	var all []*Field
	for _, f := range p.Fields {
		if fetches(f) {
			all = append(all, w.field(p, f)...)
		}
	}
	p.matters = len(all) > 0
	return all
}

// fetches says whether a field, or what is below it, may ask.
func fetches(f *plan.Field) bool { return f.Place != nil || f.Below != nil && f.Below.Fetches }

// field is one field, or what matters of the fields below it.
func (w *walker) field(p *place, f *plan.Field) []*Field {
	of := p.rows
	out := &Field{Path: pathOf(p, f), Coordinate: f.Coordinate, Parents: of.n}
	r := w.rowsBelow(f, of)
	switch f.Kind {
	case plan.Connected:
		w.connected(out, f, of, r)
	case plan.Completed:
		if !w.completed(out, f, r) {
			out.Note = "costs nothing: what its parent came with is enough"
		}
	case plan.ByHand:
		out.ByHand = true
	case plan.Recorded:
		out.Note = "costs nothing: the outbox knows it"
	default:
	}
	matters := false
	if r.n > 0 {
		for _, next := range w.under(f, out.Path) {
			out.Fields = append(out.Fields, w.fields(next)...)
			matters = matters || next.matters
		}
	}
	if r.assumed && (matters || f.Completes()) {
		w.assume(out.Coordinate)
	}
	if len(out.Fetches) == 0 && !out.ByHand && out.Note == "" {
		return out.Fields // it is part of its parent
	}
	return []*Field{out}
}

// assume notes a list of which the size was assumed.
func (w *walker) assume(coordinate string) {
	if !w.assumed[coordinate] {
		w.assumed[coordinate] = true
		w.plan.Assumptions = append(w.plan.Assumptions, Assumption{coordinate, w.Rows})
	}
}

// most is as much as is counted: more is as good as endless.
const most = 1_000_000_000_000

func times(a, b int) int {
	if a > 0 && b > most/a {
		return most
	}
	return a * b
}

func add(a, b int) int { return min(a+b, most) }
