package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"holdfast/connect/mapping"
)

// An ObjectKey is fields that identify an object of a type among those of the type, in the order in which its tag has
// them: paths such as owner.id.
type ObjectKey []string

// objectKeys finds the keys of all types: what @key says, and by what connectors load objects. Of two with the same
// fields the first is meant; one of a connector is in the order of names. One that has an object or a list in it, and
// says nothing of what is in that, is none.
func (c *checker) objectKeys() {
	c.schema.Keys = map[string][]ObjectKey{}
	for _, def := range c.types() {
		if c.isRoot(def) || c.isValue(def) {
			continue
		}
		for _, d := range def.Directives.ForNames("key") {
			c.objectKey(def, keyPaths(d))
		}
		for _, con := range c.schema.Connectors {
			if con.loads(def) {
				c.objectKey(def, slices.Sorted(slices.Values(con.Key)))
			}
		}
	}
	for _, con := range c.schema.Connectors {
		c.loadedTags(con)
	}
}

// objectKey adds a key to those of a type.
func (c *checker) objectKey(def *ast.Definition, key ObjectKey) {
	same := func(other ObjectKey) bool {
		return slices.Equal(slices.Sorted(slices.Values(key)), slices.Sorted(slices.Values(other)))
	}
	all := c.schema.Keys[def.Name]
	if len(key) == 0 || slices.ContainsFunc(all, same) || slices.ContainsFunc(key, func(path string) bool { return !c.isLeaf(def, path) }) {
		return
	}
	c.schema.Keys[def.Name] = append(all, key)
}

// isLeaf says whether a path of fields leads from an object of a type to a scalar or an enum.
func (c *checker) isLeaf(def *ast.Definition, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		f := def.Fields.ForName(name)
		if f == nil || f.Type.Elem != nil {
			return false
		}
		if def = c.schema.AST.Types[f.Type.Name()]; def == nil {
			return false
		}
	}
	return def.IsLeafType()
}

// keyPaths are the paths to the fields that a @key names.
func keyPaths(d *ast.Directive) []string {
	fields := given(d, "fields")
	if fields == nil {
		return nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + fields.Raw + "}"})
	if err != nil || len(doc.Operations) == 0 {
		return nil
	}
	var paths []string
	var walk func(before string, set ast.SelectionSet)
	walk = func(before string, set ast.SelectionSet) {
		for _, s := range set {
			switch f, ok := s.(*ast.Field); {
			case !ok:
			case len(f.SelectionSet) > 0:
				walk(before+f.Name+".", f.SelectionSet)
			default:
				paths = append(paths, before+f.Name)
			}
		}
	}
	walk("", doc.Operations[0].SelectionSet)
	return paths
}

// loadedTags are the tags that a connector which loads an object knows before it has it: those of the key that it is
// asked with. They tell what is not there, and an object whose selection leaves its key out.
func (c *checker) loadedTags(con *Connector) {
	if con.Batch > 0 || con.Key == nil {
		return
	}
	def, variable := c.schema.AST.Types[con.Returns.Name()], "$this"
	if con.AsArgs {
		variable = "$args"
	}
	if def == nil || !con.loads(def) {
		return
	}
	for _, key := range c.schema.Keys[def.Name] {
		if slices.ContainsFunc(key, func(path string) bool { return !slices.Contains(con.Key, path) }) {
			continue
		}
		t := mapping.MustTemplate(def.Name + ":{" + variable + "." + strings.Join(key, "}:{"+variable+".") + "}")
		con.KeyTags = append(con.KeyTags, t)
		if con.Yields == nil || slices.ContainsFunc(key, func(name string) bool { return con.Yields.field(name) == nil }) {
			con.Tags = append(con.Tags, t)
			for _, name := range key {
				con.Reads = appendNew(con.Reads, variable+"."+name)
			}
			slices.Sort(con.Reads)
		}
	}
}

// keyed are the types with keys of the objects in answers to con, by name.
func (con *Connector) keyed(s *Schema) []string {
	var names []string
	var walk func(shape *Shape)
	walk = func(shape *Shape) {
		if shape == nil || shape.Type == nil {
			return
		}
		for _, object := range shape.Objects() {
			if s.Keys[object.Type.Name] != nil {
				names = appendNew(names, object.Type.Name)
			}
			for _, f := range object.Fields {
				walk(f.Shape)
			}
		}
	}
	walk(con.Yields)
	slices.Sort(names)
	return names
}
