package executor_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

const ordersQuery = `{ orders(first: 20) { edges { node { number total { amount currency }
	customer { displayName } payment { status } } } pageInfo { hasNextPage endCursor } } }`

// What lies below one list is asked for together, whatever the scheduler does.
func TestOneListMakesOneCallForEachLevel(t *testing.T) {
	vendors := newSandbox(t)
	total := 0
	for range 50 {
		w := newShopOver(t, vendors)
		a := w.mustAsk(ordersQuery)
		if got := strings.Count(a.data, `"number"`); got != 20 {
			t.Fatalf("%d orders in %s", got, a.data)
		}
		calls := w.look()
		routes, payments := map[string]int{}, map[string]bool{}
		for _, c := range calls {
			if id, ok := strings.CutPrefix(c.path, "/payment_intents/"); ok {
				if payments[id] {
					t.Fatalf("payment %s is asked for twice", id)
				}
				payments[id] = true
				continue
			}
			routes[c.source+c.path]++
		}
		if diff := cmp.Diff(map[string]int{"woocommerce/orders": 1, "woocommerce/customers": 1}, routes); diff != "" {
			t.Fatalf("calls (-want +got):\n%s", diff)
		}
		if total == 0 {
			total = len(calls)
		}
		if total != len(calls) {
			t.Fatalf("%d calls, and %d before", len(calls), total)
		}
		if w.mustAsk(ordersQuery); len(w.look()) > 0 {
			t.Fatal("a warm query makes calls")
		}
	}
}

func TestThreeLevelsAreThreeBatches(t *testing.T) {
	vendors := newSandbox(t)
	for range 50 {
		w := newShopOver(t, vendors)
		w.mustAsk(`{ orders(first: 20) { edges { node { customer { supportUser { name tickets(first: 2) { edges { node { subject } } } } } } } } }`)
		routes := map[string]int{}
		for _, c := range w.look() {
			if strings.HasSuffix(c.path, "/tickets/requested") {
				if routes[c.path]++; routes[c.path] > 1 {
					t.Fatalf("%s is asked for twice", c.path)
				}
				delete(routes, c.path)
				c.path = "/users/*/tickets"
			}
			routes[c.source+c.path]++
		}
		tickets := routes["zendesk/users/*/tickets"]
		delete(routes, "zendesk/users/*/tickets")
		want := map[string]int{"woocommerce/orders": 1, "woocommerce/customers": 1, "zendesk/users/show_many": 1}
		if diff := cmp.Diff(want, routes); diff != "" || tickets == 0 {
			t.Fatalf("%d users' tickets; calls (-want +got):\n%s", tickets, diff)
		}
	}
}

func TestWhatIsAskedForDecidesWhatIsFetched(t *testing.T) {
	const stubs = `orders(first: 10) { edges { node { number %s } } }`
	tests := map[string]struct {
		query string
		want  map[string]int // calls by source
	}{
		"nothing below":            {fmt.Sprintf("{"+stubs+"}", ""), map[string]int{"woocommerce": 1}},
		"a stub has its key":       {fmt.Sprintf("{"+stubs+"}", "customer { id } payment { id __typename }"), map[string]int{"woocommerce": 1}},
		"@skip skips the call":     {fmt.Sprintf("query($no: Boolean = false) {"+stubs+"}", "customer { id displayName @include(if: $no) }"), map[string]int{"woocommerce": 1}},
		"and so on a whole field":  {fmt.Sprintf("{"+stubs+"}", "customer @skip(if: true) { displayName }"), map[string]int{"woocommerce": 1}},
		"@include makes it":        {fmt.Sprintf("query($yes: Boolean = true) {"+stubs+"}", "customer { id displayName @include(if: $yes) }"), map[string]int{"woocommerce": 2}},
		"fragments count":          {fmt.Sprintf("fragment C on Customer { displayName } {"+stubs+"}", "... on Order { customer { ...C } }"), map[string]int{"woocommerce": 2}},
		"equal aliases share":      {fmt.Sprintf("{"+stubs+"}", "a: customer { displayName } b: customer { email }"), map[string]int{"woocommerce": 2}},
		"lists by alias are two":   {fmt.Sprintf("{a: "+stubs+"b: "+stubs+"}", "", ""), map[string]int{"woocommerce": 1}},
		"different arguments, too": {`{ a: orders(first: 2) { totalCount } b: orders(first: 3) { totalCount } }`, map[string]int{"woocommerce": 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newShop(t)
			w.mustAsk(test.query)
			if diff := cmp.Diff(test.want, w.total()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAliasesWithArgumentsOfTheirOwnAreOneCallEach(t *testing.T) {
	w := newShop(t)
	a := w.mustAsk(`{ orders(first: 20) { edges { node { customer {
		two: orders(first: 2) { edges { node { number } } }
		three: orders(first: 3) { edges { node { number } } }
		again: orders(first: 2) { edges { node { rawStatus } } } } } } } }`)
	seen := map[string]int{}
	for _, c := range w.look() {
		if id := c.query.Get("customer"); id != "" {
			seen[id+" "+c.query.Get("per_page")]++
		}
	}
	for what, n := range seen {
		if n > 1 {
			t.Errorf("customer and size %s: %d calls", what, n)
		}
	}
	if len(seen) < 4 || len(seen)%2 != 0 || !strings.Contains(a.data, `"again"`) {
		t.Errorf("asked for %v", seen)
	}
}

// many is an answer of the shop's customers with these items.
func many(items ...string) upstreamtest.Step {
	return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")
}

func customer(id string) string {
	return fmt.Sprintf(`{"id":%s,"first_name":"Customer","last_name":%q}`, id, strings.Trim(id, `"`))
}

// ordersOf is a page of orders by these customers, without payments.
func ordersOf(customers ...string) upstreamtest.Step {
	var items []string
	for i, id := range customers {
		items = append(items, fmt.Sprintf(`{"id":%d,"number":"%d","status":"completed","date_created_gmt":"2026-01-01T00:00:00",
			"total":"1.00","currency":"EUR","customer_id":%s,"meta_data":[],"line_items":[]}`, 100+i, 100+i, id))
	}
	return many(items...)
}

func TestABatchIsTakenApartByKey(t *testing.T) {
	const query = `{ orders(first: 4) { edges { node { customer { displayName } } } } }`
	tests := map[string]struct {
		orders    []string // their customers
		customers upstreamtest.Step
		want      []string // names, "" for null
		errs      []string
	}{
		"in another order":         {[]string{"1", "2", "3"}, many(customer("3"), customer("1"), customer("2")), []string{"Customer 1", "Customer 2", "Customer 3"}, nil},
		"fewer":                    {[]string{"1", "2", "3"}, many(customer("2")), []string{"", "Customer 2", ""}, nil},
		"none":                     {[]string{"1"}, many(), []string{""}, nil},
		"duplicates":               {[]string{"1", "2"}, many(customer("1"), strings.Replace(customer("1"), "Customer", "Double", 1), customer("2")), []string{"Customer 1", "Customer 2"}, nil},
		"foreign ones":             {[]string{"1", "2"}, many(customer("9"), customer("2"), customer("1")), []string{"Customer 1", "Customer 2"}, nil},
		"what is no item":          {[]string{"1", "2"}, many("7", "null", "{}", customer("2"), customer("1")), []string{"Customer 1", "Customer 2"}, nil},
		"one that does not fit":    {[]string{"1", "2"}, many(strings.Replace(customer("1"), `"Customer"`, `{}`, 1), customer("2")), []string{"", "Customer 2"}, []string{"orders.edges[0].node.customer.displayName"}},
		"keys that are texts":      {[]string{"1"}, many(customer(`"1"`)), []string{"Customer 1"}, nil},
		"no list":                  {[]string{"1", "2"}, upstreamtest.Answer(200, `{"data":[]}`), []string{"", ""}, []string{"orders.edges[0].node.customer", "orders.edges[1].node.customer"}},
		"no JSON":                  {[]string{"1"}, upstreamtest.Answer(200, `[`), []string{""}, []string{"orders.edges[0].node.customer"}},
		"a no":                     {[]string{"1", "2"}, upstreamtest.Answer(403, `{}`), []string{"", ""}, []string{"orders.edges[0].node.customer", "orders.edges[1].node.customer"}},
		"a 404 for one":            {[]string{"1"}, upstreamtest.Answer(404, `{}`), []string{""}, nil},
		"a 404 for several":        {[]string{"1", "2"}, upstreamtest.Answer(404, `{}`), []string{"", ""}, []string{"orders.edges[0].node.customer", "orders.edges[1].node.customer"}},
		"guests are not asked for": {[]string{"0", "1", "null"}, many(customer("1")), []string{"", "Customer 1", ""}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newShop(t)
			w.answerWith(func(r *http.Request) upstreamtest.Step {
				if strings.HasSuffix(r.URL.Path, "/orders") {
					return ordersOf(test.orders...)
				}
				return test.customers
			})
			a := w.ask(query)
			var got []string
			edges, _ := a.field(t, "orders.edges").([]any)
			for _, e := range edges {
				node, _ := e.(map[string]any)["node"].(map[string]any)
				c, _ := node["customer"].(map[string]any)
				name, _ := c["displayName"].(string)
				got = append(got, name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.errs, a.paths()); diff != "" {
				t.Errorf("errors (-want +got):\n%s\n%v", diff, a.errs)
			}
			if n := w.total()["woocommerce"]; n != 2 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

func TestABatchAsksInChunksAndOnlyForWhatIsNotRemembered(t *testing.T) {
	w := newShop(t)
	ids := func(from, to int) (all []string) {
		for i := from; i <= to; i++ {
			all = append(all, strconv.Itoa(i))
		}
		return all
	}
	orders := ids(1, 60)
	w.answerWith(func(r *http.Request) upstreamtest.Step {
		if strings.HasSuffix(r.URL.Path, "/orders") {
			page := r.URL.Query().Get("page")
			if page == "1" {
				return ordersOf(orders[:min(100, len(orders))]...)
			}
			return ordersOf(orders[min(100, len(orders)):]...)
		}
		var items []string
		for id := range strings.SplitSeq(r.URL.Query().Get("include"), ",") {
			if id != "7" { // who is not there
				items = append(items, customer(id))
			}
		}
		return many(items...)
	})
	asked := func() (all [][]string) {
		for _, c := range w.look() {
			if c.path == "/customers" {
				all = append(all, strings.Split(c.query.Get("include"), ","))
			}
		}
		slices.SortFunc(all, func(a, b []string) int { return len(b) - len(a) })
		return all
	}
	w.mustAsk(`{ orders(first: 100) { edges { node { customer { displayName } } } } }`)
	if got := asked(); len(got) != 1 || len(got[0]) != 60 || !slices.IsSorted(got[0]) {
		t.Fatalf("asked for %v", got)
	}
	orders = append(ids(1, 250), "5", "5")
	a := w.mustAsk(`{ orders(first: 252, status: COMPLETED) { edges { node { customer { displayName } } } } }`)
	got := asked()
	if len(got) != 2 || len(got[0]) != 100 || len(got[1]) != 90 {
		t.Errorf("asked for %v", got)
	}
	if n := strings.Count(a.data, `"displayName":"Customer 5"`); n != 3 {
		t.Errorf("customer 5 is there %d times", n)
	}
	if n := strings.Count(a.data, `"customer":null`); n != 1 {
		t.Errorf("%d customers are not there", n)
	}
}

func TestAFailedChunkFailsItsOwnKeys(t *testing.T) {
	w := newShop(t)
	var ids []string
	for i := range 150 {
		ids = append(ids, strconv.Itoa(i+1))
	}
	w.answerWith(func(r *http.Request) upstreamtest.Step {
		if strings.HasSuffix(r.URL.Path, "/orders") {
			if r.URL.Query().Get("page") == "1" {
				return ordersOf(ids[:100]...)
			}
			return ordersOf(ids[100:]...)
		}
		asked := strings.Split(r.URL.Query().Get("include"), ",")
		if len(asked) == 50 {
			return upstreamtest.Answer(503, `{}`)
		}
		var items []string
		for _, id := range asked {
			items = append(items, customer(id))
		}
		return many(items...)
	})
	a := w.ask(`{ orders(first: 150) { edges { node { customer { displayName } } } } }`)
	if n := strings.Count(a.data, `"displayName":"Customer `); n != 100 || len(a.errs) != 50 {
		t.Errorf("%d customers, %d errors", n, len(a.errs))
	}
	var shared *upstreams.Error
	for _, e := range a.errs {
		own, ok := errors.AsType[*upstreams.Error](e)
		if !ok || own.Kind != upstreams.Unavailable || own.Connector != "Customer" || e.Path == nil {
			t.Fatalf("%#v", e)
		}
		if shared == nil {
			shared = own
		}
	}
	if shared.Message != "" || shared.Extensions != nil {
		t.Errorf("the error that all share was changed: %+v", shared)
	}
}

func TestErrorsConcernTheirKeyOnly(t *testing.T) {
	w := newShop(t)
	w.answerWith(func(r *http.Request) upstreamtest.Step {
		if strings.HasSuffix(r.URL.Path, "0000001001") {
			return upstreamtest.Answer(402, `{"error":{}}`)
		}
		return nil
	})
	a := w.ask(`{ a: order(id: "1001") { payment { status } } b: order(id: "1006") { payment { status } } }`)
	if got := a.paths(); !cmp.Equal(got, []string{"a.payment"}) {
		t.Errorf("errors at %v: %v", got, a.errs)
	}
	if strings.Contains(a.data, `"b":{"payment":null`) {
		t.Errorf("data %s", a.data)
	}
}

// Each field of a mutation reads what the one before it wrote.
func TestFieldsOfAMutationLoadForThemselves(t *testing.T) {
	w := newShop(t)
	a := w.ask(`mutation {
		a: refundPayment(input: {idempotencyKey: "k1", paymentId: "pi_3Sandbox0000000000001001", amountMinor: 100}) { payment { refunded { amountMinor } } }
		b: refundPayment(input: {idempotencyKey: "k2", paymentId: "pi_3Sandbox0000000000001001", amountMinor: 200}) { payment { refunded { amountMinor } } }
	}`)
	if len(a.errs) > 0 {
		t.Fatal(a.errs)
	}
	writes := 0
	for _, c := range w.look() {
		if c.path == "/refunds" {
			writes++
		}
	}
	if writes != 2 {
		t.Errorf("%d refunds", writes)
	}
	if want := `{"a":{"payment":{"refunded":{"amountMinor":100}}},"b":{"payment":{"refunded":{"amountMinor":300}}}}`; a.data != want {
		t.Errorf("got  %s\nwant %s", a.data, want)
	}
}

func TestALeftOutInputIsNotNull(t *testing.T) {
	w := newShop(t)
	var bodies []string
	w.answerWith(func(r *http.Request) upstreamtest.Step {
		b := new(strings.Builder)
		if err := r.Write(b); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, b.String()[strings.Index(b.String(), "\r\n\r\n")+4:])
		return upstreamtest.Answer(200, `{"id":"re_1","amount":100,"currency":"usd","status":"succeeded","created":1,"payment_intent":"pi_1"}`)
	})
	const input = `mutation($in: RefundPaymentInput!) { refundPayment(input: $in) { id } }`
	for _, in := range []map[string]any{
		{"idempotencyKey": "k", "paymentId": "pi_1"},
		{"idempotencyKey": "k", "paymentId": "pi_1", "amountMinor": nil, "reason": "DUPLICATE"},
		{"idempotencyKey": "k", "paymentId": "pi_1", "amountMinor": 5},
	} {
		if a := w.ask(input, map[string]any{"in": in}); len(a.errs) > 0 {
			t.Fatal(a.errs)
		}
	}
	want := []string{"payment_intent=pi_1", "payment_intent=pi_1&amount=&reason=duplicate", "payment_intent=pi_1&amount=5"}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Errorf("bodies (-want +got):\n%s", diff)
	}
}

func TestFaultsAreRaisedWhereTheyAreAskedFor(t *testing.T) {
	w := newShop(t)
	w.answerWith(func(*http.Request) upstreamtest.Step {
		return upstreamtest.Answer(200, `{"id":7,"number":"7","status":"completed","date_created_gmt":"2026-01-01T00:00:00",
			"date_modified_gmt":"yesterday","total":"1.00","currency":"EUR","customer_id":0,"meta_data":[],
			"line_items":[{"id":1,"name":"good","quantity":1},{"id":2,"name":["bad"],"quantity":1}]}`)
	})
	tests := map[string]struct {
		query string
		want  []string
	}{
		"nobody asks":           {`{ order(id: "7") { number lines { id } } }`, nil},
		"a field":               {`{ order(id: "7") { updatedAt } }`, []string{"order.updatedAt"}},
		"by other names":        {`{ o: order(id: "7") { a: updatedAt b: updatedAt } }`, []string{"o.a", "o.b"}},
		"of an item of a list":  {`{ order(id: "7") { lines { name } } }`, []string{"order.lines[1].name"}},
		"through a fragment":    {`{ order(id: "7") { ...F } } fragment F on Order { updatedAt lines { n: name } }`, []string{"order.lines[1].n", "order.updatedAt"}},
		"also when it is warm":  {`{ a: order(id: "7") { updatedAt } b: order(id: "7") { number } }`, []string{"a.updatedAt"}},
		"but not when left out": {`{ order(id: "7") { updatedAt @skip(if: true) number } }`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := w.ask(test.query)
			if diff := cmp.Diff(test.want, a.paths()); diff != "" {
				t.Errorf("errors (-want +got):\n%s\n%v", diff, a.errs)
			}
		})
	}
}
