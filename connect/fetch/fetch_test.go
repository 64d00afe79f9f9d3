package fetch

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/upstreams"
)

const shopSDL = `
	extend schema
		@source(name: "shop", http: {baseURL: "https://shop.test"})
		@source(name: "depot", http: {baseURL: "https://depot.test"})
	type Query {
		text(at: String): String @connect(source: "shop", http: {GET: "/text?at={$args.at}"}, selection: "$")
		order(id: ID): Order @connect(source: "shop", http: {GET: "/orders/{$args.id}"}, selection: "id buyer: { id: buyer }")
		sale(id: ID): Sale @connect(source: "shop", http: {GET: "/sales/{$args.id}"}, selection: "id total buyer { id name }")
		tracked: String
			@connect(source: "shop", http: {GET: "/"}, selection: "$.at")
			@connect(source: "depot", http: {GET: "/"}, selection: "$.at")
		delivery: Sale
			@connect(source: "shop", http: {GET: "/"}, selection: "id total buyer { id name }")
			@connect(source: "depot", http: {GET: "/"}, selection: "id total buyer { id name }")
		paged(first: Int = 20, after: String, last: Int, before: String): Nodes
			@connect(source: "shop", http: {GET: "/list"}, selection: "$.items { n }")
			@paginate(style: PAGE, at: "at", size: "size", pages: "$.pages", total: "$.total")
		counted(first: Int, after: String, last: Int, before: String): Nodes
			@connect(source: "shop", http: {GET: "/list"}, selection: "$.items { n }")
			@paginate(style: OFFSET, at: "at", size: "size", total: "$.total")
		linked(first: Int, after: String, tenant: String): Nodes
			@connect(source: "shop", http: {GET: "/list"}, selection: "$.items { n }")
			@paginate(style: LINK, at: "at", size: "size")
		chained(first: Int, after: String, tenant: String): Nodes
			@connect(source: "shop", http: {GET: "/list"}, selection: "$.items { n }")
			@paginate(style: CURSOR, at: "at", size: "size", next: "$.next", more: "$.more")
	}
	type Mutation {
		pay(id: ID): String @connect(source: "shop", http: {POST: "/pay?id={$args.id}"}, selection: "$")
	}
	type Order { id: ID  buyer: Buyer  note(lang: String): String
		@connect(source: "shop", http: {GET: "/notes/{$this.id}?lang={$args.lang}"}, selection: "$") }
	type Sale { id: ID  total: Int!  buyer: Person! }
	type Person { id: ID!  name: String }
	type Buyer @connect(source: "shop", http: {GET: "/buyers/{$batch.id->joinNotNull(',')}"}, batch: {maxSize: 100}, selection: "id name") {
		id: ID!
		name: String!
	}
	type Nodes { edges: [Edge!]!  pageInfo: PageInfo!  totalCount: Int }
	type Edge { cursor: String!  node: Node }
	type PageInfo { hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String  endCursor: String }
	type Node { n: Int! }`

// A world is what SDL describes over APIs that tests play.
type world struct {
	tb     testing.TB
	table  *Table
	cache  *cache.Cache
	apis   map[string]*call.API
	ctx    context.Context
	report *upstreams.Report
}

// A setting changes a world before it is opened.
type setting struct {
	client func(*upstreams.Config)
	call   func(*call.Connector)
}

// newWorld opens SDL ("": that of the shop) over rt. Nothing is retried, and nothing stays
// fresh.
func newWorld(tb testing.TB, sdl string, rt http.RoundTripper, set setting) *world {
	tb.Helper()
	if sdl == "" {
		sdl = shopSDL
	}
	s, findings := schema.Read([]*ast.Source{{Name: "shop.graphqls", Input: sdl}}, schema.Options{})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	answers, err := cache.New(cache.Config{}, cache.NewMemory(8<<20))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = answers.Close(context.Background()) })
	maps := map[call.ID]Maps{}
	var sources []call.Source
	var connectors []*call.Connector
	for _, source := range s.Sources {
		sources = append(sources, source.Source)
	}
	opt := record.Options{Schema: s, Scalars: scalars.New()}
	for _, con := range s.Connectors {
		m, err := record.Compile(con, opt)
		if err != nil {
			tb.Fatal(err)
		}
		c := con.Connector
		c.Hash = m.Print()
		if set.call != nil {
			set.call(&c)
		}
		connectors = append(connectors, &c)
		of := Maps{Mapper: m}
		if con.Paginate != nil {
			of.Connection = record.CompileConnection(con.Paginate, opt)
		}
		maps[c.ID] = of
	}
	registry, err := call.NewRegistry(sources, connectors, func(s call.Source) (*call.API, error) {
		cfg := upstreams.Config{Name: s.Name, Retry: upstreams.Retry{Max: new(0)}}
		if set.client != nil {
			set.client(&cfg)
		}
		client := upstreams.New(cfg, answers, rt)
		tb.Cleanup(func() {
			if err := client.Close(context.WithoutCancel(tb.Context())); err != nil {
				tb.Error(err)
			}
		})
		return s.Open(client, call.Settings{})
	})
	if err != nil {
		tb.Fatal(err)
	}
	table, err := NewTable(registry, maps)
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{tb: tb, table: table, cache: answers, apis: map[string]*call.API{}, report: upstreams.NewTrace()}
	w.ctx = upstreams.WithReport(tb.Context(), w.report)
	for _, s := range sources {
		w.apis[s.Name] = registry.Source(s.Name)
	}
	return w
}

// operation begins one of nobody in particular.
func (w *world) operation() *Operation { return w.table.Operation(Options{}) }

// load has a group loaded, and waits for it.
func (w *world) load(o *Operation, g *Group) []*Load {
	done := make(chan struct{})
	loads, now := o.Begin(w.ctx, g, func() { close(done) })
	if !now {
		<-done
	}
	return loads
}

// one loads a group of one key.
func (w *world) one(o *Operation, g *Group) *Load { return w.load(o, g)[0] }

// root is the group of a root field.
func root(args ...any) *Group {
	g := &Group{Keys: []call.Key{""}}
	for len(args) > 0 {
		id, ok := args[0].(call.ID)
		if !ok {
			break
		}
		g.Connectors, args = append(g.Connectors, id), args[1:]
	}
	return g
}

// keys are those of objects, or parents, with these ids.
func keys(ids ...string) []call.Key {
	all := make([]call.Key, len(ids))
	for i, id := range ids {
		all[i] = call.Key(`{"id":"` + id + `"}`)
	}
	return all
}

// text is what a load came to: what serves one who asks for everything, or an error's
// kind.
func text(l *Load) string {
	if l.Err != nil {
		return "error: " + kindOf(l.Err)
	}
	answer, _ := l.Serve(nil)
	return show(answer.Root())
}

func texts(loads []*Load) []string {
	all := make([]string, len(loads))
	for i, l := range loads {
		all[i] = text(l)
	}
	return all
}

func kindOf(err error) string {
	if e, ok := err.(*upstreams.Error); ok { //nolint:errorlint // loads have nothing else
		return e.Kind.String()
	}
	return err.Error()
}

// show is a place of a record as JSON, with ! where there is a fault.
func show(r record.Ref) string {
	switch r.Kind() {
	case record.Null:
		return "null"
	case record.Faulty:
		return "!"
	case record.List:
		all := make([]string, r.Len())
		for i := range all {
			all[i] = show(r.Item(i))
		}
		return "[" + strings.Join(all, ",") + "]"
	case record.Object:
		var all []string
		for i, f := range r.Layout().Fields {
			if !f.Hidden {
				all = append(all, f.Name+":"+show(r.Field(i)))
			}
		}
		return "{" + strings.Join(all, " ") + "}"
	default:
		return string(r.Append(nil))
	}
}

// at is what fields lead to.
func at(r record.Ref, path ...string) record.Ref {
	for _, name := range path {
		r = r.Field(r.Layout().Column(name))
	}
	return r
}

// A roundTrip plays all APIs.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A log keeps what was asked for.
type log struct {
	mu    sync.Mutex
	paths []string
}

func (l *log) note(path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paths = append(l.paths, path)
}
