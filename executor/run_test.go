package executor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/hand"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

const shop = `
extend schema @source(name: "a", http: {baseURL: "https://a.test"}) @source(name: "b", http: {baseURL: "https://b.test"})
type Query {
	orders: [Order!]! @connect(source: "a", http: {GET: "/orders"}, selection: "id customer: customerId { id: @ }")
	customer(id: ID!): Customer @connect(source: "a", http: {GET: "/customers/{$args.id}"}, selection: "id name")
}
type Order { id: ID! customer: Customer notes: [Note!] @connect(source: "b", http: {GET: "/notes?order={$this.id}"}, selection: "id by: author { id: @ }") }
type Note { id: ID! by: Customer }
type Customer
	@connect(source: "a", http: {GET: "/customers/{$this.id}"}, selection: "id name")
	@connect(source: "b", http: {GET: "/people/{$this.id}"}, selection: "id: no age boss: bossNo { id: @ }")
{ id: ID! name: String! age: Int boss: Customer }
type Mutation {
	must(id: ID!): Order! @connect(source: "a", http: {POST: "/must/{$args.id}"}, selection: "id customer: customerId { id: @ }")
	may(id: ID!): Order @connect(source: "a", http: {POST: "/may/{$args.id}"}, selection: "id customer: customerId { id: @ }")
}
`

var shopAnswers = map[string]string{
	"GET /orders":        `[{"id":1,"customerId":7},{"id":2,"customerId":null},{"id":3,"customerId":8},{"id":4}]`,
	"GET /customers/7":   `{"id":7,"name":"Ann"}`,
	"GET /customers/8":   `{"id":8,"name":"Bob"}`,
	"GET /customers/9":   `{"id":9,"name":"Cid"}`,
	"GET /people/7":      `{"no":7,"age":40,"bossNo":9}`,
	"GET /people/8":      `{"no":8,"age":41}`,
	"GET /people/9":      `{"no":9,"age":50}`,
	"GET /notes?order=1": `[{"id":"n1","author":8}]`,
	"GET /notes?order=2": `[]`,
	"GET /notes?order=3": `[{"id":"n2","author":7},{"id":"n3"}]`,
	"GET /notes?order=4": `null`,
	"POST /must/1":       `{"id":1,"customerId":7}`,
	"POST /may/1":        `{"id":1,"customerId":8}`,
	"POST /may/3":        `{"id":3,"customerId":7}`,
}

func TestRuns(t *testing.T) {
	tests := map[string]struct {
		query, want string
		calls       []string
		status      map[string]int
	}{
		"a key that is null in one parent and there in another": {
			query: "{orders {id customer {name}}}",
			want: `{"orders":[{"id":"1","customer":{"name":"Ann"}},{"id":"2","customer":null},` +
				`{"id":"3","customer":{"name":"Bob"}},{"id":"4","customer":null}]}`,
			calls: []string{"GET /customers/7", "GET /customers/8", "GET /orders"},
		},
		"objects of which two APIs have a part": {
			query: "{orders {customer {age name}}}",
			want: `{"orders":[{"customer":{"age":40,"name":"Ann"}},{"customer":null},{"customer":{"age":41,"name":"Bob"}},` +
				`{"customer":null}]}`,
			calls: []string{"GET /customers/7", "GET /customers/8", "GET /orders", "GET /people/7", "GET /people/8"},
		},
		"only the APIs that have what is asked for are asked": {
			query: "{orders {customer {age}}}",
			want:  `{"orders":[{"customer":{"age":40}},{"customer":null},{"customer":{"age":41}},{"customer":null}]}`,
			calls: []string{"GET /orders", "GET /people/7", "GET /people/8"},
		},
		"one of two APIs is out: what it has is lost": {
			query: "{orders {customer {a: age name id}}}",
			want: `{"orders":[{"customer":{"a":40,"name":"Ann","id":"7"}},{"customer":null},` +
				`{"customer":{"a":null,"name":"Bob","id":"8"}},{"customer":null}]}` + "\n" +
				"orders[2].customer.a: b (Customer[1]): unavailable: STATUS: status 503",
			calls:  []string{"GET /customers/7", "GET /customers/8", "GET /orders", "GET /people/7", "GET /people/8"},
			status: map[string]int{"GET /people/8": 503},
		},
		"what is lost may be where null may not be": {
			query: "{orders {customer {age name}}}",
			want: `{"orders":[{"customer":null},{"customer":null},{"customer":{"age":41,"name":"Bob"}},{"customer":null}]}` + "\n" +
				"orders[0].customer.name: a (Customer[0]): unavailable: STATUS: status 503",
			calls:  []string{"GET /customers/7", "GET /customers/8", "GET /orders", "GET /people/7", "GET /people/8"},
			status: map[string]int{"GET /customers/7": 503},
		},
		"objects far apart are fetched once": {
			query: "{orders {customer {name} notes {id by {name}}}}",
			want: `{"orders":[{"customer":{"name":"Ann"},"notes":[{"id":"n1","by":{"name":"Bob"}}]},{"customer":null,"notes":[]},` +
				`{"customer":{"name":"Bob"},"notes":[{"id":"n2","by":{"name":"Ann"}},{"id":"n3","by":null}]},{"customer":null,"notes":null}]}`,
			calls: []string{
				"GET /customers/7", "GET /customers/8", "GET /notes?order=1", "GET /notes?order=2", "GET /notes?order=3",
				"GET /notes?order=4", "GET /orders",
			},
		},
		"types that lead to themselves": {
			query: "{orders {customer {boss {boss {id} name}}}}",
			want: `{"orders":[{"customer":{"boss":{"boss":null,"name":"Cid"}}},{"customer":null},{"customer":{"boss":null}},` +
				`{"customer":null}]}`,
			calls: []string{"GET /customers/9", "GET /orders", "GET /people/7", "GET /people/8", "GET /people/9"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, shop, shopAnswers)
			for name, status := range test.status {
				w.steps[name] = upstreamtest.Answer(status, "{}")
			}
			if diff := cmp.Diff(test.want, w.do(test.query, nil)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.calls, w.calls()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMutations(t *testing.T) {
	tests := map[string]struct {
		query, want string
		calls       []string
	}{
		"each is finished before the next begins, and reads anew": {
			"mutation {a: may(id: 1) {customer {name}} b: may(id: 1) {customer {name}} must(id: 1) {id}}",
			`{"a":{"customer":{"name":"Bob"}},"b":{"customer":{"name":"Bob"}},"must":{"id":"1"}}`,
			[]string{"POST /may/1", "GET /customers/8", "POST /may/1", "GET /customers/8", "POST /must/1"},
		},
		"one that may be null does not keep the next from being made": {
			"mutation {a: may(id: 2) {id} must(id: 1) {id}}",
			`{"a":null,"must":{"id":"1"}}` + "\na: a (Mutation.may): refused: status 404",
			[]string{"POST /may/2", "POST /must/1"},
		},
		"after one that may not be null nothing is made any more": {
			"mutation {must(id: 2) {id} a: may(id: 1) {id}}",
			"null\nmust: a (Mutation.must): refused: status 404",
			[]string{"POST /must/2"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, shop, shopAnswers)
			if diff := cmp.Diff(test.want, w.do(test.query, nil)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.calls, w.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSiblingsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shop, shopAnswers)
		w.steps["GET /customers/7"] = upstreamtest.After(time.Second, upstreamtest.Answer(200, shopAnswers["GET /customers/7"]))
		w.steps["GET /notes?order=1"] = upstreamtest.After(time.Second, upstreamtest.Answer(200, shopAnswers["GET /notes?order=1"]))
		begun := time.Now()
		w.do("{orders {customer {name} notes {id}} other: customer(id: 7) {name}}", nil)
		if took := time.Since(begun); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestAClientThatLeavesBetweenTwoPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shop, shopAnswers)
		ctx, leave := context.WithCancel(t.Context())
		w.steps["GET /orders"] = func(r *http.Request) (*http.Response, error) {
			leave()
			return upstreamtest.Answer(200, shopAnswers["GET /orders"])(r)
		}
		if _, err := w.schema.Run(ctx, Job{Service: "test", Query: "{orders {customer {name}}}"}); err == nil {
			t.Error("there was an answer")
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"GET /orders"}, w.calls()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestManyAliasesOfOneField(t *testing.T) {
	w := newWorld(t, shop, shopAnswers)
	var query, want strings.Builder
	query.WriteString("{")
	for i := range 1000 {
		fmt.Fprintf(&query, "a%d: customer(id: 7) {name} ", i)
		fmt.Fprintf(&want, `,"a%d":{"name":"Ann"}`, i)
	}
	got := w.do(query.String()+"}", nil)
	if got != "{"+want.String()[1:]+"}" {
		t.Error(got)
	}
	if calls := w.calls(); len(calls) != 1 {
		t.Errorf("%d calls", len(calls))
	}
}

func TestAnswersThatAreTooLarge(t *testing.T) {
	const sdl = `
	extend schema @source(name: "a", http: {baseURL: "https://a.test"})
	type Query {
		list: [Item!]! @connect(source: "a", http: {GET: "/list"}, selection: "$->map({id: @})")
		words: [Int!] @connect(source: "a", http: {GET: "/list"}, selection: "$")
	}
	type Item @connect(source: "a", http: {GET: "/items/{$this.id}"}, selection: "id name") { id: ID! name: String }`
	answers := map[string]string{"GET /list": "[1" + strings.Repeat(",1", 99_999) + "]", "GET /items/1": `{"id":1,"name":"x"}`}
	tests := map[string]struct {
		limits Limits
		query  string
		want   string
		calls  int
	}{
		"as many items as there may be": {Limits{}, "{list {name}}", "", 2},
		"one more is an error, before anything is asked for them": {
			Limits{Items: 99_999},
			"{list {name}}",
			"null\n: the answer has more than 99999 list items: ask for fewer (first, last), or in several operations", 1,
		},
		"also where nothing is fetched below them": {
			Limits{Items: 99_999},
			"{words}",
			"null\n: the answer has more than 99999 list items: ask for fewer (first, last), or in several operations", 1,
		},
		"more bytes than there may be": {
			Limits{Bytes: 1000},
			"{list {id}}",
			"null\n: the answer has more than 1000 bytes: ask for less, or in several operations", 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sdl, answers, func(c *Config) { c.Limits = test.limits })
			got := w.do(test.query, nil)
			if test.want == "" {
				if n := strings.Count(got, `{"name":"x"}`); n != 100_000 || strings.Contains(got, "\n") {
					t.Errorf("%d items: %.200s", n, got)
				}
			} else if got != test.want {
				t.Errorf("got %.200s", got)
			}
			if calls := w.calls(); len(calls) != test.calls {
				t.Errorf("calls: %v", calls)
			}
		})
	}
}

func TestFreshnessIsNotedOncePerPlace(t *testing.T) {
	w := newWorld(t, shop, shopAnswers)
	got, err := w.schema.Run(t.Context(), Job{Service: "test", Query: "{orders {customer {name} notes {by {name}}} x: customer(id: 7) {name}}"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range got.Parts {
		lines = append(lines, fmt.Sprint(p.Path, p.Source, p.Connector, p.State))
	}
	want := []string{
		"[orders * customer]aCustomer[0]FRESH", "[orders * notes * by]aCustomer[0]FRESH", "[orders * notes]bOrder.notesFRESH",
		"[orders]aQuery.ordersFRESH", "[x]aQuery.customerFRESH",
	}
	slices.Sort(lines)
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsByHand(t *testing.T) {
	sdl := strings.Replace(shop, "boss: Customer }", "boss: Customer shout: String! }", 1)
	shout := func(_ context.Context, in *hand.Input) []hand.Result {
		results := make([]hand.Result, len(in.Parents))
		for i := range in.Parents {
			results[i].Err = fmt.Errorf("%s of %v", in.At(i), in.Path)
		}
		return results
	}
	tests := map[string]struct {
		method hand.Field
		want   string
	}{
		"an error of a method stands at its field": {
			shout,
			`{"orders":[{"customer":null},{"customer":null},{"customer":null},{"customer":null}]}` + "\n" +
				"orders[0].customer.s: orders[0].customer.s of [orders * customer s]\n" +
				"orders[2].customer.s: orders[2].customer.s of [orders * customer s]",
		},
		"so does a panic": {
			func(context.Context, *hand.Input) []hand.Result { panic("no") },
			`{"orders":[{"customer":null},{"customer":null},{"customer":null},{"customer":null}]}` + "\n" +
				"orders[0].customer.s: panic: no\norders[2].customer.s: panic: no",
		},
		"and a method that forgets a parent": {
			func(context.Context, *hand.Input) []hand.Result { return nil },
			`{"orders":[{"customer":null},{"customer":null},{"customer":null},{"customer":null}]}` + "\n" +
				"orders[0].customer.s: " + errResults.Error() + "\norders[2].customer.s: " + errResults.Error(),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sdl, shopAnswers, byHand(hand.Table{"Customer.shout": test.method}))
			if diff := cmp.Diff(test.want, w.do("{orders {customer {s: shout}}}", nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJobs(t *testing.T) {
	w := newWorld(t, shop, shopAnswers)
	for name, job := range map[string]Job{
		"without a service":    {Query: "{orders {id}}"},
		"that cannot be read":  {Service: "test", Query: "{orders"},
		"that is not valid":    {Service: "test", Query: "{nobody}"},
		"of another operation": {Service: "test", Query: "query A {orders {id}}", Operation: "B"},
		"without a variable":   {Service: "test", Query: "query ($id: ID!) {customer(id: $id) {id}}"},
	} {
		if _, err := w.schema.Run(t.Context(), job); err == nil {
			t.Errorf("a job %s was run", name)
		}
	}
	got, err := w.schema.Run(t.Context(), Job{
		Service: "test", Query: "query ($id: ID!) {customer(id: $id) {id name}}", Variables: map[string]any{"id": "7"},
	})
	if err != nil || string(got.Data) != `{"customer":{"id":"7","name":"Ann"}}` || got.Errors != nil || got.Calls["a"] != 1 {
		t.Errorf("%v %v", got, err)
	}
	if len(got.Parts) != 1 || got.Parts[0].State != upstreams.StateFresh {
		t.Error(got.Parts)
	}
}

// What runs leave behind for others must not show in those.
func TestManyRunsAtOnce(t *testing.T) {
	w := newWorld(t, shop, shopAnswers)
	w.steps["GET /people/8"] = upstreamtest.Answer(503, "{}")
	queries := []string{
		"{orders {id customer {name}}}",
		"{orders {customer {a: age name id} notes {id by {name boss {name}}}}}",
		"{a: customer(id: 7) {name} b: customer(id: 5) {name} c: customer(id: 9) {age}}",
		"mutation {a: may(id: 2) {id} must(id: 1) {customer {name}}}",
		"{__type(name: \"Order\") {fields {name}} orders {__typename}}",
	}
	want := make([]string, len(queries))
	for i, q := range queries {
		want[i] = w.do(q, nil)
	}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			for k := range 10 {
				q := (i + k) % len(queries)
				if got := w.do(queries[q], nil); got != want[q] {
					t.Errorf("%s\ngot  %s\nwant %s", queries[q], got, want[q])
					return
				}
			}
		})
	}
	all.Wait()
}

func TestJobsSayWhatMayServeThem(t *testing.T) {
	const sdl = `
	extend schema @source(name: "a", http: {baseURL: "https://a.test"}) @cache(source: "a", fresh: "1h", stale: "2h")
	type Query { x: Int @connect(source: "a", http: {GET: "/x"}, selection: "$") }`
	tests := map[string]struct {
		job   Job
		after time.Duration
		down  bool
		want  string
		calls int
	}{
		"what is fresh":                          {Job{}, 0, false, `{"x":1}`, 0},
		"what is old, when it cannot be asked":   {Job{}, 90 * time.Minute, true, `{"x":1}`, 1},
		"but not where nothing old may stand in": {Job{NoStandIns: true}, 90 * time.Minute, true, `{"x":null} input:1:2: x a (Query.x): unavailable: STATUS: status 503`, 1},
		"nor what was asked for before":          {Job{NotBefore: cache.AsOf{Process: 1, Number: 1}}, 0, false, `{"x":1}`, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sdl, map[string]string{"GET /x": "1"})
				w.do("{x}", nil)
				w.calls()
				synctest.Wait()
				time.Sleep(test.after)
				if test.down {
					w.steps["GET /x"] = upstreamtest.Answer(503, "{}")
				}
				test.job.Service, test.job.Query = "test", "{x}"
				got, err := w.schema.Run(t.Context(), test.job)
				if err != nil {
					t.Fatal(err)
				}
				if text := strings.TrimSpace(string(got.Data) + " " + got.Errors.Error()); text != test.want {
					t.Errorf("got %q", text)
				}
				if calls := w.calls(); len(calls) != test.calls {
					t.Errorf("calls: %v", calls)
				}
			})
		})
	}
}

func TestAListThatEndsEarlySaysWhere(t *testing.T) {
	const sdl = `
	extend schema @source(name: "a", http: {baseURL: "https://a.test"})
	type Query {
		list(first: Int = 10, after: String): ItemConnection
			@connect(source: "a", http: {GET: "/list"}, selection: "id")
			@paginate(style: PAGE, at: "page", size: "size", max: 2)
	}
	type ItemConnection { edges: [ItemEdge!]! nodes: [Item!]! pageInfo: PageInfo! }
	type ItemEdge { node: Item! cursor: String! }
	type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
	type Item { id: ID! }`
	w := newWorld(t, sdl, map[string]string{"GET /list?page=1&size=2": `[{"id":1},{"id":2}]`})
	w.steps["GET /list?page=2&size=2"] = upstreamtest.Answer(503, "{}")
	want := `{"l":{"e":[{"node":{"id":"1"}},{"node":{"id":"2"}}],"pageInfo":{"hasNextPage":true}}}` + "\n" +
		"l.e[2]: a (Query.list): unavailable: STATUS: status 503"
	if diff := cmp.Diff(want, w.do("{l: list(first: 4) {e: edges {node {id}} pageInfo {hasNextPage}}}", nil)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAMiddlewareFoundOutOfTheCaller(t *testing.T) {
	const sdl = `
	extend schema @source(name: "a", http: {baseURL: "https://a.test"})
	type Query { x: String @connect(source: "a", http: {GET: "/x/{$context.tenant}"}, selection: "$context.tenant") }`
	w := newWorld(t, sdl, map[string]string{"GET /x/acme": "1"})
	values := mapping.ObjectValue(mapping.Member{Key: "tenant", Value: mapping.StringValue("acme")})
	exec := gqlexecutor.New(w.schema)
	ctx := call.WithContext(graphql.StartOperationTrace(t.Context()), values)
	oc, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: "{x}"})
	if errs != nil {
		t.Fatal(errs)
	}
	respond, ctx := exec.DispatchOperation(ctx, oc)
	if got := respond(ctx); string(got.Data) != `{"x":"acme"}` {
		t.Errorf("got %s %v", got.Data, got.Errors)
	}
	got, err := w.schema.Run(t.Context(), Job{Service: "test", Query: "{x}", Caller: &call.Caller{Context: values}})
	if err != nil || string(got.Data) != `{"x":"acme"}` {
		t.Errorf("got %v %v", got, err)
	}
}

func TestAJobGoesWithItsOwnCredentialsOnly(t *testing.T) {
	const sdl = `
	extend schema @source(name: "a", http: {baseURL: "https://a.test", headers: [{name: "Authorization", from: "authorization"}]})
	type Query { x: Int @connect(source: "a", http: {GET: "/x"}, selection: "$") }`
	w := newWorld(t, sdl, nil)
	var with []string
	w.steps["GET /x"] = func(r *http.Request) (*http.Response, error) {
		with = append(with, r.Header.Get("Authorization"))
		return upstreamtest.Answer(200, "1")(r)
	}
	somebody := http.Header{"Authorization": {"Bearer somebody"}}
	ctx := upstreams.WithCaller(t.Context(), somebody)
	for _, caller := range []*call.Caller{nil, {Header: http.Header{"Authorization": {"Bearer probe"}}}} {
		if _, err := w.schema.Run(ctx, Job{Service: "test", Query: "{x}", Caller: caller}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"", "Bearer probe"}, with); diff != "" {
		t.Error(diff)
	}
}

// A field whose key lies in a record that could not be had says why it is null.
func TestAFieldBelowAPartThatIsOutSaysWhy(t *testing.T) {
	w := newWorld(t, `
extend schema @source(name: "one", http: {baseURL: "https://one.test"})
type Query { customer: Customer @connect(source: "one", http: {GET: "/customer"}, selection: "id") }
type Customer
  @connect(source: "one", http: {GET: "/profile/{$this.id}"}, selection: "id name")
  @connect(source: "one", http: {GET: "/score/{$this.id}"}, selection: "id score") {
  id: ID! name: String score: Int
  grade: String @connect(source: "one", http: {GET: "/grade/{$this.score}"}, selection: "$.grade")
}`, map[string]string{"GET /customer": `{"id": 1}`, "GET /profile/1": `{"id": 1, "name": "Ann"}`, "GET /score/1": `7`})
	const want = `{"customer":{"name":"Ann","grade":null}}` + "\ncustomer.grade: "
	if got := w.do(`{ customer { name grade } }`, nil); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s…", got, want)
	}
}

func TestALimitAfterAWriteSaysThatItWasMade(t *testing.T) {
	w := newWorld(t, shop, shopAnswers, func(c *Config) { c.Bytes = 20 })
	exec := gqlexecutor.New(w.schema)
	var effects []upstreams.Effect
	exec.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		effects = append(effects, upstreams.WritesFrom(ctx).Effect())
		return asIs(ctx, err)
	})
	ctx := graphql.StartOperationTrace(t.Context())
	oc, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: "mutation {a: may(id: 1) {id} b: may(id: 3) {id} c: may(id: 1) {id}}"})
	if errs != nil {
		t.Fatal(errs)
	}
	respond, ctx := exec.DispatchOperation(ctx, oc)
	got := respond(ctx)
	if string(got.Data) != "null" || len(got.Errors) != 1 || !slices.Equal(effects, []upstreams.Effect{upstreams.EffectApplied}) {
		t.Errorf("got %s %v %v", got.Data, got.Errors, effects)
	}
	if diff := cmp.Diff([]string{"POST /may/1", "POST /may/3"}, w.asked); diff != "" {
		t.Error(diff)
	}
}
