package connect

import (
	"errors"
	"hash/maphash"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A sheet is one page as it came. It is remembered with the answer, and not changed.
type sheet[T any] struct {
	nodes    []T
	marks    []uint64                // tell apart what nodes were made of; 0 for what is no object
	faults   map[int][]mapping.Fault // of nodes, by their places
	faulty   bool
	losses          // the places without which the connection is null
	findings        // what did not go as the mapping says
	absent   bool   // there is no such list
	next     string // where the next page begins; "" if there is none
	target   string // of the link to the next page, in place of next
	astray   bool   // that link leads out of the source
	more     *bool  // whether there is another; nil: not known
	pages    *int   // how many there are; nil: not known
	total    *int   // how many items there are in all; nil: not known
	size     int    // about how many bytes it takes
}

// Size implements [cache.Sized].
func (s *sheet[T]) Size() int { return s.size }

// sheetOf reads a page, the answer to a request with inputs, and what it says around the page.
func sheetOf[T any](c *Connector[[]T], o *call.Opened, p *Paging, inputs *call.Inputs, reply upstreams.Reply) (any, error) {
	a := o.API
	in, all, err := o.Judge(inputs, reply)
	if errors.Is(err, call.ErrNotThere) {
		return &sheet[T]{absent: true}, nil
	}
	if err != nil {
		return nil, err
	}
	m := mapperOf(o, all)
	list, err := c.mapped(a, m, in, reply)
	if err != nil {
		return nil, err
	}
	if m.items.IsMissing() && m.faults == 0 { // null, where it may be
		return &sheet[T]{absent: true, findings: list.findings}, nil
	}
	s := &sheet[T]{
		nodes: list.value, marks: marks(m.items), faulty: list.faulty, losses: m.through(p.Vital), findings: list.findings,
		size: list.size,
		more: hasMore(p, in, all), pages: numberOf(p.Pages, in, all), total: numberOf(p.Total, in, all),
	}
	url, err := o.Address(inputs)
	if err != nil {
		return nil, err
	}
	s.next, s.target, err = p.Following(a, url, in, all, reply.Header.Values("Link"))
	if s.astray = err != nil; s.astray {
		a.Drift(string(c.ID), "paginate.next: leads elsewhere")
	}
	for _, f := range list.root.FaultsOf("") {
		if len(f.Index) == 0 {
			return nil, call.Unusable(reply.Status, m.unfit())
		}
		if s.faults == nil {
			s.faults = map[int][]mapping.Fault{}
		}
		s.faults[f.Index[0]] = append(s.faults[f.Index[0]], f)
	}
	return s, nil
}

// leads says whether the page says where the next one is, and may be followed.
func (s *sheet[T]) leads() bool { return s.next != "" || s.target != "" }

var markSeed = maphash.MakeSeed() //nolint:gochecknoglobals // constant for the process

// marks are hashes of the items that are objects.
func marks(items Value) []uint64 {
	all := make([]uint64, items.Len())
	var text []byte
	for i, item := range items.Items() {
		if item.IsObject() {
			text = item.AppendJSON(text[:0])
			all[i] = max(1, maphash.Bytes(markSeed, text))
		}
	}
	return all
}

// mark is the i-th node's; 0 if it has none.
func (s *sheet[T]) mark(i int) uint64 {
	if i >= len(s.marks) {
		return 0
	}
	return s.marks[i]
}
