package mapping

// Kinds is a set of kinds.
type Kinds uint8

// AnyKind is every kind a value can have, without Missing.
const AnyKind Kinds = 1<<Null | 1<<Bool | 1<<Number | 1<<String | 1<<Array | 1<<Object

// KindsOf returns the set of the kinds given.
func KindsOf(kinds ...Kind) Kinds {
	var set Kinds
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s&(1<<k) != 0 }

// Method describes a method of the language, for those who check mappings before they run.
type Method struct {
	Name    string
	Args    string // how its arguments are written: "(x)"; "" when it has none
	MinArgs int
	MaxArgs int   // -1: any number
	Bare    bool  // it takes no parentheses at all
	Input   Kinds // what it works on without a problem
	Result  Kinds // what may come out without a problem; with Missing when that may be nothing
	Doc     string
}

// LookupMethod returns the method called name.
func LookupMethod(name string) (Method, bool) {
	for _, m := range Methods() {
		if m.Name == name {
			return m, true
		}
	}
	return Method{}, false
}

// Methods returns all methods, in the order they are documented. The language has no others. The slice is the caller's.
func Methods() []Method {
	const every, maybe = AnyKind, AnyKind | 1<<Missing
	var (
		boolean, number, text = KindsOf(Bool), KindsOf(Number), KindsOf(String)
		list, object          = KindsOf(Array), KindsOf(Object)
		ordered               = number | text
		scalar                = KindsOf(Null, Bool, Number, String)
	)
	return []Method{
		{"echo", "(x)", 1, 1, false, every, maybe, "the value of x, in which @ is the input"},
		{"map", "(x)", 1, 1, false, every, list | 1<<Missing, "x for each item"},
		{"match", "([k, v], …)", 1, -1, false, every, maybe, "v of the first k that equals the input; [@, d] is the default"},
		{"first", "", 0, 0, true, list | text, maybe, "the first item or character"},
		{"last", "", 0, 0, true, list | text, maybe, "the last item or character"},
		{"slice", "(a, b)", 0, 2, false, list | text, list | text, "items or characters from a up to b, without b"},
		{"size", "", 0, 0, true, list | text | object, number, "the number of items, characters or members"},
		{"get", "(i)", 1, 1, false, list | text | object, every, "an item, character or property; -1 is the last"},
		{"entries", "", 0, 0, true, object, list, "the members as a list of {key, value}"},
		{"filter", "(c)", 1, 1, false, every, list, "the items for which c is true"},
		{"find", "(c)", 1, 1, false, every, maybe, "the first item for which c is true"},
		{"joinNotNull", "(separator)", 1, 1, false, list | scalar, text, "the items as one text, without nulls"},
		{"jsonParse", "", 0, 0, true, text, every, "the value written as JSON"},
		{"jsonStringify", "", 0, 0, true, every, text, "the value as compact JSON"},
		{"toString", "", 0, 0, false, scalar, text, "the value as text"},
		{"parseInt", "(base)", 0, 1, false, ordered, number, "the integer written to base, 10 by default"},
		{"eq", "(x)", 1, 1, false, every, boolean, "whether the input equals x"},
		{"ne", "(x)", 1, 1, false, every, boolean, "whether the input does not equal x"},
		{"in", "(list)", 1, -1, false, every, boolean, "whether the input is in the list, or among the arguments"},
		{"contains", "(x)", 1, 1, false, list, boolean, "whether x is among the items"},
		{"gt", "(x)", 1, 1, false, ordered, boolean, "whether the input is greater than x"},
		{"gte", "(x)", 1, 1, false, ordered, boolean, "whether the input is greater than x or equal"},
		{"lt", "(x)", 1, 1, false, ordered, boolean, "whether the input is less than x"},
		{"lte", "(x)", 1, 1, false, ordered, boolean, "whether the input is less than x or equal"},
		{"and", "(x, …)", 1, -1, false, boolean, boolean, "whether the input and all arguments are true"},
		{"or", "(x, …)", 1, -1, false, boolean, boolean, "whether the input or an argument is true"},
		{"not", "", 0, 0, true, boolean, boolean, "the opposite"},
		{"add", "(x, …)", 1, -1, false, number, number, "the sum"},
		{"sub", "(x, …)", 1, -1, false, number, number, "the difference"},
		{"mul", "(x, …)", 1, -1, false, number, number, "the product"},
		{"div", "(x, …)", 1, -1, false, number, number, "the quotient, always a decimal"},
		{"mod", "(x, …)", 1, -1, false, number, number, "the remainder, with the sign of the input"},
		{"as", "($name, x)", 1, 2, false, every, every, "binds $name to x, by default the input, for the rest of the path"},
	}
}

// call is one method at work.
type call struct {
	*evaluator
	step *Step
	in   Value
	at   *trail // of the input, then the method
	sc   scope  // of the arguments, but for @
}

func (e *evaluator) method(s *Step, in spot, sc scope) spot {
	c := call{e, s, in.v, in.at.method(s.Key.Name), sc}
	if !e.tire(1 + len(in.v.text)/textWeight) {
		return spot{}
	}
	v := c.do()
	if e.over {
		return spot{}
	}
	return spot{v, c.at}
}

// do dispatches; the package's table in Methods and this switch name the same methods, which a test proves.
func (c *call) do() Value {
	if c.step.HasArgs && bare(c.step.Key.Name) {
		return c.fail("the method takes no arguments")
	}
	switch c.step.Key.Name {
	case "echo":
		return c.echo()
	case "map":
		return c.mapItems()
	case "match":
		return c.match()
	case "first", "last":
		return c.end()
	case "slice":
		return c.slice()
	case "size":
		return c.size()
	case "get":
		return c.get()
	case "entries":
		return c.entries()
	case "filter":
		return c.filter()
	case "find":
		return c.find()
	case "joinNotNull":
		return c.joinNotNull()
	case "jsonParse":
		return c.jsonParse()
	case "jsonStringify":
		return c.jsonStringify()
	case "toString":
		return c.toString()
	case "parseInt":
		return c.parseInt()
	case "eq", "ne":
		return c.eq()
	case "in":
		return c.isIn()
	case "contains":
		return c.contains()
	case "gt", "gte", "lt", "lte":
		return c.compare()
	case "and", "or":
		return c.logic()
	case "not":
		return c.not()
	case "add", "sub", "mul", "div", "mod":
		return c.arithmetic()
	default:
		return c.fail("there is no such method")
	}
}

// bare reports whether a method takes no parentheses at all.
func bare(method string) bool {
	switch method {
	case "first", "last", "size", "entries", "jsonParse", "jsonStringify", "not":
		return true
	}
	return false
}

// arg evaluates an argument with the input as @. There must be so many.
func (c *call) arg(i int) Value { return c.argOver(i, spot{c.in, c.at}) }

// argOver evaluates an argument with another @. The method may read all of its text, which is work.
func (c *call) argOver(i int, at spot) Value {
	sc := c.sc
	sc.at = at
	v := c.expr(c.step.Args[i], sc).v
	if !c.tire(len(v.text) / textWeight) {
		return Value{}
	}
	return v
}

// fail records a problem; its result is missing.
func (c *call) fail(message string) Value {
	c.warn(message)
	return Value{}
}

func (c *call) warn(message string) {
	c.report(MethodFailed, "->"+c.step.Key.Name+": "+message, c.at, c.step.Key.Span, true)
}

// hasArgument fails when there is no argument.
func (c *call) hasArgument() bool {
	if len(c.step.Args) > 0 {
		return true
	}
	c.warn("an argument is missing")
	return false
}

// wrongInput fails because of the kind of the input.
func (c *call) wrongInput() Value { return c.fail("cannot work with " + c.in.Kind().String()) }
