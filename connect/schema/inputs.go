package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A quoted is a mapping where it stands in the SDL.
type quoted struct {
	value *ast.Value
	off   int
	*mapping.Mapping
}

// at is the place of a byte of the mapping's text.
func (q quoted) at(off int) place { return inside(q.value, q.off+off) }

// inputs finds what a connector reads of its arguments, parent and caller, and
// checks that it is there.
func (c *checker) inputs(con *Connector, request, answer []quoted) {
	for _, q := range request {
		c.readInputs(con, q)
	}
	for _, q := range answer {
		for _, path := range c.readInputs(con, q) {
			con.Reads = appendNew(con.Reads, path)
		}
	}
	con.Callers = appendNew(con.Callers, con.Request.callers()...)
	if con.Source != nil {
		con.Callers = appendNew(con.Callers, con.Source.Callers...)
	}
	slices.Sort(con.This)
	slices.Sort(con.Reads)
	slices.Sort(con.Callers)
}

// readInputs returns the paths of the variables in q, of those that can change
// what a selection yields.
func (c *checker) readInputs(con *Connector, q quoted) []string {
	var paths []string
	for _, r := range readings(q.Mapping) {
		switch r.name {
		case "$args":
			c.argument(con, r, q)
			paths = append(paths, r.path())
		case "$this":
			if !c.isRoot(con.Type) {
				c.parentField(con, r, q)
				paths = append(paths, r.path())
			}
		case "$batch":
			if con.Field == nil {
				c.batchField(con, r, q)
			}
		case "$request", "$context":
			con.Callers = appendNew(con.Callers, r.path())
			paths = append(paths, r.path())
		}
	}
	return paths
}

// callers are the caller's headers that are copied into a request.
func (r Request) callers() []string {
	var paths []string
	for _, h := range r.Headers {
		if h.From != "" {
			from := reading{name: "$request", keys: []*mapping.Key{{Name: "headers"}, {Name: h.From}}}
			paths = append(paths, from.path())
		}
	}
	return paths
}

func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// argument checks $args.x and, where x is an input object, the keys below it.
func (c *checker) argument(con *Connector, r reading, q quoted) {
	if con.Field == nil || len(r.keys) == 0 {
		return
	}
	arg := con.Field.Arguments.ForName(r.keys[0].Name)
	if arg == nil {
		var names []string
		for _, a := range con.Field.Arguments {
			names = append(names, a.Name)
		}
		c.report(q.at(r.keys[0].Start), "UNDEFINED_ARGUMENT", con.Coordinate, "%s has no argument %q", con.Field.Name, r.keys[0].Name)
		c.suggest(r.keys[0].Name, names)
		return
	}
	t := arg.Type
	for _, k := range r.keys[1:] {
		def := c.schema.AST.Types[t.Name()]
		if def.Kind == ast.Scalar && !def.BuiltIn {
			return // may hold anything
		}
		f := def.Fields.ForName(k.Name)
		if f == nil {
			c.report(q.at(k.Start), "UNDEFINED_ARGUMENT", con.Coordinate, "%s has no field %q", def.Name, k.Name)
			c.suggest(k.Name, fieldNames(def))
			return
		}
		t = f.Type
	}
}

// parentField notes $this.x. Whether the parent has x is known when all
// selections are.
func (c *checker) parentField(con *Connector, r reading, q quoted) {
	switch {
	case con.Batch > 0:
		c.batchAndThis(con, q.at(r.span.Start))
		return
	case len(r.keys) == 0:
		c.report(q.at(r.span.Start), "UNDEFINED_FIELD", con.Coordinate, "say which field of $this is meant: $this.id")
		return
	}
	key := r.keys[0]
	con.This = appendNew(con.This, key.Name)
	c.parents = append(c.parents, parentRead{con, key.Name, q.at(key.Start)})
}

// A parentRead is $this.name in a connector.
type parentRead struct {
	con  *Connector
	name string
	at   place
}

// hidden says whether the parent's type does not declare what is read.
func (r parentRead) hidden() bool { return r.con.Type.Fields.ForName(r.name) == nil }

func fieldNames(def *ast.Definition) []string {
	var names []string
	for _, f := range def.Fields {
		names = append(names, f.Name)
	}
	return names
}
