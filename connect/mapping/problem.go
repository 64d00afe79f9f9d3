package mapping

import (
	"fmt"
	"slices"
)

// Codes of a [Problem].
const (
	MissingKey        = "MISSING_KEY"        // an object has no such key, or it is not an object
	UndefinedVariable = "UNDEFINED_VARIABLE" // a variable has no value
	TypeConflict      = "TYPE_CONFLICT"      // items of one group cannot be merged into one object
	MethodFailed      = "METHOD_FAILED"      // a method cannot work with its input or arguments
	RepeatedKey       = "REPEATED_KEY"       // a JSON object has a key more than once
	LimitExceeded     = "LIMIT_EXCEEDED"     // the result, or the work for it, is too large; also a code of [SyntaxError]
)

// Problem is something that did not go as the mapping says. It does not stop the evaluation, and it never holds data.
type Problem struct {
	Code    string
	Message string
	// Path leads through the input to where the problem is: keys (string), indices (int), methods ("->first"),
	// and at the front the variable ("$args") when it does not start at the data.
	Path   []any
	Span        // of the key or method name in the mapping; zero for JSON texts
	Method bool // recorded by a method or a limit, rather than because something is not there
}

// trail is the way from the input to a value; nil is the input itself.
type trail struct {
	up   *trail
	name string // a key, method or variable; "" for an index
	i    int    // -1 for a name
}

func (t *trail) key(name string) *trail { return &trail{up: t, name: name, i: -1} }

func (t *trail) index(i int) *trail { return &trail{up: t, i: i} }

func (t *trail) method(name string) *trail { return t.key("->" + name) }

func (t *trail) path() []any {
	path := []any{}
	for ; t != nil; t = t.up {
		path = append(path, t.step())
	}
	slices.Reverse(path)
	return path
}

// step returns the last step: an int or a string.
func (t *trail) step() any {
	if t.i >= 0 {
		return t.i
	}
	return t.name
}

// maxProblems bounds what one evaluation records.
const maxProblems = 1000

// problems records each problem once.
type problems struct {
	list []Problem
	keys []string // parallel to list
	seen map[string]bool
}

func (p *problems) add(code, message string, at *trail, span Span, method bool) {
	if len(p.list) == maxProblems {
		return
	}
	path := at.path()
	key := fmt.Sprintf("%s %d %d %q %q", code, span.Start, span.End, message, path)
	if p.seen[key] {
		return
	}
	if p.seen == nil {
		p.seen = make(map[string]bool)
	}
	p.seen[key] = true
	p.list = append(p.list, Problem{code, message, path, span, method})
	p.keys = append(p.keys, key)
}

// mark returns a position for drop.
func (p *problems) mark() int { return len(p.list) }

// drop forgets the problems recorded between two marks.
func (p *problems) drop(from, to int) {
	for _, key := range p.keys[from:to] {
		delete(p.seen, key)
	}
	p.list = slices.Delete(p.list, from, to)
	p.keys = slices.Delete(p.keys, from, to)
}
