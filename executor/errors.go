package executor

import (
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/plan"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// mostFailures is how many failures of an operation are told one by one. Beyond it one of
// each field is, and the others are counted with it: a vendor that changes what a field
// is fails at each item of a list, at each alias of the field.
const mostFailures = 10_000

// tells says whether one more failure of a field is to be told with its place. If not,
// it was counted.
func (w *writer) tells(f *plan.Field) bool {
	if len(w.errs) < mostFailures {
		return true
	}
	if w.last == nil {
		w.last = make(map[*plan.Field]int)
		for i := range w.errs {
			w.last[w.errs[i].field] = i
		}
	}
	if i, ok := w.last[f]; ok {
		w.errs[i].more++
		return false
	}
	w.last[f] = len(w.errs)
	return true
}

// counted is an error that stands for that of more places than its own, which the
// gateway asks it for.
type counted struct {
	error

	places int
}

func (s *counted) Unwrap() error { return s.error }

// Places is at how many places it is.
func (s *counted) Places() int { return s.places }

// shown is a failure as the presenter of errors gets it: what is an error of GraphQL
// already stays one.
func (f *failure) shown() *gqlerror.Error {
	e := &gqlerror.Error{Err: f.err, Message: f.err.Error(), Path: f.path}
	if own, ok := errors.AsType[*gqlerror.Error](f.err); ok {
		*e = *own // others may raise it too
		if e.Path == nil {
			e.Path = f.path
		}
	}
	if f.more > 0 && e.Err != nil {
		e.Err = &counted{e.Err, 1 + f.more}
	}
	if at := f.field.Position(); at != nil && e.Locations == nil {
		e.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	}
	return e
}

// misfit is the error of a value that does not fit the schema, or was lost.
func misfit(f *record.Fault) error {
	if f.Err != nil {
		return f.Err
	}
	return &upstreams.Error{
		Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: f.Source, Connector: f.Connector,
		Err: errors.New(f.Why),
	}
}

// noValue is the error of null where null may not stand.
func (w *writer) noValue(f *plan.Field, t *ast.Type) error {
	object, _, _ := strings.Cut(f.Coordinate, ".")
	return &graphql.InvalidNullError{
		Object: object, Field: f.Name, DeclaredType: t.String(), ListElement: t != f.Def.Type, Path: w.here(),
	}
}

// badInput is the error of arguments that a field cannot be called with.
func badInput(err error) error {
	text := err.Error()
	if shown, ok := errors.AsType[*gqlerror.Error](err); ok {
		text = shown.Message
	}
	return &upstreams.Error{Kind: upstreams.BadInput, Message: text}
}

// errNothing is at a list that may not be null and whose connector has nothing to ask
// for: it has no items.
var errNothing = errors.New("executor: nothing to ask for")

// errResults is a method's that gave another number of results than it has parents.
var errResults = errors.New("executor: a field by hand did not give a result for each of its parents")

// tooMuch is the error of an operation that brings more than one may.
func tooMuch(format string, args ...any) *gqlerror.Error {
	e := gqlerror.Errorf(format, args...)
	e.Extensions = map[string]any{"code": "QUERY_LIMIT"}
	return e
}

// requestError is err as the error of an operation that was not run.
func requestError(err error) *gqlerror.Error {
	if shown, ok := errors.AsType[*gqlerror.Error](err); ok {
		return shown
	}
	return &gqlerror.Error{Message: "internal error", Err: err, Extensions: map[string]any{"code": "INTERNAL"}}
}
