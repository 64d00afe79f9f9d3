package connect

import (
	"context"
	"errors"
	"reflect"

	"holdfast/upstreams"
)

// askOneOf asks the choices in their order until one answers. A choice that is
// out may still have an old answer: that is the answer if no other choice has a
// current one. What one API says is never mixed with what another does.
func askOneOf[T any](ctx context.Context, choices []Choice[T], args, this Value) (*answerOf, error) {
	first, err := ask(ctx, choices[0].API, choices[0].Connector, args, this)
	why, out := isOut(ctx, first, err)
	if !out {
		return first, err
	}
	for _, c := range choices[1:] {
		next, nextErr := ask(ctx, c.API, c.Connector, args, this)
		if _, out := isOut(ctx, next, nextErr); out || nextErr != nil || isNull[T](next) {
			continue
		}
		answer := *next.Answer
		answer.State, answer.Reason, answer.Err = upstreams.StateAlternative, why, err
		if err == nil {
			answer.Err = first.Err
		}
		return &answerOf{&answer, next.api, next.call}, nil
	}
	return first, err
}

// isOut says whether an API failed, and how, whether or not an old answer stands in.
// One whose answer has nothing of what is asked for has failed too.
func isOut(ctx context.Context, a *answerOf, err error) (upstreams.Reason, bool) {
	if err != nil {
		e, ok := errors.AsType[*upstreams.Error](err)
		if !ok {
			return "", false
		}
		return e.Reason, e.Outage()
	}
	if lost(ctx, a.Answer) != nil {
		return upstreams.ReasonContract, true
	}
	return a.Reason, a.State == upstreams.StateStandingIn
}

// isNull says whether an answer is that there is no such thing. From an
// alternative that means little: it may never have been told of it.
func isNull[T any](a *answerOf) bool {
	m, ok := a.Value.(*mapped[T])
	if !ok {
		return true
	}
	switch v := reflect.ValueOf(&m.value).Elem(); v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}
