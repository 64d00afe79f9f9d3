package record

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// A Field makes records of what somebody else than a connector gives for a field: Go
// values of a method by hand, or JSON. Objects have all fields that come with objects
// of their types, and keys for all connectors below. It may be used by many goroutines
// at once.
type Field struct {
	m     *Mapper
	types Types
}

// CompileField says what records of a field are made of, by its coordinate.
func CompileField(coordinate string, opt Options) (*Field, error) {
	typeName, name, _ := strings.Cut(coordinate, ".")
	if def := opt.Schema.AST.Types[typeName]; def != nil {
		if f := def.Fields.ForName(name); f != nil {
			return CompileType(f.Type, coordinate, opt)
		}
	}
	return nil, fmt.Errorf("record: no field %s", coordinate)
}

// CompileType says what records of values of a type are made of that a field holds.
func CompileType(t *ast.Type, holder string, opt Options) (*Field, error) {
	c := handCompiler{compiler: newCompiler(nil, opt), objects: map[handObject]*object{}}
	m := &Mapper{connector: holder}
	m.root = c.node(t, around{holder: holder, way: c.root}, 0, true)
	if c.err != nil {
		return nil, c.err
	}
	m.take(c.compiler)
	return &Field{m, opt.Types}, nil
}

// A handCompiler compiles types without a selection. Types may lead to themselves, so
// every object is made once for each field that holds it.
type handCompiler struct {
	*compiler

	objects map[handObject]*object
}

type handObject struct{ typeName, holder string }

func (c *handCompiler) node(t *ast.Type, in around, depth int, vital bool) *node {
	n := c.place(in, depth)
	n.need = t.NonNull
	n.vital = vital && in.typeName == "" && (n.need || depth == 0) // of what is below, nothing is lost
	n.way = in.way
	def := c.opt.Schema.AST.Types[t.Name()]
	switch {
	case t.Elem != nil:
		n.list = c.node(t.Elem, in, depth+1, n.vital)
	case def == nil:
		c.fail(in, "no type %s", t.Name())
	case def.Kind == ast.Enum:
		n.scalar = scalars.Enum(def.Name, valuesOf(def))
	case !isComposite(def):
		n.scalar = c.opt.Scalars.Of(def.Name)
	case def.Kind != ast.Object:
		n.several = c.several(def, n, in)
	case c.isValue(def):
		n.value = c.value(def, in)
	default:
		n.object = c.object(def, in)
	}
	if n.scalar != nil {
		n.last = c.leaves
		c.leaves++
	}
	return n
}

// isValue says whether a type is a value object here: somebody else's of its name is
// not.
func (c *handCompiler) isValue(def *ast.Definition) bool {
	s := c.opt.Scalars.Value(def.Name)
	return s != nil && Fits(def, s)
}

func (c *handCompiler) several(def *ast.Definition, n *node, in around) *several {
	s := &several{members: map[string]*object{}, typeName: c.origin(schema.Origin{Keys: []schema.Key{{Name: "__typename"}}}, n)}
	for _, m := range c.opt.Schema.AST.GetPossibleTypes(def) {
		s.members[m.Name] = c.object(m, in)
	}
	return s
}

func (c *handCompiler) object(def *ast.Definition, in around) *object {
	id := handObject{def.Name, in.holder}
	if o := c.objects[id]; o != nil {
		return o
	}
	o := &object{typeName: def.Name, layout: len(c.layouts)}
	c.objects[id] = o
	l := &Layout{Type: def.Name, columns: map[string]int{}, held: c.held(def)}
	c.layouts = append(c.layouts, l)
	for _, name := range slices.Concat(l.held, c.receipts(def)) {
		below := around{holder: def.Name + "." + name, typeName: def.Name, name: name}
		c.column(o, l, name, c.node(def.Fields.ForName(name).Type, below, 0, false))
	}
	for _, known := range c.opt.Schema.Objects {
		if known.Type.Name == def.Name {
			for _, name := range known.Hidden {
				c.column(o, l, name, nil)
			}
		}
	}
	o.keys = c.keys(def, l, in.holder)
	return o
}

// column adds a field to an object; n is nil for a hidden key.
func (c *handCompiler) column(o *object, l *Layout, name string, n *node) {
	at := n
	if at == nil {
		at = c.place(around{typeName: o.typeName, name: name}, 0)
	}
	l.columns[name] = len(l.Fields)
	l.Fields = append(l.Fields, Column{Name: name, Hidden: n == nil})
	l.forms = append(l.forms, formOf(n))
	o.columns = append(o.columns, column{
		name: name, node: n, from: c.origin(schema.Origin{Keys: []schema.Key{{Name: name, Optional: true}}}, at),
	})
}

// Of is the record of a value: of models, scalars, lists of them, or a
// [mapping.Value], which names the types of objects by __typename where there may be
// several.
func (f *Field) Of(x any) *Answer {
	r := f.m.begin(nil)
	defer f.m.end(r)
	if v, ok := x.(mapping.Value); ok {
		r.value(f.m.root, v, 0)
	} else {
		w := giving{run: r, types: f.types}
		w.value(f.m.root, reflect.ValueOf(x), 0)
	}
	return r.answer()
}
