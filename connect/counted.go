package connect

import "math"

// counted reads pages that are numbered, or begin at a count of items: all of
// them are windows on items counted from 0.
func (w *walk[T]) counted(win window) error {
	from, end, size, read := 0, math.MaxInt, 1, 0
	if win.from != nil {
		n, err := w.ordinal(*win.from)
		if err != nil {
			return err
		}
		from, read, size = n+1, n+1, min(win.from.Size, w.paging.Max)
		if win.backward {
			from, end, win.n = max(0, n-win.n), n, min(win.n, n)
			w.out.HasPrevious, w.out.HasNext = from > 0, true
		}
	}
	size = w.fitting(from, win.n, size)
	for len(w.out.Nodes) < win.n && from < end {
		first := w.first(from, size) // of the page that has it
		s, err := w.fetch(spot{position: w.position(first, size)}, size)
		if err != nil {
			return w.stop(err)
		}
		page := cursor{Page: w.position(first, size), Size: size}
		i := from - first
		read += max(0, len(s.nodes)-i)
		first, size = w.grown(s, first, size)
		for ; i < len(s.nodes) && len(w.out.Nodes) < win.n && first+i < end; i++ {
			w.add(s, i, w.cursorOf(page, first, i, size))
		}
		left, more := i < len(s.nodes), w.more(s, first, size)
		w.out.HasNext = win.backward || left || more
		if !left && !more && !win.backward {
			w.reconcile(read, win.from == nil)
		}
		if left || !more {
			return nil
		}
		from = w.after(s, first, size)
	}
	return nil
}

// fitting is the size of pages for n items from from on. They stay as large as they
// were, for whatever an API really gives, the cursor counts on it; if that is too
// small, one page has all, or as few as possible.
func (w *walk[T]) fitting(from, n, before int) int {
	size := w.size(n)
	if w.paging.Style == ByOffset {
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
func (w *walk[T]) first(from, size int) int {
	if w.paging.Style == ByPage {
		return from / size * size
	}
	return from
}

// grown is where a page begins, and how large pages are, now that it is here: an
// API may have a least size.
func (w *walk[T]) grown(s *sheet[T], first, size int) (int, int) {
	if n := len(s.nodes); w.paging.Style == ByPage && n > size {
		return first / size * n, n
	}
	return first, size
}

// after is the first item of the page after the one that began with first. A page
// may have fewer items than its place among the others allows.
func (w *walk[T]) after(s *sheet[T], first, size int) int {
	if w.paging.Style == ByPage {
		return first + size
	}
	return first + len(s.nodes)
}

// more says whether there are items after a page that begins with first.
func (w *walk[T]) more(s *sheet[T], first, size int) bool {
	end := first + len(s.nodes)
	switch {
	case w.paging.Style == ByOffset && len(s.nodes) == 0:
		return false // whatever it says: there is no place to go on
	case s.more != nil:
		return *s.more
	case s.pages != nil && w.paging.Style == ByPage:
		return first/size+1 < *s.pages
	case s.total != nil:
		return end < *s.total
	}
	return len(s.nodes) >= size // a full page may be followed by another
}

// position is how the API calls the page of which first is the first item.
func (w *walk[T]) position(first, size int) string {
	if w.paging.Style == ByPage {
		return itoa(first/size + w.paging.Origin())
	}
	return itoa(first + w.paging.Origin())
}

// cursorOf is the cursor of the i-th item of a page.
func (w *walk[T]) cursorOf(page cursor, first, i, size int) cursor {
	if w.paging.Style == ByPage {
		return cursor{Page: page.Page, Index: i, Size: size}
	}
	return cursor{Page: itoa(first + i), Index: 0, Size: size}
}

// ordinal is which item, counted from 0, a cursor stands for.
func (w *walk[T]) ordinal(c cursor) (int, error) {
	n, err := c.number()
	switch {
	case err != nil:
		return 0, err
	case w.paging.Style == ByOffset:
		return n, nil
	case n < w.paging.Origin() || c.Index < 0:
		return 0, errCursor
	}
	return (n-w.paging.Origin())*c.Size + c.Index, nil
}
