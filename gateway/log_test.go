package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/gateway"
	"holdfast/upstreams"
)

func TestOneLinePerRequest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request *http.Request
		want    string // a pattern
	}{
		"an operation with its calls": {
			query(t, "query Hi {hello}"),
			`level=INFO msg=request method=POST path=/graphql status=200 duration=\S+ bytes=\d+ type=query operation=Hi upstream_calls=map\[stripe:1\]\n`,
		},
		"one that is not valid": {
			query(t, "{nope}"), `status=200 duration=\S+ bytes=\d+ refused="GRAPHQL_VALIDATION_FAILED: FieldsOnCorrectType at 1:2" errors=1\n`,
		},
		"a request that is none": {
			query(t, "{nope}", "Content-Type", "text/plain"), `status=415 duration=\S+ bytes=\d+ refused="the body must be application/json in UTF-8"\n`,
		},
		"a probe is not worth more than debug": {
			httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil), `level=DEBUG msg=request method=GET path=/healthz status=200`,
		},
		"a caller's trace is named": {
			query(t, "{hello}", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
			`trace_id=0af7651916cd43dd8448eb211c80319c\n`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, logs := serve(t, gateway.Config{}, map[string]resolver{"Query.hello": notes(upstreams.Part{Source: "stripe"})})
			g.ServeHTTP(httptest.NewRecorder(), test.request)
			lines := strings.Count(logs.String(), "msg=request")
			if lines != 1 || !regexp.MustCompile(test.want).MatchString(logs.String()) {
				t.Errorf("%d lines, want %s in\n%s", lines, test.want, logs)
			}
		})
	}
}

// However few requests have a line, those that did not go well have theirs.
func TestTheLogIsThinned(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		every *int
		query string
		lines int // of ten requests
	}{
		"each by default":           {nil, "{hello}", 10},
		"one of so many":            {new(4), "{hello}", 3},
		"none":                      {new(0), "{hello}", 0},
		"but each with an error":    {new(0), `{order(id:"1"){id}}`, 10},
		"and each that is refused":  {new(0), "{nope}", 10},
		"and each that is not sane": {new(0), "", 10},
		"and each that is not new":  {new(0), "{count}", 10},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, logs := serve(t, gateway.Config{Log: test.every}, map[string]resolver{
				"Query.hello": always("world"),
				"Query.order": fails(errors.New("no")),
				"Query.count": notes(upstreams.Part{State: upstreams.StateStandingIn}),
			})
			for range 10 {
				do(t, g, query(t, test.query))
			}
			if lines := strings.Count(logs.String(), "msg=request"); lines != test.lines {
				t.Errorf("%d lines, want %d", lines, test.lines)
			}
		})
	}
}

// Every error has its cause in the log, without a value of anybody's.
func TestErrorsHaveTheirCause(t *testing.T) {
	t.Parallel()
	const secret = "CANARY"
	refused := &upstreams.Error{Kind: upstreams.Refused, Source: "stripe", Connector: "Query.order", Status: 401, Message: secret}
	tests := map[string]struct {
		err   error
		query string
		want  string // a pattern
	}{
		"a no":                         {refused, `{order(id:"CANARY"){id}}`, `level=INFO msg="error answered" cause="refused: status 401" path=order places=1 code=UPSTREAM_REFUSED source=stripe`},
		"what is not to be used":       {&upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: "stripe"}, `{order(id:"1"){id}}`, `level=WARN msg="error answered" cause="unusable answer: CONTRACT"`},
		"one that says why":            {&upstreams.Error{Kind: upstreams.Contract, Source: "stripe", Err: errors.New("no key")}, `{order(id:"1"){id}}`, `cause="no key"`},
		"one without a kind":           {&upstreams.Error{}, `{order(id:"1"){id}}`, `level=ERROR msg="error answered" cause=unknown`},
		"one that is made for clients": {&gqlerror.Error{Message: secret, Extensions: map[string]any{"code": "CLOSED"}}, `{order(id:"1"){id}}`, `level=INFO msg="error answered" cause="CLOSED at 1:2"`},
		"a document that is none":      {nil, `{CANARY`, `level=DEBUG msg="error answered" cause="GRAPHQL_PARSE_FAILED at 1:8"`},
		"a value of another type":      {nil, `{order(id:{a:"CANARY"}){id}}`, `level=DEBUG msg="error answered" cause="GRAPHQL_VALIDATION_FAILED: ValuesOfCorrectType at 1:11"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, logs := serve(t, gateway.Config{}, map[string]resolver{"Query.order": fails(test.err)})
			do(t, g, query(t, test.query))
			if !regexp.MustCompile(test.want).MatchString(logs.String()) || strings.Contains(logs.String(), secret) {
				t.Errorf("want %s in\n%s", test.want, logs)
			}
		})
	}
}

// An old answer hides what went wrong from clients, not from the log.
func TestWhatStandsInHasItsCause(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		part upstreams.Part
		want string // a pattern; "" for no line
	}{
		"for an outage": {
			upstreams.Part{State: upstreams.StateStandingIn, Reason: upstreams.ReasonUnreachable, Age: 90 * time.Second, Err: outage(upstreams.ReasonUnreachable)},
			`level=INFO msg="not fresh" cause="Get: connection refused" path=hello state=STANDING_IN source=stripe connector=Query.hello reason=UNREACHABLE age=1m30s\n`,
		},
		"for a status":          {upstreams.Part{State: upstreams.StateStandingIn, Reason: upstreams.ReasonStatus, Err: &upstreams.Error{Kind: upstreams.Unavailable, Reason: upstreams.ReasonStatus, Status: 503}}, `cause="unavailable: STATUS: status 503"`},
		"for one that is slow":  {upstreams.Part{State: upstreams.StateStandingIn, Reason: upstreams.ReasonSlow}, `cause=SLOW`},
		"for another source":    {upstreams.Part{State: upstreams.StateAlternative, Reason: upstreams.ReasonTimeout, Err: errors.New("late")}, `cause=late .*state=ALTERNATIVE`},
		"not for what is fresh": {upstreams.Part{State: upstreams.StateFresh}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.part.Path, test.part.Source, test.part.Connector = []any{"hello"}, "stripe", "Query.hello"
			g, logs := serve(t, gateway.Config{}, map[string]resolver{"Query.hello": notes(test.part, test.part)})
			do(t, g, query(t, "{hello}"))
			lines := 0
			if test.want != "" {
				lines = 1
			}
			if strings.Count(logs.String(), "not fresh") != lines || !regexp.MustCompile(test.want).MatchString(logs.String()) {
				t.Errorf("want %s in\n%s", test.want, logs)
			}
		})
	}
}

// A client that goes away is answered nothing, and is nobody's mistake.
func TestAClientThatGoesAway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	g, logs := serve(t, gateway.Config{}, map[string]resolver{
		"Query.hello": func(ctx context.Context, _ map[string]any) (any, error) {
			cancel()
			return nil, context.Cause(ctx)
		},
	})
	g.ServeHTTP(httptest.NewRecorder(), query(t, "{hello}").WithContext(ctx))
	g.ServeHTTP(httptest.NewRecorder(), query(t, "{hello}").WithContext(ctx))
	if strings.Contains(logs.String(), "level=ERROR") || !strings.Contains(logs.String(), "client_gone=true") {
		t.Errorf("logs:\n%s", logs)
	}
}

// A panic after the answer has begun ends the connection, so that nobody takes
// half an answer for a whole one.
func TestPanicsBeyondTheGraph(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status gateway.StatusFunc
		want   int
	}{
		"a status that fails is 500":    {func() gateway.Status { panic(errors.New("x")) }, 500},
		"one that is no JSON is 500":    {func() gateway.Status { return gateway.Status{Cache: make(chan int)} }, 500},
		"an aborted handler is aborted": {func() gateway.Status { panic(http.ErrAbortHandler) }, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := gateway.New(gateway.Config{}, newSchema(nil), test.status, gateway.Telemetry{})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			got := 0
			func() {
				defer func() {
					if recover() != nil {
						got = 0
					}
				}()
				w := httptest.NewRecorder()
				g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/status", nil))
				got = w.Code
			}()
			if got != test.want {
				t.Errorf("status %d, want %d", got, test.want)
			}
		})
	}
}
