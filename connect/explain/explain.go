package explain

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

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
	// Cache says how long a connector's answers may be used; nil: nobody knows.
	Cache func(*schema.Connector) *Cache
}

// Explain says what an operation costs. An error is one of the operation or its
// variables, a line NAME:LINE:COL: message for each.
func Explain(q Question) (*Plan, error) {
	served, err := q.served()
	if err != nil {
		return nil, err
	}
	doc, op, vars, err := q.read(served)
	if err != nil {
		return nil, err
	}
	w := &walker{
		Question: q, selector: selector{doc.Fragments, vars, served},
		plan:    &Plan{Operation: string(op.Operation), Name: op.Name, Sources: []*Source{}, Fields: []*Field{}},
		sources: map[string]*Source{}, loaded: map[string]string{}, assumed: map[string]bool{},
	}
	root := served.Query
	if op.Operation == ast.Mutation {
		root = served.Mutation
	}
	w.plan.Fields = append(w.plan.Fields, w.fields(root, op.SelectionSet, rows{n: 1, lists: 1, groups: 1})...)
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
	selector

	plan    *Plan
	sources map[string]*Source
	loaded  map[string]string // what the operation remembers, and the path that asked first
	assumed map[string]bool   // coordinates of lists
}

// rows are the objects at one place of the answer.
type rows struct {
	path string
	// id is the same for the same objects: how they were reached, without aliases.
	id    string
	n     int // at most
	nodes int // of a connection: how many it has at most
	// lists is how many lists, or single objects, these are: those of one list
	// are resolved together.
	lists int
	// groups is how many groups they form for what was offered when they came;
	// apart says that nothing was.
	groups int
	apart  bool
}

// together is how many groups of rows are fetched together.
func (r rows) together() int {
	if r.apart {
		return r.lists
	}
	return r.groups
}

// fields are the fields of objects that matter. Of an abstract type each possible
// type is counted as if all objects were of it: nobody knows how many are.
func (w *walker) fields(def *ast.Definition, sel ast.SelectionSet, of rows) []*Field {
	var all []*Field
	for _, t := range w.objects(def) {
		these := of
		if t != def {
			these.id += " of " + t.Name
		}
		for _, f := range w.collect(sel, t) {
			all = append(all, w.field(t, f, these)...)
		}
	}
	return all
}

// field is one field, or what matters of the fields below it.
func (w *walker) field(def *ast.Definition, f *selected, of rows) []*Field {
	out := &Field{Path: strings.TrimPrefix(of.path+"."+f.Alias, "."), Coordinate: def.Name + "." + f.Name, Parents: of.n}
	below, assumed := w.below(def, f, of, out)
	p := w.planOf(def, f.Field)
	switch p.Kind {
	case schema.Connected:
		w.connected(out, p, f, of, &below)
	case schema.Completed:
		below.groups, below.apart = of.together(), false
		if !w.completed(out, p, f, below) {
			out.Note = "costs nothing: what its parent came with is enough"
		}
	case schema.ByHand:
		out.ByHand, below.apart = true, true
	default:
	}
	if below.n > 0 && len(f.selections) > 0 {
		out.Fields = w.fields(w.types.Types[f.Definition.Type.Name()], f.selections, below)
	}
	if assumed && (len(out.Fields) > 0 || len(p.Completions) > 0) {
		w.assume(out.Coordinate)
	}
	if len(out.Fetches) == 0 && !out.ByHand && out.Note == "" {
		return out.Fields // it is part of its parent
	}
	return []*Field{out}
}

// planOf is how a field comes by its value.
func (w *walker) planOf(def *ast.Definition, f *ast.Field) *schema.Plan {
	p := w.Schema.Plans[def.Name+"."+f.Name]
	switch {
	case w.ByHand != nil && w.ByHand(def.Name, f.Name):
		return &schema.Plan{Kind: schema.ByHand}
	case p == nil:
		return &schema.Plan{Kind: schema.Mapped}
	}
	return p
}

// below are the objects that a field leads to, and whether how many is assumed.
func (w *walker) below(def *ast.Definition, f *selected, of rows, out *Field) (b rows, assumed bool) {
	b = rows{path: out.Path, id: of.id + "." + f.Name + f.arguments(w.vars), n: of.n, lists: of.n, groups: of.groups, apart: of.apart}
	if w.isRoot(def.Name) { // what two fields of it bring may differ
		b.id = of.id + "." + f.Alias
	}
	if of.nodes > 0 && (f.Name == "edges" || f.Name == "nodes") {
		b.n = times(of.n, of.nodes)
		return b, false
	}
	for t := f.Definition.Type; t.Elem != nil; t = t.Elem {
		b.n, assumed = times(b.n, w.Rows), true
	}
	return b, assumed
}

// assume notes a list of which the size was assumed.
func (w *walker) assume(coordinate string) {
	if !w.assumed[coordinate] {
		w.assumed[coordinate] = true
		w.plan.Assumptions = append(w.plan.Assumptions, Assumption{coordinate, w.Rows})
	}
}

func (w *walker) isRoot(typeName string) bool {
	is := func(root *ast.Definition) bool { return root != nil && root.Name == typeName }
	return is(w.types.Query) || is(w.types.Mutation)
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
