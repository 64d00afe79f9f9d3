package plan

import (
	"maps"
	"slices"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/record"
)

// A Selection is what is asked below one response key: the selections of all fields
// that have it. It is safe for concurrent use.
type Selection struct {
	// Type is what the field may lead to: the objects' own type, or one that is
	// theirs too.
	Type *ast.Definition
	// Fetches says that fields in it, of any type and however deep, may have a
	// [Place]; Lists that some are lists.
	Fetches, Lists bool

	maker    *maker
	elements []ast.Selection // what the fields select, those that are skipped left out
	nodes    atomic.Pointer[nodes]
}

// nodes are those of a selection that were made so far: a few are looked through.
type nodes struct {
	few  []*Node
	many map[string]*Node // nil as long as there are few
}

const fewNodes = 6

func (n *nodes) on(typeName string) *Node {
	switch {
	case n == nil:
		return nil
	case n.many != nil:
		return n.many[typeName]
	}
	for _, one := range n.few {
		if one.Type.Name == typeName {
			return one
		}
	}
	return nil
}

// with is n and one more.
func (n *nodes) with(one *Node) *nodes {
	switch {
	case n == nil:
		return &nodes{few: []*Node{one}}
	case n.many == nil && len(n.few) < fewNodes:
		return &nodes{few: append(slices.Clip(n.few), one)}
	}
	more := &nodes{many: maps.Clone(n.many)}
	if more.many == nil {
		more.many = map[string]*Node{}
		for _, f := range n.few {
			more.many[f.Type.Name] = f
		}
	}
	more.many[one.Type.Name] = one
	return more
}

// On is what is asked of objects of a type. The error is that the plan became too
// large: a [*gqlerror.Error] with the code QUERY_LIMIT.
func (s *Selection) On(typeName string) (*Node, error) {
	if n := s.nodes.Load().on(typeName); n != nil {
		return n, nil
	}
	return s.maker.node(s, typeName)
}

// Below implements [record.Asked].
func (s *Selection) Below(typeName, field string) []record.Asked {
	var all []record.Asked
	for _, t := range s.maker.graph.types[s.Type.Name].objects {
		if typeName != "" && typeName != t.def.Name {
			continue
		}
		n, err := s.On(t.def.Name)
		if err != nil { // whoever asks for the objects sees it
			return all
		}
		for _, f := range n.Fields {
			switch {
			case f.Name != field:
			case f.Below != nil:
				all = append(all, f.Below)
			default:
				all = append(all, leaf{})
			}
		}
	}
	return all
}

// leaf is what is asked of a value without fields.
type leaf struct{}

func (leaf) Below(string, string) []record.Asked { return nil }
