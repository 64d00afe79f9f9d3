package executor

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/connect/record"
)

// A Recorder is a graph that tells what it had for every response key of every object
// when it wrote its last answer: see testdata/graphqljs/execute.mjs.
type Recorder struct {
	*recorded

	Tree any
}

type recorded = Schema

// Record is a recorder of what s has.
func Record(s *Schema) *Recorder { return &Recorder{recorded: s} }

// A Recorded is a plan whose runs are told.
type Recorded struct {
	*Planned

	to *Recorder
}

// Plan is [Schema.Plan].
func (r *Recorder) Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (*Recorded, error) {
	p, err := r.recorded.Plan(doc, op, vars)
	return &Recorded{p, r}, err
}

// Exec is [Planned.Exec].
func (p *Recorded) Exec(context.Context) graphql.ResponseHandler {
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		oc := graphql.GetOperationContext(ctx)
		r := p.begin(ctx, oc.Variables, fetch.Options{Caller: callerOf(ctx, oc), Writer: p.writer(oc)})
		w := &r.writer
		w.run, w.buf, w.most = r, nil, int(p.schema.limits.Bytes)
		if err := w.operation(ctx); err != nil {
			graphql.AddError(ctx, whole(err))
			w.buf = []byte("null")
		}
		r.tell()
		w.path = w.path[:0]
		p.to.Tree = w.tree(r.plan.Root, row{}, 0)
		return &graphql.Response{Data: append([]byte(nil), w.buf...)}
	}
}

// tree is an object as it would be written, if nothing were taken back.
func (w *writer) tree(n *plan.Node, o row, s int32) any {
	fields := map[string]any{}
	below := none
	if s != none {
		below = w.run.slots[s].first
	}
	for i, f := range n.Fields {
		if f.Kind == plan.TypeName {
			continue
		}
		w.path = append(w.path, pathStep{key: f.Key})
		if below != none && f.Opens() {
			if int(below) < len(w.run.slots) && (below > 0 || s == 0) {
				fields[f.Key] = w.treeSlot(f, f.Def.Type, below)
			}
			below++
		} else {
			ref, err := o.field(n, i, f.Name)
			fields[f.Key] = w.treeValue(f, f.Def.Type, ref, err, none)
		}
		w.path = w.path[:len(w.path)-1]
	}
	return map[string]any{"t": n.Type.Name, "f": fields}
}

func (w *writer) treeSlot(f *plan.Field, t *ast.Type, s int32) any {
	at := &w.run.slots[s]
	v := w.treeValue(f, t, at.ref, at.err, s)
	if t == f.Def.Type && f.Place != nil {
		w.errs = w.errs[:0]
		w.besides(f, s, v == nil)
		if len(w.errs) > 0 {
			var paths []any
			for _, e := range w.errs {
				paths = append(paths, e.path)
			}
			w.errs = w.errs[:0]
			return map[string]any{"b": paths, "v": v}
		}
	}
	return v
}

func (w *writer) treeValue(f *plan.Field, t *ast.Type, ref record.Ref, err error, s int32) any {
	if err != nil {
		return map[string]any{"e": err.Error()}
	}
	switch ref.Kind() {
	case record.Leaf, record.Cursor:
		return map[string]any{"$": string(ref.Append(nil))}
	case record.Faulty:
		return map[string]any{"e": misfit(ref.Fault()).Error()}
	case record.List:
		return w.treeList(f, t, ref, s)
	case record.Object:
		if s != none && w.run.slots[s].node != nil {
			at := w.run.slots[s]
			return w.tree(at.node, w.run.row(&at), s)
		}
		n, err := f.Below.On(ref.Layout().Type)
		if err != nil {
			return map[string]any{"e": err.Error()}
		}
		return w.tree(n, row{ref: ref}, none)
	case record.Null:
	}
	return nil
}

func (w *writer) treeList(f *plan.Field, t *ast.Type, ref record.Ref, s int32) any {
	below := none
	if s != none && w.run.slots[s].count > 0 {
		below = w.run.slots[s].first
	}
	list := []any{}
	for i := range ref.Len() {
		w.path = append(w.path, pathStep{index: i})
		if below != none {
			list = append(list, w.treeSlot(f, t.Elem, below+int32(i)))
		} else {
			list = append(list, w.treeValue(f, t.Elem, ref.Item(i), nil, none))
		}
		w.path = w.path[:len(w.path)-1]
	}
	return list
}
