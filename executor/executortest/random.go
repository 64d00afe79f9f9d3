package executortest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// An Operation is one that was made up: a document, and the variables that a client
// would send with it.
type Operation struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
	root      *chosen
	kind      ast.Operation
	declared  []*variable
}

// chosen is one selection: a field, or a fragment on a type where name is empty.
type chosen struct {
	name, alias string
	args        []string
	directive   string
	on          string // of a fragment
	spread      bool   // it has a definition of its own
	below       []*chosen
}

// A variable is declared where something that is left uses it.
type variable struct{ name, declaration string }

// Random makes up operations that are valid on a schema. Two with one seed make up the
// same.
type Random struct {
	Schema *ast.Schema
	// Values are taken for an argument or a field of an input, where there are any, by
	// the name of either: such as cursors.
	Values map[string][]any
	// Typed asks for t__: __typename of every object.
	Typed bool

	r    *rand.Rand
	op   *Operation
	seen map[string]string // response keys by field and arguments
	left int               // fields that may still be chosen
}

// Next makes up the operation of a seed.
func (g *Random) Next(seed uint64) *Operation {
	for attempt := uint64(0); ; attempt++ {
		g.r = rand.New(rand.NewPCG(seed, attempt))
		op := g.make()
		if _, err := gqlparser.LoadQueryWithRules(g.Schema, op.Query, nil); err == nil {
			return op
		}
	}
}

func (g *Random) make() *Operation {
	op := &Operation{Variables: map[string]any{}, kind: ast.Query, root: &chosen{}}
	g.op, g.seen, g.left = op, map[string]string{}, 4+g.r.IntN(30)
	def := g.Schema.Query
	if g.Schema.Mutation != nil && g.r.IntN(4) == 0 {
		op.kind, def = ast.Mutation, g.Schema.Mutation
	}
	op.root.below = g.selections(def, 6)
	op.print()
	return op
}

func (g *Random) one(n int) bool { return g.r.IntN(n) == 0 }

// selections are one or more of a type.
func (g *Random) selections(def *ast.Definition, depth int) []*chosen {
	var all []*chosen
	for range 1 + g.r.IntN(4) {
		if g.left--; g.left < 0 && len(all) > 0 {
			break
		}
		if c := g.selection(def, depth); c != nil {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		all = append(all, &chosen{name: "__typename"})
	}
	if g.Typed {
		all = append(all, &chosen{name: "__typename", alias: "t__"})
	}
	if len(all) > 1 && g.one(6) {
		all = append(all, all[g.r.IntN(len(all))]) // the same again
	}
	return all
}

func (g *Random) selection(def *ast.Definition, depth int) *chosen {
	switch {
	case g.one(10):
		return &chosen{name: "__typename", alias: g.maybe(g.one(3), "kind"), directive: g.condition()}
	case def.IsAbstractType() && !g.one(4) || g.one(9):
		return g.fragment(def, depth)
	case def.Kind == ast.Union:
		return nil
	}
	return g.field(def.Fields[g.r.IntN(len(def.Fields))], depth)
}

// fragment is one on def, or on a type that may stand for it.
func (g *Random) fragment(def *ast.Definition, depth int) *chosen {
	on := def
	if def.IsAbstractType() && !g.one(5) {
		possible := g.Schema.GetPossibleTypes(def)
		on = possible[g.r.IntN(len(possible))]
	} else if implements := g.Schema.GetImplements(def); len(implements) > 0 && g.one(2) {
		on = implements[g.r.IntN(len(implements))]
	}
	c := &chosen{on: on.Name, spread: g.one(3), directive: g.condition(), below: g.selections(on, depth)}
	if on == def && !c.spread && g.one(2) {
		c.on = ""
	}
	return c
}

func (g *Random) field(f *ast.FieldDefinition, depth int) *chosen {
	below := g.Schema.Types[f.Type.Name()]
	if strings.HasPrefix(f.Name, "__") || below.IsCompositeType() && (depth == 0 || g.left < 0) {
		return nil
	}
	c := &chosen{name: f.Name}
	for _, a := range f.Arguments {
		if text, ok := g.argument(a.Name, a.Type, a.DefaultValue != nil); ok {
			c.args = append(c.args, a.Name+": "+text)
		}
	}
	// One response key has one field with one set of arguments.
	call := f.Name + "(" + strings.Join(c.args, ", ") + ")"
	if len(c.args) > 0 || g.one(8) {
		if g.seen[call] == "" {
			g.seen[call] = "k" + strconv.Itoa(len(g.seen))
		}
		c.alias = g.seen[call]
	}
	c.directive = g.condition()
	if below.IsCompositeType() {
		c.below = g.selections(below, depth-1)
	}
	return c
}

// condition is nothing, mostly.
func (g *Random) condition() string {
	if !g.one(8) {
		return ""
	}
	name := [...]string{"skip", "include"}[g.r.IntN(2)]
	if g.one(4) {
		return fmt.Sprintf(" @%s(if: %v)", name, g.one(2))
	}
	return fmt.Sprintf(" @%s(if: %s)", name, g.variable("Boolean!", g.one(2), "true"))
}

func (*Random) maybe(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

// argument is the text of a value; false leaves it out.
func (g *Random) argument(name string, t *ast.Type, optional bool) (string, bool) {
	if (optional || !t.NonNull) && g.one(2) {
		return "", false
	}
	if !g.one(3) {
		return g.literal(name, t, 2), true
	}
	return g.asVariable(name, t, optional), true
}

// asVariable declares a variable for a place of type t.
func (g *Random) asVariable(name string, t *ast.Type, optional bool) string {
	declared := t.String()
	fallback := ""
	if g.one(3) {
		fallback = g.literal(name, nonNull(t), 1)
		declared = strings.TrimSuffix(declared, "!") // its default makes it fit
	} else if optional {
		declared = strings.TrimSuffix(declared, "!")
	}
	switch nullable := !strings.HasSuffix(declared, "!"); {
	case nullable && g.one(3):
		return g.variable(declared, nil, fallback)
	case (nullable || fallback != "") && g.one(3):
		return g.variable(declared, absent{}, fallback)
	}
	return g.variable(declared, g.value(name, t, 2), fallback)
}

// absent is the value of a variable that the client does not give.
type absent struct{}

func nonNull(t *ast.Type) *ast.Type {
	c := *t
	c.NonNull = true
	return &c
}

// variable declares one and returns how it is written.
func (g *Random) variable(declared string, value any, fallback string) string {
	v := &variable{name: "v" + strconv.Itoa(len(g.op.declared))}
	v.declaration = "$" + v.name + ": " + declared
	if fallback != "" && (declared != "Boolean!" || g.one(2)) {
		v.declaration += " = " + fallback
	}
	g.op.declared = append(g.op.declared, v)
	if value != any(absent{}) {
		g.op.Variables[v.name] = value
	}
	return "$" + v.name
}

// literal is a value of a type as it is written in a document.
func (g *Random) literal(name string, t *ast.Type, depth int) string {
	return written(g.Schema, t, g.value(name, t, depth))
}

// value is one of a type, as JSON has it.
func (g *Random) value(name string, t *ast.Type, depth int) any {
	switch {
	case !t.NonNull && g.one(6):
		return nil
	case len(g.Values[name]) > 0 && !g.one(5):
		return g.Values[name][g.r.IntN(len(g.Values[name]))]
	case t.Elem != nil:
		if g.one(5) {
			if v := g.value(name, t.Elem, depth); v != nil {
				return v // a list of one
			}
		}
		list := []any{}
		for range g.r.IntN(3) {
			list = append(list, g.value(name, t.Elem, depth))
		}
		return list
	}
	if def := g.Schema.Types[t.NamedType]; def.Kind == ast.InputObject {
		return g.input(def, depth)
	} else if def.Kind == ast.Enum {
		return def.EnumValues[g.r.IntN(len(def.EnumValues))].Name
	}
	return g.scalar(name, t.NamedType)
}

func (g *Random) input(def *ast.Definition, depth int) any {
	object := map[string]any{}
	for _, f := range def.Fields {
		optional := !f.Type.NonNull || f.DefaultValue != nil
		if optional && (g.one(2) || depth == 0) {
			continue
		}
		object[f.Name] = g.value(f.Name, f.Type, depth-1)
	}
	return object
}

func (g *Random) scalar(name, typeName string) any {
	pick := func(values ...any) any { return values[g.r.IntN(len(values))] }
	switch typeName {
	case "Int":
		if name == "first" || name == "last" {
			return pick(1, 2, 3, 4, 5, 7, 0)
		}
		return pick(0, 1, 2, -3, 100)
	case "Float":
		return pick(1, 1.5, -2.25)
	case "Boolean":
		return g.one(2)
	case "ID":
		return pick("1", "2", "3", 4, "5", "6")
	case "DateTime":
		return "2026-01-02T03:04:05Z"
	case "Decimal":
		return pick("1.50", "2")
	case "Int64":
		return pick(1, "9007199254740993")
	case "EmailAddress":
		return pick("a@b.test", " Ann@B.Test ")
	}
	return pick("a", "b c", "")
}

// written is a value as a document has it.
func written(s *ast.Schema, t *ast.Type, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, written(s, t.Elem, item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		var fields []string
		for _, f := range s.Types[t.Name()].Fields {
			if value, ok := v[f.Name]; ok {
				fields = append(fields, f.Name+": "+written(s, f.Type, value))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case string:
		if def := s.Types[t.Name()]; def != nil && def.Kind == ast.Enum {
			return v
		}
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}

// print writes the document, with the variables that are left in it.
func (o *Operation) print() {
	var b, fragments strings.Builder
	n := 0
	o.root.write(&b, &fragments, &n)
	text := b.String() + fragments.String()
	var declared []string
	given := map[string]any{}
	for _, v := range o.declared {
		if uses(text, "$"+v.name) {
			declared = append(declared, v.declaration)
			if value, ok := o.Variables[v.name]; ok {
				given[v.name] = value
			}
		}
	}
	head := string(o.kind)
	if len(declared) > 0 {
		head += "(" + strings.Join(declared, ", ") + ")"
	}
	o.Query, o.Variables = head+text, given
}

func uses(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		rest = rest[i+len(name):]
		if rest == "" || rest[0] < '0' || rest[0] > '9' {
			return true
		}
	}
}

func (c *chosen) write(b, fragments *strings.Builder, n *int) {
	switch {
	case c.name != "":
		b.WriteString(" ")
		if c.alias != "" && c.alias != c.name {
			b.WriteString(c.alias + ": ")
		}
		b.WriteString(c.name)
		if len(c.args) > 0 {
			b.WriteString("(" + strings.Join(c.args, ", ") + ")")
		}
		b.WriteString(c.directive)
	case c.spread:
		*n++
		name := "F" + strconv.Itoa(*n)
		b.WriteString(" ..." + name + c.directive)
		var own strings.Builder
		own.WriteString(" fragment " + name + " on " + c.on)
		c.writeBelow(&own, fragments, n)
		fragments.WriteString(own.String())
		return
	case c.on != "":
		b.WriteString(" ... on " + c.on + c.directive)
	case c.below != nil && b.Len() > 0:
		b.WriteString(" ..." + c.directive)
	}
	c.writeBelow(b, fragments, n)
}

func (c *chosen) writeBelow(b, fragments *strings.Builder, n *int) {
	if c.below == nil {
		return
	}
	b.WriteString(" {")
	for _, below := range c.below {
		below.write(b, fragments, n)
	}
	b.WriteString(" }")
}

// Smaller are operations with one thing less each, the largest things first.
func (o *Operation) Smaller(s *ast.Schema) []*Operation {
	var all []*Operation
	for i := range o.root.size() {
		c := &Operation{kind: o.kind, root: o.root.without(i), declared: o.declared, Variables: o.Variables}
		if c.root == nil {
			continue
		}
		c.print()
		if _, err := gqlparser.LoadQueryWithRules(s, c.Query, nil); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// Shrink returns the smallest operation found that fails still.
func (o *Operation) Shrink(s *ast.Schema, fails func(*Operation) bool) *Operation {
	for again := true; again; {
		again = false
		for _, c := range o.Smaller(s) {
			if len(c.Query) < len(o.Query) && fails(c) {
				o, again = c, true
				break
			}
		}
	}
	return o
}

// size counts what can be left out below c: selections, conditions and arguments.
func (c *chosen) size() int {
	n := 0
	for _, b := range c.below {
		n += 1 + b.size()
		if b.directive != "" {
			n++
		}
		n += len(b.args)
	}
	return n
}

// without is a copy of c without the i-th of what can be left out; nil where nothing
// is left.
func (c *chosen) without(i int) *chosen {
	d := *c
	d.below = nil
	for _, b := range c.below {
		if i == 0 {
			i--
			continue
		}
		i--
		e := *b
		if b.directive != "" {
			if i == 0 {
				e.directive = ""
			}
			i--
		}
		if i >= 0 && i < len(b.args) {
			e.args = slices.Delete(slices.Clone(b.args), i, i+1)
		}
		i -= len(b.args)
		if n := b.size(); i >= 0 && i < n {
			e.below = nil
			if w := b.without(i); w != nil {
				e.below = w.below
			}
			i -= n
		} else {
			i -= n
		}
		if b.below != nil && len(e.below) == 0 {
			continue
		}
		d.below = append(d.below, &e)
	}
	if len(d.below) == 0 {
		return nil
	}
	return &d
}
