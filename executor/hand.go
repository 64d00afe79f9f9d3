package executor

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/fetch"
	"holdfast/connect/hand"
	"holdfast/connect/plan"
	"holdfast/connect/record"
	"holdfast/upstreams/panics"
)

// handed is a field that a method resolves for the objects of a job.
type handed struct {
	in      *hand.Input
	results []hand.Result
	err     error // of all: it panicked, or gave another number of results
}

// handOver has a method resolve the place's field: once for objects that are the same.
func (r *run) handOver(p *place, asks []ask, args *plan.Args) {
	f := p.of.Field
	h := &handed{in: &hand.Input{
		Coordinate: f.Coordinate, Type: p.of.Node.Type.Name, Args: args.Value, Field: f.Merged[0], Selections: selections(f.Merged),
		Path: r.slots[asks[0].field].at.path,
	}}
	j := &job{place: p, hand: h}
	known := map[[2]record.Ref]int32{}
	var routes []route
	for _, a := range asks {
		o := r.row(&r.slots[a.object])
		i, same := int32(len(routes)), false
		if len(o.steps) < 2 && a.object != 0 {
			name := [2]record.Ref{o.ref}
			if len(o.steps) == 1 {
				name[1] = o.steps[0].ref
			}
			if i, same = known[name]; !same {
				i = int32(len(routes))
				known[name] = i
			}
		}
		if !same {
			routes = append(routes, r.route(a.field))
			if a.object != 0 {
				h.in.Parents = append(h.in.Parents, o.parent())
			}
		}
		j.slots, j.key = append(j.slots, a.field), append(j.key, i)
	}
	h.in.At = func(i int) ast.Path { return routes[i].path() }
	resolve, ctx, inbox, n := r.schema.hand[f.Coordinate], fetch.With(r.ctx, r.loads), &r.inbox, len(routes)
	p.under++
	r.under++
	go func() {
		h.err = panics.Catch(func() error {
			h.results = resolve(ctx, h.in)
			if len(h.results) != n {
				return errResults
			}
			return nil
		})
		inbox.put(j)
	}()
}

func selections(merged []*ast.Field) ast.SelectionSet {
	if len(merged) == 1 {
		return merged[0].SelectionSet
	}
	var all ast.SelectionSet
	for _, f := range merged {
		all = append(all, f.SelectionSet...)
	}
	return all
}

// parent is the row as methods get it.
func (o row) parent() hand.Parent {
	p := hand.Parent{{Ref: o.ref}}
	for _, s := range o.steps {
		p = append(p, hand.Step{Ref: s.ref, Err: s.err, Fields: slices.Clone(s.owned)})
	}
	return p
}

// settled puts what the method made into the slots.
func (h *handed) settled(r *run, j *job) {
	for i, s := range j.slots {
		if h.err != nil {
			r.slots[s].err = h.err
			continue
		}
		result := h.results[j.key[i]]
		if r.slots[s].err = result.Err; result.Err == nil && result.Answer != nil {
			r.slots[s].ref = result.Answer.Root()
		}
		if len(result.Beside) > 0 {
			if r.beside == nil {
				r.beside = map[int32][]error{}
			}
			r.beside[s] = result.Beside
		}
	}
}

// A route is the path of a slot, kept apart from the run: names by its trail, and the
// places in lists.
type route struct {
	at     *trail
	places []int32 // innermost first
}

func (r *run) route(s int32) route {
	t := route{at: r.slots[s].at}
	for ; s != 0; s = r.slots[s].up {
		if at := &r.slots[s]; at.at.key == "" {
			t.places = append(t.places, s-r.slots[at.up].first)
		}
	}
	return t
}

func (t route) path() ast.Path {
	var path ast.Path
	places := t.places
	for at := t.at; at.up != nil; at = at.up {
		if at.key != "" {
			path = append(path, ast.PathName(at.key))
			continue
		}
		path = append(path, ast.PathIndex(places[0]))
		places = places[1:]
	}
	slices.Reverse(path)
	return path
}
