package fetch

import (
	"errors"
	"slices"

	"holdfast/connect/record"
	"holdfast/upstreams"
)

// Serve is the record that serves one who asks: the newest, or the last whole one where
// the newest has nothing of what is asked for (nil: everything). The part says how fresh
// it is, for a [upstreams.Report]; it has no path yet. The load must have settled, without
// an error.
func (l *Load) Serve(asked record.Asked) (*record.Answer, upstreams.Part) {
	answer, value, why := l.meta, l.Answer, l.meta.Err
	if answer.Whole != nil && value.Broken() {
		if w := value.Lost(asked); w != nil {
			if whole, ok := answer.Whole.Value.(*record.Answer); ok {
				why = brokenBy(problemsOf(answer, nil), w.Place(), answer.Whole.Err)
				answer, value = answer.Whole, whole
			}
		}
	}
	return value, upstreams.Part{
		Source: l.by.API.Name(), Connector: string(l.by.ID),
		State: answer.State, Reason: answer.Reason, Age: answer.Age, TTL: answer.TTL,
		Shared: answer.Shared, Vary: l.by.Varies(answer.Shared), Cache: answer.Cache, Err: why,
		Depends: l.depends,
	}
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

// telling is a value that knows its problems.
type telling interface{ Problems() []upstreams.Problem }

// toldError is an error that does.
type toldError interface {
	error
	telling
}

// problemsOf are the problems of an answer, of the one that it stands in for, or where
// answer is nil of one that could not be used.
func problemsOf(answer *upstreams.Answer, err error) []upstreams.Problem {
	if answer != nil {
		err = answer.Err
	}
	if err != nil {
		if e, ok := errors.AsType[toldError](err); ok {
			return e.Problems()
		}
	}
	if answer != nil {
		if v, ok := answer.Value.(telling); ok {
			return v.Problems()
		}
	}
	return nil
}
