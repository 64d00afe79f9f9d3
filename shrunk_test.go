package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"holdfast/graph/scalar"
)

// A list that is suddenly empty is asked for once more before those who ask the graph are told so; after a bump of
// what it depends on it is believed at once.
func TestAListThatIsSuddenlyEmptyIsAskedForOnceMore(t *testing.T) {
	t.Parallel()
	const full = `[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6},{"id":7},{"id":8},{"id":9},{"id":10}]`
	var list atomic.Pointer[string]
	list.Store(new(full))
	var calls atomic.Int64
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			list.Store(new("[]"))
			_, _ = io.WriteString(w, `{"id":1}`)
			return
		}
		calls.Add(1)
		_, _ = io.WriteString(w, *list.Load())
	}))
	defer api.Close()
	dir := t.TempDir()
	sdl := fmt.Sprintf(`
extend schema @source(name: "shop", http: {baseURL: %q})
type Order { id: ID! }
type Query { orders: [Order!] @connect(source: "shop", http: {GET: "/orders"}, selection: "id") }
type Mutation { clear: Order @connect(source: "shop", http: {POST: "/clear"}, selection: "id") }
`, api.URL)
	set := filepath.Join(dir, "holdfast.yaml")
	for name, text := range map[string]string{filepath.Join(dir, "shop.graphqls"): sdl, set: "sources: {shop: {patience: 1m}}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}
	p := startGraph(t, g, "-config", set, "-sandbox", "off")
	ask := func() string {
		a := p.ask(`{ orders { id } }`)
		orders, _ := a.Data["orders"].([]any)
		said := make([]string, len(a.Extensions.Freshness))
		for i, f := range a.Extensions.Freshness {
			said[i] = fmt.Sprint(f.State, " ", f.Reason)
		}
		return fmt.Sprint(len(orders), " ", strings.Join(said, ", "), a.Errors)
	}
	is := func(what, want string) {
		t.Helper()
		if got := ask(); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	is("at first", "10 []")
	list.Store(new("[]"))
	is("when it is empty", "10 REFRESHING SHRUNK[]")
	is("and again", "10 REFRESHING SHRUNK[]")
	if n := calls.Load(); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
	for end := time.Now().Add(time.Minute); calls.Load() < 3 && time.Now().Before(end); { // by itself
		time.Sleep(50 * time.Millisecond)
	}
	for end := time.Now().Add(time.Minute); ask() != "0 []" && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	is("after the second answer", "0 []")

	list.Store(new(full))
	is("when it is full again", "10 []")
	if a := p.ask(`mutation { clear { id } }`); len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	is("after a write", "0 []")
}
