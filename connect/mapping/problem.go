package mapping

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// Codes of a [Problem].
const (
	MissingKey        = "MISSING_KEY"        // an object has no such key, or it is not an object
	UndefinedVariable = "UNDEFINED_VARIABLE" // a variable has no value
	TypeConflict      = "TYPE_CONFLICT"      // items of one group cannot be merged into one object
	MethodFailed      = "METHOD_FAILED"      // a method cannot work with its input or arguments
	RepeatedKey       = "REPEATED_KEY"       // a JSON object has a key more than once
	BrokenText        = "BROKEN_TEXT"        // a text is not UTF-8, or has half a surrogate pair; U+FFFD stands in its place
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

// String returns the problem in one line, for logs.
func (p Problem) String() string {
	return fmt.Sprintf("%s at %s: %s", p.Code, pathText(p.Path, false), p.Message)
}

// Place returns the path as text, with a * for every index.
func (p Problem) Place() string { return pathText(p.Path, true) }

// pathText writes a path as it would stand in a mapping, more or less: $args.list.0->first."a b".
func pathText(path []any, anyIndex bool) string {
	var b strings.Builder
	for i, step := range path {
		name, ok := step.(string)
		switch {
		case !ok && anyIndex:
			name = "*"
		case !ok:
			name = fmt.Sprint(step)
		case strings.HasPrefix(name, "->") || strings.HasPrefix(name, "$") && i == 0:
			b.WriteString(name)
			continue
		case !isName(name):
			name = quote(name)
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	if b.Len() == 0 {
		return "$"
	}
	return b.String()
}

// trail is the way from the input to a value; nil is the input itself.
type trail struct {
	up   *trail
	name string // a key, method or variable; "" for an index
	i    int32  // -1 for a name
	size int32  // the work of writing the path: one per step, and one per 64 bytes of name
}

func (t *trail) key(name string) *trail {
	if t == nowhere {
		return t
	}
	return &trail{up: t, name: name, i: -1, size: t.work() + 1 + int32(len(name)/textWeight)}
}

func (t *trail) index(i int) *trail {
	if t == nowhere {
		return t
	}
	return &trail{up: t, i: int32(i), size: t.work() + 1}
}

func (t *trail) method(name string) *trail {
	if t == nowhere {
		return t
	}
	return t.key("->" + name)
}

func (t *trail) work() int32 {
	if t == nil {
		return 0
	}
	return t.size
}

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
		return int(t.i)
	}
	return t.name
}

// maxProblems bounds what one evaluation records.
const maxProblems = 1000

// problems records each problem once.
type problems struct {
	list []Problem
	keys []problemKey // parallel to list
	seen map[problemKey]bool
	seed maphash.Seed
}

// problemKey is what equal problems have in common. It holds a hash of the path, for paths may be long.
type problemKey struct {
	code, message string
	span          Span
	path          uint64
}

func (p *problems) add(code, message string, at *trail, span Span, method bool) {
	if len(p.list) == maxProblems {
		return
	}
	if p.seen == nil {
		p.seen, p.seed = make(map[problemKey]bool), maphash.MakeSeed()
	}
	key := problemKey{code, message, span, at.hash(p.seed)}
	if p.seen[key] {
		return
	}
	p.seen[key] = true
	p.list = append(p.list, Problem{code, message, at.path(), span, method})
	p.keys = append(p.keys, key)
}

func (t *trail) hash(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for ; t != nil; t = t.up {
		maphash.WriteComparable(&h, t.i)
		maphash.WriteComparable(&h, t.name)
	}
	return h.Sum64()
}

// mark returns a position for drop.
func (e *evaluator) mark() int {
	if e.quiet {
		return e.met
	}
	return len(e.problems.list)
}

// drop forgets the problems recorded between two marks.
func (e *evaluator) drop(from, to int) {
	if e.quiet {
		e.met -= to - from
		return
	}
	e.problems.drop(from, to)
}

func (p *problems) drop(from, to int) {
	for _, key := range p.keys[from:to] {
		delete(p.seen, key)
	}
	p.list = slices.Delete(p.list, from, to)
	p.keys = slices.Delete(p.keys, from, to)
}
