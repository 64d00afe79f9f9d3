package plan

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// A collection is the collecting of the fields that are asked of objects of a type,
// as the specification has it.
type collection struct {
	*maker

	of     *typed
	fields []*Field
	byKey  map[string]*Field
	seen   map[string]bool // fragments
}

// collect makes the node of elements for objects of a type.
func (m *maker) collect(elements []ast.Selection, of *typed) (*Node, error) {
	c := collection{maker: m, of: of, byKey: map[string]*Field{}, seen: map[string]bool{}}
	c.add(elements)
	if err := m.grown(nodeSize + fieldSize*len(c.fields)); err != nil {
		return nil, err
	}
	n := &Node{Type: of.def, Fields: c.fields}
	for i, f := range c.fields {
		if err := m.finish(n, f); err != nil {
			return nil, err
		}
		if f.Opens() {
			n.Fetching = append(n.Fetching, int32(i)) //nolint:gosec // a type has fewer fields
		}
	}
	return n, nil
}

func (c *collection) add(sel []ast.Selection) {
	for _, one := range sel {
		if c.doc.elements[one] == nil {
			continue // skipped
		}
		switch one := one.(type) {
		case *ast.Field:
			c.field(one)
		case *ast.InlineFragment:
			if one.TypeCondition == "" || c.of.names[one.TypeCondition] {
				c.add(one.SelectionSet)
			}
		case *ast.FragmentSpread:
			if c.seen[one.Name] {
				continue
			}
			c.seen[one.Name] = true
			if f := c.doc.fragments[one.Name]; c.of.names[f.def.TypeCondition] {
				c.add(f.def.SelectionSet)
			}
		}
	}
}

// field adds a field to those of its response key.
func (c *collection) field(f *ast.Field) {
	known := c.of.fields[f.Name]
	if known == nil {
		return // of no object of the type: the document is not valid then
	}
	if same := c.byKey[f.Alias]; same != nil {
		same.Merged = append(same.Merged, f)
		return
	}
	s := c.doc.spots[f]
	made := &Field{
		Key: f.Alias, Prefix: s.prefix, Name: f.Name, Merged: s.alone[:],
		Coordinate: known.coordinate, Def: known.def, Kind: known.kind, known: known,
	}
	c.byKey[f.Alias] = made
	c.fields = append(c.fields, made)
}

// finish completes a field of n, all of whose merged fields are known.
func (m *maker) finish(n *Node, f *Field) error {
	sets := make([]ast.SelectionSet, 0, len(f.Merged))
	for _, merged := range f.Merged {
		if len(merged.SelectionSet) > 0 {
			sets = append(sets, merged.SelectionSet)
		}
	}
	if len(sets) > 0 {
		below, err := m.selection(f.Def.Type.Name(), sets...)
		if err != nil {
			return err
		}
		f.Below = below
		n.Fetches, n.Lists = n.Fetches || below.Fetches, n.Lists || below.Lists
	}
	n.Lists = n.Lists || f.Def.Type.Elem != nil
	if len(f.Def.Arguments) > 0 {
		f.Args = m.graph.arguments(f.Merged[0], f.Def.Arguments)
		if err := m.grown(argumentSize * len(f.Def.Arguments)); err != nil {
			return err
		}
	}
	if !f.known.fetches() {
		return nil
	}
	n.Fetches = true
	return m.place(n, f)
}

// place makes the place of a field of n.
func (m *maker) place(n *Node, f *Field) error {
	p := &Place{ID: m.places, Node: n, Field: f, Connectors: f.known.connectors, IDs: f.known.ids, Reads: f.known.reads, Write: f.known.write}
	for _, merged := range f.Merged {
		s := m.doc.spots[merged]
		p.height = max(p.height, s.height)
		if s.id >= 0 {
			p.ids = append(p.ids, s.id)
		}
	}
	slices.Sort(p.ids)
	m.places++
	f.Place = p
	return m.grown(placeSize + 4*len(p.ids))
}
