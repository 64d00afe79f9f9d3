package schema

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// paginate reads @paginate of a connector's field. Its selection then yields the
// nodes of one page.
func (c *checker) paginate(con *Connector) {
	d := con.Field.Directives.ForName("paginate")
	if d == nil {
		return
	}
	if arg := d.Arguments.ForName("connector"); arg != nil && arg.Value.Raw != con.name() {
		return
	}
	p := &Paginate{Paging: call.Paging{Style: noStyle, Max: 100}}
	if !c.connection(d, con, p) {
		return
	}
	legal := []string{"$args", "$config", "$context", "$status", "$request", "$response", "$env"}
	if !c.isRoot(con.Type) {
		legal = append(legal, "$this")
	}
	for _, arg := range d.Arguments {
		switch arg.Name {
		case "style":
			p.Style = styleOf(arg.Value.Raw)
		case "at":
			p.At, _ = c.text(arg.Value, "INVALID_PAGINATE", "at", con.name())
		case "size":
			p.Size, _ = c.text(arg.Value, "INVALID_PAGINATE", "size", con.name())
		case "from":
			p.From = c.pageFrom(arg.Value, con)
		case "max":
			p.Max = c.pageMax(arg.Value, con)
		case "pages":
			p.Pages = c.pageMapping(arg, con, legal)
		case "next":
			p.Next = c.pageMapping(arg, con, legal)
		case "more":
			p.More = c.pageMapping(arg, con, legal)
		case "total":
			p.Total = c.pageMapping(arg, con, legal)
		}
	}
	for _, q := range c.taken() {
		c.reads(con, q)
		con.Reads = appendNew(con.Reads, readPaths(con, q)...)
	}
	slices.Sort(con.Reads)
	c.checkStyle(d, con, p)
	p.Vital = p.vital()
	con.Paginate, con.Paging = p, &p.Paging
	con.Returns = &ast.Type{Elem: p.Node, NonNull: con.Field.Type.NonNull, Position: con.Field.Type.Position}
}

// pageMapping reads a mapping over a page, which yields one value.
func (c *checker) pageMapping(arg *ast.Argument, con *Connector, legal []string) *mapping.Mapping {
	m := c.mapping(arg.Value, "INVALID_PAGINATE", arg.Name, con.name(), legal)
	c.single(arg.Value, m, "INVALID_PAGINATE", arg.Name+": expected one value", con.name())
	return m
}

func (c *checker) pageMax(v *ast.Value, con *Connector) int {
	n, err := strconv.Atoi(v.Raw)
	if err != nil || n < 1 {
		c.report(start(v.Position), "INVALID_PAGINATE", con.name(), "max: expected a number from 1, got %s", v.String())
		return 1
	}
	return n
}

// pageFrom is what the API calls its first page or item.
func (c *checker) pageFrom(v *ast.Value, con *Connector) *int {
	const most = 1_000_000
	if v.Kind == ast.NullValue {
		return nil
	}
	n, err := strconv.Atoi(v.Raw)
	if v.Kind != ast.IntValue || err != nil || n < 0 || n > most {
		c.report(start(v.Position), "INVALID_PAGINATE", con.name(), "from: expected a number from 0 to %d, got %s", most, v.String())
	}
	return &n
}

// noStyle is a style that there is not.
const noStyle = call.ByOffset + 1

func styleOf(name string) call.Style {
	style := call.ByPage
	for style < noStyle && style.String() != name {
		style++
	}
	return style
}

// checkStyle checks that a style has what it needs, and an end.
func (c *checker) checkStyle(d *ast.Directive, con *Connector, p *Paginate) {
	switch {
	case p.Style == noStyle:
		c.report(directive(d), "INVALID_PAGINATE", con.name(), "style: expected PAGE, LINK, CURSOR or OFFSET")
	case p.At == "" && p.Style != call.ByLink:
		c.report(directive(d), "INVALID_PAGINATE", con.name(), "at: name the query parameter that says where a page begins")
	case p.Style == call.ByCursor && given(d, "next") == nil:
		c.report(directive(d), "INVALID_PAGINATE", con.name(), "style CURSOR needs next: a mapping that yields the next page's position")
	case p.Style == call.ByOffset && p.Size == "":
		c.report(directive(d), "INVALID_PAGINATE", con.name(), "style OFFSET needs size: name the query parameter for a page's size")
	}
	if p.From != nil && p.Style != call.ByPage && p.Style != call.ByOffset {
		c.report(directive(d), "INVALID_PAGINATE", con.name(), "from: only the styles PAGE and OFFSET count")
	}
	if con.Method != http.MethodGet && con.Method != "" {
		c.report(directive(d), "INVALID_PAGINATE", con.name(), "only a GET has query parameters to page by, not %s", con.Method)
	}
}

// connection finds the edge and node types of the field's connection, as the
// Relay cursor connections specification shapes them.
func (c *checker) connection(d *ast.Directive, con *Connector, p *Paginate) bool {
	types := c.schema.AST.Types
	p.Connection = types[con.Field.Type.Name()]
	bad := func(format string, args ...any) bool {
		c.report(directive(d), "INVALID_PAGINATE", con.name(), format, args...)
		c.hint("type XConnection { edges: [XEdge!]! pageInfo: PageInfo! totalCount: Int } type XEdge { cursor: String! node: X! }")
		return false
	}
	if p.Connection != nil && p.Connection.Position.Src.Name == undefined {
		return false
	}
	if con.Field.Type.Elem != nil || p.Connection == nil || p.Connection.Kind != ast.Object {
		return bad("the field must return a connection, not %s", con.Field.Type.String())
	}
	edges, info := p.Connection.Fields.ForName("edges"), p.Connection.Fields.ForName("pageInfo")
	if edges == nil || edges.Type.Elem == nil || info == nil {
		return bad("%s is not a connection: it needs edges and pageInfo", p.Connection.Name)
	}
	p.Edge = types[edges.Type.Name()]
	if p.Edge == nil || p.Edge.Fields.ForName("node") == nil || p.Edge.Fields.ForName("cursor") == nil {
		return bad("%s is not an edge: it needs cursor and node", edges.Type.Name())
	}
	p.Node = p.Edge.Fields.ForName("node").Type
	return true
}

// vital are the paths from the connection to a node on which nothing may be null.
func (p *Paginate) vital() []string {
	var paths []string
	if edges := p.Connection.Fields.ForName("edges").Type; edges.NonNull && edges.Elem.NonNull && p.Node.NonNull {
		paths = append(paths, "edges.node")
	}
	if nodes := p.Connection.Fields.ForName("nodes"); nodes != nil && nodes.Type.NonNull && nodes.Type.Elem != nil && nodes.Type.Elem.NonNull {
		paths = append(paths, "nodes")
	}
	return paths
}
