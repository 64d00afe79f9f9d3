package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

const (
	woo    = "/woocommerce/wp-json/wc/v3"
	stripe = "/stripe/v1"
	desk   = "/zendesk/api/v2"
)

// reply is what came back, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request with the credentials of its source, in memory. A header
// is written "Name: value"; an empty Authorization leaves it out.
func ask(t *testing.T, h http.Handler, method, path, body string, headers ...string) reply {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	switch {
	case strings.HasPrefix(path, "/stripe"):
		r.Header.Set("Authorization", "Bearer sk_test_sandbox")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case strings.HasPrefix(path, "/woocommerce"):
		r.SetBasicAuth("ck_sandbox", "cs_sandbox")
	case strings.HasPrefix(path, "/zendesk"):
		r.SetBasicAuth("agent@example.com/token", "zd_sandbox")
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String()}
}

// get asks for path and fails the test unless it is there.
func get(t *testing.T, h http.Handler, path string) any {
	t.Helper()
	is := ask(t, h, http.MethodGet, path, "")
	if is.status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, is.status, is.body)
	}
	return decode(t, is.body)
}

func decode(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// at follows member names and indexes into a decoded value; nil when there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			members, _ := v.(map[string]any)
			v = members[step]
		case int:
			items, _ := v.([]any)
			if step >= len(items) {
				return nil
			}
			v = items[step]
		}
	}
	return v
}

// items returns the members of a list.
func items(t *testing.T, v any) []any {
	t.Helper()
	list, ok := v.([]any)
	if !ok {
		t.Fatalf("%v is no list", v)
	}
	return list
}

// allOrders returns every order, page by page.
func allOrders(t *testing.T, h http.Handler) []any {
	t.Helper()
	var all []any
	for page := 1; ; page++ {
		some := items(t, get(t, h, fmt.Sprintf("%s/orders?per_page=100&page=%d&orderby=id&order=asc", woo, page)))
		if all = append(all, some...); len(some) < 100 {
			return all
		}
	}
}

// intentOf is the payment intent that an order names in its meta_data, "" if none.
func intentOf(t *testing.T, order any) string {
	t.Helper()
	for _, entry := range items(t, at(order, "meta_data")) {
		if at(entry, "key") == "_stripe_intent_id" {
			return fmt.Sprint(at(entry, "value"))
		}
	}
	return ""
}

func TestEqualSeedsGiveEqualWorlds(t *testing.T) {
	paths := []string{
		woo + "/orders?per_page=100", woo + "/customers?per_page=100", woo + "/products?per_page=100",
		stripe + "/payment_intents?limit=100&expand[]=data.latest_charge", stripe + "/customers?limit=100", stripe + "/refunds?limit=100",
		desk + "/tickets?page[size]=100&include=users", desk + "/tickets?per_page=100&page=2&include=users", desk + "/tickets/5001/comments",
	}
	one, same, other := sandbox.New(sandbox.Config{Seed: 7}), sandbox.New(sandbox.Config{Seed: 7}), sandbox.New(sandbox.Config{Seed: 8})
	differs := false
	for _, path := range paths {
		want := ask(t, one, http.MethodGet, path, "").body
		if diff := cmp.Diff(want, ask(t, same, http.MethodGet, path, "").body); diff != "" {
			t.Errorf("%s (-one +same):\n%s", path, diff)
		}
		differs = differs || want != ask(t, other, http.MethodGet, path, "").body
	}
	if !differs {
		t.Error("another seed made the same world")
	}
	for _, id := range []string{"1001", "1002", "1003"} {
		if diff := cmp.Diff(get(t, one, woo+"/orders/"+id), get(t, other, woo+"/orders/"+id)); diff != "" {
			t.Errorf("order %s depends on the seed (-one +other):\n%s", id, diff)
		}
	}
}

func TestOrdersAreAsManyAsAskedFor(t *testing.T) {
	tests := map[string]struct{ asked, want int }{
		"300 unless asked":          {0, 300},
		"never without the three":   {1, 3},
		"nor with a negative count": {-5, 3},
		"more than a page":          {120, 120},
		"more than there are days":  {1000, 1000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := len(allOrders(t, sandbox.New(sandbox.Config{Orders: tt.asked}))); got != tt.want {
				t.Errorf("%d orders, want %d", got, tt.want)
			}
		})
	}
}

func TestWhatOrdersNameExists(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	seen := map[string]int{}
	for _, order := range allOrders(t, s) {
		id := at(order, "id")
		seen["order "+fmt.Sprint(at(order, "status"))]++
		seen["currency "+fmt.Sprint(at(order, "currency"))]++
		if customer := at(order, "customer_id"); customer == 0. {
			seen["guest"]++
		} else if is := get(t, s, fmt.Sprintf("%s/customers/%v", woo, customer)); at(is, "email") != strings.ToLower(fmt.Sprint(at(order, "billing", "email"))) {
			t.Errorf("order %v: customer %v has another e-mail", id, customer)
		}
		intent := intentOf(t, order)
		if intent == "" || id == 1003. {
			seen["no payment"]++
			continue
		}
		payment := get(t, s, stripe+"/payment_intents/"+intent)
		seen["payment "+fmt.Sprint(at(payment, "status"))]++
		checkPayment(t, s, order, payment)
	}
	for _, want := range []string{
		"guest", "no payment", "currency USD", "currency EUR", "currency JPY", "currency KWD",
		"payment succeeded", "payment processing", "payment canceled", "payment requires_payment_method",
		"order pending", "order processing", "order on-hold", "order completed", "order cancelled", "order refunded",
		"order failed", "order partial-shipped",
	} {
		if seen[want] == 0 {
			t.Errorf("there is no %s", want)
		}
	}
}

// checkPayment compares a payment with the order it pays.
func checkPayment(t *testing.T, s http.Handler, order, payment any) {
	t.Helper()
	id := at(order, "id")
	minor := strings.ReplaceAll(fmt.Sprint(at(order, "total")), ".", "")
	if got := fmt.Sprintf("%.0f", at(payment, "amount")); got != strings.TrimLeft(minor, "0") {
		t.Errorf("order %v: total %v, payment %s", id, at(order, "total"), got)
	}
	if got := strings.ToUpper(fmt.Sprint(at(payment, "currency"))); got != at(order, "currency") {
		t.Errorf("order %v: currency %v, payment %s", id, at(order, "currency"), got)
	}
	if at(payment, "metadata", "order_id") != at(order, "number") {
		t.Errorf("order %v: number %v, metadata %v", id, at(order, "number"), at(payment, "metadata"))
	}
	if customer := at(payment, "customer"); customer != nil {
		is := get(t, s, fmt.Sprintf("%s/customers/%v", stripe, customer))
		if at(is, "deleted") != true && at(is, "email") != strings.ToLower(fmt.Sprint(at(order, "billing", "email"))) {
			t.Errorf("order %v: Stripe customer %v has another e-mail", id, customer)
		}
	}
	paid := at(order, "transaction_id") != ""
	if paid != (at(payment, "status") == "succeeded") {
		t.Errorf("order %v: transaction %q, payment %v", id, at(order, "transaction_id"), at(payment, "status"))
	}
	refunds := items(t, at(get(t, s, fmt.Sprintf("%s/refunds?payment_intent=%v", stripe, at(payment, "id"))), "data"))
	if len(refunds) != len(items(t, at(order, "refunds"))) {
		t.Errorf("order %v: refunds %v, at Stripe %v", id, at(order, "refunds"), refunds)
	}
}

func TestOnePersonMayHaveSeveralStripeCustomers(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	byEmail := map[any]int{}
	for _, is := range items(t, at(get(t, s, stripe+"/customers?limit=100"), "data")) {
		byEmail[at(is, "email")]++
	}
	twice := 0
	for email, n := range byEmail {
		if email != nil && n > 1 {
			twice++
		}
	}
	if twice < 3 || byEmail[nil] != 1 {
		t.Errorf("%d e-mails twice and %d customers without, want at least 3 and 1", twice, byEmail[nil])
	}
}

func TestMostCustomersAreKnownToTheSupportDesk(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	emails := map[any]any{} // by customer id
	var all []string
	for _, is := range items(t, get(t, s, woo+"/customers?per_page=100")) {
		emails[fmt.Sprint(at(is, "id"))] = at(is, "email")
		all = append(all, fmt.Sprint(at(is, "id")))
	}
	users := items(t, at(get(t, s, desk+"/users/show_many?external_ids="+strings.Join(all, ",")), "users"))
	if len(all) != 48 || len(users) != 42 {
		t.Fatalf("%d customers and %d users, want 48 and 42", len(all), len(users))
	}
	for _, u := range users {
		if at(u, "email") != emails[at(u, "external_id")] {
			t.Errorf("customer %v is %v here and %v there", at(u, "external_id"), emails[at(u, "external_id")], at(u, "email"))
		}
	}
	about, statuses := 0, map[any]bool{}
	for page := 1; page <= 3; page++ {
		list := get(t, s, fmt.Sprintf("%s/tickets?page=%d&include=users", desk, page))
		external := map[any]any{}
		for _, u := range items(t, at(list, "users")) {
			external[at(u, "url")] = at(u, "external_id")
		}
		for _, is := range items(t, at(list, "tickets")) {
			statuses[at(is, "status")], statuses[at(is, "priority")] = true, true
			if id := at(is, "external_id"); id != nil {
				about++
				requester := external[fmt.Sprintf("http://example.com%s/users/%.0f.json", desk, at(is, "requester_id"))]
				if order := get(t, s, fmt.Sprintf("%s/orders/%v", woo, id)); requester != nil && fmt.Sprint(at(order, "customer_id")) != requester {
					t.Errorf("ticket %v of customer %v is about the order of %v", at(is, "id"), requester, at(order, "customer_id"))
				}
			}
		}
	}
	if about < 50 || len(statuses) != 11 {
		t.Errorf("%d tickets are about orders; statuses and priorities %v", about, statuses)
	}
}

func TestIndexListsTheSources(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	index := get(t, s, "/")
	for _, source := range []string{"woocommerce", "stripe", "zendesk"} {
		for _, path := range items(t, at(index, "sources", source, "try")) {
			get(t, s, fmt.Sprint(path))
		}
	}
	if is := ask(t, s, http.MethodPost, "/nothing", ""); is.status != http.StatusNotFound || at(decode(t, is.body), "error") == nil {
		t.Errorf("POST /nothing: %d %s", is.status, is.body)
	}
}

func TestCallsAreCountedByRoute(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	for _, path := range []string{
		woo + "/orders/1001", woo + "/orders/1002", woo + "/orders/1002/", woo + "/orders?page=2", woo + "/x/../y", "/woocommerce/z",
		stripe + "/customers/nobody", stripe + "/customers/a%2Fb", stripe + "/customers/a/b", stripe,
		desk + "/users/show_many?external_ids=11,12", desk + "/users/show_many.json?ids=1", desk + "/users/1", desk + "/users", desk + ".json",
	} {
		ask(t, s, http.MethodGet, path, "")
	}
	ask(t, s, http.MethodDelete, stripe+"/customers/x", "")
	want := map[string]any{
		"woocommerce": map[string]any{"total": 6., "byRoute": map[string]any{"GET /orders/{id}": 3., "GET /orders": 1., "other": 2.}},
		"stripe":      map[string]any{"total": 5., "byRoute": map[string]any{"GET /customers/{id}": 2., "other": 3.}},
		"zendesk":     map[string]any{"total": 5., "byRoute": map[string]any{"GET /users/show_many": 2., "GET /users/{id}": 1., "other": 2.}},
	}
	if diff := cmp.Diff(want, get(t, s, "/_calls")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if is := ask(t, s, http.MethodDelete, "/_calls", ""); is.status != http.StatusNoContent {
		t.Errorf("DELETE /_calls: %d", is.status)
	}
	if total := at(get(t, s, "/_calls"), "stripe", "total"); total != 0. {
		t.Errorf("after DELETE /_calls: %v", total)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, call := range [][3]string{
				{"GET", woo + "/orders?per_page=100"},
				{"PUT", woo + "/orders/1002", `{"status":"on-hold","meta_data":[{"key":"k","value":1}]}`},
				{"POST", woo + "/orders", `{"line_items":[{"product_id":101,"quantity":1}]}`},
				{"POST", stripe + "/refunds", "payment_intent=pi_3Sandbox0000000000001001&amount=1"},
				{"GET", stripe + "/payment_intents?limit=100&expand[]=data.latest_charge.refunds"},
				{"POST", desk + "/tickets", `{"ticket":{"comment":{"body":"Hello"},"requester":{"name":"New","email":"new@example.com"}}}`},
				{"PUT", desk + "/tickets/5002", `{"ticket":{"status":"pending"}}`},
				{"GET", desk + "/users/1900000000011/tickets/requested?page[size]=2&include=users"},
				{"PUT", "/_faults/stripe", `{"status":503,"share":0.5}`},
				{"GET", "/_faults"},
				{"DELETE", "/_faults"},
				{"GET", "/_calls"},
				{"DELETE", "/_calls"},
			} {
				ask(t, s, call[0], call[1], call[2])
			}
		})
	}
	wg.Wait()
	if n := len(allOrders(t, s)); n != 308 {
		t.Errorf("%d orders, want 308", n)
	}
	ids := map[any]bool{}
	for _, order := range allOrders(t, s) {
		ids[at(order, "id")] = true
	}
	if len(ids) != 308 {
		t.Errorf("%d ids, want 308", len(ids))
	}
}

func TestWhatIsWrittenIsNewestWhateverTheClockSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in the year 2000
		s := sandbox.New(sandbox.Config{})
		ask(t, s, http.MethodPost, woo+"/orders", `{}`)
		ask(t, s, http.MethodPut, desk+"/tickets/5002", `{"ticket":{"status":"open"}}`)
		if newest := at(get(t, s, woo+"/orders"), 0, "id"); newest != 1301. {
			t.Errorf("newest order is %v", newest)
		}
		if newest := deskIDs(t, s, desk+"/tickets?page[size]=1&sort=-updated_at", "tickets"); newest[0] != "5002" {
			t.Errorf("newest ticket is %v", newest)
		}
	})
}

func TestALargeBodyIsRefused(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	is := ask(t, s, http.MethodPost, woo+"/orders", strings.Repeat(" ", 2<<20))
	if is.status != http.StatusRequestEntityTooLarge || at(decode(t, is.body), "code") == nil {
		t.Errorf("%d %s", is.status, is.body)
	}
}

// ids returns the ids of a list's members in order.
func ids(t *testing.T, list any) []any {
	t.Helper()
	var all []any
	for _, one := range items(t, list) {
		all = append(all, at(one, "id"))
	}
	return all
}
