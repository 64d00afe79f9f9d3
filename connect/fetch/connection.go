package fetch

import (
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// connection is the answer that the walk came to.
func (p *pages) connection() *upstreams.Answer {
	out := &p.walk.out
	if out.absent {
		p.answer.Value = record.NotThere()
		return &p.answer
	}
	if out.stopped != nil {
		p.problems = append(p.problems, problemsOf(nil, out.stopped)...)
		out.stopped = p.c.refuse(out.stopped)
	}
	if out.odd {
		p.reconcile()
	}
	nodes := make([]record.Ref, len(out.nodes))
	for i, n := range out.nodes {
		nodes[i] = n.page.list.Root().Item(int(n.item))
	}
	p.answer.Value = p.c.connection.Of(record.Window{
		Nodes: nodes, Cursor: p.cursors(), HasNext: out.hasNext, HasPrevious: out.hasPrevious, Total: out.total,
		Pages: p.records, Stopped: out.stopped, Problems: p.problems,
	})
	return &p.answer
}

// reconcile tells of a list that ended after another number of items than the API says
// there are.
func (p *pages) reconcile() {
	const place, message = "paginate.total", "another number of items came"
	p.problems = append(p.problems, upstreams.Problem{
		Source: p.c.API.Name(), Connector: string(p.c.ID), Field: place, Kind: misfits, Message: message, Count: 1,
	})
	if p.answer.Cache != "hit" {
		p.c.API.Drift(string(p.c.ID), place+": "+message)
	}
}

// misfits is the kind of problem that a value is, which does not fit.
const misfits = "MISFIT"

// cursors returns what writes the cursors of the nodes: a client rarely asks for them.
func (p *pages) cursors() func(dst []byte, i int) []byte {
	out, seals := &p.walk.out, &seals{p: p}
	return func(dst []byte, i int) []byte {
		n := out.nodes[i]
		e := out.ends[n.end]
		c := e.cursor(int(n.index))
		c.Of = string(p.c.ID)
		if e.at.target != "" {
			c.Sealed = seals.of(e.at.target)
		}
		dst = append(dst, '"')
		dst = c.append(dst)
		return append(dst, '"')
	}
}
