package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/gateway"
	"holdfast/upstreams"
)

// fails returns a resolver that gives err, whoever asks.
func fails(err error) resolver {
	return func(context.Context, map[string]any) (any, error) { return nil, err }
}

// outage is an error as upstreams makes it, with a cause that nobody may see.
func outage(reason upstreams.Reason) *upstreams.Error {
	return &upstreams.Error{
		Kind: upstreams.Unavailable, Reason: reason, Source: "stripe", Connector: "Order.payment",
		Err: &url.Error{Op: "Get", URL: "https://api.example/?key=CANARY", Err: errors.New("connection refused")},
	}
}

// orders returns a list of n orders.
func orders(n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = object{"id": strconv.Itoa(i)}
	}
	return all
}

func TestErrorsAreWhatClientsMaySee(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err        error
		message    string
		extensions map[string]any
	}{
		"a timeout": {
			outage(upstreams.ReasonTimeout), "Request failed",
			map[string]any{"code": "UPSTREAM_UNAVAILABLE", "source": "stripe", "connector": "Order.payment"},
		},
		"a status, and when to come back": {
			&upstreams.Error{Kind: upstreams.Unavailable, Reason: upstreams.ReasonStatus, Source: "stripe", Status: 503, RetryAfter: 1500 * time.Millisecond},
			"Request failed",
			map[string]any{"code": "UPSTREAM_UNAVAILABLE", "source": "stripe", "status": 503.0, "retryAfter": 2.0},
		},
		"an open breaker": {
			outage(upstreams.ReasonBreakerOpen), "Request failed",
			map[string]any{"code": "UPSTREAM_UNAVAILABLE", "source": "stripe", "connector": "Order.payment"},
		},
		"a no": {
			&upstreams.Error{Kind: upstreams.Refused, Source: "stripe", Status: 403}, "Request failed",
			map[string]any{"code": "UPSTREAM_REFUSED", "source": "stripe", "status": 403.0},
		},
		"a broken contract": {
			&upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: "stripe"},
			"Request failed",
			map[string]any{"code": "UPSTREAM_CONTRACT", "source": "stripe"},
		},
		"a spent quota": {
			&upstreams.Error{Kind: upstreams.Limit, Reason: upstreams.ReasonQuota, Source: "stripe"}, "this would be more than we ask of the API",
			map[string]any{"code": "UPSTREAM_LIMIT", "source": "stripe"},
		},
		"bad input": {
			&upstreams.Error{Kind: upstreams.BadInput, Message: "id must not be empty"}, "id must not be empty",
			map[string]any{"code": "BAD_USER_INPUT"},
		},
		"what a connector maps wins": {
			&upstreams.Error{Kind: upstreams.Refused, Source: "stripe", Message: "card declined", Extensions: map[string]any{"code": "DECLINED", "hint": "x"}},
			"card declined",
			map[string]any{"code": "DECLINED", "source": "stripe", "hint": "x"},
		},
		"a wrapped error is found": {
			fmt.Errorf("CANARY: %w", outage(upstreams.ReasonUnreachable)), "Request failed",
			map[string]any{"code": "UPSTREAM_UNAVAILABLE", "source": "stripe", "connector": "Order.payment"},
		},
		"an error without a kind is ours": {
			&upstreams.Error{Err: errors.New("CANARY")}, "internal error", map[string]any{"code": "INTERNAL"},
		},
		"an unknown error is ours": {errors.New("CANARY"), "internal error", map[string]any{"code": "INTERNAL"}},
		"an error made for clients is shown": {
			&gqlerror.Error{Message: "order is closed", Extensions: map[string]any{"code": "CLOSED"}},
			"order is closed",
			map[string]any{"code": "CLOSED"},
		},
		"a null where none may be names the field": {
			&graphql.InvalidNullError{Object: "Order", Field: "id"}, "no value for the non-null field Order.id", map[string]any{"code": "INTERNAL"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := serve(t, gateway.Config{}, map[string]resolver{"Query.order": fails(test.err)})
			got := do(t, g, query(t, `{order(id:"1"){id}}`))
			if got.Code != http.StatusOK || len(got.Errors) != 1 {
				t.Fatalf("%d %s", got.Code, got.Body)
			}
			if got.Errors[0].Message != test.message {
				t.Errorf("message %q, want %q", got.Errors[0].Message, test.message)
			}
			if diff := cmp.Diff(test.extensions, got.Errors[0].Extensions); diff != "" {
				t.Errorf("extensions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]any{"order"}, got.Errors[0].Path); diff != "" {
				t.Errorf("path (-want +got):\n%s", diff)
			}
			if strings.Contains(got.Body.String(), "CANARY") {
				t.Errorf("the cause leaves: %s", got.Body)
			}
			if h := got.Header().Get("Cache-Control"); h != "no-store" {
				t.Errorf("Cache-Control %q", h)
			}
		})
	}
}

func TestArgumentsThatCannotBeReadAreTheClientsMistake(t *testing.T) {
	t.Parallel()
	g, logs := serve(t, gateway.Config{}, map[string]resolver{
		"Query.count": func(ctx context.Context, _ map[string]any) (any, error) {
			graphql.GetFieldContext(ctx).Args = nil // as generated code leaves it
			ctx = graphql.WithPathContext(ctx, graphql.NewPathWithField("of"))
			return nil, graphql.ErrorOnPath(ctx, errors.New("99999999999 does not fit"))
		},
	})
	got := do(t, g, query(t, `{count(of:1)}`))
	if len(got.Errors) != 1 || got.Errors[0].Message != "99999999999 does not fit" ||
		got.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || len(got.Errors[0].Path) != 1 {
		t.Errorf("errors %+v", got.Errors)
	}
	if text := logs.String(); !strings.Contains(text, `cause="BAD_USER_INPUT: count.of at 1:2" path=count`) || strings.Contains(text, "99999999999") {
		t.Errorf("the log does not say which: %s", text)
	}
}

func TestOneOutageIsOneError(t *testing.T) {
	t.Parallel()
	g, logs := serve(t, gateway.Config{}, map[string]resolver{
		"Query.orders":  always(orders(100)),
		"Order.payment": fails(outage(upstreams.ReasonTimeout)),
	})
	got := do(t, g, query(t, `{orders{id payment{status}}}`))
	if len(got.Errors) != 1 {
		t.Fatalf("%d errors: %.300s", len(got.Errors), got.Body)
	}
	paths, _ := got.Errors[0].Extensions["paths"].([]any)
	if len(paths) != 100 {
		t.Fatalf("%d paths", len(paths))
	}
	if diff := cmp.Diff([]any{"orders", 99.0, "payment"}, paths[99]); diff != "" {
		t.Errorf("last path (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"orders", 0.0, "payment"}, got.Errors[0].Path); diff != "" {
		t.Errorf("path (-want +got):\n%s", diff)
	}
	if n := strings.Count(logs.String(), "error answered"); n != 1 {
		t.Errorf("%d lines about it:\n%.500s", n, logs)
	}
	if !strings.Contains(logs.String(), `cause="Get: connection refused"`) || strings.Contains(logs.String(), "CANARY") {
		t.Errorf("the log should have the cause and no secret:\n%.500s", logs)
	}
}

func TestPathsAreBounded(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{}, map[string]resolver{
		"Query.orders":  always(orders(1001)),
		"Order.payment": fails(outage(upstreams.ReasonTimeout)),
	})
	got := do(t, g, query(t, `{orders{payment{status}}}`))
	paths, _ := got.Errors[0].Extensions["paths"].([]any)
	if len(paths) != 1000 || got.Errors[0].Extensions["pathsLeftOut"] != 1.0 {
		t.Errorf("%d paths, %v left out", len(paths), got.Errors[0].Extensions["pathsLeftOut"])
	}
}

// A placesError is an error that stands for those of more places than its own.
type placesError struct {
	error

	places int
}

func (s placesError) Unwrap() error { return s.error }
func (s placesError) Places() int   { return s.places }

func TestPlacesThatAreOnlyCounted(t *testing.T) {
	t.Parallel()
	g, logs := serve(t, gateway.Config{}, map[string]resolver{
		"Query.orders":  always(orders(2)),
		"Order.payment": fails(placesError{outage(upstreams.ReasonTimeout), 500}),
	})
	got := do(t, g, query(t, `{orders{payment{status}}}`))
	paths, _ := got.Errors[0].Extensions["paths"].([]any)
	if len(got.Errors) != 1 || len(paths) != 2 || got.Errors[0].Extensions["pathsLeftOut"] != 998.0 {
		t.Errorf("got %s", got.Body)
	}
	if !strings.Contains(logs.String(), "places=1000") {
		t.Errorf("got %s", logs)
	}
}

func TestWhatIsGrouped(t *testing.T) {
	t.Parallel()
	at := func(e upstreams.Error, path ...ast.PathElement) *gqlerror.Error {
		return gqlerror.WrapPath(path, &e)
	}
	down := upstreams.Error{Kind: upstreams.Unavailable, Reason: upstreams.ReasonTimeout, Source: "stripe"}
	later := down
	later.RetryAfter = time.Minute
	other := down
	other.Source = "zendesk"
	wrong := upstreams.Error{Kind: upstreams.Contract, Source: "stripe"}
	declined := func(hint string) upstreams.Error {
		return upstreams.Error{Kind: upstreams.Refused, Source: "stripe", Extensions: map[string]any{"hint": hint}}
	}
	const list, a, b = ast.PathName("orders"), ast.PathName("a"), ast.PathName("b")

	tests := map[string]struct {
		errs []*gqlerror.Error
		want []string // the paths of each error
	}{
		"one source down in two fields":  {[]*gqlerror.Error{at(down, b), at(down, a)}, []string{`["a"] ["b"]`}},
		"the time to wait may differ":    {[]*gqlerror.Error{at(down, a), at(later, b)}, []string{`["a"] ["b"]`}},
		"two sources are two":            {[]*gqlerror.Error{at(other, b), at(down, a)}, []string{`["a"]`, `["b"]`}},
		"a violation in many of a list":  {[]*gqlerror.Error{at(wrong, list, ast.PathIndex(10), a), at(wrong, list, ast.PathIndex(9), a)}, []string{`["orders",9,"a"] ["orders",10,"a"]`}},
		"violations of two fields":       {[]*gqlerror.Error{at(wrong, list, ast.PathIndex(1), a), at(wrong, list, ast.PathIndex(1), b)}, []string{`["orders",1,"a"]`, `["orders",1,"b"]`}},
		"what the connector says":        {[]*gqlerror.Error{at(declined("x"), a), at(declined("y"), b)}, []string{`["a"]`, `["b"]`}},
		"errors of resolvers stay apart": {[]*gqlerror.Error{gqlerror.ErrorPathf(ast.Path{a}, "no"), gqlerror.ErrorPathf(ast.Path{b}, "no")}, []string{`["a"]`, `["b"]`}},
		"mistakes of ours by cause": {
			[]*gqlerror.Error{gqlerror.WrapPath(ast.Path{a}, errors.New("x")), gqlerror.WrapPath(ast.Path{b}, errors.New("y")), gqlerror.WrapPath(ast.Path{list}, errors.New("x"))},
			[]string{`["a"] ["orders"]`, `["b"]`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := serve(t, gateway.Config{}, map[string]resolver{
				"Query.hello": func(ctx context.Context, _ map[string]any) (any, error) {
					for _, e := range test.errs {
						graphql.AddError(ctx, e)
					}
					return "world", nil
				},
			})
			var body struct {
				Errors []struct {
					Path       json.RawMessage
					Extensions struct{ Paths []json.RawMessage }
				}
			}
			if err := json.Unmarshal(do(t, g, query(t, "{hello}")).Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range body.Errors {
				paths := []string{string(e.Path)}
				if len(e.Extensions.Paths) > 0 {
					paths = nil
				}
				for _, p := range e.Extensions.Paths {
					paths = append(paths, string(p))
				}
				got = append(got, strings.Join(paths, " "))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsAreCapped(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{Errors: 2}, map[string]resolver{
		"Query.hello": func(ctx context.Context, _ map[string]any) (any, error) {
			for i := range 5 {
				graphql.AddErrorf(ctx, "%d", i)
			}
			return "world", nil
		},
	})
	got := do(t, g, query(t, "{hello}"))
	if len(got.Errors) != 3 || got.Errors[2].Message != "3 more errors are left out" || got.Data["hello"] != "world" {
		t.Errorf("%s", got.Body)
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		resolver resolver
		status   int
		body     string
	}{
		"of a resolver cost its field": {
			func(context.Context, map[string]any) (any, error) { panic("CANARY") }, 200,
			`{"errors":[{"message":"internal error","path":["hello"],"extensions":{"code":"INTERNAL"}}],"data":{"hello":null}}`,
		},
		"of the executor cost the answer": {
			func(ctx context.Context, _ map[string]any) (any, error) {
				graphql.RegisterExtension(ctx, "x", make(chan int))
				return nil, nil
			},
			500, `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, logs := serve(t, gateway.Config{}, map[string]resolver{"Query.hello": test.resolver})
			got := do(t, g, query(t, "{hello}"))
			if got.Code != test.status || got.Body.String() != test.body {
				t.Errorf("%d %s", got.Code, got.Body)
			}
			if !strings.Contains(logs.String(), "level=ERROR") || !strings.Contains(logs.String(), "goroutine") {
				t.Errorf("no stack in the log:\n%s", logs)
			}
		})
	}
}
