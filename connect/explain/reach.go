package explain

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/plan"
)

// rows are the objects at one place of the answer.
type rows struct {
	// id is the same for the same objects: how they were reached, without aliases.
	id id
	// root is the same below one root field of a mutation: nothing is shared with
	// others. It is the same everywhere in a query.
	root  id
	n     int // at most
	nodes int // of a connection: how many it has at most
	// assumed says that how many they are is assumed.
	assumed bool
}

// A spot is where objects of one type stand: those of a node at a path.
type spot struct {
	path id
	*plan.Node
}

// A place is all that is known of the objects at a spot.
type place struct {
	spot
	rows

	path    string // in the answer: orders.edges.node
	ids     []id   // of those who lead here
	told    bool   // its fields were
	matters bool   // some of them did
}

// mostFields is to how many fields an operation may lead.
const mostFields = 200_000

// reach finds the spots to which an operation leads, level by level, so that each is
// looked at once. Where objects of several types lead to one, these are parts of as
// many objects as one of them could be: the most that one of them brings counts.
func (w *walker) reach(root *plan.Node) (map[spot]*place, error) {
	first := &place{spot: spot{w.names.text(""), root}, rows: rows{n: 1}}
	all := map[spot]*place{first.spot: first}
	fields := 0
	for level := []*place{first}; len(level) > 0; {
		var next []*place
		for _, p := range level {
			p.id = w.names.all(p.ids)
			if fields += len(p.Fields); fields > mostFields {
				return nil, gqlerror.Errorf("it leads to more than %d fields: ask for less at once", mostFields)
			}
			for _, f := range p.Fields {
				if !fetches(f) || f.Below == nil {
					continue
				}
				found, err := w.meet(p, f, all)
				if err != nil {
					return nil, err
				}
				next = append(next, found...)
			}
		}
		level = next
	}
	return all, nil
}

// meet adds to the spots below a field what it leads to, and returns the new ones.
func (w *walker) meet(p *place, f *plan.Field, all map[spot]*place) (found []*place, err error) {
	r := w.rowsBelow(f, p.rows)
	if r.n == 0 {
		return nil, nil
	}
	path := pathOf(p, f)
	here := w.names.text(path)
	for _, def := range w.objects(f.Below.Type) {
		n, err := f.Below.On(def.Name)
		if err != nil {
			return nil, err
		}
		if !n.Fetches {
			continue
		}
		at := spot{here, n}
		to := all[at]
		if to == nil {
			to = &place{spot: at, path: path}
			all[at] = to
			found = append(found, to)
		}
		of := r
		if def != f.Below.Type {
			of.id = w.names.step(r.id, " of "+def.Name)
		}
		to.join(of)
	}
	return found, nil
}

// join counts rows in that lead to the place.
func (p *place) join(r rows) {
	if !slices.Contains(p.ids, r.id) {
		p.ids = append(p.ids, r.id)
	}
	p.root = r.root
	p.n, p.nodes = max(p.n, r.n), max(p.nodes, r.nodes)
}

// under are the places below a field.
func (w *walker) under(f *plan.Field, path string) (all []*place) {
	if f.Below == nil {
		return nil
	}
	here := w.names.text(path)
	for _, def := range w.objects(f.Below.Type) {
		n, err := f.Below.On(def.Name)
		if to := w.places[spot{here, n}]; err == nil && to != nil {
			all = append(all, to)
		}
	}
	return all
}

// objects are the object types that a value of a type can have.
func (w *walker) objects(def *ast.Definition) []*ast.Definition {
	if def.IsAbstractType() {
		return w.served.GetPossibleTypes(def)
	}
	return []*ast.Definition{def}
}

func pathOf(p *place, f *plan.Field) string { return strings.TrimPrefix(p.path+"."+f.Key, ".") }

// rowsBelow are the objects that a field of rows leads to.
func (w *walker) rowsBelow(f *plan.Field, of rows) rows {
	r := rows{n: of.n, root: of.root}
	if w.isRoot(f) {
		r.id = w.names.step(of.id, "."+f.Key) // what two fields of it bring may differ
		if w.plan.Operation == string(ast.Mutation) {
			r.root = r.id
		}
	} else {
		r.id = w.names.step(of.id, "."+f.Name+w.arguments(f))
	}
	if of.nodes > 0 && (f.Name == "edges" || f.Name == "nodes") {
		r.n = times(of.n, of.nodes)
	} else {
		for t := f.Def.Type; t.Elem != nil; t = t.Elem {
			r.n, r.assumed = times(r.n, w.Rows), true
		}
	}
	if f.Kind == plan.Connected {
		r.nodes = w.window(f).nodes
		if w.refused(f) != "" {
			r.n = 0
		}
	}
	return r
}

func (w *walker) isRoot(f *plan.Field) bool {
	typeName, _, _ := strings.Cut(f.Coordinate, ".")
	is := func(root *ast.Definition) bool { return root != nil && root.Name == typeName }
	return is(w.served.Query) || is(w.served.Mutation)
}

// arguments are a field's arguments as one text, which is the same for the same
// values; "" for none.
func (w *walker) arguments(f *plan.Field) string {
	args, err := f.Args.Of(w.vars)
	if err != nil || args.Text == "{}" {
		return ""
	}
	return args.Text
}

// An id is a name that is short however long it would be.
type id int

// ids are the names that were given, from 1 on.
type ids struct {
	texts map[string]id
	pairs map[[2]id]id
}

func newIDs() ids { return ids{map[string]id{}, map[[2]id]id{}} }

func (n ids) next() id { return id(len(n.texts) + len(n.pairs) + 1) }

// text is the name of a text.
func (n ids) text(s string) id {
	known, ok := n.texts[s]
	if !ok {
		known = n.next()
		n.texts[s] = known
	}
	return known
}

// step is the name of what step leads to from what of names.
func (n ids) step(of id, step string) id {
	pair := [2]id{of, n.text(step)}
	known, ok := n.pairs[pair]
	if !ok {
		known = n.next()
		n.pairs[pair] = known
	}
	return known
}

// all is the name of what several name together, in any order.
func (n ids) all(names []id) id {
	if len(names) == 1 {
		return names[0]
	}
	slices.Sort(names)
	var b []byte
	for _, one := range names {
		b = strconv.AppendInt(append(b, '\x00'), int64(one), 10)
	}
	return n.text(string(b))
}
