package executor

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/plan"
)

// besides notes the errors that stand beside what a field has, which was just written
// from its slot: what its answer says of places in it, if there are any, and what its
// method said.
func (w *writer) besides(f *plan.Field, s int32, null bool) {
	at := &w.run.slots[s]
	if f.Kind == plan.Connected && at.ref.Answer != nil && !null {
		for _, b := range at.ref.Answer.Beside() {
			if w.tells(f) {
				w.errs = append(w.errs, failure{path: append(w.here(), named(f.Below, b.Path)...), field: f, err: b.Err})
			}
		}
	}
	for _, err := range w.run.beside[s] {
		if w.tells(f) {
			w.errs = append(w.errs, failure{path: w.here(), field: f, err: err})
		}
	}
}

// named is a path of field names with the response keys that they are asked for by.
func named(below *plan.Selection, path []any) ast.Path {
	var out ast.Path
	for _, step := range path {
		switch step := step.(type) {
		case int:
			out = append(out, ast.PathIndex(step))
		case string:
			var key string
			key, below = keyOfField(below, step)
			out = append(out, ast.PathName(key))
		}
	}
	return out
}

// keyOfField is the first response key of a field among what is asked of objects of
// one type, and what is asked below it; the field's own name where it is not asked for.
func keyOfField(of *plan.Selection, name string) (string, *plan.Selection) {
	if of == nil {
		return name, nil
	}
	n, err := of.On(of.Type.Name)
	if err != nil {
		return name, nil
	}
	i := slices.IndexFunc(n.Fields, func(f *plan.Field) bool { return f.Name == name })
	if i < 0 {
		return name, nil
	}
	return n.Fields[i].Key, n.Fields[i].Below
}
