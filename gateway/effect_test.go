package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/gateway"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// TestErrorsOfMutationsSayWhatBecameOfThem holds that an error at or below a root field of a mutation tells of that
// field's own write, and of no other's.
func TestErrorsOfMutationsSayWhatBecameOfThem(t *testing.T) {
	api := upstreamtest.Play()
	client := upstreams.New(upstreams.Config{Name: "shop", Retry: upstreams.Retry{Max: new(0)}}, nil, api)
	defer client.Close(context.WithoutCancel(t.Context()))
	write := func(ctx context.Context) error {
		_, err := client.Write(ctx, &upstreams.Request{Connector: "Mutation.pay", Method: http.MethodPost, URL: "https://shop.test/pay"})
		return err
	}
	answers := map[string]upstreamtest.Step{
		"made":      upstreamtest.Answer(200, `{}`),
		"refused":   upstreamtest.Answer(422, `{}`),
		"down":      upstreamtest.Answer(500, ``),
		"nobody":    upstreamtest.Refuse(),
		"reads":     upstreamtest.Answer(500, ``),
		"by hand":   upstreamtest.Answer(200, `{}`),
		"it panics": upstreamtest.Answer(200, `{}`),
	}
	g, _ := serve(t, gateway.Config{}, map[string]resolver{
		"Mutation.pay": func(ctx context.Context, args map[string]any) (any, error) {
			name, _ := args["order"].(string)
			if name == "nothing is sent" {
				return nil, errors.New("we would not")
			}
			api.Now(answers[name])
			if name == "reads" {
				_, err := client.Read(ctx, &upstreams.Request{Connector: "Query.a", Method: http.MethodGet, URL: "https://shop.test/a"})
				return nil, err
			}
			err := write(ctx)
			switch name {
			case "by hand":
				err = errors.New("and then something else failed")
			case "it panics":
				panic(name)
			}
			return object{"id": name}, err
		},
		"Order.payment": func(context.Context, map[string]any) (any, error) {
			return nil, &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract}
		},
		"Query.hello": func(context.Context, map[string]any) (any, error) {
			return nil, &upstreams.Error{Kind: upstreams.Unavailable}
		},
	})
	tests := map[string]struct {
		query string
		want  map[string]any // by first path
	}{
		"a change that was made": {`mutation { a: pay(order: "made") { id } }`, map[string]any{}},
		"a fault below it":       {`mutation { a: pay(order: "made") { id payment { status } } }`, map[string]any{"a.payment": "APPLIED"}},
		"each its own": {
			`mutation { a: pay(order: "refused") { id } b: pay(order: "down") { id } c: pay(order: "made") { payment { status } } d: pay(order: "nobody") { id } }`,
			map[string]any{"a": "NONE", "b": "UNKNOWN", "c.payment": "APPLIED", "d": "NONE"},
		},
		"one cause, two effects": {
			`mutation { a: pay(order: "nobody") { id } b: pay(order: "down") { id } }`,
			map[string]any{"a": "NONE", "b": "UNKNOWN"},
		},
		"what was not sent":          {`mutation { a: pay(order: "nothing is sent") { id } }`, map[string]any{"a": "NONE"}},
		"a read is no write":         {`mutation { a: pay(order: "reads") { id } }`, map[string]any{"a": "NONE"}},
		"an error after the write":   {`mutation { a: pay(order: "by hand") { id } }`, map[string]any{"a": "APPLIED"}},
		"a panic after the write":    {`mutation { a: pay(order: "it panics") { id } }`, map[string]any{"a": "APPLIED"}},
		"a query has nothing to say": {`{ hello }`, map[string]any{"hello": nil}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[string]any{}
			for _, e := range do(t, g, post(t, `{"query":`+strconv.Quote(test.query)+`}`)).Errors {
				got[strings.ReplaceAll(strings.Trim(fmt.Sprint(e.Path), "[]"), " ", ".")] = e.Extensions["effect"]
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
