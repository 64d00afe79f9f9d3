package schema

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
)

// readConnectors reads every @connect.
func (c *checker) readConnectors() {
	for _, def := range c.types() {
		onType := def.Directives.ForNames("connect")
		if len(onType) > 0 && c.isRoot(def) {
			c.report(directive(onType[0]), "CONNECT_ON_ROOT", def.Name, "connect the fields of %s, not the type", def.Name)
			onType = nil
		}
		c.connectorsAt(onType, def, nil)
		for _, field := range def.Fields {
			c.connectorsAt(field.Directives.ForNames("connect"), def, field)
		}
	}
	for _, def := range c.kind(ast.Interface) {
		for _, field := range def.Fields {
			for _, d := range field.Directives.ForNames("connect") {
				c.report(directive(d), "ABSTRACT_TYPE_UNSUPPORTED", coordinate(def, field),
					"%s is an interface: connect the fields of the objects that implement it", def.Name)
			}
		}
	}
	slices.SortStableFunc(c.schema.Connectors, func(a, b *Connector) int {
		return cmp.Or(cmp.Compare(a.at.file, b.at.file), cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.col, b.at.col))
	})
	c.checkIDs()
	slices.SortFunc(c.schema.Sources, func(a, b *Source) int { return strings.Compare(a.Name, b.Name) })
}

// connectorsAt reads the connectors of a type, or of a field of it.
func (c *checker) connectorsAt(ds []*ast.Directive, def *ast.Definition, field *ast.FieldDefinition) {
	for i, d := range ds {
		name := coordinate(def, field)
		if len(ds) > 1 {
			name = fmt.Sprintf("%s[%d]", name, i)
		}
		con := &Connector{Connector: call.Connector{ID: call.ID(name), At: directive(d).String()}, Type: def, Field: field, at: directive(d)}
		if field != nil {
			con.Connector.Field = coordinate(def, field)
		}
		c.connector(d, con)
		if i > 0 && field != nil {
			c.alternative(directive(d), name, def, field)
		}
	}
}

// alternative refuses a second connector where it could do harm: a write that may
// have been made must not be made elsewhere too, and a cursor means something to
// one API only.
func (c *checker) alternative(at place, name string, def *ast.Definition, field *ast.FieldDefinition) {
	switch {
	case def == c.schema.AST.Mutation:
		c.report(at, "INVALID_ALTERNATIVE", name, "a field of Mutation has one connector: a write cannot be tried elsewhere")
	case field.Directives.ForName("paginate") != nil:
		c.report(at, "INVALID_ALTERNATIVE", name, "a field with @paginate has one connector: cursors belong to one API")
	}
}

// coordinate names a type, or a field of it: Order.customer.
func coordinate(def *ast.Definition, field *ast.FieldDefinition) string {
	if field == nil {
		return def.Name
	}
	return def.Name + "." + field.Name
}

// connector reads one @connect. Its coordinate is the one that it has without an
// id of its own.
func (c *checker) connector(d *ast.Directive, con *Connector) {
	before := len(c.findings)
	def, field, at := con.Type, con.Field, con.at
	if field != nil {
		con.Returns = field.Type
	} else {
		con.Returns = ast.NamedType(def.Name, d.Position)
	}
	if def == c.schema.AST.Subscription {
		c.report(at, "SUBSCRIPTION_IN_CONNECTORS", con.name(), "a subscription cannot be connected to a request")
		return
	}
	c.connectorID(d, con)
	s := c.spotOf(con)
	c.connectorSource(d, con)
	c.taken()
	c.keyed(con, func() { c.connectorHTTP(d, con, s) })
	request := c.taken()
	c.keyed(con, func() { c.entityArgument(d, con) })
	con.Result = c.result(d, s)
	if sel := given(d, "selection"); sel != nil {
		con.Selection = c.mapping(sel, "INVALID_SELECTION", "selection", con.name(), s.answer)
		c.selections[con] = sel
	} else {
		c.report(at, "INVALID_SELECTION", con.name(), "there is no selection")
	}
	answer := c.taken()
	c.inputs(con, request, answer)
	if con.Source != nil {
		con.Connector.Source = con.Source.Name
		for _, q := range slices.Concat(request, answer) {
			con.Source.Env = appendNew(con.Source.Env, environment(q.Mapping)...)
		}
	}
	c.batchArgument(d, con)
	switch {
	case field != nil:
		c.paginate(con)
		c.entityKey(con, request)
	case con.Batch == 0:
		con.Key = con.This
	}
	if field == nil && len(con.Key) == 0 && con.Batch == 0 && !c.findings[before:].Failed() {
		c.report(at, "CONNECT_ON_TYPE_MUST_BE_ENTITY", con.name(),
			"a connector on a type loads objects of it by a key: read the key from $this or $batch")
	}
	con.AsArgs = con.Entity && field != nil
	con.Nullable = field == nil || !field.Type.NonNull
	con.NoBody = !con.ReadsBody()
	con.Writes = def == c.schema.AST.Mutation
	if !inaccessible(def.Directives) && (field == nil || !inaccessible(field.Directives)) {
		c.schema.Connectors = append(c.schema.Connectors, con)
	}
}

// keyed reads a part of a connector, and notes whether it has mistakes after which
// it is not known by which key con loads objects.
func (c *checker) keyed(con *Connector, read func()) {
	before := len(c.findings)
	read()
	c.keyless[con] = c.keyless[con] || slices.ContainsFunc(c.findings[before:], func(f Finding) bool {
		return !f.Warning && !slices.Contains(keyedAllTheSame(), f.Code)
	})
}

// keyedAllTheSame are codes of mistakes in a request that say nothing of what it
// reads.
func keyedAllTheSame() []string {
	return []string{
		"MULTIPLE_HTTP_METHODS", "INVALID_URL_SCHEME", "ABSOLUTE_CONNECT_URL_WITH_SOURCE", "RELATIVE_CONNECT_URL_WITHOUT_SOURCE",
		"HTTP_HEADER_NAME_COLLISION", "UNKNOWN_METHOD", "INVALID_METHOD_ARGUMENTS", "INVALID_METHOD_INPUT",
	}
}

// spotOf says which variables are legal for con.
func (c *checker) spotOf(con *Connector) spot {
	s := spot{coordinate: con.name(), legal: []string{"$config", "$context", "$request", "$env"}}
	s.answer = []string{"$config", "$context", "$status", "$request", "$response", "$env"}
	if con.Field != nil {
		s.legal, s.answer = append(s.legal, "$args"), append(s.answer, "$args")
	}
	if !c.isRoot(con.Type) {
		s.legal, s.answer = append(s.legal, "$this"), append(s.answer, "$this")
	}
	if s.writes = con.Type == c.schema.AST.Mutation; s.writes {
		s.legal = append(s.legal, "$write")
	}
	if con.Field == nil {
		s.legal = append(s.legal, "$batch")
	}
	return s
}

func (c *checker) connectorID(d *ast.Directive, con *Connector) {
	arg := given(d, "id")
	id, ok := c.text(arg, "INVALID_CONNECTOR_ID_NAME", "id", con.name())
	if !ok {
		return
	}
	if !regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`).MatchString(id) {
		c.report(start(arg.Position), "INVALID_CONNECTOR_ID_NAME", con.name(), "id %q is not a GraphQL name", id)
		return
	}
	con.ID, c.ids[con] = call.ID(id), arg
}

// checkIDs finds names that two connectors share: an id can be that of another,
// or the coordinate of one without.
func (c *checker) checkIDs() {
	taken := map[string]*Connector{}
	for _, con := range c.schema.Connectors {
		if c.ids[con] == nil {
			taken[con.name()] = con
		}
	}
	for _, con := range c.schema.Connectors {
		id := c.ids[con]
		if id == nil {
			continue
		}
		if other := taken[con.name()]; other != nil {
			c.report(start(id.Position), "DUPLICATE_ID_NAME", coordinate(con.Type, con.Field),
				"the connector at %s is called %s too", other.At, con.name())
		}
		taken[con.name()] = con
	}
}

func (c *checker) connectorSource(d *ast.Directive, con *Connector) {
	arg := given(d, "source")
	name, ok := c.text(arg, "SOURCE_NAME_MISMATCH", "source", con.name())
	if !ok {
		return
	}
	if con.Source = c.bySource[name]; con.Source != nil || c.inCut(name) {
		return
	}
	if len(c.schema.Sources) == 0 {
		c.report(start(arg.Position), "NO_SOURCES_DEFINED", con.name(), "the schema declares no @source")
		c.hint("extend schema @source(name: %q, http: {baseURL: …})", name)
		return
	}
	c.report(start(arg.Position), "SOURCE_NAME_MISMATCH", con.name(), "no source is called %q", name)
	c.suggest(name, c.sourceNames())
}

func (c *checker) sourceNames() []string {
	var names []string
	for _, s := range c.schema.Sources {
		names = append(names, s.Name)
	}
	return names
}

// list is a, b or c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
