package fetch

import (
	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// A Load is what became of one key of a [Group]. It is settled when the group is, and
// does not change any more then.
type Load struct {
	// Answer is the record of the newest answer; nil if there is an error. [Load.Serve]
	// says which one serves.
	Answer *record.Answer
	// Err is an [upstreams.Error], or a panic's.
	Err error

	by      *connector            // who answered
	meta    *upstreams.Answer     // how; nil if there is an error
	depends *upstreams.Dependence // nil if nobody wants to know

	asked record.Asked // what it was loaded for
	// moot says that who was asked, or which page served, depended on what was asked for.
	moot bool

	settled bool // guarded by the operation's mu until it is true
	waiting []waiter
}

// A name is what tells the loads of an operation apart.
type name struct {
	by   *connector // the first of the group
	args string
	key  call.Key
	// asked is nil, but where the first load of that name is not what is asked for.
	asked record.Asked
}

// A waiter is a place in a group that waits for a load.
type waiter struct {
	b *begun
	i int
}

// fits says whether the load is one for what is asked for.
func (l *Load) fits(asked record.Asked) bool { return !l.moot || l.asked == asked }

// end fills in what became of the load.
func (l *Load) end(f found) {
	l.by, l.meta, l.moot, l.Err = f.by, f.answer, f.moot, f.err
	if f.err != nil {
		return
	}
	if l.Answer, _ = f.answer.Value.(*record.Answer); l.Answer == nil {
		l.meta, l.Err = nil, f.by.otherKind()
	}
}

// mostGroups is how many groups are told apart without names.
const mostGroups = 8

// enter says whether all loads of a group are new: it writes, or nobody asked the same connector with the same
// arguments before. Most groups are so, and their loads need no names until somebody does.
func (o *Operation) enter(b *begun) (anew bool) {
	if b.choices[0].Writes {
		return true // made as often as it is asked for
	}
	for _, g := range o.groups {
		if g.choices[0] == b.choices[0] && g.args == b.args {
			o.nameAll(g)
			return false
		}
	}
	if len(o.groups) == mostGroups {
		return false
	}
	o.groups = append(o.groups, b)
	return true
}

// nameAll puts the loads of a group among those of the operation by name.
func (o *Operation) nameAll(g *begun) {
	if g.named {
		return
	}
	g.named = true
	if o.loads == nil {
		o.loads = make(map[name]*Load, len(g.loads))
	}
	for i, key := range g.group.Keys {
		o.loads[name{by: g.choices[0], args: g.args, key: key}] = g.loads[i]
	}
}

// claim gives the i-th key of the group a load of the operation. It says whether that is
// a new one, which whoever claimed it must have fetched.
func (o *Operation) claim(n name, asked record.Asked, room *[]Load) (l *Load, first bool) {
	if l = o.loads[n]; l != nil && l.settled && !l.fits(asked) {
		n.asked = asked
		l = o.loads[n]
	}
	if l != nil {
		return l, false
	}
	l = newLoad(asked, room)
	if o.loads == nil {
		o.loads = make(map[name]*Load, cap(*room))
	}
	o.loads[n] = l
	return l, true
}

// newLoad takes a load of room, so that many are one allocation.
func newLoad(asked record.Asked, room *[]Load) *Load {
	if len(*room) == cap(*room) {
		return &Load{asked: asked}
	}
	*room = append(*room, Load{asked: asked})
	return &(*room)[len(*room)-1]
}
