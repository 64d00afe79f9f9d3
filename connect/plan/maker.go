package plan

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A maker makes the nodes of one plan as objects of their types occur.
type maker struct {
	graph *Graph
	doc   *document
	most  int64
	size  atomic.Int64

	mu         sync.Mutex
	selections map[string]*Selection
	places     int
}

// What parts of a plan take in memory, about.
const (
	nodeSize      = 160
	fieldSize     = 320
	placeSize     = 160
	selectionSize = 256
	elementSize   = 24
	argumentSize  = 192
	pointerSize   = 8
)

// grown counts what was made, or refuses it.
func (m *maker) grown(bytes int) error {
	if m.size.Add(int64(bytes)) <= m.most {
		return nil
	}
	m.size.Add(int64(-bytes))
	return &gqlerror.Error{
		Message:    "the plan of this operation becomes too large: ask for fewer fields of fewer types at once, or in several operations",
		Extensions: map[string]any{"code": "QUERY_LIMIT"},
	}
}

// node makes what is asked of the i-th of the objects that a value may be, unless
// somebody did meanwhile.
func (m *maker) node(s *Selection, i int) (*Node, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := s.nodes[i].Load(); n != nil {
		return n, nil
	}
	n, err := m.collect(s.elements, s.of.objects[i])
	if err != nil {
		return nil, err
	}
	s.nodes[i].Store(n)
	return n, nil
}

// selection is what sets together ask of values of a type. The same elements of the
// same type are one selection.
func (m *maker) selection(typeName string, sets ...ast.SelectionSet) (*Selection, error) {
	of := m.graph.types[typeName]
	s := &Selection{Type: of.def, maker: m, of: of}
	key := []byte(typeName)
	m.flatten(sets, func(one ast.Selection, e *element) {
		s.elements = append(s.elements, one)
		key = binary.LittleEndian.AppendUint32(key, e.id)
		s.Fetches, s.Lists = s.Fetches || e.fetches, s.Lists || e.lists
	})
	if made := m.selections[string(key)]; made != nil {
		return made, nil
	}
	if err := m.grown(selectionSize + len(key) + elementSize*len(s.elements) + pointerSize*len(of.objects)); err != nil {
		return nil, err
	}
	s.nodes = make([]atomic.Pointer[Node], len(of.objects))
	m.selections[string(key)] = s
	return s, nil
}

// flatten gives the elements of sets: fields, fragments on a type, and named ones,
// each of these once. What is skipped is left out.
func (m *maker) flatten(sets []ast.SelectionSet, add func(ast.Selection, *element)) {
	seen := map[*element]bool{}
	var flat func(ast.SelectionSet)
	flat = func(set ast.SelectionSet) {
		for _, one := range set {
			e := m.doc.elements[one]
			if e == nil {
				continue // skipped
			}
			switch one := one.(type) {
			case *ast.InlineFragment:
				if one.TypeCondition == "" {
					flat(one.SelectionSet)
					continue
				}
			case *ast.FragmentSpread:
				if seen[e] {
					continue
				}
				seen[e] = true
			}
			add(one, e)
		}
	}
	for _, set := range sets {
		flat(set)
	}
}
