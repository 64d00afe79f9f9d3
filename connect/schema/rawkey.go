package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// rawHeader warns of a header that gives an API the caller's own idempotency key.
func (c *checker) rawHeader(fields map[string]*ast.Value, h call.Header, s spot) {
	switch {
	case !s.writes || !call.IsIdempotencyKey(h.Name):
	case h.From != "":
		c.rawKey(start(fields["from"].Position), s)
	case h.Value != nil:
		for _, p := range h.Value.Parts {
			if p.Mapping != nil {
				c.rawKeyIn(p.Mapping.Root, quoted{value: fields["value"], off: p.Offset}, s)
			}
		}
	}
}

// rawBody warns of a body that gives an API the caller's own idempotency key: in a
// field at its top, for further down it is a value like others.
func (c *checker) rawBody(body quoted, s spot) {
	if !s.writes {
		return
	}
	for _, it := range body.Root.Items {
		c.rawItem(it, body, s)
	}
	only := sole(body.Root)
	if only == nil {
		return
	}
	if literal := literalOf(only.Path); literal != nil {
		for _, p := range literal.Object {
			if call.IsIdempotencyKey(p.Key.Name) {
				c.rawKeyIn(p.Value, body, s)
			}
		}
	}
}

// rawItem warns of an item at the top of a body, or of one that joins it from below a
// variable of the caller: $args.input { idempotencyKey }.
func (c *checker) rawItem(it *mapping.Item, body quoted, s spot) {
	switch key := keyOf(it); {
	case it.Splices():
		for _, joined := range it.Path.Group.Items {
			key := keyOf(joined)
			if key != nil && call.IsIdempotencyKey(key.Name) && isCallers(it.Path) {
				c.rawKey(body.at(key.Start), s)
			} else {
				c.rawItem(joined, body, s)
			}
		}
	case key != nil && call.IsIdempotencyKey(key.Name):
		c.rawKeyIn(it, body, s)
	}
}

// rawInput warns of a body that is an input of the graph as it stands, and has a key.
func (t *typing) rawInput(body *static) {
	if body.declared == nil || t.con.Type != t.schema.AST.Mutation {
		return
	}
	for _, f := range body.declared.def.Fields {
		if call.IsIdempotencyKey(f.Name) {
			t.rawKey(t.at(body.span.Start), spot{coordinate: t.coordinate})
		}
	}
}

// isCallers says whether a path begins with what the caller sent.
func isCallers(p *mapping.Path) bool {
	return p.Start.Kind == mapping.StartVar && slices.Contains([]string{"$args", "$request", "$context"}, p.Start.Name)
}

// rawKeyIn warns of the first thing that a part of a mapping reads of the caller.
func (c *checker) rawKeyIn(n mapping.Node, q quoted, s spot) {
	found := false
	mapping.Walk(n, func(n mapping.Node) bool {
		p, ok := n.(*mapping.Path)
		if ok && !found && isCallers(p) {
			found = true
			c.rawKey(q.at(p.Start.Start), s)
		}
		return !found
	})
}

func (c *checker) rawKey(at place, s spot) {
	c.report(at, "RAW_IDEMPOTENCY_KEY", s.coordinate, "two callers who choose the same key would share one change")
	c.hint("$write.key is another one for each write; @idempotent(key: …) says where the caller's stands")
	c.warn()
}
