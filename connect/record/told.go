package record

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A reason is why a place has no value, or not the one that was meant: in kinds and
// names of keys, never in values.
type reason struct {
	kind string // a code of [mapping.Problem], or one below
	at   string // the key that was not there, or the way of an expression to it
	of   mapping.Kind
	text string // in place of what kind and of say
}

// Kinds of a [reason] besides the codes of [mapping.Problem].
const (
	missing  = "MISSING" // there is nothing, and no key was looked for in vain
	null     = "NULL"    // null where a value must be
	misfits  = "MISFIT"  // a value of another kind, or one that the type does not take
	typeless = "NO_TYPE" // an object of no type that may stand there
)

// because is what v says of itself.
func because(v mapping.Value) reason {
	if key, of, ok := v.Lacks(); ok {
		return reason{kind: mapping.MissingKey, at: key, of: of}
	}
	switch v.Kind() {
	case mapping.Missing:
		return reason{kind: missing}
	case mapping.Null:
		return reason{kind: null}
	default:
		return reason{kind: misfits, of: v.Kind()}
	}
}

// problem is what an evaluation says.
func problem(p mapping.Problem) reason {
	return reason{kind: p.Code, at: p.Place(), text: p.Message}
}

func (r reason) String() string {
	text := r.text
	switch {
	case text != "":
	case r.kind == mapping.MissingKey && r.of == mapping.Object:
		text = "there is no such key in the object"
	case r.kind == mapping.MissingKey:
		text = "a key of " + r.of.String() + ", which is no object"
	case r.kind == missing:
		text = "nothing is there"
	case r.kind == null:
		text = "null, where a value must be"
	case r.kind == typeless:
		text = "an object that names no type that may stand here"
	default:
		text = "the " + r.of.String() + " that is there does not fit"
	}
	if r.at != "" {
		text = r.at + ": " + text
	}
	return text
}

// told are the reasons found in one answer, each with its place in the schema and
// how often it was met there.
type told map[telling]int

type telling struct {
	place string
	reason
}

// maxTold bounds how many are kept of one answer.
const maxTold = 50

// tell notes a reason at a place.
func (r *run) tell(place string, why reason) {
	t := telling{place, why}
	if r.told == nil {
		r.told = told{}
	}
	if _, known := r.told[t]; known || len(r.told) < maxTold {
		r.told[t]++
	}
}

// problems are what was told, as reports have it.
func (r *run) problems() []upstreams.Problem {
	if len(r.told) == 0 {
		return nil
	}
	all := make([]upstreams.Problem, 0, len(r.told))
	for t, n := range r.told {
		all = append(all, upstreams.Problem{
			Source: r.m.source, Connector: r.m.connector, Field: t.place, Kind: t.kind, Message: t.String(), Count: n,
		})
	}
	slices.SortFunc(all, func(a, b upstreams.Problem) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Message, b.Message))
	})
	return all
}

// UnfitError is the cause of an answer of which nothing can be used.
type UnfitError struct {
	text     string
	problems []upstreams.Problem
}

// Error says where it did not fit first, and why.
func (e *UnfitError) Error() string { return e.text }

// Problems are what did not go as the mapping says. The slice is not to be changed.
func (e *UnfitError) Problems() []upstreams.Problem { return e.problems }
