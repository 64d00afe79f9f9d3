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

	by   *connector        // who answered
	meta *upstreams.Answer // how; nil if there is an error

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
	if n.by.Writes {
		return l, true // it is made as often as it is asked for
	}
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
