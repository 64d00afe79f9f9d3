package fetch

import (
	"strconv"

	"holdfast/connect/call"
)

// beginCounted begins a list of numbered pages, or of pages that begin at a count of
// items: all of them are windows on items counted from 0.
func (w *walk) beginCounted() error {
	before := 1
	if w.win.from != nil {
		n, err := w.ordinal(*w.win.from)
		if err != nil {
			return err
		}
		w.from, w.read, before = n+1, n+1, min(w.win.from.Size, w.paging.Max)
		if w.win.backward {
			w.from, w.end, w.win.n = max(0, n-w.win.n), n, min(w.win.n, n)
			w.out.hasPrevious, w.out.hasNext = w.from > 0, true
		}
	}
	w.size = w.fitting(w.from, w.win.n, before)
	w.aim()
	return nil
}

// nothing says whether no page need be read: there is nothing before the first item.
func (w *walk) nothing() bool {
	return isCounted(w.paging) && (w.win.n <= 0 || w.from >= w.end)
}

// aim makes the page that has the wanted item the next.
func (w *walk) aim() { w.at = spot{position: w.position(w.first(w.from, w.size), w.size)} }

// takeCounted takes a page, and says whether it was the last.
func (w *walk) takeCounted(s *sheet) (over bool) {
	first := w.first(w.from, w.size)
	here := len(w.out.ends)
	i := w.from - first
	w.read += max(0, s.len-i)
	first, w.size = w.grown(s, first, w.size)
	w.out.ends = append(w.out.ends, end{at: w.at, size: w.size, counted: w.paging.Style == call.ByOffset})
	for ; i < s.len && len(w.out.nodes) < w.win.n && first+i < w.end; i++ {
		index := i
		if w.paging.Style == call.ByOffset {
			index += first
		}
		w.add(s, i, here, index)
	}
	left, more := i < s.len, w.more(s, first, w.size)
	w.out.hasNext = w.win.backward || left || more
	if !left && !more && !w.win.backward {
		w.reconcile(w.win.from == nil)
	}
	if left || !more {
		return true
	}
	w.from = w.after(s, first, w.size)
	w.aim()
	return len(w.out.nodes) >= w.win.n || w.from >= w.end
}

// fitting is the size of pages for n items from from on. They stay as large as they
// were, for whatever an API really gives, the cursor counts on it; if that is too
// small, one page has all, or as few as possible.
func (w *walk) fitting(from, n, before int) int {
	size := w.sizeFor(n)
	if w.paging.Style == call.ByOffset {
		return size
	}
	if size <= before {
		return before
	}
	for s := size; s <= w.paging.Max; s++ {
		if from/s == (from+n-1)/s {
			return s
		}
	}
	return size
}

// first is the first item of the page that has the item from.
func (w *walk) first(from, size int) int {
	if w.paging.Style == call.ByPage {
		return from / size * size
	}
	return from
}

// grown is where a page begins, and how large pages are, now that it is here: an
// API may have a least size.
func (w *walk) grown(s *sheet, first, size int) (int, int) {
	if w.paging.Style == call.ByPage && s.len > size {
		return first / size * s.len, s.len
	}
	return first, size
}

// after is the first item of the page after the one that began with first. A page
// may have fewer items than its place among the others allows.
func (w *walk) after(s *sheet, first, size int) int {
	if w.paging.Style == call.ByPage {
		return first + size
	}
	return first + s.len
}

// more says whether there are items after a page that begins with first.
func (w *walk) more(s *sheet, first, size int) bool {
	switch {
	case w.paging.Style == call.ByOffset && s.len == 0:
		return false // whatever it says: there is no place to go on
	case s.more != nil:
		return *s.more
	case s.pages != nil && w.paging.Style == call.ByPage:
		return first/size+1 < *s.pages
	case s.total != nil:
		return first+s.len < *s.total
	}
	return s.len >= size // a full page may be followed by another
}

// origin is what an API calls its first page or item.
func origin(p *call.Paging) int {
	switch {
	case p.From != nil:
		return *p.From
	case p.Style == call.ByPage:
		return 1
	}
	return 0
}

// position is how the API calls the page of which first is the first item.
func (w *walk) position(first, size int) string {
	if w.paging.Style == call.ByPage {
		first /= size
	}
	return strconv.Itoa(first + origin(w.paging))
}

// ordinal is which item, counted from 0, a cursor stands for.
func (w *walk) ordinal(c cursor) (int, error) {
	n, err := c.number()
	switch {
	case err != nil:
		return 0, err
	case w.paging.Style == call.ByOffset:
		return n, nil
	case n < origin(w.paging) || c.Index < 0:
		return 0, errCursor
	}
	return (n-origin(w.paging))*c.Size + c.Index, nil
}
