package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A selection is the reading of one connector's selection.
type selection struct {
	*checker
	con   *Connector
	value *ast.Value // where the text stands
	// among are the objects that may stand at an abstract place, or below one,
	// while the keys of its group are read for each; nil elsewhere.
	among []*ast.Definition
}

// checkSelection fits a connector's selection to the type it returns.
func (c *checker) checkSelection(con *Connector, v *ast.Value) {
	if con.Selection == nil {
		return
	}
	s := selection{checker: c, con: con, value: v}
	root := con.Selection.Root
	t := con.Returns
	if con.Batch > 0 { // items of one type, told apart by key
		t = &ast.Type{Elem: con.Returns}
	}
	part := part{t: t, group: root, whole: con.Selection, at: start(v.Position), name: con.name(), root: true}
	only := sole(root)
	if only != nil {
		part.path, part.from, part.group = only.Path, s.origin(only.Path), only.Path.Group
	}
	con.Yields = s.shape(part)
	s.absentList(part)
	if only != nil && only.Path.Group != nil && binds(only.Path) {
		con.Yields = con.Yields.whole(con.Selection)
	}
}

// absentList warns where an answer without its list is an error although the list
// may be null: many an API leaves it out when there is nothing in it.
func (s selection) absentList(p part) {
	keys := p.from.Keys
	if s.con.Batch > 0 || s.con.Paginate != nil || p.t.Elem == nil || p.t.NonNull || keys == nil || keys[len(keys)-1].Optional {
		return
	}
	text := strings.TrimSpace(s.con.Selection.Source[p.path.Start.Start:bodyEnd(p.path)])
	s.report(s.at(p.path.Start.Start), "ABSENT_LIST", s.con.name(), "an answer without %s breaks the contract", text)
	s.hint("if the API leaves an empty list out, write $(%s ?? [])", text)
	s.warn()
}

// sole is the only item of a group when it is the group's value.
func sole(g *mapping.Group) *mapping.Item {
	if len(g.Items) == 1 && (g.Items[0].Anonymous() || g.Items[0].Splices()) {
		return g.Items[0]
	}
	return nil
}

// A part is one value of a selection: where it comes from, the group applied to
// it if any, and the type that it must fit.
type part struct {
	name  string // coordinate of the field that takes it
	t     *ast.Type
	from  Origin
	path  *mapping.Path // nil for `alias: { … }`
	group *mapping.Group
	whole *mapping.Mapping // an expression for the value with the group applied
	at    place
	root  bool // no key takes it: it is what the connector yields
}

// keyOf is the key that a part is about: the one that takes it, else the first of
// its group or the last of its path.
func (s selection) keyOf(p part) place {
	switch {
	case !p.root:
		return p.at
	case p.group != nil && len(p.group.Items) > 0:
		it := p.group.Items[0]
		if key := keyOf(it); key != nil {
			return s.at(key.Start)
		}
		return s.at(it.Start)
	case p.path == nil:
		return p.at
	}
	last := p.path.Start.Start
	for _, step := range p.path.Steps {
		if step.Key != nil {
			last = step.Key.Start
		}
	}
	return s.at(last)
}

func (s selection) shape(p part) *Shape {
	def := s.schema.AST.Types[p.t.Name()]
	shape := &Shape{From: p.from, At: p.at.String()}
	switch {
	case def == nil:
		return shape
	case fromOutbox(def.Position) && def.Name == writeType:
		s.report(s.keyOf(p), "INVALID_QUEUE", s.con.name(), "only the outbox says what became of a write: no answer has a %s", def.Name)
		return shape
	case isAbstract(def):
		return s.abstract(p, def)
	case def.Kind != ast.Object:
		if p.group == nil {
			return shape
		}
		if def.Kind == ast.Enum || def.BuiltIn {
			s.report(s.keyOf(p), "GROUP_SELECTION_IS_NOT_OBJECT", p.name, "%s is no object, but the selection yields one", def.Name)
			s.hint("end the path at the value, such as $.name")
		}
		return &Shape{From: Origin{Expr: p.whole}, At: shape.At}
	case p.group == nil && s.isValue(def):
		return shape
	case p.group == nil:
		return s.literal(p, def)
	}
	grouped := s.group(p, def)
	if s.isValue(def) {
		return &Shape{From: Origin{Expr: p.whole}, At: shape.At}
	}
	return grouped
}

// group is the shape of a group applied to an object.
func (s selection) group(p part, def *ast.Definition) *Shape {
	if only := sole(p.group); only != nil {
		return s.through(p, only)
	}
	shape := &Shape{From: p.from, Type: def, At: p.at.String()}
	if s.items(shape, p.group, def, 0) {
		return shape.whole(p.whole)
	}
	return shape
}

// through is the shape of a group whose value is that of its only item.
func (s selection) through(p part, only *mapping.Item) *Shape {
	whole := p.whole
	p.path, p.from, p.group = only.Path, s.origin(only.Path), only.Path.Group
	return s.shape(p).whole(whole)
}

// items adds the keys of a group to shape. It says whether the group is left to
// the interpreter: where keys come twice, or what a splice brings depends on more
// than its object.
func (s selection) items(shape *Shape, g *mapping.Group, def *ast.Definition, splice int) (left bool) {
	for _, it := range g.Items {
		if it.Splices() {
			shape.Splices = append(shape.Splices, s.origin(it.Path))
			nested := s.items(shape, it.Path.Group, def, len(shape.Splices))
			left = left || nested || splice > 0 || sole(it.Path.Group) != nil || binds(it.Path)
			continue
		}
		if it.Anonymous() {
			s.report(s.at(it.Start), "GROUP_SELECTION_REQUIRED_FOR_OBJECT", s.con.name(), "which keys of it join the object around it is not known")
			s.hint("end the path with a group of them: { … }")
			shape.dark = true
			continue
		}
		if keyOf(it).Name == typeName { // no field, and of use among several types only
			if it.Path != nil {
				shape.TypeName = &Selected{Name: typeName, Splice: splice, Shape: &Shape{From: s.origin(it.Path)}}
			}
			continue
		}
		sel := s.item(it, def)
		if sel == nil {
			s.excuse(shape, keyOf(it).Name, def)
			continue
		}
		if shape.field(sel.Name) != nil {
			left = true
		}
		sel.Splice = splice
		shape.Fields = append(shape.Fields, sel)
		certainly, perhaps := contributes(it)
		if splice > 0 && (certainly || perhaps) {
			left = true
		}
		shape.Always = shape.Always || certainly && splice == 0
		sel.Maybe = perhaps && splice == 0
	}
	return left
}

// excuse notes a key that is of no use: the field that was meant, which may be any,
// is not missing, too.
func (s selection) excuse(shape *Shape, key string, def *ast.Definition) {
	meant := key
	if def.Fields.ForName(key) == nil {
		meant = nearest(key, fieldNames(def))
	}
	shape.excused = append(shape.excused, meant)
	shape.dark = shape.dark || meant == "" && !s.isForeign(key)
}

// item is one key of a group.
func (s selection) item(it *mapping.Item, def *ast.Definition) *Selected {
	p := part{}
	if it.Group != nil {
		p.group = it.Group
		p.whole = s.again(strings.TrimSpace(s.con.Selection.Source[it.Group.Start+1 : it.Group.End-1]))
	} else {
		p.from, p.group, p.whole = s.origin(it.Path), it.Path.Group, s.valueOf(it.Path, it.Path.End)
	}
	name := keyOf(it)
	at := s.at(name.Start)
	f, ok := s.key(def, name.Name, at)
	if !ok {
		return nil
	}
	sel := &Selected{Name: name.Name, Column: at, Def: f}
	if f == nil {
		sel.Shape = &Shape{From: p.from, At: at.String()}
		if p.group != nil {
			sel.Shape.From = Origin{Expr: p.whole}
		}
		return sel
	}
	p.name, p.t, p.at, p.path = coordinate(def, f), f.Type, at, it.Path
	s.among = s.below(f.Name)
	sel.Shape = s.shape(p)
	if it.Path != nil && it.Path.Group != nil && binds(it.Path) {
		sel.Shape = sel.Shape.whole(p.whole)
	}
	return sel
}

// keyOf is the key that an item contributes; it does not splice.
func keyOf(it *mapping.Item) *mapping.Key {
	if it.Alias != nil {
		return it.Alias
	}
	return it.Path.SingleKey()
}

// key is the field of def that an output key fills, nil for a hidden one; false,
// with a finding, if the key is of no use.
func (s selection) key(def *ast.Definition, name string, at place) (f *ast.FieldDefinition, ok bool) {
	f = def.Fields.ForName(name)
	switch {
	case f == nil && s.isHidden(def, name):
	case f != nil && inaccessible(f.Directives):
		return nil, s.isHidden(def, name)
	case f != nil && connected(f) && s.isHidden(def, name):
		return nil, true // the field is fetched, and what is selected is read for that
	case f == nil && s.isForeign(name):
		return nil, false
	case f == nil:
		s.notFound(def, name, at)
		return nil, false
	case len(f.Arguments) > 0:
		s.report(at, "CONNECTORS_FIELD_WITH_ARGUMENTS", s.con.name(),
			"%s.%s has arguments, so a selection cannot fill it", def.Name, name)
		s.lost[f] = true
		return nil, false
	case connected(f):
		s.report(at, "SELECTED_FIELD_HAS_CONNECTOR", s.con.name(),
			"%s.%s has a connector of its own: what is selected here is not used", def.Name, name)
		s.warn()
		return nil, false
	}
	return f, true
}

// notFound reports a key that no object at its place has.
func (s selection) notFound(def *ast.Definition, name string, at place) {
	if len(s.among) > 1 {
		s.report(at, "SELECTED_FIELD_NOT_FOUND", s.con.name(), "none of the types %s has a field %q", strings.Join(typeNames(s.among), ", "), name)
		s.suggest(name, s.amongFields())
		return
	}
	s.report(at, "SELECTED_FIELD_NOT_FOUND", s.con.name(), "type %s has no field %q", def.Name, name)
	s.suggest(name, fieldNames(def))
}

func (s selection) isHidden(def *ast.Definition, name string) bool {
	return slices.ContainsFunc(s.parents, func(r parentRead) bool { return r.con.Type == def && r.name == name })
}

// origin is how a path's value, before its group, is found.
func (s selection) origin(p *mapping.Path) Origin {
	var keys []Key
	switch p.Start.Kind {
	case mapping.StartKey:
		keys = append(keys, Key{Name: p.Start.Key.Name})
	case mapping.StartDollar, mapping.StartAt:
	default:
		return Origin{Expr: s.valueOf(p, bodyEnd(p))}
	}
	for _, step := range p.Steps {
		switch {
		case step.Kind == mapping.StepKey:
			keys = append(keys, Key{Name: step.Key.Name})
		case step.Kind == mapping.StepQuestion && len(keys) > 0:
			keys[len(keys)-1].Optional = true
		default:
			return Origin{Expr: s.valueOf(p, bodyEnd(p))}
		}
	}
	return Origin{Keys: keys}
}

// bodyEnd is where a path ends without its group.
func bodyEnd(p *mapping.Path) int {
	if p.Group != nil {
		return p.Group.Start
	}
	return p.End
}

// valueOf is a mapping whose value is that of the path up to end.
func (s selection) valueOf(p *mapping.Path, end int) *mapping.Mapping {
	text := s.con.Selection.Source[p.Bounds().Start:end]
	if p.Start.Kind == mapping.StartKey {
		text = "$." + text // alone, a key would contribute itself
	}
	return s.again(strings.TrimSpace(text))
}

// again parses a piece of the selection that parsed before.
func (s selection) again(text string) *mapping.Mapping {
	m, err := mapping.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("a part of a valid selection does not parse: %q: %v", text, err))
	}
	return m
}

func (s selection) at(off int) place { return inside(s.value, off) }

// contributes says whether an item yields its key of every value, or perhaps of
// a value that is no object.
func contributes(it *mapping.Item) (certainly, perhaps bool) {
	certainly, group := true, it.Group
	if it.Path != nil {
		certainly, perhaps = found(it.Path)
		group = it.Path.Group
	}
	if group == nil || sole(group) == nil {
		return certainly, perhaps
	}
	if always, _ := contributes(sole(group)); certainly && always {
		return true, false
	}
	return false, certainly || perhaps
}

// found says the same of a path without its group.
func found(p *mapping.Path) (certainly, perhaps bool) {
	switch p.Start.Kind {
	case mapping.StartKey:
		return false, false
	case mapping.StartDollar, mapping.StartAt:
		return len(p.Steps) == 0, len(p.Steps) > 0
	default:
		return false, true
	}
}

// binds says whether a path binds a name that its group may read.
func binds(p *mapping.Path) bool {
	return slices.ContainsFunc(p.Steps, func(s *mapping.Step) bool {
		return s.Kind == mapping.StepMethod && s.Key.Name == "as"
	})
}
