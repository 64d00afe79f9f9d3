package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/schema"
	"holdfast/graph/scalar"
)

// directGraph has a change that is made as it is asked for.
const directGraph = `
extend schema @source(name: "sales", http: {baseURL: "https://sales.test"})
type Sale { id: ID! note: String cents: Int }
type Query { sale(id: ID!): Sale @connect(source: "sales", http: {GET: "/sales/{$args.id}"}, selection: "id note cents") }
type Mutation {
  sell(note: String!, cents: Int): Sale
    @connect(source: "sales", http: {POST: "/sales", body: "note: $args.note cents: $args.cents"}, selection: "id note cents")
}
`

// BenchmarkDirectWrite has a change made that nothing is recorded of: HTTP in, JSON out, by an API in this process. This
// file compiles with what was before changes could be recorded, to compare with.
func BenchmarkDirectWrite(b *testing.B) {
	p := newInProcessAs(b, salesAPI(), graphOf(b, directGraph), served)
	defer p.close()
	b.ReportAllocs()
	for b.Loop() {
		p.sell(b, "sell", "")
	}
}

// graphOf is a graph of that SDL.
func graphOf(b *testing.B, sdl string) folder {
	b.Helper()
	dir := b.TempDir()
	writeFile(b, filepath.Join(dir, "sales.graphqls"), sdl)
	return folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}
}

// served serves the engine as it is.
func served(_ *schema.Schema, es *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension) {
	return es, nil
}

// salesAPI makes a sale at once, or says that it did.
func salesAPI() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"1","note":"a note","cents":125}`)
	})
}

// sell has the change of a field made, which is answered with what came of it.
func (p *inProcess) sell(b *testing.B, field, key string) {
	b.Helper()
	got := p.change(`mutation($n: String!) { it: `+field+`(note: $n, cents: 125) { id note cents } }`, key)
	if got != `{"data":{"it":{"id":"1","note":"a note","cents":125}}}` {
		b.Fatal(got)
	}
}

// change returns the answer to a mutation whose variable n is a note.
func (p *inProcess) change(mutation, key string) string {
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+mutation+`","variables":{"n":"a note"}}`))
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res := httptest.NewRecorder()
	p.front.ServeHTTP(res, req)
	return strings.TrimSpace(res.Body.String())
}
