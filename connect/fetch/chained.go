package fetch

import "holdfast/connect/call"

// beginChained begins at a spot of a list of which each page says where the next is.
func (w *walk) beginChained(from spot) {
	w.at, w.visited, w.size = from, map[spot]bool{}, w.sizeFor(w.win.n)
	if w.win.from == nil {
		return
	}
	w.index = w.win.from.Index
	given := min(w.win.from.Size, w.paging.Max)
	if w.paging.Style != call.ByLink { // where a page begins does not depend on its size
		given = max(given, w.size)
	}
	w.size = given
}

// takeChained takes a page of which next is the one after it.
func (w *walk) takeChained(s *sheet, next spot) (over bool, err error) {
	w.visited[w.at] = true
	w.read += s.len
	leads := next != spot{}
	here := len(w.out.ends)
	w.out.ends = append(w.out.ends, end{at: w.at, size: w.size}, end{at: next, size: w.size})
	i := w.index + 1
	for ; i < s.len && len(w.out.nodes) < w.win.n; i++ {
		if i == s.len-1 && leads {
			w.add(s, i, here+1, -1) // go on without this page
		} else {
			w.add(s, i, here, i)
		}
	}
	more := s.more == nil && (leads || s.astray) || s.more != nil && *s.more
	w.out.hasNext = i < s.len || more
	if !w.out.hasNext && w.win.from == nil {
		w.reconcile(true)
	}
	switch {
	case len(w.out.nodes) >= w.win.n || !more:
		return true, nil
	case s.astray:
		return true, w.stop(call.ErrAstray)
	case !leads:
		return true, w.stop(errNowhere)
	case w.visited[next]:
		return true, w.stop(errLoop)
	}
	w.at, w.index = next, -1
	return false, nil
}
