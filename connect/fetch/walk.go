package fetch

import (
	"errors"
	"math"

	"holdfast/connect/call"
)

// A walk reads pages until there are as many nodes as were asked for. It only decides:
// step says which page it wants, and take what becomes of it.
type walk struct {
	paging *call.Paging
	win    window

	at   spot // of the next page
	size int  // of pages
	read int  // items that were read of the list, or lie before its beginning

	// Of a list whose pages lead to each other.
	index   int // the item of the next page after which to begin
	visited map[spot]bool

	// Of a list that is counted.
	from, end int // the next item that is wanted, and the first that is not

	calls    int
	earliest *sheet         // the first page
	seen     map[uint64]int // which call first brought an item; nil before the second page
	out      connection
}

// A spot says where a page is: at a position, or where a link leads. The zero spot is
// the first page of a chain.
type spot struct {
	position string // of the parameter at
	target   string // path and query of the whole request
}

// A connection is what comes of a walk.
type connection struct {
	nodes                []node
	ends                 []end // what cursors are made of
	hasNext, hasPrevious bool
	total                *int  // nil: not known
	absent               bool  // there is no such list
	stopped              error // why there are not as many nodes as there could be
	odd                  bool  // another number of items came than there should be
}

// A node is an item of a page, with the parts of its cursor.
type node struct {
	page  *sheet
	item  int32
	end   int32 // an index into ends
	index int32 // in the page that the cursor leads to, or in the list
}

// An end is what the cursors of a page have in common.
type end struct {
	at      spot
	size    int
	counted bool // the index is the position of an item, from 0
}

// Why a walk ends early.
var (
	errLoop    = errors.New("the API repeats a page: reading stopped there")
	errNowhere = errors.New("the API says that there is more, but not where: reading stopped there")
	errPages   = errors.New("the list has too many pages for one query: go on after the last cursor")
)

// isCounted says whether pages are windows on items that are counted.
func isCounted(p *call.Paging) bool { return p.Style == call.ByPage || p.Style == call.ByOffset }

// newWalk begins a walk; from is where a cursor of a chain leads.
func newWalk(p *call.Paging, win window, from spot) (*walk, error) {
	w := &walk{paging: p, win: win, index: -1, end: math.MaxInt}
	w.out.hasPrevious = win.from != nil && !win.backward
	if isCounted(p) {
		return w, w.beginCounted()
	}
	w.beginChained(from)
	return w, nil
}

// sizeFor is the size of pages to ask for when n nodes are wanted.
func (w *walk) sizeFor(n int) int {
	if w.paging.Size == "" {
		return w.paging.Max // pages are as large as they are
	}
	return min(n, w.paging.Max)
}

// enter notes a page that came and is not one of those before.
func (w *walk) enter(s *sheet) {
	w.out.absent = s.absent && w.calls == 1
	if s.total != nil {
		w.out.total = s.total
	}
}

// take takes what is wanted of a page that was entered, and says whether the walk is over.
// next is the spot of the page after it.
func (w *walk) take(s *sheet, next spot) (over bool, err error) {
	if isCounted(w.paging) {
		return w.takeCounted(s), nil
	}
	return w.takeChained(s, next)
}

// add puts the i-th node of a page into the connection, unless an earlier page had
// it: what is new in front of a list moves the rest into later pages.
func (w *walk) add(s *sheet, i, end, index int) {
	if call, ok := w.seen[s.mark(i)]; ok && call < w.calls {
		return
	}
	if w.out.nodes == nil {
		w.out.nodes = make([]node, 0, min(w.win.n, s.len)) // most lists are one page
	}
	w.out.nodes = append(w.out.nodes, node{page: s, item: int32(i), end: int32(end), index: int32(index)})
}

// repeats remembers the items of a page, and says whether there were some and
// earlier pages had them all. An only page costs nothing.
func (w *walk) repeats(s *sheet) bool {
	if w.earliest == nil {
		w.earliest = s
		return false
	}
	if w.seen == nil {
		w.seen = make(map[uint64]int, w.earliest.len+s.len)
		w.know(w.earliest, 1)
	}
	return w.know(s, w.calls) == s.len && s.len > 0
}

// know remembers the items of a page that came with a call, and counts those that came
// with an earlier one.
func (w *walk) know(s *sheet, calls int) (repeated int) {
	for i := range s.len {
		mark := s.mark(i)
		switch call, ok := w.seen[mark]; {
		case mark == 0:
		case !ok:
			w.seen[mark] = calls
		case call < calls:
			repeated++
		}
	}
	return repeated
}

// stop ends a walk at a page that did not come. What came before it is served,
// and the error stands beside it; without any nodes it is the answer.
func (w *walk) stop(err error) error {
	if len(w.out.nodes) == 0 {
		return err
	}
	w.out.hasNext = true
	w.out.stopped = err
	return nil
}

// reconcile tells of a list that ends after another number of items than the API
// says there are. One that was not read from its beginning may seem longer than it
// is, where pages before were short.
func (w *walk) reconcile(whole bool) {
	if total := w.out.total; total != nil && *total != w.read && (whole || *total > w.read) {
		w.out.odd = true
	}
}
