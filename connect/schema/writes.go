package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// readWrites reads what stands on fields of Mutation besides their requests:
// @idempotent, @queue and @probe.
func (c *checker) readWrites() {
	for _, def := range c.types() {
		for _, f := range def.Fields {
			c.idempotent(f.Directives.ForName("idempotent"), def, f)
			c.queue(f.Directives.ForName("queue"), def, f)
			c.probe(f.Directives.ForName("probe"), def, f)
		}
	}
	c.planOutbox()
}

// writer is the connector that the directive d of a write is about; nil where there
// is none, and false where that is a mistake of d's own, which is reported.
func (c *checker) writer(d *ast.Directive, code string, def *ast.Definition, f *ast.FieldDefinition) (con *Connector, ok bool) {
	i := slices.IndexFunc(c.schema.Connectors, func(con *Connector) bool { return con.Type == def && con.Field == f })
	switch {
	case def != c.schema.AST.Mutation:
		c.report(directive(d), code, coordinate(def, f), "only a field of Mutation changes something")
		return nil, false
	case i < 0 && !connected(f):
		c.report(directive(d), code, coordinate(def, f), "@%s stands where no @connect does", d.Name)
		return nil, false
	case i < 0:
		return nil, true
	}
	return c.schema.Connectors[i], true
}

// write is what is said of the writes of con.
func (con *Connector) write() *call.Write {
	if con.Write == nil {
		con.Write = &call.Write{}
	}
	return con.Write
}

// writeMapping reads a mapping of a directive of writes. What it is tells what it may
// read and yield.
func (c *checker) writeMapping(v *ast.Value, code, what string, con *Connector, legal ...string) (m *mapping.Mapping, yields *static) {
	c.taken()
	m = c.mapping(v, code, what, con.name(), legal)
	for _, q := range c.taken() {
		yields = c.infer(con, q, con.name()).yields
	}
	return m, yields
}

// idempotent reads @idempotent.
func (c *checker) idempotent(d *ast.Directive, def *ast.Definition, f *ast.FieldDefinition) {
	const code = "INVALID_IDEMPOTENT"
	if d == nil {
		return
	}
	con, _ := c.writer(d, code, def, f)
	if con == nil {
		return
	}
	w := con.write()
	w.Key, _ = c.writeMapping(given(d, "key"), code, "key", con, "$args")
	if required := given(d, "required"); required != nil {
		if w.Required = required.Raw == "true"; required.Kind != ast.BooleanValue {
			c.report(start(required.Position), code, con.name(), "required: expected true or false, got %s", required)
		}
	}
	window := given(d, "window")
	w.Window, _ = c.duration(window, code, "window", con.name(), 1)
	if w.Window > 0 && !con.SendsKey && !c.keyless[con] { // else it may be meant to
		c.report(start(window.Position), code, con.name(), "window: the request does not carry $write.key as it is, so %s could not know it again", con.Connector.Source)
		c.hint(`such as headers: {name: "Idempotency-Key", value: "{$write.key}"}`)
	}
}
