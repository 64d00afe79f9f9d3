package plan

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// A document is what is known of an operation without knowing of which types its
// objects are.
type document struct {
	graph *Graph
	vars  map[string]any // for the truth of conditions

	elements  map[ast.Selection]*element // those that are not skipped
	spots     map[*ast.Field]*spot
	fragments map[string]*fragment
	reached   []*fragment // in an order in which each stands behind those that it spreads
	ids       uint32
	places    int32 // fields that lead to objects and may have a place

	needs
	linked sync.Once // what is above fragments
}

// An element is a selection, or the fragment that a spread stands for.
type element struct {
	id      uint32
	height  int  // of the fields below each other in it
	fetches bool // something in it, or it, may have a place
	lists   bool
}

// A spot is where a field stands in a document.
type spot struct {
	element

	up *spot // the field around it, in the same fragment; nil: there is none
	in *fragment
	id int32 // of a field that leads to objects and may have a place; else -1

	prefix []byte        // of its value in the answer, with a comma before it
	alone  [1]*ast.Field // it, as what is merged where nothing else has its key
}

// A fragment is a named one, or the operation.
type fragment struct {
	element

	def   *ast.FragmentDefinition
	seen  bool
	sites []spot // where it is spread
	above bits   // the places around those, however far
}

// read looks at what an operation reaches, once at each of its selections.
func (g *Graph) read(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (*document, error) {
	d := &document{
		graph: g, vars: vars,
		elements: map[ast.Selection]*element{}, spots: map[*ast.Field]*spot{}, fragments: map[string]*fragment{},
		needs: needs{sources: set{}, callers: set{}, asked: map[*Completion]bool{}, lacking: map[lack]bool{}},
	}
	for _, f := range doc.Fragments {
		d.fragments[f.Name] = &fragment{def: f}
	}
	whole := &fragment{}
	if err := d.visit(op.SelectionSet, nil, whole, &whole.element); err != nil {
		return nil, err
	}
	d.reached = append(d.reached, whole)
	d.vars, d.asked, d.lacking = nil, nil, nil // a plan outlives the request it was made for
	return d, nil
}

// visit looks at the selections of a set below the field up of a fragment, and tells
// around what is in it.
func (d *document) visit(sel ast.SelectionSet, up *spot, in *fragment, around *element) error {
	for _, one := range sel {
		e, err := d.element(one, up, in)
		if err != nil {
			return err
		}
		if e != nil {
			around.height = max(around.height, e.height)
			around.fetches, around.lists = around.fetches || e.fetches, around.lists || e.lists
		}
	}
	return nil
}

// element looks at one selection; nil where it is skipped.
func (d *document) element(one ast.Selection, up *spot, in *fragment) (*element, error) {
	var e *element
	var err error
	switch one := one.(type) {
	case *ast.Field:
		if yes, err := included(one.Directives, d.vars); err != nil || !yes {
			return nil, err
		}
		e, err = d.field(one, up, in)
	case *ast.InlineFragment:
		if yes, err := included(one.Directives, d.vars); err != nil || !yes {
			return nil, err
		}
		e = d.next(&element{})
		err = d.visit(one.SelectionSet, up, in, e)
	case *ast.FragmentSpread:
		if yes, err := included(one.Directives, d.vars); err != nil || !yes {
			return nil, err
		}
		e, err = d.spread(one, up, in)
	}
	if err != nil || e == nil {
		return nil, err
	}
	d.elements[one] = e
	return e, nil
}

// next gives an element the next id.
func (d *document) next(e *element) *element {
	d.ids++
	e.id = d.ids
	return e
}

func (d *document) field(f *ast.Field, up *spot, in *fragment) (*element, error) {
	s := &spot{up: up, in: in, id: -1, alone: [1]*ast.Field{f}}
	s.prefix = append(append(append(make([]byte, 0, len(f.Alias)+4), `,"`...), f.Alias...), `":`...)
	d.next(&s.element)
	d.spots[f] = s
	if err := d.visit(f.SelectionSet, s, in, &s.element); err != nil {
		return nil, err
	}
	s.height++
	place := d.fetch(f)
	s.fetches = s.fetches || place
	if place && len(f.SelectionSet) > 0 {
		s.id = d.places
		d.places++
	}
	s.lists = s.lists || f.Definition != nil && f.Definition.Type.Elem != nil
	return &s.element, nil
}

func (d *document) spread(one *ast.FragmentSpread, up *spot, in *fragment) (*element, error) {
	f := d.fragments[one.Name]
	if f == nil {
		return nil, nil // the document is not valid then
	}
	f.sites = append(f.sites, spot{up: up, in: in})
	if f.seen {
		return &f.element, nil
	}
	f.seen = true
	d.next(&f.element)
	err := d.visit(f.def.SelectionSet, nil, f, &f.element)
	d.reached = append(d.reached, f)
	return &f.element, err
}
