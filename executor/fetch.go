package executor

import (
	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/connect/record"
	"holdfast/connect/schema"
)

// fetch asks the connectors of the place's field, or its method.
func (p *place) fetch(r *run, asks []ask) {
	f := p.of.Field
	args, err := f.Args.Of(r.vars)
	if err != nil {
		for _, a := range asks {
			r.slots[a.field].err = badInput(err)
		}
		return
	}
	if f.Kind == plan.ByHand || f.Kind == plan.Recorded {
		r.handOver(p, asks, args)
		return
	}
	j := r.gather(p, nil, len(asks))
	var known keyed
	for _, a := range asks {
		key, err := r.keyAt(a.object, f, &known)
		switch {
		case err != nil:
			r.slots[a.field].err = err
		case key != nil:
			r.add(j, a.field, key)
		case f.Def.Type.NonNull && f.Def.Type.Elem != nil:
			r.slots[a.field].err = errNothing
		}
	}
	j.ask = fetch.Group{Connectors: p.of.IDs, Args: args.Value, Text: args.Text, Assumed: !f.Args.Written("first"), Asked: asked(f.Below)}
	if cs := p.of.Connectors; len(cs) == 1 && cs[0].Batch > 0 {
		j.batched, j.args = true, args.Text
	}
	r.begin(j)
}

// keyAt is what the connectors of a field are asked with for the object in a slot;
// nothing where that is the root.
func (r *run) keyAt(s int32, f *plan.Field, known *keyed) ([]byte, error) {
	if s == 0 {
		return []byte{}, nil
	}
	if at := &r.slots[s]; at.completed == 0 {
		text, err, _ := known.keyOf(at.ref, f.Coordinate)
		return text, err
	}
	return r.row(&r.slots[s]).key(f.Coordinate, func() []record.KeyPart {
		return record.FieldKey(&schema.Plan{Connectors: f.Place.Connectors})
	})
}

// asked is what an operation asks of a value, for who asks whether an answer has any
// of it.
func asked(s *plan.Selection) record.Asked {
	if s == nil {
		return nil
	}
	return s
}

// begin has a job's keys fetched, with all that can be fetched in this turn.
func (r *run) begin(j *job) {
	if len(r.ends) == 0 {
		j.settled(r)
		return
	}
	j.ask.Keys = r.keys()
	j.place.under++
	r.queue = append(r.queue, j)
}

// completeNext takes the next step of completing a group's objects; after the last
// one it goes on below them.
func (p *place) completeNext(r *run, g *group) {
	if g.done == len(g.by) {
		for _, s := range g.slots {
			if r.slots[s].node != nil && g.node.Fetches {
				r.open(s, nil)
			}
		}
		return
	}
	by := g.by[g.done]
	j := r.gather(p, g, len(g.slots))
	for _, s := range g.slots {
		at := &r.slots[s]
		if at.node == nil {
			continue // an earlier step found that it is not there
		}
		key, err := r.row(at).key(string(by.Entity.ID), func() []record.KeyPart { return record.EntityKey(by.Entity) })
		switch {
		case key != nil:
		case at.ref.Answer.Bare() && err == nil:
			continue // of what is not made yet there is only that
		default:
			at.lose(err) // without a key there is no object
			continue
		}
		r.add(j, s, key)
	}
	j.id[0], j.batched = by.Entity.ID, by.Entity.Batch > 0
	j.ask = fetch.Group{Connectors: j.id[:], Asked: asked(p.of.Field.Below)}
	r.begin(j)
}

// lose empties a slot.
func (s *slot) lose(err error) {
	s.ref, s.err, s.node, s.completed = record.Ref{}, err, nil, 0
}
