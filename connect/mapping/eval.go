package mapping

const (
	maxNodes = 1_000_000  // of what an evaluation makes, and of its result
	maxWork  = 16_000_000 // steps taken and values compared
)

// Vars are the values of the variables by name, with the $: "$args". What is not there is undefined.
type Vars map[string]Value

// Result is what a mapping made of its data.
type Result struct {
	Value    Value     // missing when there is nothing, which is not null: see [Value.IsMissing]
	Problems []Problem // in the order met, each once, at most the first 1000
}

// Apply evaluates the mapping over data. It never fails: a value that cannot be had is missing or null, with a problem
// that says why. A result, or the work for it, that exceeds one million nodes is missing, with a problem of code
// [LimitExceeded]. A mapping that is one path without a name yields that path's value, so an expression is applied as
// the mapping of its own text.
func (m *Mapping) Apply(data Value, vars Vars) Result {
	if v, ok := quietly(vars, func(e *evaluator) Value { return e.mapping(m.Root, e.spot(data)) }); ok {
		return Result{Value: v}
	}
	e := newEvaluator(vars)
	return e.result(e.mapping(m.Root, e.spot(data)))
}

// Apply evaluates the path over data, which is both $ and @. It is like [Mapping.Apply] otherwise.
func (p *Path) Apply(data Value, vars Vars) Result {
	whole := func(e *evaluator) Value {
		here := e.spot(data)
		return e.path(p, scope{dollar: here, at: here}).v
	}
	if v, ok := quietly(vars, whole); ok {
		return Result{Value: v}
	}
	e := newEvaluator(vars)
	return e.result(whole(e))
}

// evaluator is one evaluation.
type evaluator struct {
	vars     Vars
	problems problems
	quiet    bool // problems are only counted, and nobody keeps the ways to values
	met      int  // so many
	nodes    int  // that may still be made
	work     int  // that may still be done
	over     bool
}

// spot is a value and the way to it.
type spot struct {
	v  Value
	at *trail
}

// scope is what the starts of a path mean.
type scope struct {
	dollar spot // $
	at     spot // @
	locals *local
}

// local is a variable bound by ->as; the latest is first.
type local struct {
	name  string
	value Value
	next  *local
}

func newEvaluator(vars Vars) *evaluator {
	return &evaluator{vars: vars, nodes: maxNodes, work: maxWork}
}

func (e *evaluator) result(v Value) Result {
	if e.over || weight(v) > maxNodes {
		limit := Problem{
			Code: LimitExceeded, Message: "the result is larger than one million nodes, or takes too long to make",
			Path: []any{}, Method: true,
		}
		return Result{Problems: append(e.problems.list, limit)}
	}
	return Result{Value: v, Problems: e.problems.list}
}

// tire counts work; it reports false when there was too much and the evaluation has to end.
func (e *evaluator) tire(n int) bool {
	if e.work -= n; e.work < 0 {
		e.over = true
	}
	return !e.over
}

// spend counts nodes that are going to be made.
func (e *evaluator) spend(n int) bool {
	if n > e.nodes {
		e.over = true
		return false
	}
	e.nodes -= n
	return e.tire(n)
}

// made returns a new array or object, or missing when its tree is too large.
func (e *evaluator) made(v Value) Value {
	if weight(v) > maxNodes {
		e.over = true
	}
	if e.over {
		return Value{}
	}
	return v
}

// report records a problem, which is work too.
func (e *evaluator) report(code, message string, at *trail, span Span, method bool) {
	const effort = 16
	if e.tire(effort + int(at.work())) {
		if e.quiet {
			e.met++
			return
		}
		e.problems.add(code, message, at, span, method)
	}
}

// mapping evaluates a whole mapping, where a path without a name may yield anything.
func (e *evaluator) mapping(g *Group, data spot) Value {
	if p := g.sole(); p != nil {
		return e.path(p, scope{dollar: data, at: data}).v
	}
	return e.group(g, data, nil)
}

func (e *evaluator) path(p *Path, sc scope) spot {
	cur := e.start(p, sc)
	for i, s := range p.Steps {
		switch {
		case !e.tire(1):
			return spot{}
		case cur.v.IsMissing():
			return spot{v: cur.v}
		}
		switch s.Kind {
		case StepQuestion:
			if cur.v.IsNull() {
				return spot{}
			}
		case StepKey:
			cur = e.key(cur, s.Key, questioned(p.Steps[i+1:]))
		case StepMethod:
			if s.Key.Name == "as" {
				sc.locals = e.bind(s, cur, sc)
				cur.at = cur.at.method("as")
			} else {
				cur = e.method(s, cur, sc)
			}
		}
	}
	if p.Group != nil && !cur.v.IsMissing() {
		cur.v = e.group(p.Group, cur, sc.locals)
	}
	return cur
}

// questioned reports whether a ? comes first.
func questioned(steps []*Step) bool { return len(steps) > 0 && steps[0].Kind == StepQuestion }

func (e *evaluator) start(p *Path, sc scope) spot {
	if !e.tire(1) {
		return spot{}
	}
	switch s := &p.Start; s.Kind {
	case StartKey:
		return e.key(sc.dollar, s.Key, questioned(p.Steps))
	case StartDollar:
		return sc.dollar
	case StartAt:
		return sc.at
	case StartVar:
		return e.variable(s, sc.locals)
	case StartExpr:
		return e.expr(s.Expr, sc)
	default:
		return spot{v: e.literal(s.Literal, sc)}
	}
}

func (e *evaluator) variable(s *Start, locals *local) spot {
	at := e.spot(Value{}).at.key(s.Name)
	for l := locals; l != nil && e.tire(1); l = l.next {
		if l.name == s.Name {
			return spot{l.value, at}
		}
	}
	v := e.vars[s.Name]
	if v.IsMissing() {
		e.report(UndefinedVariable, "the variable has no value", at, s.Span, false)
	}
	return spot{v, at}
}

// key takes the step `.key`. With quiet it is no problem that there is none, except in the items of an array.
func (e *evaluator) key(cur spot, k *Key, quiet bool) spot {
	if v := cur.v.Get(k.Name); !v.IsMissing() {
		return spot{v, cur.at.key(k.Name)}
	}
	switch {
	case cur.v.IsArray():
		return spot{e.keyOfItems(cur, k), cur.at.key(k.Name)}
	case quiet, cur.v.isNoBody():
		return spot{}
	case cur.v.IsObject():
		e.report(MissingKey, "there is no such key", cur.at.key(k.Name), k.Span, false)
	default:
		e.report(MissingKey, "a key of "+cur.v.Kind().String()+", which is no object", cur.at.key(k.Name), k.Span, false)
	}
	return spot{v: notFound(k.Name, cur.v.Kind())}
}

func (e *evaluator) keyOfItems(cur spot, k *Key) Value {
	if !e.spend(1 + cur.v.Len()) {
		return Value{}
	}
	items := make([]Value, cur.v.Len())
	for i, item := range cur.v.Items() {
		if items[i] = item.Get(k.Name); items[i].IsMissing() {
			items[i] = e.key(spot{item, cur.at.index(i)}, k, false).v.orNull()
		}
	}
	return e.made(newArray(items))
}

func (e *evaluator) expr(x *Expr, sc scope) spot {
	if x.Op == "" {
		p := x.Operands[0]
		if v, ok := p.constant(); ok && e.tire(1) {
			return spot{v: v}
		}
		return e.path(p, sc)
	}
	before := e.mark()
	var last spot
	for _, operand := range x.Operands {
		mark := e.mark()
		last = e.path(operand, sc)
		if !last.v.IsMissing() && (x.Op == "?!" || !last.v.IsNull()) {
			e.drop(before, mark)
			return last
		}
	}
	if last.v.IsNull() {
		e.drop(before, e.mark())
	}
	last.v = last.v.sought() // whoever names an alternative knows that it may be missing
	return last
}

// constant is the value of a path that is a scalar's literal and no more.
func (p *Path) constant() (Value, bool) {
	if p.Start.Kind != StartLiteral || len(p.Steps) > 0 || p.Group != nil {
		return Value{}, false
	}
	v := p.Start.Literal.Value
	return v, !v.IsMissing()
}

func (e *evaluator) literal(l *Literal, sc scope) Value {
	switch l.Kind {
	case Array:
		return e.arrayLiteral(l, sc)
	case Object:
		return e.objectLiteral(l, sc)
	default:
		return l.Value
	}
}

func (e *evaluator) arrayLiteral(l *Literal, sc scope) Value {
	if !e.spend(1 + len(l.Array)) {
		return Value{}
	}
	items := make([]Value, len(l.Array))
	for i, x := range l.Array {
		items[i] = e.expr(x, sc).v.orNull()
	}
	return e.made(newArray(items))
}

func (e *evaluator) objectLiteral(l *Literal, sc scope) Value {
	if !e.spend(1 + len(l.Object)) {
		return Value{}
	}
	members := make([]Member, len(l.Object))
	for i, p := range l.Object {
		members[i] = Member{p.Key.Name, e.expr(p.Value, sc).v}
	}
	return e.made(ObjectValue(members...))
}
