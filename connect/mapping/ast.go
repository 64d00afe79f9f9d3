package mapping

// Span is a range of byte offsets in the source text; End is after the last byte.
type Span struct{ Start, End int }

// Bounds returns s. It makes every node that embeds a Span a [Node].
func (s Span) Bounds() Span { return s }

// Node is a node of the syntax tree: *[Group], *[Item], *[Path], *[Step], *[Key], *[Expr] or *[Literal].
type Node interface{ Bounds() Span }

// Group is a list of items in braces. A whole mapping is a Group too, without the braces.
type Group struct {
	Span
	Items []*Item
}

// Item is one item of a group.
type Item struct {
	Span
	Alias *Key   // nil: none
	Path  *Path  // nil for `alias: { … }`
	Group *Group // of `alias: { … }`, which regroups the current object; else nil
}

// Path is a start, the steps from there, and an optional group at the end.
type Path struct {
	Span
	Start Start
	Steps []*Step
	Group *Group // nil: none
}

// StartKind says where a path starts.
type StartKind uint8

// Where a path starts.
const (
	StartKey     StartKind = iota // a key of $
	StartDollar                   // $: the object of the nearest group
	StartAt                       // @: the current value
	StartVar                      // $name
	StartExpr                     // $( … )
	StartLiteral                  // a literal; only inside an Expr
)

// Start is where a path starts. Its Kind says which of the fields is set.
type Start struct {
	Span
	Kind    StartKind
	Key     *Key
	Name    string // of a variable, with its $: "$args"
	Expr    *Expr
	Literal *Literal
}

// StepKind says what a step does.
type StepKind uint8

// What a step does.
const (
	StepQuestion StepKind = iota // ?
	StepKey                      // .key
	StepMethod                   // ->method( … )
)

// Step is one step of a path.
type Step struct {
	Span
	Kind    StepKind
	Key     *Key // the key or the method's name; nil for ?
	Args    []*Expr
	HasArgs bool // there are parentheses, even empty ones
}

// Key is a name or a quoted string that names a member.
type Key struct {
	Span
	Name   string // without quotes and escapes
	Quoted bool
}

// Expr is one operand, or several joined by one operator.
type Expr struct {
	Span
	Operands []*Path
	Op       string // "", "??" or "?!"
}

// Literal is a constant, or an array or object of expressions.
type Literal struct {
	Span
	Kind   Kind       // never Missing
	Value  Value      // of a scalar; missing for arrays and objects
	Object []Property // of an Object
	Array  []*Expr    // of an Array
}

// Property is one property of an object literal.
type Property struct {
	Key   *Key
	Value *Expr
}

// SingleKey returns the key of a path that is `key`, `key?`, `key { … }` or `key? { … }` and nil for any other.
// An item of such a path contributes the key; any other path needs an alias or stands alone.
func (p *Path) SingleKey() *Key {
	if p.Start.Kind != StartKey {
		return nil
	}
	for _, s := range p.Steps {
		if s.Kind != StepQuestion {
			return nil
		}
	}
	return p.Start.Key
}

// Splices reports whether the item joins the keys of its object to those around it: `$.r { … }`.
func (it *Item) Splices() bool {
	return it.Alias == nil && it.Path.Group != nil && it.Path.SingleKey() == nil
}

// Anonymous reports whether the item has no key to contribute: `$.a`, `a.b`, `x->first`.
// It is then the only item of its group and is the group's value.
func (it *Item) Anonymous() bool {
	return it.Alias == nil && it.Path.Group == nil && it.Path.SingleKey() == nil
}

// Walk calls visit for n and all nodes below it, parents first and otherwise in source order.
// It does not go below a node for which visit returns false.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	switch n := n.(type) {
	case *Group:
		walkAll(n.Items, visit)
	case *Item:
		walkItem(n, visit)
	case *Path:
		walkPath(n, visit)
	case *Step:
		if n.Key != nil {
			Walk(n.Key, visit)
		}
		walkAll(n.Args, visit)
	case *Expr:
		walkAll(n.Operands, visit)
	case *Literal:
		for _, p := range n.Object {
			Walk(p.Key, visit)
			Walk(p.Value, visit)
		}
		walkAll(n.Array, visit)
	}
}

func walkItem(it *Item, visit func(Node) bool) {
	if it.Alias != nil {
		Walk(it.Alias, visit)
	}
	if it.Path != nil {
		Walk(it.Path, visit)
	}
	if it.Group != nil {
		Walk(it.Group, visit)
	}
}

func walkPath(p *Path, visit func(Node) bool) {
	switch s := p.Start; s.Kind {
	case StartKey:
		Walk(s.Key, visit)
	case StartExpr:
		Walk(s.Expr, visit)
	case StartLiteral:
		Walk(s.Literal, visit)
	default:
	}
	walkAll(p.Steps, visit)
	if p.Group != nil {
		Walk(p.Group, visit)
	}
}

func walkAll[N Node](nodes []N, visit func(Node) bool) {
	for _, n := range nodes {
		Walk(n, visit)
	}
}
