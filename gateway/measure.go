package gateway

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// measure walks selection sets with their fragments spread out. A fragment is
// walked once, however often it is used, and the walk ends with the first limit
// that is exceeded, so that its cost is bounded by the limits themselves.
type measure struct {
	max       Config
	fragments map[string]*fragment
}

// fragment is a fragment and, once walked, its size.
type fragment struct {
	set   ast.SelectionSet
	begun bool
	size  *size
}

func newMeasure(limits Config, doc *ast.QueryDocument) measure {
	m := measure{max: limits, fragments: make(map[string]*fragment, len(doc.Fragments))}
	for _, f := range doc.Fragments {
		m.fragments[f.Name] = &fragment{set: f.SelectionSet}
	}
	return m
}

// operation returns the first limit that op exceeds.
func (m measure) operation(op *ast.OperationDefinition) error {
	s, err := m.set(op.SelectionSet)
	if err != nil {
		return err
	}
	roots := 0
	for _, t := range s.keys {
		roots += t.fields
	}
	return check("root fields", roots, m.max.RootFields)
}

func (m measure) set(selections ast.SelectionSet) (*size, error) {
	if len(selections) == 0 {
		return &size{}, nil
	}
	s := &size{keys: make(map[string]tally, len(selections))}
	for _, selection := range selections {
		var err error
		switch selection := selection.(type) {
		case *ast.Field:
			err = m.field(s, selection)
		case *ast.InlineFragment:
			var inner *size
			if inner, err = m.set(selection.SelectionSet); err == nil {
				s.merge(inner)
			}
		case *ast.FragmentSpread:
			err = m.spread(s, selection.Name)
		}
		if err == nil {
			err = m.check(s)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (m measure) field(s *size, f *ast.Field) error {
	below, err := m.set(f.SelectionSet)
	if err != nil {
		return err
	}
	s.depth = max(s.depth, below.depth+1)
	s.fields += below.fields + 1
	s.aliases += below.aliases
	key := f.Name
	if f.Alias != "" && f.Alias != f.Name {
		key = f.Alias
		s.aliases++
	}
	s.add(key, tally{fields: 1, below: below.repeats})
	return nil
}

// spread adds a fragment to s. One that is not defined or uses itself adds
// nothing: validation will say so.
func (m measure) spread(s *size, name string) error {
	f := m.fragments[name]
	if f == nil {
		return nil
	}
	if !f.begun {
		f.begun = true
		var err error
		if f.size, err = m.set(f.set); err != nil {
			return err
		}
	}
	if f.size != nil {
		s.merge(f.size)
	}
	return nil
}

func (m measure) check(s *size) error {
	for _, limit := range []struct {
		what         string
		value, limit int
	}{
		{"levels", s.depth, m.max.Depth},
		{"fields", s.fields, m.max.Fields},
		{"aliases", s.aliases, m.max.Aliases},
		{"fields of one name in one place", s.repeats, m.max.Repeats},
	} {
		if err := check(limit.what, limit.value, limit.limit); err != nil {
			return err
		}
	}
	return nil
}

func check(what string, value, limit int) error {
	if value > limit {
		return fmt.Errorf("the operation has more than %d %s", limit, what)
	}
	return nil
}

// size is how much a selection set asks for.
type size struct {
	depth, fields, aliases int
	keys                   map[string]tally // by response key, of the set itself
	repeats                int              // the most fields that merge into one, here or below
}

// tally counts the fields of one response key, which merge into one. What is
// selected below them merges too: below is the most that can meet there.
type tally struct{ fields, below int }

// add counts fields of the set itself.
func (s *size) add(key string, t tally) {
	t.fields += s.keys[key].fields
	t.below += s.keys[key].below
	s.keys[key] = t
	s.repeats = max(s.repeats, t.fields, t.below)
}

// merge adds the size of a fragment to the set it is spread in.
func (s *size) merge(inner *size) {
	s.depth = max(s.depth, inner.depth)
	s.fields += inner.fields
	s.aliases += inner.aliases
	for key, t := range inner.keys {
		s.add(key, t)
	}
}
