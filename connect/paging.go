package connect

import (
	"context"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

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
		return window{}, call.BadInput("first and last: give one of them")
	case hasLast && !isSet(before), !hasLast && isSet(before):
		return window{}, call.BadInput("last and before go together")
	case hasLast && isSet(after), hasFirst && isSet(before):
		return window{}, call.BadInput("first goes with after, last with before")
	case hasFirst && (first < 1 || first > MaxFirst):
		return window{}, call.BadInput("first: expected 1 to %d", MaxFirst)
	case hasLast && (last < 1 || last > MaxFirst):
		return window{}, call.BadInput("last: expected 1 to %d", MaxFirst)
	case hasLast && w.paging.Style != ByPage && w.paging.Style != ByOffset:
		return window{}, call.BadInput("this list can only be read forward: use first and after")
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
		c, err := parseCursor(text, string(w.page.ID))
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
func hasMore(p *Paging, in Value, vars mapping.Vars) *bool {
	if p.More == nil {
		return nil
	}
	more, ok := p.More.Apply(in, vars).Value.Bool()
	return new(more && ok)
}

// numberOf is a number of pages or items; nil if it is not known.
func numberOf(m *mapping.Mapping, in Value, vars mapping.Vars) *int {
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
