package upstreams_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"holdfast/upstreams"
	"holdfast/upstreams/body"
	"holdfast/upstreams/upstreamtest"
)

// row is an outcome on its way through the pipe.
type row struct {
	upstreamtest.Outcome

	cfg upstreams.Config
}

// as makes r ask as the row does.
func (o *row) as(r *upstreams.Request) {
	switch o.How {
	case upstreamtest.ByPost, upstreamtest.Write:
		r.Method = http.MethodPost
	case upstreamtest.Keyed:
		r.Method, r.Idempotent = http.MethodPost, true
	case upstreamtest.AsCaller:
		asCaller(r)
	case upstreamtest.IsSuccess:
		refuses(r)
	case upstreamtest.Malformed:
		r.URL = "https://shop.test/%zz"
	case upstreamtest.Leaves, upstreamtest.Exhausted:
	}
}

func (o *row) ask(ctx context.Context, s source, r *upstreams.Request) (*upstreams.Answer, error) {
	o.as(r)
	switch o.How {
	case upstreamtest.Write, upstreamtest.Keyed:
		return s.Write(ctx, r)
	case upstreamtest.Exhausted:
		return exhausted(ctx, s, r)
	case upstreamtest.Leaves:
		ctx, leave := context.WithTimeout(ctx, time.Second)
		defer leave()
		return s.Read(ctx, r)
	default:
		return s.Read(ctx, r)
	}
}

func (o *row) before(t *testing.T, s source) {
	t.Helper()
	switch o.Before {
	case upstreamtest.Held:
		held(t, s)
	case upstreamtest.Tripped:
		trip(t, s)
	case upstreamtest.Spent:
		spend(t, s)
	case upstreamtest.Crowded:
		crowd(t, s)
	}
}

// asCaller has a credential of the caller in the request.
func asCaller(r *upstreams.Request) {
	r.AsCaller, r.Scope, r.Header = true, "somebody", http.Header{"Authorization": {"Bearer somebody"}}
}

// refuses takes an error in a good answer for what it is, as isSuccess does.
func refuses(r *upstreams.Request) {
	r.Accept = func(reply upstreams.Reply) (any, error) {
		if reply.Status == http.StatusOK && bytes.Contains(reply.Body, []byte("error")) {
			return nil, &upstreams.Error{Kind: upstreams.Refused, Reason: upstreams.ReasonContract}
		}
		return number(reply)
	}
}

// exhausted asks for an operation that has made its one call.
func exhausted(ctx context.Context, s source, r *upstreams.Request) (*upstreams.Answer, error) {
	first := unremembered()
	first.Operation = &upstreams.Operation{}
	if _, err := s.Read(ctx, first); err != nil {
		return nil, err
	}
	r.Operation = first.Operation
	return s.Read(ctx, r)
}

// held is told by the source to come back later.
func held(t *testing.T, s source) {
	t.Helper()
	if _, err := s.Read(t.Context(), unremembered()); reasonOf(err) != upstreams.ReasonRateLimited {
		t.Fatal(err)
	}
}

// trip opens the breaker.
func trip(t *testing.T, s source) {
	t.Helper()
	for range 20 {
		_, _ = s.Read(t.Context(), unremembered())
	}
	if breakerOf(s) != "OPEN" {
		t.Fatal("the breaker did not open")
	}
}

// spend asks as long as it may.
func spend(t *testing.T, s source) {
	t.Helper()
	for range 2 {
		_, _ = s.Read(t.Context(), unremembered())
	}
}

// crowd leaves a call under way.
func crowd(t *testing.T, s source) {
	t.Helper()
	go func() { _, _ = s.Read(t.Context(), distinct(2)[1]) }()
	synctest.Wait()
}

// TestOutcomes is the contract of the pipe: what each thing a source can do means. Every row is played
// three times: to a client that knows nothing, to one with an old answer, and often, for the breaker.
func TestOutcomes(t *testing.T) {
	for _, outcome := range upstreamtest.Outcomes() {
		o := row{Outcome: outcome}
		if o.Step == nil {
			o.Step = upstreamtest.Refuse()
		}
		if err := yaml.Unmarshal([]byte(o.Settings), &o.cfg); err != nil {
			t.Fatal(err)
		}
		t.Run(o.What, func(t *testing.T) {
			synctest.Test(t, o.playToOneWhoKnowsNothing)
			synctest.Test(t, o.playToOneWithAnOldAnswer)
			synctest.Test(t, o.playOften)
		})
	}
}

func (o *row) open(t *testing.T, retries, breakerOff bool, steps ...upstreamtest.Step) source {
	t.Helper()
	cfg := o.cfg
	cfg.MaxBody, cfg.Patience = 1<<16, new(time.Minute)
	cfg.Breaker = upstreams.Breaker{Window: time.Hour, Delay: time.Hour, Probe: new(false), Off: &breakerOff}
	if !retries {
		cfg.Retry.Max = new(0)
	}
	var options []upstreams.Option
	if o.Bodies > 0 {
		options = append(options, upstreams.WithBodies(body.NewBudget(o.Bodies)))
	}
	return open(t, cfg, upstreamtest.Play(steps...), options...)
}

func (o *row) playToOneWhoKnowsNothing(t *testing.T) {
	s := o.open(t, true, o.Before == 0, o.Step)
	o.before(t, s)
	earlier := s.api.Calls()
	_, err := o.ask(t.Context(), s, order())
	if codeOf(kindOf(err)) != o.Code || string(reasonOf(err)) != o.Reason || string(effectOf(err)) != o.Effect {
		t.Errorf("knowing nothing: %v with effect %s, want %s %s", err, effectOf(err), o.Code, o.Reason)
	}
	if tries := s.api.Calls() - earlier; tries != o.Tries {
		t.Errorf("%d tries, want %d", tries, o.Tries)
	}
}

func (o *row) playToOneWithAnOldAnswer(t *testing.T) {
	s := o.open(t, true, false, upstreamtest.Answer(200, `{"n":1}`), o.Step)
	first := order()
	o.as(first)
	if _, err := s.Read(t.Context(), first); err != nil && o.StandsIn {
		t.Fatal(err)
	}
	time.Sleep(time.Hour)
	o.before(t, s)
	got, err := o.ask(t.Context(), s, order())
	standsIn := err == nil && got.State == upstreams.StateStandingIn
	if standsIn != o.StandsIn {
		t.Fatalf("with an old answer: %+v, %v; stands in should be %v", got, err, o.StandsIn)
	}
	if standsIn && (string(got.Reason) != o.Reason || got.Value != 1 || got.TTL != 0) {
		t.Errorf("stands in with %+v, want reason %s", got, o.Reason)
	}
}

// playOften asks with a credential for each call, so that no hold is in the way, and for something else: one bad
// record is none of the source's fault.
func (o *row) playOften(t *testing.T) {
	if o.Before != 0 {
		return
	}
	s := o.open(t, false, false, o.Step)
	for i := range 30 {
		r := unremembered()
		r.Scope, r.Header = strconv.Itoa(i), http.Header{"Authorization": {strconv.Itoa(i)}}
		r.URL += strconv.Itoa(i)
		_, _ = o.ask(t.Context(), s, r)
	}
	if open := breakerOf(s) == "OPEN"; open != o.Breaker {
		t.Errorf("breaker open: %v, want %v", open, o.Breaker)
	}
}

// codeOf is the extensions.code that the gateway gives to errors of a kind.
func codeOf(k upstreams.Kind) string {
	switch k {
	case upstreams.Unavailable:
		return "UPSTREAM_UNAVAILABLE"
	case upstreams.Refused:
		return "UPSTREAM_REFUSED"
	case upstreams.Contract:
		return "UPSTREAM_CONTRACT"
	case upstreams.Limit:
		return "UPSTREAM_LIMIT"
	case upstreams.BadInput:
		return "BAD_USER_INPUT"
	}
	return ""
}
