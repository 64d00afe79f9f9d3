package explain

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/connect/schema"
)

// A window is how many nodes a connection has at most, and of which pages it is made.
type window struct{ nodes, pages, size int }

// window is that of a field; none where it is no connection, or refused.
func (w *walker) window(f *plan.Field) window {
	p := paginate(f)
	if p == nil || w.refused(f) != "" {
		return window{}
	}
	args, err := f.Args.Of(w.vars)
	if err != nil {
		return window{}
	}
	n, _, _ := nodes(f, args)
	win := window{nodes: n, size: min(n, p.Max)}
	if p.Size == "" {
		win.size = p.Max // pages are as large as the API likes: the largest, hopefully
	}
	win.pages = (n + win.size - 1) / win.size
	if (given(args, "after") || given(args, "before")) && p.Style != call.ByOffset {
		win.pages++ // a cursor may point into a page
	}
	win.pages = min(win.pages, fetch.MaxPages)
	return win
}

// refused says why nothing is asked for a field with connectors of its own: for
// arguments that are refused. It is "" where they are not.
func (w *walker) refused(f *plan.Field) string {
	const why = "refused, nothing is asked: "
	args, err := f.Args.Of(w.vars)
	if e, ok := errors.AsType[*gqlerror.Error](err); ok {
		return why + e.Message
	}
	if paginate(f) == nil {
		return ""
	}
	n, name, note := nodes(f, args)
	switch {
	case note != "":
		return why + note
	case n < 1 || n > fetch.MaxFirst:
		return why + fmt.Sprintf("%s, expected 1 to %d, got %d", name, fetch.MaxFirst, n)
	}
	return ""
}

// nodes is how many nodes a connection is asked for, by which argument; or what is
// wrong with that.
func nodes(f *plan.Field, args *plan.Args) (n int, by, wrong string) {
	first, hasFirst := args.Value.Get("first").Int64()
	last, hasLast := args.Value.Get("last").Int64()
	if hasLast && !f.Args.Written("first") {
		hasFirst = false // it is the argument's default
	}
	switch {
	case hasFirst && hasLast:
		return 0, "", "first and last, give one of them"
	case hasFirst:
		return int(first), "first", ""
	case hasLast:
		return int(last), "last", ""
	}
	return fetch.DefaultFirst, "first", ""
}

// given says whether an argument has a value.
func given(args *plan.Args, name string) bool {
	v := args.Value.Get(name)
	return !v.IsMissing() && !v.IsNull()
}

// paginate says how the pages of a field's connector make a connection; nil: they do
// not.
func paginate(f *plan.Field) *schema.Paginate {
	if f.Place == nil || len(f.Place.Connectors) == 0 {
		return nil
	}
	return f.Place.Connectors[0].Paginate
}
