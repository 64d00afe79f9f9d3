package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/gateway"
)

// connection writes down what is done with it.
type connection struct {
	sink

	done []string
}

func (c *connection) Write(p []byte) (int, error) {
	c.done = append(c.done, "write")
	return c.sink.Write(p)
}

func (c *connection) Hold()    { c.done = append(c.done, "hold") }
func (c *connection) Release() { c.done = append(c.done, "release") }

// asked has a request on that connection served.
func (c *connection) asked(t *testing.T, g *gateway.Gateway) {
	t.Helper()
	c.header = http.Header{}
	r, err := http.NewRequestWithContext(gateway.WithHolder(t.Context(), c), http.MethodPost, "http://127.0.0.1/graphql", strings.NewReader(`{"query":"{hello}"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	g.ServeHTTP(c, r)
	if c.status != http.StatusOK {
		t.Fatal(c.status)
	}
}

func TestAnAnswerThatWouldBeSentInTwoPiecesIsHeldBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		size int
		want []string
	}{
		"a short one is one piece anyway":                 {100, []string{"write"}},
		"one that does not fit net/http's buffer":         {5_000, []string{"hold", "write", "release"}},
		"one so long that one piece more does not matter": {100_000, []string{"write"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := `{"hello":"` + strings.Repeat("x", test.size) + `"}`
			g, err := gateway.New(gateway.Config{}, constant{newSchema(nil), []byte(data)}, nil, gateway.Telemetry{})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			var c connection
			if c.asked(t, g); !slices.Equal(c.done, test.want) {
				t.Errorf("got %q, want %q", c.done, test.want)
			}
		})
	}
}

// frugal is a graph that wants its data back.
type frugal struct {
	constant

	back [][]byte
}

func (f *frugal) Plan(*ast.QueryDocument, *ast.OperationDefinition, map[string]any) (gateway.Planned, error) {
	return f, nil
}
func (f *frugal) Size() int64        { return 1 }
func (f *frugal) Return(data []byte) { f.back = append(f.back, data) }

// keeper is an extension that sees responses, and may keep them.
type keeper struct{}

func (keeper) ExtensionName() string                   { return "keeper" }
func (keeper) Validate(graphql.ExecutableSchema) error { return nil }
func (keeper) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return next(ctx)
}

func TestDataGoesBackToWhoWroteIt(t *testing.T) {
	t.Parallel()
	data := []byte(`{"hello":"world"}`)
	tests := map[string]struct {
		extensions []graphql.HandlerExtension
		want       int
	}{
		"once it is sent":                      {nil, 1},
		"not if an extension may have kept it": {[]graphql.HandlerExtension{keeper{}}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			graph := &frugal{constant: constant{newSchema(nil), data}}
			g, err := gateway.New(gateway.Config{}, graph, nil, gateway.Telemetry{}, test.extensions...)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			var c connection
			c.asked(t, g)
			if len(graph.back) != test.want || test.want > 0 && !bytes.Equal(graph.back[0], data) {
				t.Errorf("got %q back", graph.back)
			}
		})
	}
}
