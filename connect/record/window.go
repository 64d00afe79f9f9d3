package record

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
	"holdfast/upstreams"
)

// A Connection makes records of the connections of one field with @paginate.
type Connection struct {
	connection, edge, info *Layout
	layouts                []*Layout
	vital                  []*Way // to a node, on which nothing may be null
	total                  bool   // there must be one
	ends                   bool   // there must be cursors, also of no nodes
}

// CompileConnection says what the connections of a connector's field are made of.
func CompileConnection(p *schema.Paginate, opt Options) *Connection {
	info := opt.Schema.AST.Types[p.Connection.Fields.ForName("pageInfo").Type.Name()]
	c := &Connection{
		connection: plainLayout(p.Connection, "edges", "pageInfo", "totalCount", "nodes"),
		edge:       plainLayout(p.Edge, "cursor", "node"),
		info:       plainLayout(info, "hasNextPage", "hasPreviousPage", "startCursor", "endCursor"),
		total:      isNeeded(p.Connection, "totalCount"),
		ends:       isNeeded(info, "startCursor") || isNeeded(info, "endCursor"),
	}
	c.layouts = []*Layout{c.connection, c.edge, c.info}
	root := &Way{}
	for _, path := range p.Vital {
		node := root
		for step := range strings.SplitSeq(path, ".") {
			node = &Way{Up: node, Field: step}
		}
		c.vital = append(c.vital, node)
	}
	return c
}

func isNeeded(def *ast.Definition, field string) bool {
	f := def.Fields.ForName(field)
	return f != nil && f.Type.NonNull
}

// plainLayout has those of some fields that a type has.
func plainLayout(def *ast.Definition, names ...string) *Layout {
	l := &Layout{Type: def.Name, columns: map[string]int{}}
	for _, name := range names {
		if def.Fields.ForName(name) != nil {
			l.columns[name] = len(l.Fields)
			l.Fields = append(l.Fields, Column{Name: name})
			l.forms = append(l.forms, nil)
		}
	}
	l.cells = len(l.Fields)
	return l
}

// A Window is what a connection shows of the pages that were read for it.
type Window struct {
	Nodes                []Ref                          // consecutive
	Cursor               func(dst []byte, i int) []byte // appends the i-th node's cursor as JSON
	HasNext, HasPrevious bool
	Total                *int      // nil: not known
	Pages                []*Answer // that the nodes are of
	Stopped              error     // why the nodes end before they were all read; nil: they do not
	Problems             []upstreams.Problem
}

// Places of the layouts among those of a connection's record.
const (
	ofConnection = iota
	ofEdge
	ofInfo
)

// Of is the record of a connection: its cells lead to those of the pages.
func (c *Connection) Of(w Window) *Answer {
	n := len(w.Nodes)
	b := windowBuilder{c: c, w: w, a: &Answer{
		layouts: c.layouts, blob: words, cursors: w.Cursor, problems: w.Problems,
		cells: make([]cell, 0, 1+c.connection.cells+c.info.cells+n*(1+c.edge.cells)+n*c.connection.has("nodes")),
	}}
	b.reserve(1)
	row := b.reserve(c.connection.cells)
	b.a.cells[0] = cell{head: head(Object, ofConnection), a: row}
	b.put(c.connection, row, "edges", b.edges())
	b.put(c.connection, row, "pageInfo", b.info())
	if w.Total != nil {
		b.put(c.connection, row, "totalCount", b.number(*w.Total))
	} else if c.total {
		b.put(c.connection, row, "totalCount", b.number(0))
	}
	if c.connection.has("nodes") > 0 {
		b.put(c.connection, row, "nodes", b.nodes())
	}
	b.lose()
	if w.Stopped != nil {
		b.a.beside = []Beside{{Path: []any{"edges", n}, Err: w.Stopped}}
	}
	return b.a
}

// has is 1 where a layout has a field, else 0.
func (l *Layout) has(name string) int {
	if l.Column(name) < 0 {
		return 0
	}
	return 1
}

// A windowBuilder makes one connection.
type windowBuilder struct {
	c *Connection
	w Window
	a *Answer
}

func (b *windowBuilder) reserve(n int) uint32 {
	first := len(b.a.cells)
	for range n {
		b.a.cells = append(b.a.cells, cell{})
	}
	return uint32(first)
}

// put fills a field of a row, where the layout has it.
func (b *windowBuilder) put(l *Layout, row uint32, name string, c cell) {
	if i := l.Column(name); i >= 0 {
		b.a.cells[row+uint32(i)] = c
	}
}

// words are leaves that every connection may have; see [wordAt].
var words = []byte(`truefalse""`) //nolint:gochecknoglobals // a constant

// wordAt is a leaf of words.
func wordAt(start, end uint32) cell { return cell{head: head(Leaf, 0), a: start, b: end} }

func boolean(b bool) cell {
	if b {
		return wordAt(0, 4)
	}
	return wordAt(4, 9)
}

// number is a leaf behind the words, of which a connection has at most one.
func (b *windowBuilder) number(n int) cell {
	b.a.blob = strconv.AppendInt(append(make([]byte, 0, 32), words...), int64(n), 10)
	return wordAt(uint32(len(words)), uint32(len(b.a.blob)))
}

// link is a cell that leads to a node.
func (b *windowBuilder) link(to Ref) cell {
	if to.Answer == nil {
		return cell{}
	}
	for i, part := range slices.Backward(b.a.parts) { // nodes of one page follow each other
		if part == to.Answer {
			return cell{head: head(linked, 0), a: uint32(i), b: to.Cell}
		}
	}
	b.a.parts = append(b.a.parts, to.Answer)
	return cell{head: head(linked, 0), a: uint32(len(b.a.parts) - 1), b: to.Cell}
}

func (b *windowBuilder) edges() cell {
	n := len(b.w.Nodes)
	first := b.reserve(n)
	for i, node := range b.w.Nodes {
		row := b.reserve(b.c.edge.cells)
		b.a.cells[first+uint32(i)] = cell{head: head(Object, ofEdge), a: row}
		b.put(b.c.edge, row, "cursor", cell{head: head(Cursor, 0), a: uint32(i)})
		b.put(b.c.edge, row, "node", b.link(node))
	}
	return cell{head: head(List, 0), a: first, b: uint32(n)}
}

func (b *windowBuilder) nodes() cell {
	first := b.reserve(len(b.w.Nodes))
	for i, node := range b.w.Nodes {
		b.a.cells[first+uint32(i)] = b.link(node)
	}
	return cell{head: head(List, 0), a: first, b: uint32(len(b.w.Nodes))}
}

func (b *windowBuilder) info() cell {
	row := b.reserve(b.c.info.cells)
	b.put(b.c.info, row, "hasNextPage", boolean(b.w.HasNext))
	b.put(b.c.info, row, "hasPreviousPage", boolean(b.w.HasPrevious))
	if n := len(b.w.Nodes); n > 0 {
		b.put(b.c.info, row, "startCursor", cell{head: head(Cursor, 0), a: 0})
		b.put(b.c.info, row, "endCursor", cell{head: head(Cursor, 0), a: uint32(n - 1)})
	}
	if len(b.w.Nodes) == 0 && b.c.ends {
		b.put(b.c.info, row, "startCursor", wordAt(9, 11))
		b.put(b.c.info, row, "endCursor", wordAt(9, 11))
	}
	return cell{head: head(Object, ofInfo), a: row}
}

// lose notes what the pages lack, as the connection has it: along paths to a node.
func (b *windowBuilder) lose() {
	for _, node := range b.c.vital {
		for _, p := range b.w.Pages {
			for _, w := range p.lost {
				b.a.lost = append(b.a.lost, w.onto(node))
			}
		}
	}
}

// onto is the way that leads on from start as w does.
func (w *Way) onto(start *Way) *Way {
	if w.Up == nil {
		return start
	}
	return &Way{Up: w.Up.onto(start), Type: w.Type, Field: w.Field}
}
