package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

// A write is one of each vendor that can be sent again.
type write struct{ path, body string }

func vendorWrites() map[string]write {
	return map[string]write{
		"stripe":      {stripe + "/refunds", "amount=5&payment_intent=" + paidIntent},
		"zendesk":     {desk + "/tickets", `{"ticket":{"comment":{"body":"Hello"}}}`},
		"woocommerce": {woo + "/orders/1001/notes", `{"note":"Called the warehouse."}`},
	}
}

// made is how many writes a source made, and how many of them were made before.
func made(t *testing.T, h http.Handler, source string) (total, repeated any) {
	t.Helper()
	is := at(get(t, h, "/_effects"), source)
	return at(is, "total"), at(is, "repeated")
}

func TestAWriteThatComesTwiceIsMadeAsOftenAsTheVendorWould(t *testing.T) {
	tests := map[string]struct {
		source string
		wait   time.Duration
		end    string // of windows, by the control API
		made   float64
	}{
		"once at Stripe":                        {source: "stripe", made: 1},
		"for a day":                             {source: "stripe", wait: 24*time.Hour - 1, made: 1},
		"and then again":                        {source: "stripe", wait: 24 * time.Hour, made: 2},
		"or when its window is ended":           {source: "stripe", end: "/stripe", made: 2},
		"or all windows are":                    {source: "stripe", end: "/", made: 2},
		"but not when another's is":             {source: "stripe", end: "/zendesk", made: 1},
		"once at Zendesk":                       {source: "zendesk", made: 1},
		"for two hours":                         {source: "zendesk", wait: 2*time.Hour - 1, made: 1},
		"and then once more":                    {source: "zendesk", wait: 2 * time.Hour, made: 2},
		"or when its window is ended, likewise": {source: "zendesk", end: "/zendesk", made: 2},
		"twice at WooCommerce":                  {source: "woocommerce", made: 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, is := sandbox.New(sandbox.Config{}), vendorWrites()[tt.source]
				first := ask(t, s, http.MethodPost, is.path, is.body, "Idempotency-Key: k")
				time.Sleep(tt.wait)
				if tt.end != "" && ask(t, s, http.MethodDelete, "/_keys"+strings.TrimSuffix(tt.end, "/"), "").status != http.StatusNoContent {
					t.Error("the windows do not end")
				}
				again := ask(t, s, http.MethodPost, is.path, is.body, "Idempotency-Key: k")
				if first.status >= 300 || again.status != first.status || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
					t.Errorf("first %d %v %s\nagain %d %v %s", first.status, first.header, first.body, again.status, again.header, again.body)
				}
				if total, repeated := made(t, s, tt.source); total != tt.made || repeated != tt.made-1 || (first.body == again.body) != (tt.made == 1) {
					t.Errorf("made %v times, %v of them again, want %v\n%s\n%s", total, repeated, tt.made, first.body, again.body)
				}
			})
		})
	}
}

func TestAKeyMeansNothingWhereAVendorDoesNotLook(t *testing.T) {
	tests := map[string]struct {
		method string
		write
		source string
	}{
		"a change of a ticket": {http.MethodPut, write{desk + "/tickets/5002", `{"ticket":{"comment":{"body":"Again"}}}`}, "zendesk"},
		"an order":             {http.MethodPost, write{woo + "/orders", `{"line_items":[{"product_id":101}]}`}, "woocommerce"},
		"a change of an order": {http.MethodPut, write{woo + "/orders/1001", `{"customer_note":"thanks"}`}, "woocommerce"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Config{})
			for range 2 {
				ask(t, s, tt.method, tt.path, tt.body, "Idempotency-Key: k")
			}
			if total, repeated := made(t, s, tt.source); total != 2. || repeated != 1. {
				t.Errorf("made %v times, %v of them again", total, repeated)
			}
		})
	}
}

func TestKeysAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, is := sandbox.New(sandbox.Config{}), vendorWrites()["stripe"]
		ask(t, s, http.MethodPost, is.path, is.body, "Idempotency-Key: k1")
		ask(t, s, http.MethodPost, is.path, is.body, "Idempotency-Key: k1")
		time.Sleep(time.Hour)
		ask(t, s, http.MethodPost, is.path, is.body, "Idempotency-Key: k2")
		for wait, want := range []float64{2, 1, 0} {
			if wait > 0 {
				time.Sleep([]time.Duration{23 * time.Hour, time.Hour}[wait-1])
			}
			want := map[string]any{
				"stripe":  map[string]any{"window": "24h0m0s", "known": want},
				"zendesk": map[string]any{"window": "2h0m0s", "known": 0.},
			}
			if diff := cmp.Diff(any(want), get(t, s, "/_keys")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	})
}

func TestOnlySourcesWithKeysHaveWindowsThatEnd(t *testing.T) {
	tests := map[string]struct{ path, says string }{
		"an unknown one":        {"/_keys/strip", `no source "strip"`},
		"one that knows no key": {"/_keys/woocommerce", "woocommerce knows no idempotency keys"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			is := ask(t, sandbox.New(sandbox.Config{}), http.MethodDelete, tt.path, "")
			if says, _ := at(decode(t, is.body), "error").(string); is.status != http.StatusNotFound || !strings.Contains(says, tt.says) {
				t.Errorf("%d %s, want 404 %s", is.status, is.body, tt.says)
			}
		})
	}
}

func TestOnlyWritesThatWereMadeAreEffects(t *testing.T) {
	tests := map[string]struct{ fault, method, path, body string }{
		"a read is none":                {method: http.MethodGet, path: stripe + "/customers"},
		"nor is one that was refused":   {method: http.MethodPost, path: stripe + "/refunds", body: "amount=9999&payment_intent=" + paidIntent},
		"nor one without a route":       {method: http.MethodPost, path: stripe + "/coupons", body: "a=b"},
		"nor one that failed inside":    {fault: `{"status":500}`, method: http.MethodPost, path: stripe + "/refunds", body: "payment_intent=" + paidIntent},
		"nor one answered by something": {fault: `{"body":"ok"}`, method: http.MethodPost, path: stripe + "/refunds", body: "payment_intent=" + paidIntent},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sandbox.New(sandbox.Config{})
			if tt.fault != "" {
				breakIt(t, s, "", tt.fault)
			}
			ask(t, s, tt.method, tt.path, tt.body, "Idempotency-Key: k")
			none := map[string]any{"total": 0., "repeated": 0., "byRoute": map[string]any{}}
			want := map[string]any{"stripe": none, "woocommerce": none, "zendesk": none}
			if diff := cmp.Diff(any(want), get(t, s, "/_effects")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEffectsAreCountedByRouteUntilReset(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	for _, is := range vendorWrites() {
		ask(t, s, http.MethodPost, is.path, is.body)
	}
	ask(t, s, http.MethodPost, stripe+"/refunds", "amount=6&payment_intent="+paidIntent)
	one := func(route string, n float64) map[string]any {
		return map[string]any{"total": n, "repeated": 0., "byRoute": map[string]any{route: n}}
	}
	want := map[string]any{
		"stripe": one("POST /refunds", 2), "zendesk": one("POST /tickets", 1), "woocommerce": one("POST /orders/{id}/notes", 1),
	}
	if diff := cmp.Diff(any(want), get(t, s, "/_effects")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if is := ask(t, s, http.MethodDelete, "/_effects", ""); is.status != http.StatusNoContent {
		t.Errorf("%d %s", is.status, is.body)
	}
	if total, _ := made(t, s, "stripe"); total != 0. {
		t.Errorf("%v after a reset", total)
	}
}
