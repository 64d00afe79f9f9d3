package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// A compiler makes the nodes of one mapper.
type compiler struct {
	opt     Options
	con     *schema.Connector // nil for a field by hand
	layouts []*Layout
	places  map[string]int
	leaves  int
	root    *Way
	err     error

	families []string // of tags
	recorded *recorded
}

func newCompiler(con *schema.Connector, opt Options) *compiler {
	return &compiler{opt: opt, con: con, places: map[string]int{}, root: &Way{}}
}

// around is what a node is compiled in.
type around struct {
	holder   string // the field that holds objects there
	typeName string
	name     string
	way      *Way // to the object; nil: the answer can do without it
}

// answer compiles the place of the answer itself.
func (c *compiler) answer(t *ast.Type, s *schema.Shape, holder string) *node {
	return c.node(t, s, around{holder: holder, way: c.root}, 0, true)
}

// node compiles a place of type t. vital says that the answer cannot do without the
// object or the list around it.
func (c *compiler) node(t *ast.Type, s *schema.Shape, in around, depth int, vital bool) *node {
	n := c.place(in, depth)
	n.need = t.NonNull
	n.vital = vital && (n.need || in.typeName == "" && depth == 0)
	if n.vital {
		if n.way = in.way; in.typeName != "" {
			n.way = c.way(in, depth)
		}
	}
	def := c.opt.Schema.AST.Types[t.Name()]
	switch {
	case t.Elem != nil:
		n.list = c.node(t.Elem, s, c.inside(in, n), depth+1, n.vital)
	case def == nil:
		c.fail(in, "no type %s", t.Name())
	case def.Kind == ast.Enum:
		n.scalar = scalars.Enum(def.Name, valuesOf(def))
	case !isComposite(def):
		n.scalar = c.opt.Scalars.Of(def.Name)
	case s.Members != nil:
		n.several = c.several(s, n, in.holder)
	case s.Type == nil:
		n.value = c.value(def, in)
	default:
		n.object = c.object(s, n, in.holder)
	}
	if n.scalar != nil {
		n.last = c.leaves
		c.leaves++
	}
	return n
}

// place is a node of which only the place is known.
func (c *compiler) place(in around, depth int) *node {
	n := &node{typeName: in.typeName, name: in.name, depth: depth}
	switch {
	case in.typeName != "":
		n.place = in.typeName + "." + in.name
	case c.con != nil:
		n.place = string(c.con.ID)
	default:
		n.place = in.holder
	}
	n.place += strings.Repeat(".*", depth)
	counted, known := c.places[n.place]
	if !known {
		counted = len(c.places)
		c.places[n.place] = counted
	}
	n.counted = counted
	return n
}

// way is the way to a field; the items of its list are reached by the same.
func (c *compiler) way(in around, depth int) *Way {
	if depth > 0 {
		return in.way
	}
	return &Way{Up: in.way, Type: in.typeName, Field: in.name}
}

// inside is what is around the items of a list: the way to them is that to the list.
func (c *compiler) inside(in around, list *node) around {
	if list.vital {
		in.way = list.way
	}
	return in
}

func (c *compiler) fail(in around, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %s", in.holder, fmt.Sprintf(format, args...))
	}
}

// object compiles the shape of an object that stands at n.
func (c *compiler) object(s *schema.Shape, n *node, holder string) *object {
	o := &object{typeName: s.Type.Name, always: s.Always, layout: len(c.layouts)}
	l := &Layout{Type: s.Type.Name, columns: map[string]int{}}
	c.layouts = append(c.layouts, l)
	if c.con != nil && slices.Contains(c.con.Yields.Objects(), s) && n.isAnswer() {
		o.has = s.Reads()
		o.without = "an object with none of the keys " + strings.Join(o.has, ", ")
	}
	in := around{typeName: s.Type.Name}
	if n.vital {
		in.way = n.way
	}
	for _, from := range s.Splices {
		o.splices = append(o.splices, c.origin(from, c.place(in, 0)))
	}
	for i, sel := range s.Fields {
		in := in
		in.name, in.holder = sel.Name, s.Type.Name+"."+sel.Name
		col := column{name: sel.Name, splice: sel.Splice}
		at := c.place(in, 0)
		if sel.Def != nil {
			col.node = c.node(sel.Def.Type, sel.Shape, in, 0, n.vital)
			at = col.node
		}
		col.from = c.origin(sel.Shape.From, at)
		o.columns = append(o.columns, col)
		l.columns[sel.Name] = i
		l.Fields = append(l.Fields, Column{Name: sel.Name, Hidden: sel.Def == nil})
		l.forms = append(l.forms, formOf(col.node))
		o.look(i, sel, s)
	}
	if c.con != nil && n.isAnswer() {
		c.receipt(o, l)
	}
	l.held = c.held(s.Type)
	o.keys = c.keys(s.Type, l, holder)
	if c.con != nil {
		l.tags = c.tagMakers(s.Type.Name, l)
	}
	return o
}

// look notes which values of an object are looked at before it is made.
func (o *object) look(i int, sel *schema.Selected, s *schema.Shape) {
	isKey := slices.Contains(s.Stub, sel.Name)
	if sel.Splice > 0 || !isKey && (!sel.Maybe || s.Always) {
		return
	}
	o.early = append(o.early, i)
	if isKey {
		o.stub = append(o.stub, i)
	}
	if sel.Maybe {
		o.maybe = append(o.maybe, i)
	}
}

func (c *compiler) origin(from schema.Origin, at *node) origin {
	return origin{keys: from.Keys, expr: from.Expr, at: at}
}

// several compiles the shapes of the objects of one of several types.
func (c *compiler) several(s *schema.Shape, n *node, holder string) *several {
	a := &several{members: map[string]*object{}, typeName: c.origin(s.TypeName.Shape.From, n)}
	if i := s.TypeName.Splice; i > 0 {
		splice := c.origin(s.Members[0].Splices[i-1], n)
		a.splice = &splice
	}
	for _, m := range s.Members {
		a.always = a.always || m.Always
		a.members[m.Type.Name] = c.object(m, n, holder)
		if a.key == nil {
			a.key = c.keyIn(m, n)
		}
	}
	return a
}

// keyIn are the parts of the key of a member, where all can be looked for.
func (c *compiler) keyIn(m *schema.Shape, n *node) []origin {
	var key []origin
	for _, sel := range m.Fields {
		if slices.Contains(m.Stub, sel.Name) && sel.Splice == 0 && sel.Shape.From.Expr == nil {
			key = append(key, c.origin(sel.Shape.From, n))
		}
	}
	if len(key) != len(m.Stub) {
		return nil
	}
	return key
}

// value compiles an object that is decoded as a whole.
func (c *compiler) value(def *ast.Definition, in around) *valueObject {
	v := &valueObject{layout: len(c.layouts), scalar: c.opt.Scalars.Value(def.Name)}
	l := &Layout{Type: def.Name, columns: map[string]int{}}
	c.layouts = append(c.layouts, l)
	if v.scalar == nil {
		c.fail(in, "%s cannot be decoded: no value object of that name is known", def.Name)
		return v
	}
	for _, f := range def.Fields {
		i := v.scalar.Object.Field(f.Name, f.Type.Name())
		if strings.HasPrefix(f.Name, "__") || i < 0 {
			continue // what it has not is not mapped: somebody writes it by hand
		}
		v.fields = append(v.fields, i)
		l.columns[f.Name] = len(l.Fields)
		l.Fields = append(l.Fields, Column{Name: f.Name})
		l.held = append(l.held, f.Name)
		l.forms = append(l.forms, &form{need: f.Type.NonNull, leaf: true})
	}
	l.cells = len(l.Fields)
	return v
}

// held are the fields of a type that come with its objects, whatever selection yields
// them.
func (c *compiler) held(def *ast.Definition) []string {
	var names []string
	for _, f := range def.Fields {
		p := c.opt.Schema.Plans[def.Name+"."+f.Name]
		apart := p != nil && p.Kind != schema.Mapped && !p.Held
		if !apart && !strings.HasPrefix(f.Name, "__") && f.Directives.ForName("inaccessible") == nil {
			names = append(names, f.Name)
		}
	}
	return names
}

// isComposite says whether values of a type are objects, of one type or several.
func isComposite(def *ast.Definition) bool {
	return def.Kind == ast.Object || def.Kind == ast.Interface || def.Kind == ast.Union
}

// valuesOf are the values of an enum that are served.
func valuesOf(def *ast.Definition) []string {
	var names []string
	for _, v := range def.EnumValues {
		if v.Directives.ForName("inaccessible") == nil {
			names = append(names, v.Name)
		}
	}
	return names
}

// found is what stands along keys.
func found(keys []schema.Key, v mapping.Value) mapping.Value {
	for _, k := range keys {
		if k.Optional {
			v = v.KeyIf(k.Name)
		} else {
			v = v.Key(k.Name)
		}
	}
	return v
}
