package mapping

import "sync"

// nowhere is the way to every value of an evaluation that keeps none.
var nowhere = &trail{} //nolint:gochecknoglobals // a constant

var quiet = sync.Pool{New: func() any { return new(evaluator) }} //nolint:gochecknoglobals // what evaluations leave for the next

// quietly evaluates without keeping the ways to values, which nobody asks for where there are no problems: most
// evaluations have none. It is false where there were some, and all has to be done again to say which.
func quietly(vars Vars, evaluate func(e *evaluator) Value) (Value, bool) {
	e := quiet.Get().(*evaluator) //nolint:errcheck,forcetypeassert // there is nothing else in it
	defer quiet.Put(e)
	*e = evaluator{vars: vars, nodes: maxNodes, work: maxWork, quiet: true}
	v := evaluate(e)
	fine := e.met == 0 && !e.over && weight(v) <= maxNodes
	*e = evaluator{}
	if !fine {
		return Value{}, false
	}
	return v, true
}

// spot is the data, or a variable, and the way to it.
func (e *evaluator) spot(v Value) spot {
	if e.quiet {
		return spot{v, nowhere}
	}
	return spot{v: v}
}
