package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// A quoted is a mapping where it stands in the SDL.
type quoted struct {
	value *ast.Value
	off   int
	*mapping.Mapping
	// what is the argument that the mapping is; for a part of a template, the code
	// of its mistakes.
	what  string
	legal []string // variables that it may read
}

// at is the place of a byte of the mapping's text.
func (q quoted) at(off int) place { return inside(q.value, q.off+off) }

// inputs finds what a connector reads of its arguments, parent and caller, and
// checks that it is there.
func (c *checker) inputs(con *Connector, request, answer []quoted) {
	all := slices.SortedStableFunc(slices.Values(slices.Concat(request, answer)), func(a, b quoted) int {
		return a.at(0).compare(b.at(0))
	})
	keyed := false
	c.keyed(con, func() {
		c.batchOrThis(con, all)
		for _, q := range request {
			keyed = c.reads(con, q) || keyed
		}
	})
	for _, q := range answer {
		keyed = c.reads(con, q) || keyed
	}
	if !keyed && !c.isRoot(con.Type) {
		c.wholeParents(con, all)
	}
	for _, q := range answer {
		con.Reads = appendNew(con.Reads, readPaths(con, q)...)
	}
	con.Callers = appendNew(con.Callers, callersOf(con.Request)...)
	if con.Source != nil {
		con.Callers = appendNew(con.Callers, con.Source.Callers...)
	}
	con.AsCaller = asCaller(con.Request, con.Callers) || con.Source != nil && asCaller(con.Source.Request, nil)
	slices.Sort(con.This)
	slices.Sort(con.Reads)
	slices.Sort(con.Callers)
}

// reads infers what a mapping yields, and notes what it reads for that. It says
// whether it reads fields of the parent or of the objects of a batch.
func (c *checker) reads(con *Connector, q quoted) (keyed bool) {
	t := c.infer(con, q, con.name())
	for _, k := range t.parents {
		if con.Batch > 0 {
			c.batchField(con, k, q)
		} else {
			c.parentField(con, k, q)
		}
	}
	for _, r := range readings(q.Mapping) {
		if r.ofCaller() {
			con.Callers = appendNew(con.Callers, r.path())
		}
		if r.name == "$write" {
			con.ReadsWrite = true
			con.SendsKey = con.SendsKey || r.whole && r.path() == "$write.key"
		}
	}
	if q.what == "selection" {
		con.static = t.yields
	}
	return len(t.parents) > 0
}

// readPaths are the paths of the variables in q, of those that can change what a
// selection yields of one body.
func readPaths(con *Connector, q quoted) []string {
	var paths []string
	for _, r := range readings(q.Mapping) {
		if r.name == "$args" || r.name == "$response" || r.name == "$this" && con.This != nil || r.ofCaller() {
			paths = append(paths, r.path())
		}
	}
	return paths
}

// callersOf are the caller's headers that are copied into a request.
func callersOf(r call.Request) []string {
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

// parentField notes $this.x. Whether the parent has x is known when all
// selections are.
func (c *checker) parentField(con *Connector, k *mapping.Key, q quoted) {
	con.This = appendNew(con.This, k.Name)
	c.parents = append(c.parents, parentRead{con, k.Name, q.at(k.Start)})
}

// wholeParents reports $this and $batch where nothing says which fields are meant.
func (c *checker) wholeParents(con *Connector, all []quoted) {
	for _, q := range all {
		for _, r := range readings(q.Mapping) {
			if len(r.keys) == 0 && (r.name == "$this" || r.name == "$batch" && con.Field == nil) {
				c.report(q.at(r.span.Start), "UNDEFINED_FIELD", con.name(), "say which field of %s is meant: %s.id", r.name, r.name)
			}
		}
	}
}

// A parentRead is $this.name in a connector.
type parentRead struct {
	con  *Connector
	name string
	at   place
}

// hidden says whether what is read is not what the graph has there: the parent's
// type does not declare it, keeps it out of what is served, or has it fetched.
func (r parentRead) hidden() bool {
	f := r.con.Type.Fields.ForName(r.name)
	return f == nil || inaccessible(f.Directives) || connected(f)
}

func fieldNames(def *ast.Definition) []string {
	var names []string
	for _, f := range def.Fields {
		names = append(names, f.Name)
	}
	return names
}
