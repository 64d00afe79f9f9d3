package explain

import (
	"errors"
	"fmt"
	"strings"

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
	n := nodes(args)
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
	p := paginate(f)
	if p == nil {
		return ""
	}
	if err := fetch.Refuses(args.Value, !f.Args.Written("first"), &p.Paging); err != nil {
		note := why + strings.Replace(err.Error(), ":", ",", 1)
		if n := nodes(args); n < 1 || n > fetch.MaxFirst {
			note += fmt.Sprintf(", got %d", n)
		}
		return note
	}
	return ""
}

// nodes is how many nodes a connection is asked for, unless it is refused.
func nodes(args *plan.Args) int {
	if last, ok := args.Value.Get("last").Int64(); ok {
		return int(last)
	}
	if first, ok := args.Value.Get("first").Int64(); ok {
		return int(first)
	}
	return fetch.DefaultFirst
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
