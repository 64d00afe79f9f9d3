package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ordersQuery = `{ orders(first: 20) { edges { node { number total { amount currency }
	customer { displayName } payment { status } } } pageInfo { hasNextPage endCursor } } }`

// at walks an answer by keys and indices.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v in %v: no object at %v", path, v, step)
			}
			v = m[s]
		case int:
			l, ok := v.([]any)
			if !ok || s >= len(l) {
				t.Fatalf("%v: no item %v", path, step)
			}
			v = l[s]
		}
	}
	return v
}

// nodes are the nodes of the connection at path.
func nodes(t *testing.T, a answer, path ...any) []any {
	t.Helper()
	edges, _ := at(t, a.Data, append(path, "edges")...).([]any)
	var all []any
	for i := range edges {
		all = append(all, at(t, edges[i], "node"))
	}
	return all
}

func TestAListCostsOneCallForEachLevelThatCanBeBatched(t *testing.T) {
	cold := []string{"-set", "defaults.cache.fresh=0s", "-set", "sources.woocommerce.cache.stale=0s", "-set", "sources.stripe.cache.stale=0s"}
	p := start(t, append(cold, "-set", "sources.zendesk.cache.stale=0s")...)
	var idle atomic.Bool
	var busy sync.WaitGroup
	for range runtime.NumCPU() { // what a busy machine must not change
		busy.Go(func() {
			for !idle.Load() {
				runtime.Gosched()
			}
		})
	}
	defer busy.Wait()
	defer idle.Store(true)
	var want map[string]int
	for i := range 20 {
		a := p.ask(ordersQuery)
		if len(a.Errors) > 0 || len(nodes(t, a, "orders")) != 20 {
			t.Fatalf("errors %v, %d orders", a.Errors, len(nodes(t, a, "orders")))
		}
		calls := p.calls()
		if i == 0 {
			want = calls
		}
		if d := cmp.Diff(want, calls); d != "" {
			t.Fatalf("run %d: %s", i, d)
		}
	}
	if want["woocommerce"] != 2 || want["stripe"] > 20 {
		t.Errorf("calls %v, want one list and one batch of customers", want)
	}
}

func TestThreeLevelsAskForEachKeyOnce(t *testing.T) {
	p := start(t)
	a := p.ask(`{ orders(first: 50) { edges { node { customer { displayName supportUser { name tickets(first: 3) { edges { node { id } } } } } } } } }`)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	users := map[string]bool{}
	for _, n := range nodes(t, a, "orders") {
		if c, ok := at(t, n, "customer").(map[string]any); ok && c["supportUser"] != nil {
			users[fmt.Sprint(at(t, c, "supportUser", "name"))] = true
		}
	}
	var calls map[string]struct{ ByRoute map[string]int }
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.sandbox+"/_calls", "")), &calls); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int{"GET /orders": 1, "GET /customers": 1}, calls["woocommerce"].ByRoute); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]int{"GET /users/show_many": 1, "GET /users/{id}/tickets/requested": len(users)}, calls["zendesk"].ByRoute); d != "" {
		t.Error(d)
	}
}

func TestWithinFreshAListCostsNothing(t *testing.T) {
	p := start(t)
	p.ask(ordersQuery)
	p.calls()
	p.ask(ordersQuery)
	if d := cmp.Diff(map[string]int{}, p.calls()); d != "" {
		t.Error(d)
	}
}

func TestAnOutageOverAListIsOnePathOrOneError(t *testing.T) {
	p := start(t, "-set", "sources.stripe.cache.fresh=1ms", "-set", "sources.stripe.patience=50ms",
		"-set", "sources.stripe.breaker.off=true")
	p.fault("stripe", `{"status":503}`)
	a := p.ask(ordersQuery)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" {
		t.Fatalf("from cold: %+v", a.Errors)
	}
	if paths, _ := a.Errors[0].Extensions["paths"].([]any); len(paths) < 2 {
		t.Errorf("from cold: paths %v", paths)
	}
	for _, n := range nodes(t, a, "orders") {
		if at(t, n, "payment") != nil || at(t, n, "number") == nil {
			t.Errorf("from cold: %v", n)
		}
	}
	p.mend()
	good := p.eventually(ordersQuery, func(a answer) bool { return len(a.Errors) == 0 && a.Extensions.Freshness == nil })
	for name, fault := range map[string]string{"hanging": `{"hang":true}`, "failing": `{"status":503}`} {
		t.Run(name, func(*testing.T) {
			p.fault("stripe", fault)
			defer p.mend()
			a := p.eventually(ordersQuery, func(a answer) bool { return a.Extensions.Freshness != nil })
			if d := cmp.Diff(good.Data, a.Data); d != "" || len(a.Errors) > 0 {
				t.Errorf("errors %v, data %s", a.Errors, d)
			}
			want := []any{"orders", "edges", "*", "node", "payment"}
			if f := a.Extensions.Freshness; len(f) != 1 || !cmp.Equal(f[0].Path, want) || f[0].State != "STANDING_IN" {
				t.Errorf("freshness %+v", a.Extensions.Freshness)
			}
		})
	}
	p.eventually(ordersQuery, func(a answer) bool { return a.Extensions.Freshness == nil })
}

// page asks for one page of a connection and returns its nodes' field and where
// the next page begins; "" at the end.
func (p *program) page(t *testing.T, query string, field string, path ...any) (values []string, next string) {
	t.Helper()
	a := p.ask(query)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	for _, n := range nodes(t, a, path...) {
		values = append(values, fmt.Sprint(at(t, n, field)))
	}
	if at(t, a.Data, append(path, "pageInfo", "hasNextPage")...) == true {
		next, _ = at(t, a.Data, append(path, "pageInfo", "endCursor")...).(string)
	}
	return values, next
}

func TestPagingReadsEachOrderOnce(t *testing.T) {
	p := start(t)
	for _, size := range []int{7, 100, 130, 1000} {
		var all []string
		for after, more := "null", true; more; {
			values, next := p.page(t, fmt.Sprintf(`{ orders(first: %d, after: %s) { edges { node { number } } pageInfo { hasNextPage endCursor } } }`, size, after), "number", "orders")
			all = append(all, values...)
			after, more = fmt.Sprintf("%q", next), next != ""
		}
		slices.Sort(all)
		if len(all) != 300 || len(slices.Compact(all)) != 300 {
			t.Errorf("pages of %d: %d orders", size, len(all))
		}
	}
}

func TestPagingByCursorReadsEachTicketOnce(t *testing.T) {
	p := start(t)
	customer := p.mostTickets(t)
	for _, size := range []int{9, 100, 200} {
		var all []string
		for after, more := "null", true; more; {
			values, next := p.page(t, fmt.Sprintf(`{ customer(email: %q) { supportUser { tickets(first: %d, after: %s) { edges { node { id } } pageInfo { hasNextPage endCursor } } } } }`,
				customer, size, after), "id", "customer", "supportUser", "tickets")
			all = append(all, values...)
			after, more = fmt.Sprintf("%q", next), next != ""
		}
		n := len(all)
		slices.Sort(all)
		if n < 100 || len(slices.Compact(all)) != n {
			t.Errorf("pages of %d: %d tickets, %d of them different", size, n, len(slices.Compact(all)))
		}
	}
}

// mostTickets is the e-mail address of a customer with more than a page of tickets.
func (p *program) mostTickets(t *testing.T) string {
	t.Helper()
	a := p.ask(`{ orders(first: 300) { edges { node { customer { email supportUser { tickets(first: 101) { edges { cursor } } } } } } } }`)
	for _, n := range nodes(t, a, "orders") {
		c, ok := at(t, n, "customer").(map[string]any)
		if !ok || c["supportUser"] == nil {
			continue
		}
		if edges, _ := at(t, c, "supportUser", "tickets", "edges").([]any); len(edges) > 100 {
			return fmt.Sprint(c["email"])
		}
	}
	t.Fatal("no customer has more than 100 tickets")
	return ""
}

func TestNewOrdersBetweenPagesDoNoHarm(t *testing.T) {
	p := start(t, "-set", "sources.woocommerce.cache.fresh=0s")
	after := "null"
	for range 6 {
		values, next := p.page(t, `{ orders(first: 10, after: `+after+`) { edges { node { number } } pageInfo { hasNextPage endCursor } } }`, "number", "orders")
		after = fmt.Sprintf("%q", next)
		slices.Sort(values)
		if len(slices.Compact(slices.Clone(values))) != len(values) {
			t.Errorf("an order twice in one page: %v", values)
		}
		req, _ := http.NewRequest(http.MethodPost, p.sandbox+"/woocommerce/wp-json/wc/v3/orders", nil)
		req.SetBasicAuth("ck_sandbox", "cs_sandbox")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

func TestAliasesOfAListShareItsBatch(t *testing.T) {
	p := start(t, "-set", "defaults.cache.fresh=0s", "-set", "sources.woocommerce.cache.stale=0s")
	p.calls()
	for range 20 {
		p.ask(`{ orders(first: 100) { edges { node { a: customer { email } b: customer { displayName } c: customer { id username } } } } }`)
		if calls := p.calls()["woocommerce"]; calls != 2 {
			t.Fatalf("%d calls, want one for the orders and one for the customers", calls)
		}
	}
}

func TestReadingBackwardNeedsNoFirst(t *testing.T) {
	p := start(t)
	a := p.ask(`{ orders(first: 10) { edges { cursor node { number } } } }`)
	edges := nodes(t, a, "orders")
	cursor := at(t, a.Data, "orders", "edges", 5, "cursor")
	back, _ := p.page(t, fmt.Sprintf(`{ orders(last: 3, before: %q) { edges { node { number } } pageInfo { hasNextPage endCursor } } }`, cursor), "number", "orders")
	var want []string
	for _, n := range edges[2:5] {
		want = append(want, fmt.Sprint(at(t, n, "number")))
	}
	if !slices.Equal(back, want) {
		t.Errorf("got %v, want %v", back, want)
	}
}

func TestBadPagesAreBadInput(t *testing.T) {
	p := start(t)
	_, foreign := p.page(t, `{ customer(email: "ada.okafor@example.com") { orders(first: 1) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`, "id", "customer", "orders")
	for name, args := range map[string]string{
		"none":             `first: 0`,
		"fewer than none":  `first: -1`,
		"too many":         `first: 1000000`,
		"no cursor":        `first: 1, after: "x"`,
		"an empty cursor":  `first: 1, after: ""`,
		"a foreign cursor": fmt.Sprintf(`first: 1, after: %q`, foreign),
		"both ends":        `first: 1, last: 1`,
	} {
		t.Run(name, func(t *testing.T) {
			a := p.ask(`{ orders(` + args + `) { totalCount } }`)
			if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
				t.Errorf("%+v", a.Errors)
			}
		})
	}
}

const refundMutation = `mutation { refundPayment(input: {idempotencyKey: "k-1", paymentId: %q, amountMinor: 100}) {
	id amount { amount currency } payment { refunded { amount } } } }`

func TestARefundSentTwiceIsMadeOnceAndSeenAtOnce(t *testing.T) {
	p := start(t)
	query := `{ order(id: "1001") { payment { id refunded { amount } } } }`
	a := p.ask(query)
	id := fmt.Sprint(at(t, a.Data, "order", "payment", "id"))
	if at(t, a.Data, "order", "payment", "refunded", "amount") != "0.00" {
		t.Fatalf("%v", a.Data)
	}
	first := p.ask(fmt.Sprintf(refundMutation, id))
	second := p.ask(fmt.Sprintf(refundMutation, id))
	if len(first.Errors) > 0 || !cmp.Equal(at(t, first.Data, "refundPayment", "id"), at(t, second.Data, "refundPayment", "id")) {
		t.Errorf("%+v\n%+v", first, second)
	}
	if at(t, first.Data, "refundPayment", "payment", "refunded", "amount") != "1.00" {
		t.Errorf("in the mutation: %v", first.Data)
	}
	if a := p.ask(query); at(t, a.Data, "order", "payment", "refunded", "amount") != "1.00" {
		t.Errorf("on the next query: %v", a.Data)
	}
}

func TestARefusedRefundSaysWhy(t *testing.T) {
	p := start(t)
	a := p.ask(fmt.Sprintf(refundMutation, "pi_3Sandbox0000000000001003"))
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_REFUSED" ||
		a.Errors[0].Extensions["reason"] != "resource_missing" || a.Errors[0].Message == "" {
		t.Errorf("%+v", a.Errors)
	}
}

func TestOneKeyUsedManyTimesAtOnceIsOneRefund(t *testing.T) {
	p := start(t)
	id := fmt.Sprint(at(t, p.ask(`{ order(id: "1001") { payment { id } } }`).Data, "order", "payment", "id"))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { p.ask(fmt.Sprintf(refundMutation, id)) })
	}
	wg.Wait()
	a := p.ask(`{ order(id: "1001") { payment { refunded { amount } } } }`)
	if at(t, a.Data, "order", "payment", "refunded", "amount") != "1.00" {
		t.Errorf("%v", a.Data)
	}
}

func TestAFieldResolvedByHandStandsBesideGeneratedOnes(t *testing.T) {
	p := start(t)
	a := p.ask(`{ customer(email: "ada.okafor@example.com") { lifetimeValue { amountMinor currency } orders(first: 1000) { edges { node { status total { amountMinor currency } } } } } }`)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	want := map[any]float64{}
	for _, n := range nodes(t, a, "customer", "orders") {
		if s := at(t, n, "status"); s == "COMPLETED" || s == "PROCESSING" {
			minor, _ := at(t, n, "total", "amountMinor").(float64)
			want[at(t, n, "total", "currency")] += minor
		}
	}
	got := map[any]float64{}
	worth, _ := at(t, a.Data, "customer", "lifetimeValue").([]any)
	for _, m := range worth {
		minor, _ := at(t, m, "amountMinor").(float64)
		got[at(t, m, "currency")] = minor
	}
	if d := cmp.Diff(want, got); d != "" || len(got) == 0 {
		t.Error(d)
	}
}

func TestOneBadOrderOfAListIsNullAtItsPath(t *testing.T) {
	order := func(id int, number string) string {
		return fmt.Sprintf(`{"id":%d,"number":%s,"status":"completed","date_created_gmt":"2026-01-01T00:00:00",
			"total":"1.00","currency":"EUR","customer_id":0,"meta_data":[],"line_items":[]}`, id, number)
	}
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "["+order(1, `"one"`)+","+order(3, `3`)+","+order(4, `"four"`)+"]")
	}))
	defer shop.Close()
	p := start(t, "-set", "sources.woocommerce.url="+shop.URL)
	a := p.ask(`{ shop: orders(first: 3) { edges { order: node { number status } } } }`)
	got, _ := json.Marshal(a.Data)
	want := `{"shop":{"edges":[{"order":{"number":"one","status":"COMPLETED"}},{"order":null},{"order":{"number":"four","status":"COMPLETED"}}]}}`
	if string(got) != want {
		t.Errorf("data\n%s, want\n%s", got, want)
	}
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_CONTRACT" ||
		!cmp.Equal(a.Errors[0].Path, []any{"shop", "edges", 1.0, "order", "number"}) {
		t.Errorf("errors %+v", a.Errors)
	}
}
