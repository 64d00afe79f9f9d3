package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/gateway"
	"holdfast/upstreams"
)

// pieces is a connection that counts what is written to it.
type pieces struct {
	header http.Header
	body   []byte
	writes int
}

func (p *pieces) Header() http.Header { return p.header }
func (p *pieces) WriteHeader(int)     {}
func (p *pieces) Write(b []byte) (int, error) {
	p.body = append(p.body, b...)
	p.writes++
	return len(b), nil
}

// Answers of any size are whole, and small ones leave in one piece.
func TestAnswersLeaveWhole(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"small": 10, "as large as is copied": 256 << 10, "larger": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat("x", size)
			g, _ := serve(t, gateway.Config{}, map[string]resolver{
				"Query.hello": func(ctx context.Context, _ map[string]any) (any, error) {
					upstreams.ReportFrom(ctx).Note(upstreams.Part{State: upstreams.StateStandingIn, Source: "stripe"})
					graphql.AddErrorf(ctx, "but")
					return text, nil
				},
			})
			for range 2 { // with a buffer that was used before
				w := &pieces{header: http.Header{}}
				g.ServeHTTP(w, query(t, "{hello}"))
				var got reply
				if err := json.Unmarshal(w.body, &got); err != nil {
					t.Fatalf("%v: %.200s", err, w.body)
				}
				if got.Data["hello"] != text || len(got.Errors) != 1 || got.Extensions["freshness"] == nil || w.header.Get("Content-Length") == "" {
					t.Errorf("%d bytes, %d errors, %v, %v", len(w.body), len(got.Errors), got.Extensions, w.header)
				}
				if size < 1000 && w.writes != 1 {
					t.Errorf("%d writes", w.writes)
				}
			}
		})
	}
}
