package schema

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
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
		c.connector(d, def, field, name)
		if i > 0 && field != nil {
			c.report(directive(d), "CONNECT_ALTERNATIVE_UNSUPPORTED", name, "a second connector for one field would never be asked")
		}
	}
}

// coordinate names a type, or a field of it: Order.customer.
func coordinate(def *ast.Definition, field *ast.FieldDefinition) string {
	if field == nil {
		return def.Name
	}
	return def.Name + "." + field.Name
}

func (c *checker) connector(d *ast.Directive, def *ast.Definition, field *ast.FieldDefinition, coordinate string) {
	at := directive(d)
	con := &Connector{Coordinate: coordinate, At: at.String(), Type: def, Field: field, at: at}
	if field != nil {
		con.Returns = field.Type
	} else {
		con.Returns = ast.NamedType(def.Name, d.Position)
	}
	if def == c.schema.AST.Subscription {
		c.report(at, "SUBSCRIPTION_IN_CONNECTORS", coordinate, "a subscription cannot be connected to a request")
		return
	}
	c.connectorID(d, con)
	s := c.spotOf(con)
	c.connectorSource(d, con)
	c.taken()
	c.connectorHTTP(d, con, s)
	request := c.taken()
	c.entityArgument(d, con)
	con.Result = c.result(d, s)
	if sel := given(d, "selection"); sel != nil {
		con.Selection = c.mapping(sel, "INVALID_SELECTION", "selection", con.Coordinate, s.answer)
		c.selections[con] = sel
	} else {
		c.report(at, "INVALID_SELECTION", con.Coordinate, "there is no selection")
	}
	c.inputs(con, request, c.taken())
	c.batchArgument(d, con)
	switch {
	case field != nil:
		c.paginate(con)
	case con.Batch == 0:
		con.Key = con.This
	}
	if field == nil && len(con.Key) == 0 && con.Batch == 0 {
		c.report(at, "CONNECT_ON_TYPE_MUST_BE_ENTITY", con.Coordinate,
			"a connector on a type loads objects of it by a key: read the key from $this or $batch")
	}
	c.schema.Connectors = append(c.schema.Connectors, con)
}

// spotOf says which variables are legal for con.
func (c *checker) spotOf(con *Connector) spot {
	s := spot{coordinate: con.Coordinate, legal: []string{"$config", "$context", "$request", "$env"}}
	s.answer = []string{"$config", "$context", "$status", "$request", "$response", "$env"}
	if con.Field != nil {
		s.legal, s.answer = append(s.legal, "$args"), append(s.answer, "$args")
	}
	if !c.isRoot(con.Type) {
		s.legal, s.answer = append(s.legal, "$this"), append(s.answer, "$this")
	}
	if con.Field == nil {
		s.legal = append(s.legal, "$batch")
	}
	return s
}

func (c *checker) connectorID(d *ast.Directive, con *Connector) {
	arg := given(d, "id")
	id, ok := c.text(arg, "INVALID_CONNECTOR_ID_NAME", "id", con.Coordinate)
	if !ok {
		return
	}
	if !regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`).MatchString(id) {
		c.report(start(arg.Position), "INVALID_CONNECTOR_ID_NAME", con.Coordinate, "id %q is not a GraphQL name", id)
		return
	}
	con.Coordinate, c.ids[con] = id, arg
}

// checkIDs finds names that two connectors share: an id can be that of another,
// or the coordinate of one without.
func (c *checker) checkIDs() {
	taken := map[string]*Connector{}
	for _, con := range c.schema.Connectors {
		if c.ids[con] == nil {
			taken[con.Coordinate] = con
		}
	}
	for _, con := range c.schema.Connectors {
		id := c.ids[con]
		if id == nil {
			continue
		}
		if other := taken[con.Coordinate]; other != nil {
			c.report(start(id.Position), "DUPLICATE_ID_NAME", coordinate(con.Type, con.Field),
				"the connector at %s is called %s too", other.At, con.Coordinate)
		}
		taken[con.Coordinate] = con
	}
}

func (c *checker) connectorSource(d *ast.Directive, con *Connector) {
	arg := given(d, "source")
	name, ok := c.text(arg, "SOURCE_NAME_MISMATCH", "source", con.Coordinate)
	if !ok {
		return
	}
	if con.Source = c.bySource[name]; con.Source != nil {
		return
	}
	if len(c.schema.Sources) == 0 {
		c.report(start(arg.Position), "NO_SOURCES_DEFINED", con.Coordinate, "the schema declares no @source")
		c.hint("extend schema @source(name: %q, http: {baseURL: …})", name)
		return
	}
	c.report(start(arg.Position), "SOURCE_NAME_MISMATCH", con.Coordinate, "no source is called %q", name)
	c.suggest(name, c.sourceNames())
}

func (c *checker) sourceNames() []string {
	var names []string
	for _, s := range c.schema.Sources {
		names = append(names, s.Name)
	}
	return names
}

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"} //nolint:gochecknoglobals // constant table

func (c *checker) connectorHTTP(d *ast.Directive, con *Connector, s spot) {
	v := given(d, "http")
	if v == nil {
		c.report(con.at, "MISSING_HTTP_METHOD", con.Coordinate, "expected one of %s", list(methods))
		return
	}
	known := slices.Concat(methods, []string{"body", "headers", "path", "queryParams"})
	fields := c.object(v, "INVALID_URL", con.Coordinate, known...)
	for _, m := range methods {
		url := fields[m]
		if url == nil {
			continue
		}
		if con.Method != "" {
			c.report(start(url.Position), "MULTIPLE_HTTP_METHODS", con.Coordinate, "%s and %s: expected one method", con.Method, m)
			continue
		}
		con.Method = m
		c.url(d, url, con, s)
	}
	if con.Method == "" && v.Kind == ast.ObjectValue {
		c.report(start(v.Position), "MISSING_HTTP_METHOD", con.Coordinate, "expected one of %s", list(methods))
	}
	con.Request = c.request(fields, s)
	con.Body = c.mapping(fields["body"], "INVALID_BODY", "body", con.Coordinate, s.legal)
	if con.Method == "GET" && con.Body != nil {
		c.report(start(fields["body"].Position), "GET_WITH_BODY", con.Coordinate, "few servers read the body of a GET")
		c.warn()
	}
}

// url reads the method's URL template.
func (c *checker) url(d *ast.Directive, v *ast.Value, con *Connector, s spot) {
	text, ok := c.text(v, "INVALID_URL", "the URL", con.Coordinate)
	if !ok {
		return
	}
	con.URL = text
	t := c.template(v, text, "INVALID_URL", con.Coordinate, s.legal)
	if t == nil {
		return
	}
	absolute := strings.Contains(text, "://")
	switch hasSource := given(d, "source") != nil; {
	case absolute && hasSource:
		c.report(start(v.Position), "ABSOLUTE_CONNECT_URL_WITH_SOURCE", con.Coordinate,
			"with a source the URL is relative to its baseURL")
	case absolute:
		c.checkAbsolute(v, t, con.Coordinate)
		c.unnamedSource(v, text, con)
	case !hasSource:
		c.report(start(v.Position), "RELATIVE_CONNECT_URL_WITHOUT_SOURCE", con.Coordinate,
			"without a source the URL begins with http:// or https://")
	default:
		c.checkPath(v, t, con.Coordinate)
	}
}

// unnamedSource gives a connector with an absolute URL the source that the URL
// implies: one for each scheme and host, called as the host is.
func (c *checker) unnamedSource(v *ast.Value, text string, con *Connector) {
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest+"/", "/?{")
	host, path := rest[:end], rest[end:]
	if strings.HasPrefix(path, "{") {
		c.report(start(v.Position), "INVALID_URL", con.Coordinate, "a host that is not constant needs a @source")
		return
	}
	con.URL = path
	base := scheme + "://" + host
	for _, s := range c.schema.Sources {
		if s.implied && s.BaseURL == base {
			con.Source = s
			return
		}
	}
	name := host
	for c.bySource[name] != nil { // one with the same name, and another scheme or settings
		name = scheme + "-" + name
	}
	con.Source = &Source{Name: name, At: con.At, BaseURL: base, implied: true}
	c.bySource[name] = con.Source
	c.schema.Sources = append(c.schema.Sources, con.Source)
}

// entityArgument reads entity: a field that also loads objects of its type.
func (c *checker) entityArgument(d *ast.Directive, con *Connector) {
	arg := given(d, "entity")
	if arg == nil {
		return
	}
	at := start(arg.Position)
	con.Entity = arg.Raw == "true"
	switch {
	case con.Field == nil && !con.Entity:
		c.report(at, "CONNECT_ON_TYPE_MUST_BE_ENTITY", con.Coordinate, "a connector on a type loads objects of it: entity cannot be false")
	case con.Field == nil || !con.Entity:
	case con.Type != c.schema.AST.Query:
		c.report(at, "ENTITY_NOT_ON_ROOT_QUERY", con.Coordinate, "only a field of Query can load entities")
	default:
		c.checkEntityField(con, start(d.Arguments.ForName("entity").Position))
	}
}

// checkEntityField checks that a field's arguments name a key of its type.
func (c *checker) checkEntityField(con *Connector, at place) {
	t := con.Field.Type
	def := c.schema.AST.Types[t.Name()]
	if t.Elem != nil || t.NonNull || def == nil || def.Kind != ast.Object {
		c.report(at, "ENTITY_TYPE_INVALID", con.Coordinate,
			"an entity field returns a nullable object, not %s", t.String())
		return
	}
	if len(con.Field.Arguments) == 0 {
		c.report(at, "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.Coordinate, "an entity field needs arguments: they are the key of %s", def.Name)
	}
	for _, a := range con.Field.Arguments {
		f := def.Fields.ForName(a.Name)
		switch {
		case f == nil:
			c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.Coordinate, "%s has no field %s", def.Name, a.Name)
		case f.Type.Name() != a.Type.Name() || (f.Type.Elem == nil) != (a.Type.Elem == nil):
			c.report(start(a.Position), "ENTITY_RESOLVER_ARGUMENT_MISMATCH", con.Coordinate,
				"argument %s is %s, but %s.%s is %s", a.Name, a.Type.String(), def.Name, a.Name, f.Type.String())
		}
		con.Key = append(con.Key, a.Name)
	}
}

// list is a, b or c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
