package schema

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

// A loading puts files together to one schema, and goes on behind mistakes: what is
// wrong is reported and taken out, so that it hides nothing.
type loading struct {
	*checker
	sources []*ast.Source // without the definitions that are no GraphQL
	stubs   []string      // types that are not declared; they count as scalars, which may hold anything
	gone    []place       // of nodes that GraphQL refuses
	loose   []place       // of types that do not keep to their interfaces
}

// load is the schema of sources; nil where it cannot be told what is meant.
func (c *checker) load(sources []*ast.Source) *ast.Schema {
	l := &loading{checker: c}
	for _, s := range sources {
		s = c.readable(normal(s))
		c.indexed = append(c.indexed, indexed(s))
		l.sources = append(l.sources, s)
	}
	const enough = 50 // mistakes
	for first := true; len(c.findings) < enough; first = false {
		loaded, err := l.attempt(first)
		if err == nil {
			return loaded
		}
		if !l.mend(err) {
			return nil
		}
	}
	return nil
}

// attempt parses what is left, which parsed before, and puts it together.
func (l *loading) attempt(first bool) (*ast.Schema, error) {
	var docs []*ast.SchemaDocument
	for _, s := range l.sources {
		docs = append(docs, parsed(s))
	}
	unite(docs)
	v := vocabularyFor(docs)
	before := len(l.findings)
	l.amend(docs, v)
	outbox := l.outbox(docs)
	l.schema.public = func() []*ast.Source { return public(slices.Concat(l.sources, outbox), v) }
	if !first {
		l.findings = l.findings[:before] // said before
	} else {
		l.checkExtensions(docs)
	}
	all := parsed(validator.Prelude)
	for _, s := range outbox {
		docs = append(docs, parsed(s))
	}
	for _, doc := range append(docs, v.doc) {
		all.Merge(doc)
	}
	l.leaveOut(all)
	for _, name := range l.stubs {
		all.Merge(parsed(&ast.Source{Name: undefined, Input: "scalar " + name}))
	}
	for _, def := range slices.Concat(all.Definitions, all.Extensions) { // a scalar is neither interface nor object
		def.Interfaces = slices.DeleteFunc(def.Interfaces, l.isStub)
		def.Types = slices.DeleteFunc(def.Types, l.isStub)
	}
	return validator.ValidateSchemaDocument(all)
}

func (l *loading) isStub(name string) bool { return slices.Contains(l.stubs, name) }

// undefined is the name of the sources of types that are not declared.
const undefined = "undefined"

// mend reports what GraphQL refuses, and notes how to go on without it; false if
// that is not known.
func (l *loading) mend(err error) bool {
	match := regexp.MustCompile(`Undefined type "?([_A-Za-z0-9]+)"?\.`).FindStringSubmatch(err.Error())
	if match != nil {
		l.stubs = append(l.stubs, match[1])
		if !l.inCut(match[1]) {
			l.notGraphQL(err)
		}
		return true
	}
	at := l.notGraphQL(err)
	if strings.Contains(err.Error(), " to implement ") && !slices.Contains(l.loose, at) {
		l.loose = append(l.loose, at)
		return true
	}
	if at.line == 0 || slices.Contains(l.gone, at) {
		return false // it was taken out, and there is something else there
	}
	l.gone = append(l.gone, at)
	return true
}

// leaveOut takes out what GraphQL refuses. A type that is not there any more, or has
// nothing left, counts as one that is not declared, without a word.
func (l *loading) leaveOut(doc *ast.SchemaDocument) {
	var before []string
	for _, def := range doc.Definitions {
		before = append(before, def.Name)
		if slices.ContainsFunc(l.loose, func(p place) bool { return p.isOf(def.Position) }) {
			def.Interfaces = nil
		}
	}
	for _, p := range l.gone {
		l.remove(doc, p)
	}
	for _, name := range before {
		if doc.Definitions.ForName(name) == nil && !isRootName(name) && !l.isStub(name) {
			l.stubs = append(l.stubs, name)
		}
	}
}

func isRootName(name string) bool {
	return slices.Contains([]string{"Query", "Mutation", "Subscription"}, name)
}

// isOf says whether GraphQL's position is p.
func (p place) isOf(pos *ast.Position) bool {
	return pos != nil && pos.Src != nil && place{pos.Src.Name, pos.Line, pos.Column} == p
}

// remove takes out the node that begins at a place.
func (l *loading) remove(doc *ast.SchemaDocument, p place) {
	here := p.isOf
	everyDirectives(doc, func(ds ast.DirectiveList) ast.DirectiveList {
		return slices.DeleteFunc(ds, func(d *ast.Directive) bool { return here(d.Position) })
	})
	doc.Directives = slices.DeleteFunc(doc.Directives, func(d *ast.DirectiveDefinition) bool { return here(d.Position) })
	var emptied []*ast.Definition
	for _, list := range []*ast.DefinitionList{&doc.Definitions, &doc.Extensions} {
		*list = slices.DeleteFunc(*list, func(def *ast.Definition) bool { return here(def.Position) })
		for _, def := range *list {
			had := len(def.EnumValues) + len(def.Fields)
			def.EnumValues = slices.DeleteFunc(def.EnumValues, func(v *ast.EnumValueDefinition) bool { return here(v.Position) })
			def.Fields = slices.DeleteFunc(def.Fields, func(f *ast.FieldDefinition) bool { return here(f.Position) })
			for _, f := range def.Fields {
				f.Arguments = slices.DeleteFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return here(a.Position) })
			}
			if had > 0 && len(def.EnumValues)+len(def.Fields) == 0 && !isRootName(def.Name) {
				emptied = append(emptied, def)
			}
		}
		*list = slices.DeleteFunc(*list, func(def *ast.Definition) bool { return slices.Contains(emptied, def) })
	}
}

// checkExtensions reports extensions of types that nobody declares. GraphQL allows
// none; in a service of a federated graph another service may declare the type.
func (l *loading) checkExtensions(docs []*ast.SchemaDocument) {
	var names []string
	for _, doc := range docs {
		for _, def := range doc.Definitions {
			names = append(names, def.Name)
		}
	}
	for _, doc := range docs {
		for _, ext := range doc.Extensions {
			if isRootName(ext.Name) || isService(doc) || slices.Contains(names, ext.Name) || l.inCut(ext.Name) {
				continue
			}
			l.report(start(ext.Position), "INVALID_SDL", ext.Name, "the type that is extended is not declared")
			l.suggest(ext.Name, names)
		}
	}
}

// notGraphQL reports what GraphQL says of the text, and returns where.
func (c *checker) notGraphQL(err error) place {
	f := Finding{Code: "INVALID_SDL", Message: err.Error()}
	if g, ok := errors.AsType[*gqlerror.Error](err); ok {
		f.Message = g.Message
		f.File, _ = g.Extensions["file"].(string)
		if len(g.Locations) > 0 {
			f.Line, f.Col = g.Locations[0].Line, g.Locations[0].Column
		}
	}
	c.findings = append(c.findings, f)
	return place{f.File, f.Line, f.Col}
}
