package fetch

import (
	"errors"
	"strings"
	"sync/atomic"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// A sheet is one page as it came. It is remembered with the answer, and not changed but for
// what was found out of it.
type sheet struct {
	list   *record.Answer // of nodes
	len    int            // how many there are
	vital  []string       // see [call.Paging]
	absent bool           // there is no such list
	next   string         // where the next page begins; "" if there is none
	target string         // of the link to the next page, in place of next
	astray bool           // that link leads out of the source
	more   *bool          // whether there is another; nil: not known
	pages  *int           // how many there are; nil: not known
	total  *int           // how many items there are in all; nil: not known

	after atomic.Pointer[neighbour] // what the target was found to be; nil: nobody asked
}

// Size implements [cache.Sized].
func (s *sheet) Size() int { return 512 + len(s.next) + len(s.target) + s.list.Size() }

// Tags are what the page depends on.
func (s *sheet) Tags() []cache.Tag { return s.list.Tags() }

// TagNames are those in words, as far as the page knows them.
func (s *sheet) TagNames(known ...string) []string { return s.list.TagNames(known...) }

// Broken is part of what [upstreams.Request].Accept may say of a value.
func (s *sheet) Broken() bool { return len(s.vital) > 0 && s.list.Broken() }

// Problems are what did not go as the mapping says.
func (s *sheet) Problems() []upstreams.Problem { return s.list.Problems() }

// lost is a place that the page has not, and without which the connection of which asked
// asks is null; nil if there is none.
func (s *sheet) lost(asked record.Asked) *record.Way {
	if !s.Broken() {
		return nil
	}
	if asked == nil {
		return s.list.Lost(nil)
	}
	for _, path := range s.vital {
		for _, node := range along(asked, path) {
			if w := s.list.Lost(node); w != nil {
				return w
			}
		}
	}
	return nil
}

// along is what is asked of what a path of fields leads to.
func along(asked record.Asked, path string) []record.Asked {
	all := []record.Asked{asked}
	for step := range strings.SplitSeq(path, ".") {
		var below []record.Asked
		for _, a := range all {
			below = append(below, a.Below("", step)...)
		}
		all = below
	}
	return all
}

// sheetOf reads a page, the answer to a call, and what it says around the page.
func (c *connector) sheetOf(in *call.Inputs, changes *call.Changes, reply upstreams.Reply) (any, error) {
	body, vars, err := c.Judge(in, reply)
	if errors.Is(err, call.ErrNotThere) {
		return &sheet{list: c.mapper.NotThere(c.Vars(in)), absent: true}, nil
	}
	if err != nil {
		return nil, err
	}
	changes.Heard(body, vars)
	list, err := c.mapper.Map(record.Reading{Body: body, Vars: vars, Status: reply.Status, Tally: c.API})
	if err != nil {
		return nil, err
	}
	root := list.Root()
	switch root.Kind() {
	case record.List:
	case record.Null: // where it may be
		return &sheet{list: list, absent: true}, nil
	default:
		return nil, call.Unusable(reply.Status, whyNot(root))
	}
	p := c.Paging
	s := &sheet{
		list: list, len: root.Len(), vital: p.Vital,
		more: hasMore(p.More, body, vars), pages: countOf(p.Pages, body, vars), total: countOf(p.Total, body, vars),
	}
	address, err := c.Address(in)
	if err != nil {
		return nil, err
	}
	s.next, s.target, err = p.Following(c.API, address, body, vars, reply.Header.Values("Link"))
	if s.astray = err != nil; s.astray {
		c.API.Drift(string(c.ID), "paginate.next: leads elsewhere")
	}
	return s, nil
}

// whyNot is why there is no list where one must be.
func whyNot(root record.Ref) error {
	if f := root.Fault(); f != nil {
		return errors.New(f.Why)
	}
	return errors.New("expected a list of nodes")
}

// mark tells apart what the i-th node was made of; 0 for what is no object.
func (s *sheet) mark(i int) uint64 { return s.list.Mark(i) }

// hasMore is what the answer says about another page; unknown is nil.
func hasMore(m *mapping.Mapping, in mapping.Value, vars mapping.Vars) *bool {
	if m == nil {
		return nil
	}
	more, ok := m.Apply(in, vars).Value.Bool()
	return new(more && ok)
}

// countOf is a number of pages or items; nil if it is not known.
func countOf(m *mapping.Mapping, in mapping.Value, vars mapping.Vars) *int {
	if m == nil {
		return nil
	}
	n, ok := m.Apply(in, vars).Value.Int64()
	if !ok || n < 0 || n > maxNumber {
		return nil
	}
	return new(int(n))
}
