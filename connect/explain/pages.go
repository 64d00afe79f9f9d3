package explain

import (
	"encoding/json"
	"fmt"

	"holdfast/connect"
	"holdfast/connect/call"
	"holdfast/connect/schema"
)

// pages counts the pages that a connection is made of. It returns false, with a
// note, for arguments that are refused.
func (w *walker) pages(out *Field, fetch *Fetch, p *schema.Paginate, f *selected) bool {
	args := f.ArgumentMap(w.vars)
	first, hasFirst := number(args["first"])
	last, hasLast := number(args["last"])
	if hasLast && f.Arguments.ForName("first") == nil {
		hasFirst = false // it is the argument's default
	}
	n, name := connect.DefaultFirst, "first"
	switch {
	case hasFirst && hasLast:
		out.Note = "refused, nothing is asked: first and last, give one of them"
		return false
	case hasFirst:
		n = first
	case hasLast:
		n, name = last, "last"
	}
	if n < 1 || n > connect.MaxFirst {
		out.Note = fmt.Sprintf("refused, nothing is asked: %s, expected 1 to %d, got %d", name, connect.MaxFirst, n)
		return false
	}
	out.Nodes = n
	fetch.PageSize = min(n, p.Max)
	if p.Size == "" {
		fetch.PageSize = p.Max // pages are as large as the API likes: the largest, hopefully
	}
	fetch.Pages = pagesOf(n, fetch.PageSize)
	if (args["after"] != nil || args["before"] != nil) && p.Style != call.ByOffset {
		fetch.Pages++ // a cursor may point into a page
	}
	fetch.Pages = min(fetch.Pages, connect.MaxPages)
	fetch.Calls = times(fetch.Inputs, fetch.Pages)
	return true
}

func pagesOf(n, size int) int { return (n + size - 1) / size }

// number is an argument that is a whole number; false where it is left out, or null.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), true
	case int:
		return v, true
	case float64:
		return int(v), true
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	}
	return 0, false
}
