package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Options is what the text of a schema does not say.
type Options struct {
	// Values are the object types bound to Go types that decode themselves,
	// such as Money: nothing below them is looked at.
	Values []string
	// ByHand says whether a method resolves a field; nil: none.
	ByHand func(typeName, fieldName string) bool
}

// Read reads and checks sources. The schema is nil when too much of the text is not
// GraphQL; otherwise it is as complete as the findings allow, and whole if they did
// not fail.
func Read(sources []*ast.Source, opt Options) (*Schema, Findings) {
	if opt.ByHand == nil {
		opt.ByHand = func(string, string) bool { return false }
	}
	c := &checker{
		opt: opt, schema: &Schema{Plans: map[string]*Plan{}}, bySource: map[string]*Source{},
		ids: map[*Connector]*ast.Value{}, selections: map[*Connector]*ast.Value{}, keyless: map[*Connector]bool{},
		lost: map[*ast.FieldDefinition]bool{},
	}
	defer func() {
		for _, done := range c.indexed {
			done()
		}
	}()
	if c.schema.AST = c.load(sources); c.schema.AST == nil {
		return nil, c.found(sources)
	}
	c.schema.Cut = c.inCut("schema") || slices.ContainsFunc(c.cuts, func(cut string) bool { return strings.Contains(cut, "://") })
	if c.schema.AST.Query == nil && len(c.cuts) == 0 {
		c.report(place{}, "INVALID_SDL", "", "there is no type Query: nothing can be asked for")
	}
	c.readLinks()
	c.checkFederation()
	c.checkDefaults()
	c.readSources()
	c.readConnectors()
	c.checkKeys()
	c.readCaches()
	c.readInvalidations()
	c.readEvents()
	c.readWrites()
	c.readLives()
	for _, con := range c.schema.Connectors {
		c.checkSelection(con, c.selections[con])
		c.fit(con)
	}
	c.checkParents()
	c.checkBatchKeys()
	c.objectKeys()
	c.checkTags()
	c.plan()
	c.checkProbes()
	return c.schema, c.found(sources)
}

// found are the findings, whole and in order.
func (c *checker) found(sources []*ast.Source) Findings {
	c.findings.extend(sources)
	return c.findings.sorted()
}

// A checker is one reading.
type checker struct {
	opt      Options
	schema   *Schema
	bySource map[string]*Source
	findings Findings

	read       []quoted                      // mappings since somebody last took them
	ids        map[*Connector]*ast.Value     // of those that have one
	selections map[*Connector]*ast.Value     // where their texts stand
	keyless    map[*Connector]bool           // by which key they load objects is not known
	lost       map[*ast.FieldDefinition]bool // said that nothing yields them
	indexed    []func()                      // what takes indexes out again
	cuts       []string                      // definitions that are no GraphQL, and were not read
	parents    []parentRead
	batchKeys  []parentRead
	changed    []changedTag
	probes     []probed
}

// report adds a finding. The message says what is wrong and what was expected.
func (c *checker) report(p place, code, coordinate, format string, args ...any) {
	c.findings = append(c.findings, Finding{
		File: p.file, Line: p.line, Col: p.col,
		Code: code, Coordinate: coordinate, Message: fmt.Sprintf(format, args...),
	})
}

// warn makes the last finding a warning.
func (c *checker) warn() { c.findings[len(c.findings)-1].Warning = true }

// hint adds what to do to the last finding.
func (c *checker) hint(format string, args ...any) {
	c.findings[len(c.findings)-1].Hint = fmt.Sprintf(format, args...)
}

// types are the object types of the schema in the order of their names.
func (c *checker) types() []*ast.Definition { return c.kind(ast.Object) }

// kind are the types of one kind in the order of their names.
func (c *checker) kind(k ast.DefinitionKind) []*ast.Definition {
	var defs []*ast.Definition
	for _, d := range c.schema.AST.Types {
		if d.Kind == k && !d.BuiltIn && !strings.HasPrefix(d.Name, "__") {
			defs = append(defs, d)
		}
	}
	slices.SortFunc(defs, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return defs
}

// taken returns the mappings read since the last call.
func (c *checker) taken() []quoted {
	taken := c.read
	c.read = nil
	return taken
}

// isRoot says whether d is the type of an operation.
func (c *checker) isRoot(d *ast.Definition) bool {
	s := c.schema.AST
	return d == s.Query || d == s.Mutation || d == s.Subscription
}

// isValue says whether objects of d decode themselves.
func (c *checker) isValue(d *ast.Definition) bool {
	return slices.Contains(c.opt.Values, d.Name)
}
