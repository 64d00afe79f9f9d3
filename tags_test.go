package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"holdfast/cache"
	"holdfast/connect"
	"holdfast/graph/scalar"
)

// A warehouse is two APIs, of which nothing changes but how often something was written, and who was asked.
type warehouse struct {
	*httptest.Server

	mu      sync.Mutex
	asked   []string // reads
	written int

	arrived chan struct{} // tells that a write waits; nil: none does
	goOn    chan struct{}
}

func startWarehouse(t *testing.T) *warehouse {
	t.Helper()
	w := &warehouse{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /shop/do/{status}", w.do)
	mux.HandleFunc("GET /shop/orders/{id}", func(rw http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if id == "none" {
			rw.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(rw, `{}`)
			return
		}
		fmt.Fprintf(rw, `{"id":%q,"total":%d,"bills":["%[1]s-a","%[1]s-b"]}`, id, w.writes())
	})
	mux.HandleFunc("GET /shop/lists/{ids}", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, each(r.PathValue("ids"), fmt.Sprintf(`{"id":"%%s","total":%d}`, w.writes())))
	})
	mux.HandleFunc("GET /shop/pages/", func(rw http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("page")
		fmt.Fprintf(rw, `{"number":%s,"items":%s}`, page, each(page+"1,"+page+"2", `{"id":"%s"}`))
	})
	mux.HandleFunc("GET /shop/teams/{ids}", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, each(r.PathValue("ids"), `{"id":"%s"}`))
	})
	mux.HandleFunc("GET /shop/people/", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, each(r.URL.Query().Get("ids"), `{"id":"%s","name":"x"}`))
	})
	mux.HandleFunc("GET /stock/shelf", func(rw http.ResponseWriter, _ *http.Request) {
		things := make([]string, 300)
		for i := range things {
			things[i] = strconv.Itoa(i)
		}
		_, _ = io.WriteString(rw, each(strings.Join(things, ","), `{"id":"%s"}`))
	})
	mux.HandleFunc("GET /stock/prices/{sku}/{currency}", func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, `{"sku":%q,"currency":%q}`, r.PathValue("sku"), r.PathValue("currency"))
	})
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			w.mu.Lock()
			w.asked = append(w.asked, r.URL.Path+r.URL.Query().Get("ids")+r.URL.Query().Get("page"))
			w.mu.Unlock()
		}
		mux.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

// each is a list of JSON with an item for each of ids.
func each(ids, format string) string {
	items := strings.Split(ids, ",")
	for i, id := range items {
		items[i] = strings.ReplaceAll(format, "%s", id)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// do is a write. It answers with what it was sent.
func (w *warehouse) do(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.written++
	arrived, goOn := w.arrived, w.goOn
	w.arrived = nil
	w.mu.Unlock()
	if arrived != nil {
		arrived <- struct{}{}
		<-goOn
	}
	if r.PathValue("status") == "422" {
		rw.WriteHeader(http.StatusUnprocessableEntity)
	}
	if r.PathValue("status") == "500" {
		rw.WriteHeader(http.StatusInternalServerError)
	}
	_, _ = io.Copy(rw, r.Body)
}

// hold has the next write wait: arrived says that it is there, and release lets it go on.
func (w *warehouse) hold() (arrived <-chan struct{}, release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrived, w.goOn = make(chan struct{}), make(chan struct{})
	return w.arrived, func() { close(w.goOn) }
}

func (w *warehouse) writes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written
}

// look returns what was read since the last look, in order.
func (w *warehouse) look() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := append([]string{}, w.asked...)
	w.asked = nil
	slices.Sort(asked)
	return asked
}

const warehouseGraph = `
extend schema
  @source(name: "shop", http: { baseURL: "https://shop.test" })
  @source(name: "stock", http: { baseURL: "https://stock.test" })
  @cache(source: "shop", fresh: "1h")
  @cache(source: "stock", fresh: "1h", tags: ["stock"])
scalar JSON
type Query {
  order(id: ID!): Order
    @connect(source: "shop", entity: true, http: { GET: "/orders/{$args.id}" }, selection: "id total")
    @cache(tags: ["Bill:{$.bills}", "order-of:{$args.id}"])
  list(ids: String!): [Order!]
    @connect(source: "shop", http: { GET: "/lists/{$args.ids}" }, selection: "id total")
    @cache(tags: "lists")
  pages(first: Int, after: String): OrderConnection
    @connect(source: "shop", http: { GET: "/pages/" }, selection: "$.items { id total }")
    @cache(tags: ["page:{$.number}"])
    @paginate(style: PAGE, at: "page", size: "size", max: 2)
  team(ids: String!): [Person!] @connect(source: "shop", http: { GET: "/teams/{$args.ids}" }, selection: "id")
  shelf: [Thing!] @connect(source: "stock", http: { GET: "/shelf" }, selection: "id")
  price(sku: ID!, currency: String!): Price
    @connect(source: "stock", http: { GET: "/prices/{$args.sku}/{$args.currency}" }, selection: "sku currency")
  mine: Order
    @connect(source: "shop", http: { GET: "/orders/mine" }, selection: "id total")
    @cache(tags: ["caller:{$request.headers.'x-order'->first}"])
  sum: Int
}
type Order { id: ID! total: Int }
type OrderConnection { edges: [OrderEdge!]! pageInfo: PageInfo! }
type OrderEdge { cursor: String! node: Order }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Thing @key(fields: "id", resolvable: false) { id: ID! }
type Price @key(fields: "sku currency", resolvable: false) { sku: ID! currency: String! }
type Person
  @connect(source: "shop", batch: { maxSize: 9 }, http: { GET: "/people/?ids={$batch.id->joinNotNull(',')}" }, selection: "id name") {
  id: ID!
  name: String
}
type Mutation {
`

// warehouseWrite is a field of Mutation that does what its arguments say, and says what it changes.
const warehouseWrite = `
  w%d(id: ID, ids: [ID], n: Int, status: Int = 200, reply: JSON): Boolean
    @connect(source: "shop", http: { POST: "/do/{$args.status}", body: "$args.reply" }, selection: "$(true)") %s
`

// warehouseQuery reads all that there is.
const warehouseQuery = `{
  one: order(id: 1) { id total } two: order(id: 2) { id total } none: order(id: "none") { id }
  twoOfThem: list(ids: "1,2") { id total } another: list(ids: "3") { total }
  team(ids: "p,q") { name } pages(first: 3) { edges { node { id } } }
  shelf { id } mug: price(sku: "mug", currency: "EUR") { sku } dollar: price(sku: "mug", currency: "USD") { sku }
  sum
}`

const (
	order1, order2, orderNone = "/shop/orders/1", "/shop/orders/2", "/shop/orders/none"
	list12, list3, list14     = "/shop/lists/1,2", "/shop/lists/3", "/shop/lists/1,4" // the last by hand
	team, page1, page2        = "/shop/teams/p,q", "/shop/pages/1", "/shop/pages/2"
	shelf, mug, dollar        = "/stock/shelf", "/stock/prices/mug/EUR", "/stock/prices/mug/USD"
)

// ofShop are all answers of a source.
func ofShop() []string {
	return []string{list12, list14, list3, order1, order2, orderNone, "/shop/people/p,q", team, page1, page2}
}

// A writing is a write, and what of all that was read before is asked for again after it.
type writing struct {
	says string // @invalidates
	args string
	want []string
	fail bool // the write has an error
}

func writings() map[string]writing {
	all := func(more ...string) []string { return slices.Concat(ofShop(), more) }
	return map[string]writing{
		"an object: all that has it":             {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: 1`, want: []string{list12, list14, order1}},
		"its number is its text":                 {says: `@invalidates(tags: ["Order:{$args.n}"])`, args: `n: 2`, want: []string{list12, order2}},
		"each of a list":                         {says: `@invalidates(tags: ["Order:{$args.ids}"])`, args: `ids: [2, null, 3]`, want: []string{list12, list3, order2}},
		"what is not there":                      {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: "none"`, want: []string{orderNone}},
		"what nobody has read":                   {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: 77`},
		"an item of a batch, and who mentions":   {says: `@invalidates(tags: ["Person:{$args.id}"])`, args: `id: "q"`, want: []string{"/shop/people/q", team}},
		"an object on a page of a list":          {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: "21"`, want: []string{page2}},
		"a page, by what it says":                {says: `@invalidates(tags: ["page:{$args.n}"])`, args: `n: 1`, want: []string{page1}},
		"one of more than an answer has tags":    {says: `@invalidates(tags: ["Thing:{$args.id}"])`, args: `id: 299`, want: []string{shelf}},
		"another one of those":                   {says: `@invalidates(tags: ["Thing:{$args.id}"])`, args: `id: "unknown"`, want: []string{shelf}},
		"a key of two fields":                    {says: `@invalidates(tags: ["Price:{$args.id}:EUR"])`, args: `id: "mug"`, want: []string{mug}},
		"a tag of the answer, one of its list":   {says: `@invalidates(tags: ["Bill:{$args.id}"])`, args: `id: "2-b"`, want: []string{order2}},
		"a tag of the request":                   {says: `@invalidates(tags: ["order-of:{$args.id}"])`, args: `id: "1"`, want: []string{order1}},
		"a tag that is always the same":          {says: `@invalidates(tags: "lists")`, want: []string{list12, list14, list3}},
		"a tag of another source":                {says: `@invalidates(tags: ["stock"])`, want: []string{mug, dollar, shelf}},
		"another source":                         {says: `@invalidates(tags: ["source:stock"])`, want: []string{mug, dollar, shelf}},
		"both sources":                           {says: `@invalidates(tags: ["source:stock"]) @invalidates(tags: ["source:shop"])`, want: all(mug, dollar, shelf)},
		"a connector":                            {says: `@invalidates(tags: ["connector:Query.order"])`, want: []string{order1, order2, orderNone}},
		"two tags":                               {says: `@invalidates(tags: ["Order:{$args.id}", "Price:mug:{$args.ids}"])`, args: `id: 2, ids: ["USD"]`, want: []string{dollar, list12, order2}},
		"nothing":                                {says: `@invalidates(tags: [])`},
		"without a word, its source":             {want: ofShop()},
		"null, its source":                       {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: null`, want: ofShop()},
		"an empty list, its source":              {says: `@invalidates(tags: ["Thing:{$args.ids}"])`, args: `ids: []`, want: ofShop()},
		"null beside what is said":               {says: `@invalidates(tags: ["Order:{$args.id}", "stock"])`, args: `id: null`, want: []string{mug, dollar, shelf}},
		"what the reply says":                    {says: `@invalidates(tags: ["Order:{$.order.id}"])`, args: `reply: {order: {id: 2}}`, want: []string{list12, order2}},
		"a list in the reply":                    {says: `@invalidates(tags: ["Order:{$.orders.id}"])`, args: `reply: {orders: [{id: 2}, {id: 3}]}`, want: []string{list12, list3, order2}},
		"what the reply says of another source":  {says: `@invalidates(tags: ["Price:{$.sku}:EUR"])`, args: `reply: {sku: "mug"}`, want: []string{mug}},
		"more than can be told apart":            {says: `@invalidates(tags: ["Thing:{$.ids}"])`, args: `reply: {ids: [` + strings.Repeat("1,", 128) + `1]}`, want: all(mug, dollar, shelf)},
		"an object in the reply where a text is": {says: `@invalidates(tags: ["Price:{$.sku}:EUR"])`, args: `reply: {sku: {id: 1}}`, want: all(mug, dollar, shelf)},
		"a header of the caller":                 {says: `@invalidates(tags: ["Order:{$request.headers.'x-order'->first}"])`, want: []string{list12, order2}},
		"a write that is refused":                {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: 1, status: 422`, want: []string{list12, list14, order1}, fail: true},
		"of a refusal nothing is said":           {says: `@invalidates(tags: ["Order:{$.id}"])`, args: `reply: {id: 1}, status: 422`, fail: true},
		"a write that failed may have been made": {says: `@invalidates(tags: ["Order:{$args.id}"])`, args: `id: 2, status: 500`, want: []string{list12, order2}, fail: true},
		"and nobody knows what it has changed":   {says: `@invalidates(tags: ["Order:{$.id}"])`, args: `reply: {id: 2}, status: 500`, want: ofShop(), fail: true},
		"nor at another source":                  {says: `@invalidates(tags: ["Thing:{$.id}"])`, args: `reply: {id: 2}, status: 500`, want: all(mug, dollar, shelf), fail: true},
		"a write that failed, without a word":    {args: `status: 500`, want: ofShop(), fail: true},
	}
}

// startTagged runs a program over a warehouse, with a write for each of says, called w0 and so on.
func startTagged(t *testing.T, says []string) (*program, *warehouse) {
	t.Helper()
	w := startWarehouse(t)
	var sdl strings.Builder
	sdl.WriteString(warehouseGraph)
	for i, text := range says {
		fmt.Fprintf(&sdl, warehouseWrite, i, text)
	}
	sdl.WriteString("}\n")
	g := folder{
		files: fstest.MapFS{"w.graphqls": {Data: []byte(sdl.String())}}, sdl: "*.graphqls",
		scalars: scalar.Registry(), examples: fstest.MapFS{},
		hand: connect.Fields{Methods: map[string]connect.Method{"Query.sum": connect.Root(func(ctx context.Context, _ struct{}) (int, error) {
			type order struct {
				Total int `json:"total"`
			}
			orders, err := connect.One[[]*order](ctx, "Query.list", connect.Args{"ids": "1,4"})
			sum := 0
			for _, o := range orders {
				sum += o.Total
			}
			return sum, err
		})}},
	}
	file := t.TempDir() + "/holdfast.yaml"
	writeFile(t, file, `
sources: {shop: {url: "`+w.URL+`/shop"}, stock: {url: "`+w.URL+`/stock"}}
defaults: {timeout: 10m, patience: 10m, retry: {max: 0}, breaker: {off: true}}
gateway: {trace: true, traceKeys: true, rootFields: 100}
`)
	return startGraph(t, g, "-config", file, "-sandbox", "off"), w
}

// traced asks with a trace, as who is interested in order 2.
func (p *program) traced(query string) (a struct {
	Data       map[string]any
	Errors     []struct{ Message string }
	Extensions struct {
		Freshness []struct {
			Path         []any
			State, Cache string
		}
		Trace struct {
			Tags []struct {
				Path              []any
				Source, Connector string
				Tags, Invalidated []string
				More              int
			}
		}
	}
},
) {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "X-Holdfast-Trace": {"1"}, "X-Order": {"2"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// TestAfterAWriteWhatItChangedIsAskedForAgain has all of it remembered before each write.
func TestAfterAWriteWhatItChangedIsAskedForAgain(t *testing.T) {
	all := writings()
	names := slices.Sorted(maps.Keys(all))
	var says []string
	for _, name := range names {
		says = append(says, all[name].says)
	}
	p, w := startTagged(t, append(says, `@invalidates(tags: ["Order:{$args.id}", "Order:{$.order}"])`, `@invalidates(tags: ["caller:{$args.n}"])`))
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			test := all[name]
			if a := p.ask(warehouseQuery); a.Errors != nil {
				t.Fatal(a.Errors)
			}
			w.look()
			if a := p.ask(warehouseQuery); a.Errors != nil || len(w.look()) > 0 {
				t.Fatalf("it is not remembered: %v", a.Errors)
			}
			if a := p.traced(writeOf(i, test.args)); (a.Errors != nil) != test.fail {
				t.Errorf("%+v", a.Errors)
			}
			a := p.ask(warehouseQuery)
			if a.Errors != nil || a.Extensions.Freshness != nil {
				t.Errorf("%+v", a)
			}
			want := append([]string{}, test.want...)
			slices.Sort(want)
			if diff := cmp.Diff(want, w.look()); diff != "" {
				t.Errorf("asked for again (-want +got):\n%s", diff)
			}
			for of, got := range map[string]any{order1: at(t, a.Data, "one", "total"), list12: at(t, a.Data, "twoOfThem", 1, "total"), list14: at(t, a.Data, "sum")} {
				n := float64(w.writes())
				if of == list14 {
					n *= 2 // orders
				}
				if isNew := got == n; isNew != slices.Contains(want, of) {
					t.Errorf("%s is %v after %v writes", of, got, w.writes())
				}
			}
		})
	}
	t.Run("arguments say it before the change can be made, the reply after it", func(t *testing.T) {
		p.ask(warehouseQuery)
		w.look()
		arrived, release := w.hold()
		written := make(chan answer)
		go func() { written <- p.ask(writeOf(len(names), `id: 3, reply: {order: 2}`)) }()
		<-arrived
		p.ask(warehouseQuery)
		during := w.look()
		release()
		if a := <-written; a.Errors != nil {
			t.Error(a.Errors)
		}
		p.ask(warehouseQuery)
		// What was read meanwhile may be from before the change.
		if diff := cmp.Diff([][]string{{list3}, {list12, list3, order2}}, [][]string{during, w.look()}); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("what a tag reads of the caller makes an answer his alone", func(t *testing.T) {
		const mine = `{ mine { id } }`
		for _, want := range [][]string{{"/shop/orders/mine", "/shop/orders/mine"}, {}, {"/shop/orders/mine"}} {
			w.look()
			p.ask(mine)
			p.traced(mine)
			if diff := cmp.Diff(want, w.look()); diff != "" {
				t.Error(diff)
			}
			if len(want) == 0 {
				p.ask(writeOf(len(names)+1, `n: 2`))
			}
		}
	})
	t.Run("a trace says on what answers depend, and what a write changed", func(t *testing.T) {
		p.traceOfTags(writeOf(len(names), `id: 1, reply: {order: 2}`))
	})
}

// writeOf is a mutation of the i-th field.
func writeOf(i int, args string) string {
	if args != "" {
		args = "(" + args + ")"
	}
	return fmt.Sprintf("mutation { write: w%d%s }", i, args)
}

// traceOfTags looks at the tags in traces: of what is remembered, and of what is asked for.
func (p *program) traceOfTags(write string) {
	t := p.t
	t.Helper()
	hash := func(text string) string { return cache.TagOf(text).String() }
	for _, how := range []string{"hit", "miss"} {
		if how == "hit" {
			p.ask(warehouseQuery)
		}
		got := map[string][]string{}
		for _, e := range p.traced(warehouseQuery).Extensions.Trace.Tags {
			got[strings.Trim(fmt.Sprint(e.Path), "[]")] = e.Tags
			if e.More > 0 {
				t.Errorf("%v: %d more", e.Path, e.More)
			}
		}
		order := func(id string) []string {
			return []string{hash("Bill:" + id + "-a"), hash("Bill:" + id + "-b"), "Order:" + id, "connector:Query.order", "order-of:" + id, "source:shop"}
		}
		want := map[string][]string{
			"one": order("1"), "two": order("2"), "none": {"Order:none", "connector:Query.order", "order-of:none", "source:shop"},
			"twoOfThem": {"Order:1", "Order:2", "connector:Query.list", "lists", "source:shop"},
			"another":   {"Order:3", "connector:Query.list", "lists", "source:shop"},
			"sum":       {"Order:1", "Order:4", "connector:Query.list", "lists", "source:shop"},
			"shelf":     {"Thing:*", "connector:Query.shelf", "source:stock", "stock"},
			"mug":       {"Price:mug:EUR", "connector:Query.price", "source:stock", "stock"},
			"dollar":    {"Price:mug:USD", "connector:Query.price", "source:stock", "stock"},
			"pages":     {"Order:11", "Order:12", "Order:21", "Order:22", hash("page:1"), hash("page:2"), "connector:Query.pages", "source:shop"},
			"team":      {"Person:p", "Person:q", "connector:Query.team", "source:shop"},
			"team *":    {"Person:p", "Person:q", "connector:Person", "source:shop"},
		}
		for _, tags := range want {
			slices.Sort(tags)
		}
		for _, tags := range got {
			slices.Sort(tags)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", how, diff)
		}
		a := p.traced(write)
		if e := a.Extensions.Trace.Tags; len(e) != 1 || !cmp.Equal(e[0].Invalidated, []string{"Order:1", "Order:2"}) || e[0].Tags != nil {
			t.Errorf("%+v", e)
		}
	}
}
