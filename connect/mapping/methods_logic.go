package mapping

import "strings"

func (c *call) echo() Value {
	if !c.hasArgument() {
		return Value{}
	}
	return c.arg(0)
}

// match looks at pairs only: literal arrays of two. What stands in a pair that does not match is not evaluated.
func (c *call) match() Value {
	here := c.sc
	here.at = spot{c.in, c.at}
	for _, arg := range c.step.Args {
		k, v, ok := arg.pair()
		if !ok {
			continue
		}
		key := c.expr(k, here).v
		if equal(c.evaluator, c.in, key) {
			return c.expr(v, here).v
		}
	}
	if c.over {
		return Value{}
	}
	return c.fail("no pair matches")
}

// pair takes the argument `[k, v]` apart.
func (x *Expr) pair() (k, v *Expr, ok bool) {
	p := x.Operands[0]
	lit := p.Start.Literal
	if x.Op != "" || p.Start.Kind != StartLiteral || len(p.Steps) > 0 || p.Group != nil || len(lit.Array) != 2 {
		return nil, nil, false
	}
	return lit.Array[0], lit.Array[1], true
}

func (c *call) eq() Value {
	if len(c.step.Args) != 1 {
		return c.fail("the method takes one argument")
	}
	x := c.arg(0)
	if x.IsMissing() {
		return Value{}
	}
	return BoolValue(equalNumeric(c.evaluator, c.in, x) == (c.step.Key.Name == "eq"))
}

func (c *call) isIn() Value {
	if !c.hasArgument() {
		return Value{}
	}
	var list []Value
	for i := range c.step.Args {
		x := c.arg(i)
		if x.IsMissing() {
			return Value{}
		}
		list = append(list, x)
	}
	if len(list) == 1 {
		if !list[0].IsArray() {
			return c.fail("the only argument is not an array")
		}
		list = list[0].items()
	}
	for _, x := range list {
		if equalNumeric(c.evaluator, c.in, x) {
			return BoolValue(true)
		}
	}
	return BoolValue(false)
}

func (c *call) contains() Value {
	if len(c.step.Args) != 1 {
		return c.fail("the method takes one argument")
	}
	if !c.in.IsArray() {
		return c.wrongInput()
	}
	x := c.arg(0)
	if x.IsMissing() || !c.tire(c.in.Len()) {
		return Value{}
	}
	for _, item := range c.in.Items() {
		if equalNumeric(c.evaluator, item, x) {
			return BoolValue(true)
		}
	}
	return BoolValue(false)
}

func (c *call) compare() Value {
	if !c.hasArgument() {
		return Value{}
	}
	x := c.arg(0)
	if x.IsMissing() {
		return Value{}
	}
	var order int
	switch {
	case c.in.Kind() == Number && x.Kind() == Number:
		order = compareNumbers(c.in.text, x.text)
	case c.in.Kind() == String && x.Kind() == String:
		order = strings.Compare(c.in.text, x.text)
	default:
		return c.fail("cannot compare " + c.in.Kind().String() + " with " + x.Kind().String())
	}
	switch c.step.Key.Name {
	case "gt":
		return BoolValue(order > 0)
	case "gte":
		return BoolValue(order >= 0)
	case "lt":
		return BoolValue(order < 0)
	default:
		return BoolValue(order <= 0)
	}
}

// logic is and or or. It stops at the first argument that decides, and at one that is no boolean: what is not known
// must not look decided.
func (c *call) logic() Value {
	value, ok := c.in.Bool()
	switch {
	case !ok:
		return c.wrongInput()
	case !c.step.HasArgs:
		return c.fail("an argument is missing")
	}
	decides := c.step.Key.Name == "or"
	for i := range c.step.Args {
		if value == decides {
			break
		}
		x := c.arg(i)
		if x.IsMissing() {
			return Value{}
		}
		if value, ok = x.Bool(); !ok {
			return c.fail("an argument is " + x.Kind().String() + " and no boolean")
		}
	}
	return BoolValue(value)
}

func (c *call) not() Value {
	b, ok := c.in.Bool()
	if !ok {
		return c.wrongInput()
	}
	return BoolValue(!b)
}

// bind evaluates ->as and returns the locals for the rest of the path.
func (e *evaluator) bind(s *Step, in spot, sc scope) *local {
	c := call{e, s, in.v, in.at.method(s.Key.Name), sc}
	if len(s.Args) < 1 || len(s.Args) > 2 {
		c.warn("the method takes one or two arguments")
		return sc.locals
	}
	name, ok := s.Args[0].variable()
	if !ok {
		c.warn("the first argument is not a plain variable")
		return sc.locals
	}
	value := in.v
	if len(s.Args) == 2 {
		value = c.arg(1)
	}
	if value.IsMissing() {
		return sc.locals
	}
	return &local{name, value, sc.locals}
}

// variable returns the name of an expression that is a plain `$name`.
func (x *Expr) variable() (string, bool) {
	p := x.Operands[0]
	plain := x.Op == "" && p.Start.Kind == StartVar && len(p.Steps) == 0 && p.Group == nil
	return p.Start.Name, plain
}
