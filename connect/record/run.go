package record

import (
	"bytes"
	"cmp"
	"slices"

	"holdfast/connect/mapping"
)

// A run maps one answer. What it gathers on its way is used again by the next.
type run struct {
	m    *Mapper
	vars mapping.Vars

	blob    []byte
	cells   []cell
	ends    []int       // of the fields of a value object
	values  []looked    // at before their objects are made
	leaves  [][2]uint32 // the last leaf of each place, by node
	nulls   []int       // how often what may be null had no value, by place
	faults  []Fault
	known   map[telling]uint32 // the faults by what they say
	drift   []string           // where faults are
	lost    []*Way
	told    told
	items   mapping.Value // the list that the answer is
	missed  int           // faults found so far
	good    int           // values that were there and fitted
	bad     bool          // every item of the answer is at fault
	first   string        // the first fault, and why
	last    evaluated     // the newest evaluation
	tooMuch bool          // what comes of the answer is too large
	tags    []tagged
	coarse  []bool // the families of tags that are too many to tell apart
	text    []byte // of a tag
}

// evaluated is the first problem of an evaluation for a field, if it had one.
type evaluated struct {
	at  *node
	why reason
}

// A looked value is one that is looked at before its object is made, with what its
// evaluation said.
type looked struct {
	mapping.Value

	said evaluated
}

// maxText bounds the ready JSON of one record: expressions can make much of little.
const maxText = 64 << 20

// reset makes r ready for the next answer.
func (r *run) reset() {
	*r = run{
		blob: r.blob[:0], cells: r.cells[:0], ends: r.ends[:0], values: r.values[:0], leaves: r.leaves[:0], nulls: r.nulls[:0],
		tags: r.tags[:0], coarse: r.coarse[:0], text: r.text[:0],
	}
}

// begin gets r ready for an answer to m.
func (r *run) begin(m *Mapper, vars mapping.Vars) {
	r.m, r.vars = m, vars
	r.leaves = append(r.leaves, make([][2]uint32, m.leaves)...)
	r.nulls = append(r.nulls, make([]int, len(m.places))...)
	r.coarse = append(r.coarse, make([]bool, len(m.families))...)
	r.reserve(1)
}

// unusable says whether nothing of the answer can be served.
func (r *run) unusable() bool { return r.bad || r.tooMuch || r.missed > 0 && r.good == 0 }

// reserve appends n cells and returns the first.
func (r *run) reserve(n int) uint32 {
	first := len(r.cells)
	r.cells = slices.Grow(r.cells, n)[:first+n]
	clear(r.cells[first:])
	return uint32(first)
}

// eval is what an expression makes of a value, for the place at; one that a method
// cannot make is a fault in the cell.
func (r *run) eval(from *origin, v mapping.Value, at uint32) mapping.Value {
	n := from.at
	made, why, ok := r.apply(from.expr, v)
	r.last = evaluated{at: n}
	for i, p := range why {
		if i == 0 {
			r.last.why = problem(p)
		}
		r.tell(n.place, problem(p))
	}
	if !ok {
		r.fail(n, at, r.last.why)
	}
	return made
}

// apply is what an expression makes of a value, and its problems; false if a method
// cannot do its work.
func (r *run) apply(expr *mapping.Mapping, v mapping.Value) (mapping.Value, []mapping.Problem, bool) {
	made := expr.Apply(v, r.vars)
	if len(made.Problems) == 0 {
		return made.Value, nil, true
	}
	failed := slices.IndexFunc(made.Problems, func(p mapping.Problem) bool { return p.Method })
	if failed >= 0 {
		return mapping.Value{}, made.Problems[failed:], false
	}
	return made.Value, made.Problems, true
}

// from is the value that an origin leads to.
func (r *run) from(o *origin, v mapping.Value, at uint32) mapping.Value {
	if o.expr != nil {
		return r.eval(o, v, at)
	}
	return found(o.keys, v)
}

// absent notes a value that has the wrong kind, or is null or missing where there
// must be one. An answer, or an item of it, that was not found is no null.
func (r *run) absent(n *node, v mapping.Value, at uint32) {
	if n.need || !v.IsMissing() && !v.IsNull() || v.IsNotFound() && n.isAnswer() {
		r.fail(n, at, r.because(n, v))
		return
	}
	r.nulls[n.counted]++
	if v.IsNotFound() && !r.evaluated(n) {
		r.tell(n.place, because(v))
	}
}

// evaluated says whether the newest evaluation was for the field of n and had a
// problem: then that was told.
func (r *run) evaluated(n *node) bool {
	at := r.last.at
	return r.last.why.kind != "" && at.typeName == n.typeName && at.name == n.name
}

// because is why v is no value for a place: what its evaluation says tells more than
// what came of it.
func (r *run) because(n *node, v mapping.Value) reason {
	if r.evaluated(n) {
		return r.last.why
	}
	return because(v)
}

// fail makes a place a fault. A place that is one already is so once.
func (r *run) fail(n *node, at uint32, why reason) {
	if r.cells[at].kind() == Faulty {
		return
	}
	t := telling{n.place, why}
	i, known := r.known[t]
	if !known {
		if r.known == nil {
			r.known = map[telling]uint32{}
		}
		i = uint32(len(r.faults))
		r.known[t] = i
		r.faults = append(r.faults, Fault{Source: r.m.source, Connector: r.m.connector, Why: n.place + ": " + why.String()})
	}
	r.cells[at] = cell{head: head(Faulty, 0), a: i}
	r.missed++
	r.first = cmp.Or(r.first, r.faults[i].Why)
	r.drift = append(r.drift, n.place)
	if !r.evaluated(n) {
		r.tell(n.place, why)
	}
	if n.vital && !slices.Contains(r.lost, n.way) {
		r.lost = append(r.lost, n.way)
	}
}

// leaf notes ready JSON that was appended to the text from start on. One that is as
// the last of its place is not kept twice.
func (r *run) leaf(n *node, at uint32, start int) {
	text := r.blob[start:]
	if string(text) == "null" {
		r.blob = r.blob[:start]
		return
	}
	last := &r.leaves[n.last]
	if bytes.Equal(text, r.blob[last[0]:last[1]]) {
		r.blob = r.blob[:start]
	} else {
		*last = [2]uint32{uint32(start), uint32(len(r.blob))}
	}
	r.cells[at] = cell{head: head(Leaf, 0), a: last[0], b: last[1]}
	r.tooMuch = r.tooMuch || len(r.blob) > maxText
}
