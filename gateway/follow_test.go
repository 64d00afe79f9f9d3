package gateway_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
	"holdfast/events/live"
	"holdfast/gateway"
)

type whoKey struct{}

// ticking is a graph whose only subscription says who asked for it.
type ticking struct{ *planner }

func (t ticking) Plan(*ast.QueryDocument, *ast.OperationDefinition, map[string]any) (gateway.Planned, error) {
	return &ticks{planned: planned{size: 1000}}, nil
}

type ticks struct{ planned }

func who(ctx context.Context) string { return fmt.Sprint(ctx.Value(whoKey{})) }

func (*ticks) Scope(ctx context.Context) string { return who(ctx) }

func (*ticks) Again(ctx context.Context, _ cache.AsOf) (*graphql.Response, []cache.Tag) {
	return &graphql.Response{Data: fmt.Appendf(nil, `{"ticks":%q}`, who(ctx))}, nil
}

// door is an extension that lets nobody in who is called mallory.
type door struct{}

func (door) ExtensionName() string                   { return "door" }
func (door) Validate(graphql.ExecutableSchema) error { return nil }
func (door) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if who(ctx) == "mallory" {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{{Message: "not you"}}})
	}
	return next(ctx)
}

// What is followed passes the extensions, as everything does, with what middleware found out of who asks.
func TestExtensionsSeeWhatIsFollowed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"ada": `data: {"data":{"ticks":"ada"}}`, "mallory": `{"errors":[{"message":"not you"}]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			queries := live.New(live.Config{Epochs: cache.NewEpochs()})
			defer queries.Close()
			var g *gateway.Gateway
			var err error
			streams := gateway.NewStreams(queries, func() (*gateway.Gateway, func()) { return g, func() {} })
			g, err = gateway.New(gateway.Config{Streams: streams}, ticking{newPlanner()}, nil, gateway.Telemetry{}, door{})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			r := query(t, "subscription { ticks }", "Accept", "text/event-stream")
			ctx, leave := context.WithCancel(context.WithValue(r.Context(), whoKey{}, name))
			defer leave()
			w := &leaving{ResponseRecorder: httptest.NewRecorder(), leave: leave}
			g.ServeHTTP(w, r.WithContext(ctx))
			if got := w.Body.String(); !strings.Contains(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			if err := streams.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// leaving is a client who leaves when he has had an answer.
type leaving struct {
	*httptest.ResponseRecorder

	leave func()
}

func (l *leaving) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), "{") {
		defer l.leave()
	}
	return l.ResponseRecorder.Write(p)
}
