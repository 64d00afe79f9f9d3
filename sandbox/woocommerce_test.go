package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

func TestWooCommerceOrderHasTheVendorsShape(t *testing.T) {
	golden(t, sandbox.New(sandbox.Config{}), woo+"/orders/1001", "testdata/woocommerce-order-1001.json")
}

// golden compares an answer with a file, member by member.
func golden(t *testing.T, s http.Handler, path, file string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, string(want)), get(t, s, path)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestWooCommerceSendsItsHeaders(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	is := ask(t, s, http.MethodGet, woo+"/orders?per_page=100&page=2&status=any&consumer_key=ck_sandbox", "")
	want := map[string]string{
		"X-WP-Total": "300", "X-WP-TotalPages": "3", "Content-Type": "application/json; charset=UTF-8",
		"Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private", "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
		"Link": `<http://example.com/woocommerce/wp-json/wc/v3/orders?page=1&per_page=100&status=any>; rel="prev", ` +
			`<http://example.com/woocommerce/wp-json/wc/v3/orders?page=3&per_page=100&status=any>; rel="next"`,
	}
	for name, value := range want {
		if got := is.header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

func TestWooCommerceReadsManyAtOnce(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	var wanted, newestFirst []string
	for id := 1001; id <= 1100; id++ {
		wanted = append(wanted, strconv.Itoa(id))
		newestFirst = append([]string{strconv.Itoa(id)}, newestFirst...)
	}
	tests := map[string]struct {
		query        string
		want         []string
		total, pages string
	}{
		"a hundred orders, the newest first": {"/orders?per_page=100&include=" + strings.Join(wanted, ","), newestFirst, "100", "1"},
		"ten of them unless more are asked":  {"/orders?include=" + strings.Join(wanted, ","), newestFirst[:10], "100", "10"},
		"in brackets":                        {"/orders?per_page=100&include[]=" + strings.Join(wanted, "&include[]="), newestFirst, "100", "1"},
		"each once":                          {"/orders?include=1001,1002,1001,1001", []string{"1002", "1001"}, "2", "1"},
		"customers by name":                  {"/customers?per_page=100&include=12,11,13,9999", []string{"11", "13", "12"}, "3", "1"},
		"customers that do not exist at all": {"/customers?per_page=100&include=9998,9999", nil, "0", "0"},
		"all customers for no ids":           {"/customers?per_page=2&include=", []string{"51", "31"}, "48", "24"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			is := ask(t, s, http.MethodGet, woo+tt.query, "")
			var got []string
			for _, id := range ids(t, decode(t, is.body)) {
				got = append(got, fmt.Sprint(id))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || is.header.Get("X-WP-Total") != tt.total || is.header.Get("X-WP-TotalPages") != tt.pages {
				t.Errorf("%v (-want +got):\n%s", is.header, diff)
			}
		})
	}
	if calls := at(get(t, s, "/_calls"), "woocommerce", "byRoute"); at(calls, "GET /orders") != 4. || at(calls, "GET /customers") != 3. {
		t.Errorf("calls %v", calls)
	}
}

func TestWooCommerceLinksLeadThroughAll(t *testing.T) {
	tests := map[string]struct {
		path   string
		placed int // orders that come between the pages
		least  int // different orders seen
	}{
		"all orders":                               {woo + "/orders?per_page=40", 0, 300},
		"of a status":                              {woo + "/orders?per_page=2&status=partial-shipped", 0, 5},
		"new orders shift pages and repeat some":   {woo + "/orders?per_page=40", 3, 300},
		"not so where the oldest come first":       {woo + "/orders?per_page=40&orderby=id&order=asc", 3, 321},
		"some ids, whose parameter the link keeps": {woo + "/orders?per_page=1&include=1001,1002,1003", 0, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Config{})
			seen := map[any]bool{}
			for path := tt.path; path != ""; {
				is := ask(t, s, http.MethodGet, path, "")
				for _, id := range ids(t, decode(t, is.body)) {
					seen[id] = true
				}
				path = ""
				for link := range strings.SplitSeq(is.header.Get("Link"), ", ") {
					if target, ok := strings.CutSuffix(link, `>; rel="next"`); ok {
						path = strings.TrimPrefix(target, "<http://example.com")
					}
				}
				for range tt.placed {
					ask(t, s, http.MethodPost, woo+"/orders", `{}`)
				}
			}
			if len(seen) < tt.least {
				t.Errorf("%d orders, want %d", len(seen), tt.least)
			}
		})
	}
}

func TestWooCommerceLists(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		query string
		want  []any
	}{
		"ten orders, the newest first":         {"/orders", []any{1300., 1299., 1298., 1297., 1296., 1295., 1294., 1293., 1292., 1291.}},
		"a page":                               {"/orders?orderby=id&order=asc&per_page=2&page=2", []any{1003., 1004.}},
		"an offset":                            {"/orders?orderby=id&order=asc&per_page=2&offset=1", []any{1002., 1003.}},
		"a page after the last":                {"/orders?page=31", nil},
		"some ids":                             {"/orders?include=1002,1001,9999", []any{1002., 1001.}},
		"some ids in brackets":                 {"/orders?include[]=1002&include[]=1001", []any{1002., 1001.}},
		"some ids in their order":              {"/orders?include=1001,1003,1002&orderby=include", []any{1001., 1003., 1002.}},
		"all but some":                         {"/orders?orderby=id&order=asc&per_page=2&exclude=1001,1003", []any{1002., 1004.}},
		"a status":                             {"/orders?status=partial-shipped&order=asc", []any{1005., 1075., 1145., 1215., 1285.}},
		"several statuses":                     {"/orders?status=pending,completed&include=1001,1002,1003", []any{1002., 1001.}},
		"nothing in the trash":                 {"/orders?status=trash", nil},
		"a customer's":                         {"/orders?customer=11&include=1001,1002,1003", []any{1001.}},
		"guests'":                              {"/orders?customer=0&include=1001,1002,1003", []any{1002.}},
		"found by e-mail in any case":          {"/orders?search=ADA.Okafor@example.com&include=1001,1002,1003", []any{1001.}},
		"found by number":                      {"/orders?search=HF-5030", []any{1030.}},
		"with a product":                       {"/orders?product=104&include=1001,1002,1003", []any{1003.}},
		"placed after, by the shop's clock":    {"/orders?after=2026-08-31T11:35:59", []any{1300.}},
		"placed after, by UTC":                 {"/orders?after=2026-08-31T11:35:59&dates_are_gmt=true", nil},
		"placed after, with a zone":            {"/orders?after=2026-08-31T09:35:59Z", []any{1300.}},
		"placed before":                        {"/orders?before=2026-03-05T02:00:01", []any{1001.}},
		"changed in a period":                  {"/orders?modified_after=2026-03-06T23:59:59&modified_before=2026-03-07T00:00:01&dates_are_gmt=true", []any{1001.}},
		"a customer by e-mail":                 {"/customers?email=Ada.Okafor@example.com", []any{11.}},
		"customers by id":                      {"/customers?include=13,12&orderby=id", []any{12., 13.}},
		"no guest among customers":             {"/customers?email=linus.popescu@example.com", nil},
		"products by sku, exactly":             {"/products?sku=HF-101", []any{101.}},
		"not by sku in other case":             {"/products?sku=hf-101", nil},
		"two products with one sku":            {"/products?sku=HF-111", []any{112., 111.}},
		"products that are out of stock":       {"/products?stock_status=outofstock", []any{101.}},
		"products by title":                    {"/products?orderby=title&order=asc&per_page=1", []any{115.}},
		"parameters nobody knows are no error": {"/orders?include=1001&fancy=1", []any{1001.}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ids(t, get(t, s, woo+tt.query))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.query, diff)
			}
		})
	}
}

func TestWooCommerceRefuses(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		method, path, body, auth string
		status                   int
		code                     string
	}{
		"a request without keys":      {path: "/orders", auth: "Authorization: ", status: 401, code: "woocommerce_rest_cannot_view"},
		"a wrong key":                 {path: "/orders", auth: "Authorization: Basic Y2tfeDpjc19zYW5kYm94", status: 401, code: "woocommerce_rest_authentication_error"},
		"wrong keys in the query":     {path: "/orders?consumer_key=ck_sandbox&consumer_secret=x", auth: "Authorization: ", status: 401, code: "woocommerce_rest_authentication_error"},
		"an unknown order":            {path: "/orders/9", status: 404, code: "woocommerce_rest_shop_order_invalid_id"},
		"refunds of an unknown order": {path: "/orders/9/refunds", status: 404, code: "woocommerce_rest_shop_order_invalid_id"},
		"an order id that is none":    {path: "/orders/abc", status: 404, code: "rest_no_route"},
		"an unknown customer":         {path: "/customers/9", status: 404, code: "woocommerce_rest_invalid_id"},
		"the guests' customer id":     {path: "/customers/0", status: 404, code: "woocommerce_rest_invalid_id"},
		"an unknown product":          {path: "/products/9", status: 404, code: "woocommerce_rest_product_invalid_id"},
		"an unknown route":            {path: "/coupons", status: 404, code: "rest_no_route"},
		"an unknown method":           {method: "DELETE", path: "/orders/1001", status: 404, code: "rest_no_route"},
		"a path that climbs":          {path: "/orders/../customers", status: 404, code: "rest_no_route"},
		"a large page":                {path: "/orders?per_page=101", status: 400, code: "rest_invalid_param"},
		"an empty page":               {path: "/orders?per_page=0", status: 400, code: "rest_invalid_param"},
		"page zero":                   {path: "/orders?page=0", status: 400, code: "rest_invalid_param"},
		"a page that is no number":    {path: "/orders?page=x", status: 400, code: "rest_invalid_param"},
		"an unknown status":           {path: "/orders?status=lost", status: 400, code: "rest_invalid_param"},
		"an unknown column":           {path: "/orders?orderby=price", status: 400, code: "rest_invalid_param"},
		"ids that are none":           {path: "/orders?include=1,x", status: 400, code: "rest_invalid_param"},
		"a list of customers":         {path: "/orders?customer=1,2", status: 400, code: "rest_invalid_param"},
		"a bad date":                  {path: "/orders?after=yesterday", status: 400, code: "rest_invalid_param"},
		"broken JSON":                 {method: "PUT", path: "/orders/1001", body: `{`, status: 400, code: "rest_invalid_json"},
		"an unknown new status":       {method: "PUT", path: "/orders/1001", body: `{"status":"lost"}`, status: 400, code: "rest_invalid_param"},
		"an order of nobody":          {method: "POST", path: "/orders", body: `{"customer_id":9}`, status: 400, code: "rest_invalid_param"},
		"an order of nothing known":   {method: "POST", path: "/orders", body: `{"line_items":[{"product_id":9}]}`, status: 400, code: "woocommerce_rest_invalid_product_id"},
		"a note without a word":       {method: "POST", path: "/orders/1001/notes", body: `{}`, status: 400, code: "rest_missing_callback_param"},
		"a note about nothing":        {method: "POST", path: "/orders/9/notes", body: `{"note":"x"}`, status: 404, code: "woocommerce_rest_shop_order_invalid_id"},
		"notes of a kind of its own":  {path: "/orders/1001/notes?type=loud", status: 400, code: "rest_invalid_param"},
		"a price that is none":        {method: "PUT", path: "/products/101", body: `{"regular_price":"1.999"}`, status: 400, code: "rest_invalid_param"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.method == "" {
				tt.method = http.MethodGet
			}
			var headers []string
			if tt.auth != "" {
				headers = []string{tt.auth}
			}
			is := ask(t, s, tt.method, woo+tt.path, tt.body, headers...)
			got := decode(t, is.body)
			if is.status != tt.status || at(got, "code") != tt.code || at(got, "data", "status") != float64(tt.status) {
				t.Errorf("%d %s, want %d %s", is.status, is.body, tt.status, tt.code)
			}
		})
	}
}

func TestWooCommerceTakesKeysFromTheQuery(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	is := ask(t, s, http.MethodGet, woo+"/orders/1001?consumer_key=ck_sandbox&consumer_secret=cs_sandbox", "", "Authorization: ")
	if is.status != http.StatusOK {
		t.Errorf("%d %s", is.status, is.body)
	}
}

func TestWooCommerceAnswersHeadLikeGet(t *testing.T) {
	srv := httptest.NewServer(sandbox.New(sandbox.Config{}))
	defer srv.Close()
	res, err := srv.Client().Head(srv.URL + woo + "/orders?consumer_key=ck_sandbox&consumer_secret=cs_sandbox")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || len(body) != 0 || res.Header.Get("X-WP-Total") != "300" {
		t.Errorf("%v, body %q, header %v", err, body, res.Header)
	}
}

func TestWooCommerceKeepsWhatIsWritten(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	made := ask(t, s, http.MethodPost, woo+"/orders", `{"customer_id":11,"currency":"EUR","set_paid":true,
		"billing":{"first_name":"Ada","email":"ada.okafor@example.com"},
		"line_items":[{"product_id":101,"quantity":2}],"meta_data":[{"key":"source","value":{"by":"test"}}]}`)
	if made.status != http.StatusCreated || !strings.HasSuffix(made.header.Get("Location"), woo+"/orders/1301") {
		t.Fatalf("%d %v %s", made.status, made.header, made.body)
	}
	order := get(t, s, woo+"/orders/1301")
	want := map[string]any{"number": "HF-5301", "status": "processing", "total": "18.30", "customer_id": 11., "currency": "EUR"}
	for name, value := range want {
		if at(order, name) != value {
			t.Errorf("%s: %v, want %v", name, at(order, name), value)
		}
	}
	if at(order, "meta_data", 0, "value", "by") != "test" || at(order, "billing", "email") != "ada.okafor@example.com" {
		t.Errorf("%v", order)
	}
	if newest := at(get(t, s, woo+"/orders?orderby=modified"), 0, "id"); newest != 1301. {
		t.Errorf("newest is %v", newest)
	}

	put := func(path, body string) any {
		is := ask(t, s, http.MethodPut, woo+path, body)
		if is.status != http.StatusOK {
			t.Fatalf("PUT %s: %d %s", path, is.status, is.body)
		}
		return get(t, s, woo+path)
	}
	order = put("/orders/1301", `{"status":"completed","customer_note":"thanks","meta_data":[{"key":"source","value":null},{"key":"a","value":"b"}]}`)
	if at(order, "status") != "completed" || at(order, "customer_note") != "thanks" || at(order, "date_completed") == nil ||
		at(order, "meta_data", 0, "key") != "a" || len(items(t, at(order, "meta_data"))) != 1 {
		t.Errorf("%v", order)
	}
	product := put("/products/101", `{"stock_quantity":3,"regular_price":"12.5"}`)
	if at(product, "stock_quantity") != 3. || at(product, "price") != "12.50" || at(product, "stock_status") != "instock" {
		t.Errorf("%v", product)
	}
	if product = put("/products/101", `{"manage_stock":false}`); at(product, "stock_quantity") != nil {
		t.Errorf("%v", product)
	}
}

func TestWooCommerceTakesNotes(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	if notes := items(t, get(t, s, woo+"/orders/1001/notes")); len(notes) != 0 {
		t.Errorf("%v", notes)
	}
	for _, body := range []string{`{"note":"Called the warehouse."}`, `{"note":"On its way.","customer_note":true,"added_by_user":true}`} {
		is := ask(t, s, http.MethodPost, woo+"/orders/1001/notes", body)
		if made := decode(t, is.body); is.status != http.StatusCreated || at(made, "id") == nil || at(made, "date_created_gmt") == nil {
			t.Fatalf("%d %s", is.status, is.body)
		}
	}
	tests := map[string]struct {
		query string
		want  []string // author: note
	}{
		"the newest first":    {"", []string{"keeper: On its way.", "system: Called the warehouse."}},
		"those for the shop":  {"?type=internal", []string{"system: Called the warehouse."}},
		"those for the buyer": {"?type=customer", []string{"keeper: On its way."}},
		"all, when asked so":  {"?type=any", []string{"keeper: On its way.", "system: Called the warehouse."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, is := range items(t, get(t, s, woo+"/orders/1001/notes"+tt.query)) {
				got = append(got, fmt.Sprintf("%v: %v", at(is, "author"), at(is, "note")))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if others := items(t, get(t, s, woo+"/orders/1002/notes")); len(others) != 0 {
		t.Errorf("another order has them: %v", others)
	}
}
