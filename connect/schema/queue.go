package schema

import (
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
)

// queue reads @queue.
func (c *checker) queue(d *ast.Directive, def *ast.Definition, f *ast.FieldDefinition) {
	const code = "INVALID_QUEUE"
	if d == nil {
		return
	}
	con, _ := c.writer(d, code, def, f)
	if con == nil {
		return
	}
	q := &call.Queue{Expires: 24 * time.Hour}
	con.write().Queue = q
	if when := given(d, "when"); when != nil {
		q.Always = when.Raw == "ALWAYS"
		if !slices.Contains([]string{"OUTAGE", "ALWAYS"}, when.Raw) {
			c.report(start(when.Position), code, con.name(), "when: expected OUTAGE or ALWAYS, got %s", when)
		}
	}
	if expires, ok := c.duration(given(d, "expires"), code, "expires", con.name(), 1); ok {
		q.Expires = expires
	}
	q.Order, _ = c.writeMapping(given(d, "order"), code, "order", con, "$args")
	if con.AsCaller {
		c.report(directive(d), code, con.name(), "the request shows %s who the caller is, and his credential is not kept: when it is sent, he may be gone", con.Connector.Source)
		c.hint("call the API with a credential of its own, under auth of the source")
	}
	q.Field = c.receipt(d, con)
}

// receipt is the field by which the object that a queued write returns says what
// became of it; "" where there is none, which is reported. Everything else in that is
// not there before the write is made.
func (c *checker) receipt(d *ast.Directive, con *Connector) string {
	const code, shape = "INVALID_QUEUE", "type Receipt { … write: Write }, with nothing else that must not be null"
	t := con.Field.Type
	def := c.schema.AST.Types[t.Name()]
	if def == nil || def.Position.Src.Name == undefined {
		return ""
	}
	if t.Elem != nil || def.Kind != ast.Object || fromOutbox(def.Position) {
		c.report(typeStart(t), code, con.name(), "a queued write returns an object that has a field of type Write, not %s", t)
		c.hint(shape)
		return ""
	}
	for _, f := range def.Fields {
		if f.Type.NonNull && !c.reportedAt(typeStart(f.Type)) {
			c.report(typeStart(f.Type), code, coordinate(def, f), "%s answers before it is made, when there is nothing here yet", con.name())
			c.hint("let it be null: write %s", nullable(f.Type))
		}
	}
	writes := writesIn(def)
	if len(writes) == 0 {
		c.report(directive(d), code, con.name(), "%s has no field of type Write: nobody could say what became of the write", def.Name)
		c.hint(shape)
		return ""
	}
	for i, f := range writes {
		switch {
		case i > 0:
			c.report(start(f.Position), code, coordinate(def, f), "%s is of type Write, too: one is enough", writes[0].Name)
		case f.Type.Elem != nil:
			c.report(typeStart(f.Type), code, coordinate(def, f), "there is one write, not %s", f.Type)
		case len(f.Arguments) > 0, connected(f):
			c.report(start(f.Position), code, coordinate(def, f), "the outbox fills it: it has neither arguments nor a @connect")
		}
	}
	return writes[0].Name
}

// writesIn are the fields of an object that say what became of a write.
func writesIn(def *ast.Definition) []*ast.FieldDefinition {
	var fields []*ast.FieldDefinition
	for _, f := range def.Fields {
		if f.Type.Name() == writeType {
			fields = append(fields, f)
		}
	}
	return fields
}

// nullable is a type that may be null.
func nullable(t *ast.Type) *ast.Type {
	return &ast.Type{NamedType: t.NamedType, Elem: t.Elem}
}

// planOutbox plans the fields that the outbox fills: those of receipts, and those
// that @queue brings along.
func (c *checker) planOutbox() {
	recorded := &Plan{Kind: Recorded}
	for _, con := range c.schema.Connectors {
		if con.Write == nil || con.Write.Queue == nil {
			continue
		}
		if def := c.schema.AST.Types[con.Field.Type.Name()]; def != nil {
			for _, f := range writesIn(def) {
				c.schema.Plans[coordinate(def, f)] = recorded
			}
		}
	}
	for _, root := range []*ast.Definition{c.schema.AST.Query, c.schema.AST.Mutation} {
		if root == nil {
			continue
		}
		for _, f := range root.Fields {
			if fromOutbox(f.Position) {
				c.schema.Plans[coordinate(root, f)] = recorded
			}
		}
	}
}

// isRecorded says whether the outbox fills a field.
func (c *checker) isRecorded(def *ast.Definition, f *ast.FieldDefinition) bool {
	p := c.schema.Plans[coordinate(def, f)]
	return p != nil && p.Kind == Recorded
}
