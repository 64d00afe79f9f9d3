package plan

import (
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

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
	of       *typed
	elements []ast.Selection        // what the fields select, those that are skipped left out
	nodes    []atomic.Pointer[Node] // for each object that a value may be
}

// On is what is asked of objects of a type. The error is that the plan became too
// large: a [*gqlerror.Error] with the code QUERY_LIMIT.
func (s *Selection) On(typeName string) (*Node, error) {
	i := s.of.place(typeName)
	if i < 0 {
		return nil, gqlerror.Errorf("there is no type %s that objects of type %s can have", typeName, s.Type.Name)
	}
	if n := s.nodes[i].Load(); n != nil {
		return n, nil
	}
	return s.maker.node(s, i)
}

// Below implements [record.Asked].
func (s *Selection) Below(typeName, field string) []record.Asked {
	var all []record.Asked
	for _, t := range s.of.objects {
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
