package main

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

// pageVar is the variable of the connector for one page of a connection.
func (w *writer) pageVar(con *schema.Connector) string {
	if w.pages[con] == "" {
		w.pages[con] = w.names.of(w.vars[con] + ".page")
	}
	return w.pages[con]
}

// connection writes the connector whose value is made of pages.
func (w *writer) connection(f *file, con *schema.Connector, page string) {
	c := f.use(connectPath)
	p := con.Paginate
	conn := f.typeName(w.field(con.Type.Name, con.Field.Name).TypeReference.GO)
	node := f.typeName(w.field(p.Edge.Name, "node").TypeReference.GO)
	f.printf("\n// %s is %s, of pages that are %s.\n", w.vars[con], con.ID, page)
	f.printf("var %s = &%s.Connector[%s]{\nCall: %s.Call,\n", w.vars[con], c, conn, page)
	f.printf("Pages: %s.Paged(%s, &%s, func(p *%s.Page[%s]) %s {\n%s}),\n}\n",
		c, page, w.paging(f, p), c, node, conn, w.construct(f, p))
}

func (w *writer) paging(f *file, p *schema.Paginate) string {
	c := f.use(connectPath)
	styles := map[call.Style]string{call.ByPage: "ByPage", call.ByLink: "ByLink", call.ByCursor: "ByCursor", call.ByOffset: "ByOffset"}
	var b strings.Builder
	fmt.Fprintf(&b, "%s.Paging{\nStyle: %s.%s,\nAt: %q,\n", c, c, styles[p.Style], p.At)
	if p.Size != "" {
		fmt.Fprintf(&b, "Size: %q,\n", p.Size)
	}
	if p.From != nil {
		fmt.Fprintf(&b, "From: new(%d),\n", *p.From)
	}
	fmt.Fprintf(&b, "Max: %d,\n%s", p.Max, stringsField("Vital", p.Vital))
	for _, m := range []struct {
		name string
		*mapping.Mapping
	}{{"Pages", p.Pages}, {"Next", p.Next}, {"More", p.More}, {"Total", p.Total}} {
		optional(&b, f, m.name, m.Mapping)
	}
	return b.String() + "}"
}

// construct is the body that makes the connection of a page.
func (w *writer) construct(f *file, p *schema.Paginate) string {
	conn, edge, info := w.byName[p.Connection.Name], w.byName[p.Edge.Name], p.Connection.Fields.ForName("pageInfo").Type.Name()
	edgeType := f.typeName(edge.Type)
	var b strings.Builder
	fmt.Fprintf(&b, "edges := make([]*%s, len(p.Nodes))\n", edgeType)
	fmt.Fprintf(&b, "for i, node := range p.Nodes {\nedges[i] = &%s{Cursor: p.Cursors[i], Node: node}\n}\n", edgeType)
	fmt.Fprintf(&b, "return &%s{\nEdges: edges,\nPageInfo: &%s{\n", f.typeName(conn.Type), f.typeName(w.byName[info].Type))
	infoDef := w.schema.AST.Types[info]
	b.WriteString(w.assignment(f, infoDef, "hasNextPage", "HasNextPage", "p.HasNext", false))
	b.WriteString(w.assignment(f, infoDef, "hasPreviousPage", "HasPreviousPage", "p.HasPrevious", false))
	b.WriteString(w.assignment(f, infoDef, "startCursor", "StartCursor", "p.Start()", true))
	b.WriteString(w.assignment(f, infoDef, "endCursor", "EndCursor", "p.End()", true))
	b.WriteString("},\n")
	b.WriteString(w.assignment(f, p.Connection, "totalCount", "TotalCount", "p.Total", true))
	if p.Connection.Fields.ForName("nodes") != nil {
		b.WriteString("Nodes: p.Nodes,\n")
	}
	return b.String() + "}\n"
}

// assignment sets one field, if its type has it, to a value that is a pointer or
// not, as the field's nullability wants it.
func (w *writer) assignment(f *file, def *ast.Definition, name, goName, value string, pointer bool) string {
	if def == nil || def.Fields.ForName(name) == nil {
		return ""
	}
	_, wants := w.field(def.Name, name).TypeReference.GO.(*types.Pointer)
	switch {
	case wants && !pointer:
		value = "new(" + value + ")"
	case !wants && pointer:
		value = fmt.Sprintf("%s.OrZero(%s)", f.use(connectPath), value)
	}
	return fmt.Sprintf("%s: %s,\n", goName, value)
}
