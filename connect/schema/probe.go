package schema

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/document"
)

// A probed is the query of a @probe.
type probed struct {
	con   *Connector
	value *ast.Value // where its text stands
	op    *ast.OperationDefinition
}

// at is where something of the query stands in the SDL.
func (p probed) at(pos *ast.Position) place {
	return inside(p.value, offsetOf(p.value.Raw, pos.Line, pos.Column))
}

// probe reads @probe.
func (c *checker) probe(d *ast.Directive, def *ast.Definition, f *ast.FieldDefinition) {
	const code = "INVALID_PROBE"
	if d == nil {
		return
	}
	con, _ := c.writer(d, code, def, f)
	if con == nil {
		return
	}
	p := &call.Probe{After: 30 * time.Second}
	con.write().Probe = p
	query, made := given(d, "query"), given(d, "made")
	if query == nil || made == nil {
		c.report(directive(d), code, con.name(), "@probe needs a query, and made, which says what its answer means")
	}
	if after, ok := c.duration(given(d, "after"), code, "after", con.name(), 0); ok {
		p.After = after
	}
	p.Query, _ = c.text(query, code, "query", con.name())
	variables := given(d, "variables")
	var yields *static
	p.Variables, yields = c.writeMapping(variables, code, "variables", con, "$args", "$write")
	data := anything()
	if op := c.probeQuery(query, p.Query, con); op != nil {
		is := probed{con, query, op}
		c.probes = append(c.probes, is)
		if variables == nil || yields != nil {
			c.probeVariables(is, quoted{value: variables, Mapping: p.Variables}, yields)
		}
		data = (&responding{checker: c}).object(op.SelectionSet)
	}
	c.taken()
	p.Made = c.mapping(made, code, "made", con.name(), []string{"$args", "$write"})
	c.single(made, p.Made, code, "made: expected true, false or null", con.name())
	for _, q := range c.taken() {
		c.inferOver(data, con, q, con.name())
	}
}

// probeQuery is the query of a @probe; nil where it is none. What is wrong with it is
// reported, and need not have a definition.
func (c *checker) probeQuery(v *ast.Value, text string, con *Connector) *ast.OperationDefinition {
	const code = "INVALID_PROBE"
	if text == "" {
		return nil
	}
	doc, wrong := document.Parse(text, 0)
	if wrong != nil {
		c.inQuery(v, wrong, con)
		return nil
	}
	op := doc.Operations[0]
	at := inside(v, offsetOf(text, op.Position.Line, op.Position.Column))
	switch {
	case len(doc.Operations) > 1:
		c.report(at, code, con.name(), "query: expected one operation, got %d", len(doc.Operations))
		return nil
	case op.Operation != ast.Query:
		c.report(at, code, con.name(), "query: expected a query, got a %s: whoever looks changes nothing", op.Operation)
		return nil
	}
	rules, err := document.New(c.schema.AST, false, nil)
	if err != nil {
		return nil // a default, which is reported
	}
	for _, err := range rules.Validate(doc) {
		c.inQuery(v, err, con)
	}
	return op
}

// inQuery reports what is wrong with the query of a @probe.
func (c *checker) inQuery(v *ast.Value, err *gqlerror.Error, con *Connector) {
	at := start(v.Position)
	if len(err.Locations) > 0 {
		at = inside(v, offsetOf(v.Raw, err.Locations[0].Line, err.Locations[0].Column))
	}
	c.report(at, "INVALID_PROBE", con.name(), "query: %s", strings.Join(strings.Fields(err.Message), " "))
}

// offsetOf is the byte of a text at a line and a column, in characters, from 1.
func offsetOf(text string, line, col int) int {
	offset := 0
	for range line - 1 {
		offset += strings.IndexByte(text[offset:]+"\n", '\n') + 1
	}
	offset = min(offset, len(text))
	for i := range text[offset:] {
		if col--; col == 0 {
			return offset + i
		}
	}
	return len(text)
}

// probeVariables checks that a query gets the variables that it declares.
func (c *checker) probeVariables(is probed, q quoted, yields *static) {
	const code = "INVALID_PROBE"
	if yields == nil {
		yields = &static{closed: true}
	}
	var names []string
	for _, v := range is.op.VariableDefinitions {
		names = append(names, v.Variable)
		m, ok := yields.members[v.Variable]
		needed := v.Type.NonNull && v.DefaultValue == nil
		switch {
		case !ok && needed && yields.closed:
			c.report(is.at(v.Position), code, is.con.name(), "$%s is %s, and variables does not say it", v.Variable, v.Type)
		case ok && needed && m.value.kinds&nothing != 0 && m.value.declared != nil:
			c.report(q.at(m.value.span.Start), code, is.con.name(), "$%s is %s, and there may be nothing here", v.Variable, v.Type)
			c.hint("give another value, as in $(… ?? …), or let the variable be null")
		case ok:
			(&fitting{checker: c, quoted: q, con: is.con}).value("$"+v.Variable, m.value, nullable(v.Type), nil)
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(yields.members), func(a, b string) int {
		return cmp.Compare(yields.members[a].key.Start, yields.members[b].key.Start)
	}) {
		if !slices.Contains(names, name) {
			c.report(q.at(yields.members[name].key.Start), code, is.con.name(), "the query has no variable $%s", name)
			c.suggest(name, names)
		}
	}
}
