package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

const paidIntent = "pi_3Sandbox0000000000001001"

func TestStripeIntentHasTheVendorsShape(t *testing.T) {
	golden(t, sandbox.New(sandbox.Config{}), stripe+"/payment_intents/"+paidIntent+"?expand[]=latest_charge.refunds", "testdata/stripe-intent-1001.json")
}

func TestStripeSendsItsHeaders(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	is := ask(t, s, http.MethodGet, stripe+"/payment_intents/"+paidIntent, "", "Stripe-Version: 2025-01-01")
	if !strings.HasPrefix(is.header.Get("Request-Id"), "req_") || is.header.Get("Stripe-Version") != "2025-01-01" ||
		is.header.Get("Cache-Control") != "no-cache, no-store" {
		t.Errorf("%v", is.header)
	}
}

func TestStripeShowsEachStateOfAPayment(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		order string
		path  []any
		want  any
	}{
		"succeeded":                {"1001", []any{"amount_received"}, 3864.},
		"declined has an error":    {"1020", []any{"last_payment_error", "code"}, "card_declined"},
		"and a failed charge":      {"1020", []any{"latest_charge", "failure_message"}, "Your card has insufficient funds."},
		"processing is not paid":   {"1007", []any{"latest_charge", "status"}, "pending"},
		"canceled has no charge":   {"1013", []any{"latest_charge"}, nil},
		"and says why":             {"1013", []any{"cancellation_reason"}, "abandoned"},
		"given back as a whole":    {"1006", []any{"latest_charge", "refunded"}, true},
		"a refund without status":  {"1028", []any{"latest_charge", "refunds", "data", 0, "status"}, nil},
		"whose amount still shows": {"1028", []any{"latest_charge", "refunded"}, false},
		"the display number":       {"1006", []any{"metadata", "order_id"}, "HF-5006"},
		"yen have no minor unit":   {"1009", []any{"currency"}, "jpy"},
		"dinars have three digits": {"1016", []any{"currency"}, "kwd"},
		"keys are translated":      {"1005", []any{"metadata", "customer_email"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			is := get(t, s, stripe+"/payment_intents/pi_3Sandbox000000000000"+tt.order+"?expand[]=latest_charge.refunds&expand[]=customer")
			if got := at(is, tt.path...); got != tt.want {
				t.Errorf("%v is %v, want %v", tt.path, got, tt.want)
			}
		})
	}
}

func TestStripeLists(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		query string
		ids   []string // last digits
		more  bool
	}{
		"the newest first":             {"/payment_intents?limit=2", []string{"1300", "1299"}, true},
		"what comes after one":         {"/payment_intents?limit=2&starting_after=pi_3Sandbox0000000000001299", []string{"1298", "1296"}, true},
		"what comes before one":        {"/payment_intents?limit=2&ending_before=pi_3Sandbox0000000000001296", []string{"1299", "1298"}, true},
		"the first page, backwards":    {"/payment_intents?limit=5&ending_before=pi_3Sandbox0000000000001299", []string{"1300"}, false},
		"the end":                      {"/payment_intents?starting_after=" + paidIntent, nil, false},
		"two customers with an e-mail": {"/customers?email=edsger.dubois@example.com", []string{"1004", "0004"}, false},
		"an e-mail in other case":      {"/customers?email=Ada.Okafor@example.com", nil, false},
		"refunds of a payment":         {"/refunds?payment_intent=pi_3Sandbox0000000000001006", []string{"1006"}, false},
		"refunds of a charge":          {"/refunds?charge=ch_3Sandbox0000000000001006", []string{"1006"}, false},
		"no refunds":                   {"/refunds?payment_intent=" + paidIntent, nil, false},
		"created in a period":          {"/payment_intents?created[gte]=1772668860&created[lt]=1772668861", []string{"1001"}, false},
		"created at a moment":          {"/payment_intents?created=1772668860", []string{"1001"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list := get(t, s, stripe+tt.query)
			var got []string
			for _, id := range ids(t, at(list, "data")) {
				got = append(got, fmt.Sprint(id)[len(fmt.Sprint(id))-4:])
			}
			if diff := cmp.Diff(tt.ids, got); diff != "" || at(list, "has_more") != tt.more || at(list, "object") != "list" {
				t.Errorf("%s: more %v (-want +got):\n%s", tt.query, at(list, "has_more"), diff)
			}
		})
	}
}

func TestStripePagesLeadThroughAll(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]string{
		"payments":             "/payment_intents?limit=37",
		"customers":            "/customers?limit=9",
		"refunds":              "/refunds?limit=4",
		"a customer's payment": "/payment_intents?limit=1&customer=cus_Sandbox0000001",
	}
	for name, query := range tests {
		t.Run(name, func(t *testing.T) {
			first := get(t, s, stripe+query)
			var forward []any
			for page := first; ; {
				forward = append(forward, ids(t, at(page, "data"))...)
				if at(page, "has_more") != true {
					break
				}
				page = get(t, s, fmt.Sprintf("%s%s&starting_after=%v", stripe, query, forward[len(forward)-1]))
			}
			seen := map[any]bool{}
			for _, id := range forward {
				seen[id] = true
			}
			if len(seen) != len(forward) || at(first, "has_more") != true {
				t.Errorf("%d of %d different", len(seen), len(forward))
			}
			back := []any{forward[len(forward)-1]}
			for {
				page := get(t, s, fmt.Sprintf("%s%s&ending_before=%v", stripe, query, back[0]))
				if back = append(ids(t, at(page, "data")), back...); at(page, "has_more") != true {
					break
				}
			}
			if diff := cmp.Diff(forward, back); diff != "" {
				t.Errorf("back again (-forward +back):\n%s", diff)
			}
		})
	}
}

func TestStripeFindsTheCustomersPayments(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	list := get(t, s, stripe+"/payment_intents?limit=100&customer=cus_Sandbox0000001&expand[]=data.customer&expand[]=data.latest_charge")
	found := false
	for _, is := range items(t, at(list, "data")) {
		found = found || at(is, "id") == paidIntent
		if at(is, "customer", "email") != "ada.okafor@example.com" {
			t.Errorf("customer %v", at(is, "customer"))
		}
	}
	if !found {
		t.Error("the payment of order 1001 is missing")
	}
}

func TestStripeDeletedCustomerHasHardlyAnyFields(t *testing.T) {
	want := map[string]any{"id": "cus_Sandbox0002002", "object": "customer", "deleted": true}
	if diff := cmp.Diff(any(want), get(t, sandbox.New(sandbox.Config{}), stripe+"/customers/cus_Sandbox0002002")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStripeRefuses(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		method, path, body, header string
		status                     int
		code, param                any
	}{
		"no secret":                     {path: "/customers", header: "Authorization: ", status: 401},
		"a wrong secret":                {path: "/customers", header: "Authorization: Bearer sk_live_12345678901234567890", status: 401},
		"an unknown intent":             {path: "/payment_intents/pi_3Sandbox0000000000001003", status: 404, code: "resource_missing", param: "intent"},
		"an unknown customer":           {path: "/customers/x", status: 404, code: "resource_missing", param: "id"},
		"an unknown charge":             {path: "/charges/x", status: 404, code: "resource_missing", param: "id"},
		"an unknown refund":             {path: "/refunds/x", status: 404, code: "resource_missing", param: "id"},
		"an unknown route":              {path: "/coupons", status: 404},
		"an unknown method":             {method: "DELETE", path: "/customers/x", status: 404},
		"an unknown parameter":          {path: "/customers?mail=x", status: 400, code: "parameter_unknown", param: "mail"},
		"a large page":                  {path: "/customers?limit=101", status: 400, param: "limit"},
		"a page of nothing":             {path: "/customers?limit=0", status: 400, param: "limit"},
		"a limit that is no number":     {path: "/customers?limit=x", status: 400, code: "parameter_invalid_integer", param: "limit"},
		"a cursor nobody gave":          {path: "/customers?starting_after=x", status: 400, code: "resource_missing", param: "starting_after"},
		"two cursors":                   {path: "/customers?starting_after=x&ending_before=y", status: 400},
		"payments of an unknown":        {path: "/payment_intents?customer=x", status: 400, code: "resource_missing", param: "customer"},
		"what cannot be expanded":       {path: "/payment_intents/" + paidIntent + "?expand[]=amount", status: 400, param: "expand"},
		"data of what is no list":       {path: "/payment_intents/" + paidIntent + "?expand[]=data.customer", status: 400, param: "expand"},
		"five levels":                   {path: "/payment_intents?expand[]=data.latest_charge.refunds.data.charge", status: 400, param: "expand"},
		"a refund of nothing":           {method: "POST", path: "/refunds", body: "amount=1", status: 400, code: "parameter_missing"},
		"a refund of an unknown":        {method: "POST", path: "/refunds", body: "payment_intent=x", status: 400, code: "resource_missing", param: "payment_intent"},
		"a refund of an unknown charge": {method: "POST", path: "/refunds", body: "charge=x", status: 400, code: "resource_missing", param: "charge"},
		"refunds of an unknown charge":  {path: "/refunds?charge=x", status: 400, code: "resource_missing", param: "charge"},
		"refunds of an unknown intent":  {path: "/refunds?payment_intent=x", status: 400, code: "resource_missing", param: "payment_intent"},
		"a time that is none":           {path: "/customers?created[since]=1", status: 400, param: "created[since]"},
		"a short secret":                {path: "/customers", header: "Authorization: Bearer x", status: 401},
		"a refund of more than there":   {method: "POST", path: "/refunds", body: "amount=3865&payment_intent=" + paidIntent, status: 400, param: "amount"},
		"a refund of less than a cent":  {method: "POST", path: "/refunds", body: "amount=0&payment_intent=" + paidIntent, status: 400, param: "amount"},
		"a reason of one's own":         {method: "POST", path: "/refunds", body: "reason=rain&payment_intent=" + paidIntent, status: 400, param: "reason"},
		"a second full refund":          {method: "POST", path: "/refunds", body: "payment_intent=pi_3Sandbox0000000000001006", status: 400, code: "charge_already_refunded"},
		"a refund of what is unpaid":    {method: "POST", path: "/refunds", body: "payment_intent=pi_3Sandbox0000000000001020", status: 400, param: "payment_intent"},
		"JSON":                          {method: "POST", path: "/refunds", body: "{}", header: "Content-Type: application/json", status: 400},
		"a long idempotency key":        {method: "POST", path: "/refunds", body: "amount=1", header: "Idempotency-Key: " + strings.Repeat("k", 256), status: 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.method == "" {
				tt.method = http.MethodGet
			}
			var headers []string
			if tt.header != "" {
				headers = []string{tt.header}
			}
			is := ask(t, s, tt.method, stripe+tt.path, tt.body, headers...)
			got := at(decode(t, is.body), "error")
			if is.status != tt.status || at(got, "code") != tt.code || at(got, "param") != tt.param ||
				at(got, "type") != "invalid_request_error" || at(got, "message") == nil {
				t.Errorf("%d %s, want %d %v %v", is.status, is.body, tt.status, tt.code, tt.param)
			}
			if strings.Contains(is.body, "12345678901234567890") {
				t.Errorf("the secret shows: %s", is.body)
			}
		})
	}
}

func TestStripeRefundShowsEverywhere(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	back := func(form string) any {
		is := ask(t, s, http.MethodPost, stripe+"/refunds", "payment_intent="+paidIntent+form)
		if is.status != http.StatusOK {
			t.Fatalf("%d %s", is.status, is.body)
		}
		return decode(t, is.body)
	}
	refund := back("&amount=864&reason=duplicate&metadata[order_id]=1001&metadata[why]=a%26b&expand[]=charge")
	if at(refund, "metadata", "why") != "a&b" || at(refund, "reason") != "duplicate" || at(refund, "charge", "amount_refunded") != 864. {
		t.Errorf("%v", refund)
	}
	order := get(t, s, woo+"/orders/1001")
	if at(order, "refunds", 0, "total") != "-8.64" || at(order, "status") != "completed" {
		t.Errorf("after a part: %v, %v", at(order, "refunds"), at(order, "status"))
	}
	back("") // the rest
	charge := get(t, s, stripe+"/charges/ch_3Sandbox0000000000001001")
	if at(charge, "amount_refunded") != 3864. || at(charge, "refunded") != true {
		t.Errorf("%v", charge)
	}
	if order = get(t, s, woo+"/orders/1001"); at(order, "status") != "refunded" {
		t.Errorf("after all: %v", at(order, "status"))
	}
	if first := at(get(t, s, woo+"/orders/1001/refunds"), 0, "amount"); first != "30.00" {
		t.Errorf("newest refund %v", first)
	}
	newest := at(get(t, s, stripe+"/refunds?limit=1&expand[]=data.payment_intent"), "data", 0)
	if at(newest, "amount") != 3000. || at(newest, "payment_intent", "id") != paidIntent {
		t.Errorf("newest refund %v", newest)
	}
	alone := get(t, s, fmt.Sprintf("%s/refunds/%v?expand[]=charge.payment_intent", stripe, at(newest, "id")))
	if at(alone, "charge", "payment_intent", "id") != paidIntent {
		t.Errorf("%v", alone)
	}
}

func TestStripeRefundsByCharge(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	is := ask(t, s, http.MethodPost, stripe+"/refunds", "amount=1&charge=ch_3Sandbox0000000000001001")
	if is.status != http.StatusOK || at(decode(t, is.body), "payment_intent") != paidIntent {
		t.Errorf("%d %s", is.status, is.body)
	}
}

func TestStripeRunsAWriteOncePerKey(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	refund := func(form string) reply {
		return ask(t, s, http.MethodPost, stripe+"/refunds", "payment_intent="+paidIntent+form, "Idempotency-Key: k1")
	}
	if is := refund("&amount=9999"); is.status != http.StatusBadRequest {
		t.Errorf("what never began is kept: %d", is.status)
	}
	first, again, other := refund("&amount=5"), refund("&amount=5"), refund("&amount=6")
	if first.body != again.body || again.header.Get("Idempotent-Replayed") != "true" ||
		again.header.Get("Original-Request") != first.header.Get("Request-Id") || again.header.Get("Request-Id") == first.header.Get("Request-Id") {
		t.Errorf("first %v %s\nagain %v %s", first.header, first.body, again.header, again.body)
	}
	if other.status != http.StatusBadRequest || at(decode(t, other.body), "error", "type") != "idempotency_error" {
		t.Errorf("other parameters: %d %s", other.status, other.body)
	}
	if n := len(items(t, at(get(t, s, stripe+"/refunds?payment_intent="+paidIntent), "data"))); n != 1 {
		t.Errorf("%d refunds", n)
	}
}
