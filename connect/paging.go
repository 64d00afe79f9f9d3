package connect

import (
	"context"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A Style is how an API pages.
type Style uint8

// The styles.
const (
	ByPage   Style = iota // pages are numbered
	ByLink                // the Link header leads to the next page (RFC 8288)
	ByCursor              // the answer says where the next page begins
	ByOffset              // items are counted
)

// Paging is what @paginate says of an API.
type Paging struct {
	Style Style
	// At and Size are the query parameters for a page's position and size. Size
	// may be "": then pages are as large as the API likes. At is of use for links
	// that differ from our own requests in nothing else: their cursors are short.
	At, Size string
	From     *int // what the API calls its first page or item; nil: 1 for pages, 0 for items
	Max      int  // the largest page
	// Vital are the paths from the connection to a node, such as edges.node, on which
	// nothing may be null: without the node there is no connection.
	Vital []string
	// Mappings over the answer: how many pages there are, where the next begins,
	// whether there is one, and how many items there are in all. Nil is not known.
	Pages, Next, More, Total *mapping.Mapping
}

// A Page is what a connection is made of: consecutive nodes with their cursors.
type Page[T any] struct {
	Nodes                []T
	Cursors              []string
	HasNext, HasPrevious bool
	Total                *int // nil: not known
}

// Start is the first node's cursor, nil when there are none.
func (p *Page[T]) Start() *string {
	if len(p.Cursors) == 0 {
		return nil
	}
	return &p.Cursors[0]
}

// End is the last node's cursor, nil when there are none.
func (p *Page[T]) End() *string {
	if len(p.Cursors) == 0 {
		return nil
	}
	return &p.Cursors[len(p.Cursors)-1]
}

// Limits of what one connection may ask of an API.
const (
	DefaultFirst = 20   // nodes, where nobody says how many
	MaxFirst     = 1000 // nodes
	MaxPages     = 50   // requests
)

// Paged makes a connection of pages: the nodes that the arguments first, after,
// last and before ask for, from as many pages as that takes. When a page fails,
// the nodes before it are the answer, and the error says where it stopped.
func Paged[T, C any](page *Connector[[]T], paging *Paging, connection func(*Page[T]) C) func(context.Context, *API, Value, Value) (*upstreams.Answer, error) {
	return func(ctx context.Context, api *API, args, this Value) (*upstreams.Answer, error) {
		w := &walk[T]{ctx: ctx, api: api, page: page, paging: paging, args: args, this: this}
		if err := w.run(); err != nil {
			return nil, w.refuse(err)
		}
		if w.absent {
			w.answer.Value = &mapped[C]{}
			return &w.answer, nil
		}
		w.answer.Value = &mapped[C]{
			value: connection(&w.out), faulty: w.faulty, losses: w.losses, findings: w.findings, root: w.root,
			pages: &pages{nodes: len(w.out.Nodes), stopped: w.stopped},
		}
		return &w.answer, nil
	}
}

// pages is what is known of a connection besides its value.
type pages struct {
	nodes   int
	stopped error // why the nodes end before they were all read; nil: they do not
}

// nodePath is where the i-th node of the connection at path stands.
func nodePath(path ast.Path, i int) ast.Path {
	return append(slices.Clip(path), ast.PathName("edges"), ast.PathIndex(i), ast.PathName("node"))
}

// raise raises what is wrong with the nodes of the connection at path.
func (p *pages) raise(ctx context.Context, path ast.Path, faults []mapping.Fault) {
	for _, f := range faults {
		below := f
		below.Index = f.Index[1:]
		raise(ctx, nodePath(path, f.Index[0]), below)
	}
	if p.stopped != nil {
		raiseAt(ctx, append(slices.Clip(path), ast.PathName("edges"), ast.PathIndex(p.nodes)), p.stopped)
	}
}

// A window is what the arguments ask for.
type window struct {
	n        int
	backward bool
	from     *cursor // after, or before
}

// window reads the arguments of the Relay cursor connections specification.
func (w *walk[T]) window() (window, error) {
	first, hasFirst := count(w.args.Get("first"))
	last, hasLast := count(w.args.Get("last"))
	after, before := w.args.Get("after"), w.args.Get("before")
	if hasLast && !written(w.ctx, "first") {
		hasFirst = false // it is the argument's default
	}
	switch {
	case hasFirst && hasLast:
		return window{}, badInput("first and last: give one of them")
	case hasLast && !isSet(before), !hasLast && isSet(before):
		return window{}, badInput("last and before go together")
	case hasLast && isSet(after), hasFirst && isSet(before):
		return window{}, badInput("first goes with after, last with before")
	case hasFirst && (first < 1 || first > MaxFirst):
		return window{}, badInput("first: expected 1 to %d", MaxFirst)
	case hasLast && (last < 1 || last > MaxFirst):
		return window{}, badInput("last: expected 1 to %d", MaxFirst)
	case hasLast && w.paging.Style != ByPage && w.paging.Style != ByOffset:
		return window{}, badInput("this list can only be read forward: use first and after")
	}
	win := window{n: DefaultFirst, backward: hasLast}
	text, cursorGiven := after.Str()
	switch {
	case hasLast:
		win.n = int(last)
		text, cursorGiven = before.Str()
	case hasFirst:
		win.n = int(first)
	}
	if cursorGiven {
		c, err := parseCursor(text, w.page.ID)
		if err != nil {
			return window{}, err
		}
		win.from = &c
	}
	return win, nil
}

// written says whether the query itself gives an argument of the field.
func written(ctx context.Context, argument string) bool {
	f := graphql.GetFieldContext(ctx)
	return f == nil || f.Field.Field == nil || f.Field.Arguments.ForName(argument) != nil
}

func isSet(v Value) bool { return !v.IsMissing() && !v.IsNull() }

func count(v Value) (int64, bool) {
	if !isSet(v) {
		return 0, false
	}
	return v.Int64()
}

// hasMore is what the answer says about another page; unknown is nil.
func (p *Paging) hasMore(in Value, vars mapping.Vars) *bool {
	if p.More == nil {
		return nil
	}
	more, ok := p.More.Apply(in, vars).Value.Bool()
	return new(more && ok)
}

// count is a number of pages or items; nil if it is not known.
func (p *Paging) count(m *mapping.Mapping, in Value, vars mapping.Vars) *int {
	if m == nil {
		return nil
	}
	n, ok := m.Apply(in, vars).Value.Int64()
	if !ok || n < 0 || n > maxNumber {
		return nil
	}
	return new(int(n))
}

func itoa(n int) string { return strconv.Itoa(n) }
