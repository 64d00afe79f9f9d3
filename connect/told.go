package connect

import (
	"cmp"
	"errors"
	"fmt"
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
func because(v Value) reason {
	if key, of, ok := v.Lacks(); ok {
		return reason{kind: mapping.MissingKey, at: key, of: of}
	}
	switch v.Kind() {
	case mapping.Missing:
		return reason{kind: missing}
	case mapping.Null:
		return reason{kind: null}
	}
	return reason{kind: misfits, of: v.Kind()}
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
func (m *Mapper) tell(place string, r reason) {
	t := telling{place, r}
	if m.told == nil {
		m.told = told{}
	}
	if _, known := m.told[t]; known || len(m.told) < maxTold {
		m.told[t]++
	}
}

// problems are what was told, as reports have it.
func (m *Mapper) problems() []upstreams.Problem {
	if len(m.told) == 0 {
		return nil
	}
	all := make([]upstreams.Problem, 0, len(m.told))
	for t, n := range m.told {
		all = append(all, upstreams.Problem{
			Source: m.source, Connector: m.connector, Field: t.place, Kind: t.kind, Message: t.String(), Count: n,
		})
	}
	slices.SortFunc(all, func(a, b upstreams.Problem) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Message, b.Message))
	})
	return all
}

// unfit is the cause of an answer of which missing can be used.
type unfit struct {
	text     string
	problems []upstreams.Problem
}

func (e *unfit) Error() string { return e.text }

// unfit is the error of an answer whose places are all at fault.
func (m *Mapper) unfit() error {
	return &unfit{fmt.Sprintf("nothing fits the declared type, first at %s", m.first), m.problems()}
}

// brokenBy is why a newer answer is not served: err, or the first of its problems at
// the lost place, or at all.
func brokenBy(problems []upstreams.Problem, place string, err error) error {
	if err != nil || len(problems) == 0 {
		return err
	}
	i := slices.IndexFunc(problems, func(p upstreams.Problem) bool { return p.Field == place })
	first := problems[max(i, 0)]
	return errors.New(first.Field + ": " + first.Message)
}

// problemsOf are the problems of an answer, or of one that could not be used.
func problemsOf(answer *upstreams.Answer, err error) []upstreams.Problem {
	if e, ok := errors.AsType[*unfit](err); ok {
		return e.problems
	}
	if answer != nil {
		if v, ok := answer.Value.(interface{ found() []upstreams.Problem }); ok {
			return v.found()
		}
	}
	return nil
}

// findings are part of what an answer was mapped to.
type findings []upstreams.Problem

func (f findings) found() []upstreams.Problem { return f }
