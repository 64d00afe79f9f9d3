package executor

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/explain"
	"holdfast/connect/schema"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// rowsOfAList is how many items a list has of which nobody knows.
const rowsOfAList = 3

// vendors are the APIs of testdata/calls.graphqls. Pages are full and lists without
// end, no two objects are the same, and the answers are the same each time.
func vendors(req *http.Request) (any, http.Header) {
	q, header := req.URL.Query(), http.Header{}
	what, id, _ := strings.Cut(strings.Trim(req.URL.Path, "/"), "/")
	switch what {
	case "order", "cancel":
		return order(id), nil
	case "orders":
		from, _ := strconv.Atoi(q.Get("from"))
		if n, err := strconv.Atoi(q.Get("page")); err == nil {
			from = (n - 1) * number(q, "size", 0)
		}
		return orders(q.Get("buyer"), from, number(q, "size", 0)), nil
	case "log":
		n := number(q, "page", 1)
		header.Set("Link", fmt.Sprintf(`<%s/log?page=%d>; rel="next"`, "https://"+req.URL.Host, n+1))
		return orders("log", 2*(n-1), 2), header
	case "lines":
		return several(rowsOfAList, func(i int) any {
			id := fmt.Sprint("line", i, q.Get("order"), q.Get("kind"))
			return map[string]any{"id": id, "p": "of" + id}
		}), nil
	case "products", "buyers", "robots":
		ids := strings.Split(q.Get("ids"), ",")
		return several(len(ids), func(i int) any { return something(ids[i]) }), nil
	case "best":
		return several(rowsOfAList, func(i int) any { return something(fmt.Sprint("best", i)) }), nil
	case "agents":
		return several(rowsOfAList, func(i int) any { return agent(fmt.Sprint("agent", i)) }), nil
	case "tickets":
		from, size := number(q, "after", 0), number(q, "size", 0)
		items := several(size, func(i int) any { return something(fmt.Sprint("ticket", from+i, q.Get("user"))) })
		return map[string]any{"items": items, "next": strconv.Itoa(from + size)}, nil
	case "boss", "maker":
		return something(what + id), nil
	}
	return something(id), nil
}

func number(q url.Values, name string, otherwise int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil {
		return otherwise
	}
	return n
}

func several(n int, item func(i int) any) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = item(i)
	}
	return all
}

func orders(of string, from, n int) []any {
	return several(n, func(i int) any { return order(fmt.Sprint(of, "-", from+i)) })
}

func order(id string) any {
	return map[string]any{"id": id, "total": 1.5, "b": "buyer" + id, "g": "giver" + id, "p": "pay" + id, "agent": agent("of" + id)}
}

func agent(id string) any {
	kind := "Person"
	if last := id[len(id)-1]; last%2 == 0 {
		kind = "Robot"
	}
	return map[string]any{"id": id, "kind": kind, "name": "n", "f": "patron" + id}
}

func something(id string) any {
	return map[string]any{"id": id, "f": "patron" + id, "name": "n", "born": "b", "title": "t", "state": "s", "refunds": 1, "code": "EUR", "rate": 1.5}
}

// A counter serves testdata/calls.graphqls, and counts the calls of each source.
type counter struct {
	schema *schema.Schema
	served *Schema

	mu    sync.Mutex
	calls map[string]int
}

func newCounter(tb testing.TB) *counter {
	tb.Helper()
	sdl, err := os.ReadFile("testdata/calls.graphqls")
	if err != nil {
		tb.Fatal(err)
	}
	kept, err := cache.New(cache.Config{}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = kept.Close(context.Background()) })
	read, findings := schema.Read([]*ast.Source{{Name: "calls.graphqls", Input: string(sdl)}}, schema.Options{})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	c := &counter{schema: read, calls: map[string]int{}}
	c.served, err = New(Config{Schema: read, Open: func(s call.Source) (*call.API, error) {
		u, err := s.URL(call.Settings{})
		if err != nil {
			return nil, err
		}
		cfg := upstreams.Config{Name: s.Name, URL: u, Patience: new(time.Minute)} // no call of one operation goes on in the next
		return s.Open(upstreams.New(cfg, kept, c), call.Settings{})
	}})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// RoundTrip implements [http.RoundTripper].
func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	v, header := vendors(req)
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.calls[strings.TrimSuffix(req.URL.Host, ".example")]++
	c.mu.Unlock()
	var pairs []string
	for name := range header {
		pairs = append(pairs, name, header.Get(name))
	}
	return upstreamtest.Answer(http.StatusOK, string(body), pairs...)(req)
}

// run counts the calls that an operation makes of each source, and those that it may
// make as explain counts them.
func (c *counter) run(t *testing.T, query string) (made, counted map[string]int) {
	t.Helper()
	c.calls = map[string]int{}
	if resp := do(t, c.served, query, nil); len(resp.Errors) > 0 {
		t.Errorf("%s: %v", query, resp.Errors)
	}
	p, err := explain.Explain(explain.Question{Schema: c.schema, Name: "q", Query: query, Rows: rowsOfAList})
	if err != nil {
		t.Fatal(err)
	}
	counted = map[string]int{}
	for _, s := range p.Sources {
		if s.Calls > 0 {
			counted[s.Name] = s.Calls
		}
	}
	return c.calls, counted
}

func TestCallsAreThoseThatExplainCounts(t *testing.T) {
	c := newCounter(t)
	for name, query := range map[string]string{
		"an object":                     `{ order(id: 1) { id } }`,
		"a part that is enough":         `{ order(id: 1) { buyer { id } } }`,
		"a part that is not":            `{ order(id: 1) { buyer { name } pay { state refunds } } }`,
		"pages":                         `{ orders(first: 5) { edges { node { id } } } }`,
		"pages by links":                `{ log(first: 5) { edges { node { id } } } }`,
		"batches below pages":           `{ orders(first: 5) { edges { node { buyer { name } pay { state } } } } }`,
		"lists of lists":                `{ orders(first: 3) { nodes { lines { product { title } } } } }`,
		"what is the same for all":      `{ orders(first: 3) { nodes { currency { code } } } }`,
		"other arguments":               `{ order(id: 1) { a: lines(kind: "a") { id } b: lines(kind: "b") { id } c: lines(kind: "a") { product { title } } } }`,
		"alternatives, of which one is": `{ rate a: rate(currency: "USD") }`,
		"connections in connections":    `{ orders(first: 2) { nodes { buyer { name tickets(first: 3) { edges { node { id } } } orders(first: 2) { nodes { buyer { name } } } } } } }`,
		"a part below a connector":      `{ best { name orders { nodes { id pay { state } lines { id } } } } }`,
		"two fields of one batch":       `{ orders(first: 5) { nodes { buyer { name } giver { name } } } }`,
		"the same below several types":  `{ crew { patron { name } } }`,
		"each type by itself":           `{ crew { ... on Robot { patron { name } } ... on Person { patron { born } } } }`,
		"a fragment at two places":      `{ a: order(id: 1) { ...F } b: order(id: 2) { ...F } } fragment F on Order { buyer { name } lines { product { title } } }`,
		"and a field beside it":         `{ a: order(id: 1) { giver { name } ...F } b: order(id: 2) { ...F } } fragment F on Order { buyer { name } }`,
		"writes":                        `mutation { a: cancel(id: 1) { buyer { name } currency { code } } b: cancel(id: 2) { buyer { name } currency { code } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			made, counted := c.run(t, query)
			if diff := cmp.Diff(counted, made); diff != "" {
				t.Errorf("%s (-counted +made):\n%s", query, diff)
			}
		})
	}
}

// TestCallsAreNoMoreThanExplainCounts asks at random. Objects of an abstract type are
// counted for each type, those that are reached in two ways twice.
func TestCallsAreNoMoreThanExplainCounts(t *testing.T) {
	c := newCounter(t)
	n := 300
	if testing.Short() {
		n = 50
	}
	for seed := range n {
		a := asker{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), types: c.schema.AST}
		query := a.operation()
		made, counted := c.run(t, query)
		for source, calls := range made {
			if calls > counted[source] {
				t.Errorf("seed %d: %s is called %d times, counted were %d: %s", seed, source, calls, counted[source], query)
			}
		}
	}
}

// An asker writes operations at random.
type asker struct {
	*rand.Rand

	types *ast.Schema
	keys  int
}

func (a *asker) operation() string {
	if a.IntN(5) == 0 {
		return "mutation " + a.selection(a.types.Mutation, 4)
	}
	return "query " + a.selection(a.types.Query, 5)
}

func (a *asker) selection(def *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{ __typename ")
	for range 1 + a.IntN(3) {
		if possible := a.types.GetPossibleTypes(def); def.IsAbstractType() && a.IntN(2) == 0 {
			one := possible[a.IntN(len(possible))]
			fmt.Fprintf(&b, "... on %s %s ", one.Name, a.selection(one, depth))
			continue
		}
		a.field(&b, def.Fields[a.IntN(len(def.Fields))], depth)
	}
	return b.String() + "}"
}

func (a *asker) field(b *strings.Builder, f *ast.FieldDefinition, depth int) {
	below := a.types.Types[f.Type.Name()]
	leaf := below == nil || below.IsLeafType()
	if strings.HasPrefix(f.Name, "__") || !leaf && depth == 0 {
		return
	}
	a.keys++
	fmt.Fprintf(b, "k%d: %s", a.keys, f.Name)
	var args []string
	for _, arg := range f.Arguments {
		switch {
		case arg.Name == "first" && a.IntN(2) == 0:
			args = append(args, fmt.Sprint("first: ", 1+a.IntN(4)))
		case arg.Type.NonNull, arg.Name == "kind" && a.IntN(2) == 0:
			args = append(args, fmt.Sprintf("%s: %q", arg.Name, strconv.Itoa(a.IntN(3))))
		}
	}
	if args != nil {
		b.WriteString("(" + strings.Join(args, ", ") + ")")
	}
	if !leaf {
		b.WriteString(" " + a.selection(below, depth-1))
	}
	b.WriteString(" ")
}
