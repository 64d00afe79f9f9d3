package executor

import (
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/plan"
	"holdfast/connect/record"
)

// A writer writes one answer: every object once, in the order in which it was asked
// for. Where null may not stand, what was written is taken back to where it may.
type writer struct {
	run  *run
	buf  []byte
	most int // bytes
	path []pathStep
	errs []failure
	last map[*plan.Field]int // the last of errs of a field, once there are too many

	echoes [echoes]echo
}

// A pathStep is a response key, or the place of an item in its list.
type pathStep struct {
	key   string // "" for an item
	index int
}

// A failure is an error and where it stands.
type failure struct {
	path  ast.Path
	field *plan.Field
	err   error
	more  int // failures of the same field that are only counted
}

// none says that nothing that is asked for has a slot.
const none = int32(-1)

// object writes an object; s is its slot, if it has one. It returns false where null
// must stand in its place, and then leaves what it wrote.
func (w *writer) object(n *plan.Node, o row, s int32) bool {
	buf := append(w.buf, '{') // in w only when others may write
	below := none
	if s != none {
		below = w.run.slots[s].first
	}
	newest, leaves := o.newest(n)
	for i, f := range n.Fields {
		if len(buf) > w.most { // one long text may be asked for by many names
			w.buf = buf
			w.measure()
		}
		buf = append(buf, prefix(f, i)...)
		if i < len(leaves) && leaves[i] >= 0 { // mostly
			var ok bool
			if buf, ok = newest.AppendLeaf(buf, leaves[i]); ok {
				continue
			}
		}
		w.buf = buf
		child := none
		if below != none && f.Opens() {
			child, below = below, below+1
		}
		if !w.field(n, i, o, child) {
			return false
		}
		buf = w.buf
	}
	w.buf = append(buf, '}')
	w.measure()
	return true
}

// prefix is what stands before the value of the i-th field of an object.
func prefix(f *plan.Field, i int) []byte {
	if i == 0 {
		return f.Prefix[1:] // no comma
	}
	return f.Prefix
}

// field writes the value of a field of an object, the i-th of n: from its slot, or from
// the row.
func (w *writer) field(n *plan.Node, i int, o row, s int32) bool {
	f := n.Fields[i]
	if f.Kind == plan.TypeName {
		w.buf = append(append(append(w.buf, '"'), n.Type.Name...), '"')
		return true
	}
	w.path = append(w.path, pathStep{key: f.Key})
	var ok bool
	switch {
	case s != none:
		ok = w.slot(f, f.Def.Type, s)
	case f.Kind == plan.IntrospectSchema || f.Kind == plan.IntrospectType:
		ok = w.introspect(f)
	default:
		ref, err := o.field(n, i, f.Name)
		ok = w.value(f, f.Def.Type, ref, err, none)
	}
	w.path = w.path[:len(w.path)-1]
	return ok
}

// slot writes what is in a slot.
func (w *writer) slot(f *plan.Field, t *ast.Type, s int32) bool {
	at := &w.run.slots[s]
	start := len(w.buf)
	if !w.value(f, t, at.ref, at.err, s) {
		return false
	}
	if t == f.Def.Type && f.Place != nil {
		w.besides(f, s, string(w.buf[start:]) == "null")
	}
	return true
}

// measure ends the writing of an answer that is longer than it may be.
func (w *writer) measure() {
	if len(w.buf) > w.most {
		panic(tooMuch("the answer has more than %d bytes: ask for less, or in several operations", w.most))
	}
}

// value writes a value of type t, or null and why; s is its slot, if it has one.
func (w *writer) value(f *plan.Field, t *ast.Type, ref record.Ref, err error, s int32) bool {
	if err == errNothing { //nolint:errorlint // it is no error
		w.buf = append(w.buf, "[]"...)
		return true
	}
	if err != nil {
		return w.fail(f, t, err)
	}
	switch ref.Kind() {
	case record.Leaf, record.Cursor:
		w.buf = ref.Append(w.buf)
		return true
	case record.Faulty:
		return w.fail(f, t, misfit(ref.Fault()))
	case record.List:
		if t.Elem != nil {
			return w.list(f, t, ref, s)
		}
	case record.Object:
		if f.Below != nil && t.Elem == nil {
			return w.composite(f, t, ref, s)
		}
	case record.Null:
	}
	return w.null(f, t)
}

func (w *writer) list(f *plan.Field, t *ast.Type, ref record.Ref, s int32) bool {
	start, below := len(w.buf), none
	if s != none && w.run.slots[s].count > 0 {
		below = w.run.slots[s].first
	} else {
		w.run.count(ref.Len())
	}
	w.buf = append(w.buf, '[')
	w.path = append(w.path, pathStep{})
	last := &w.path[len(w.path)-1]
	for i := range ref.Len() {
		if len(w.buf) > w.most {
			w.measure()
		}
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		last.index = i
		var ok bool
		if below != none {
			ok = w.slot(f, t.Elem, below+int32(i))
		} else {
			ok = w.value(f, t.Elem, ref.Item(i), nil, none)
		}
		last = &w.path[len(w.path)-1] // the path may have moved
		if !ok {
			w.path = w.path[:len(w.path)-1]
			return w.back(t, start)
		}
	}
	w.path = w.path[:len(w.path)-1]
	w.buf = append(w.buf, ']')
	w.measure()
	return true
}

// composite writes an object of whatever type it is.
func (w *writer) composite(f *plan.Field, t *ast.Type, ref record.Ref, s int32) bool {
	start := len(w.buf)
	if s != none && w.run.slots[s].node != nil {
		at := &w.run.slots[s]
		return w.object(at.node, w.run.row(at), s) || w.back(t, start)
	}
	n, err := f.Below.On(ref.Layout().Type)
	if err != nil {
		panic(err) // QUERY_LIMIT: of the whole answer
	}
	if s != none && w.echo(n, ref) {
		return true
	}
	errs := len(w.errs)
	if !w.object(n, row{ref: ref}, none) {
		return w.back(t, start)
	}
	if s != none && len(w.errs) == errs {
		w.remember(n, ref, start)
	}
	return true
}

// back takes back what was written from start on: null stands there, or goes on up.
func (w *writer) back(t *ast.Type, start int) bool {
	if len(w.buf) > start {
		w.buf = w.buf[:start]
		clear(w.echoes[:])
	}
	if t.NonNull {
		return false
	}
	w.buf = append(w.buf, "null"...)
	return true
}

// fail writes null, and why.
func (w *writer) fail(f *plan.Field, t *ast.Type, err error) bool {
	if w.tells(f) {
		w.errs = append(w.errs, failure{path: w.here(), field: f, err: err})
	}
	return w.back(t, len(w.buf))
}

// null writes null. Where that may not be, and nobody knows why it is, that is the
// error.
func (w *writer) null(f *plan.Field, t *ast.Type) bool {
	if t.NonNull {
		if w.tells(f) {
			w.errs = append(w.errs, failure{path: w.here(), field: f, err: w.noValue(f, t)})
		}
		return false
	}
	w.buf = append(w.buf, "null"...)
	return true
}

// here is the path of what is being written.
func (w *writer) here() ast.Path {
	path := make(ast.Path, len(w.path))
	for i, s := range w.path {
		if path[i] = ast.PathName(s.key); s.key == "" {
			path[i] = ast.PathIndex(s.index)
		}
	}
	return path
}
