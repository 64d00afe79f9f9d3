package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheReferenceGraphTellsOfWhatChanges follows an order while its shop and its payment change behind our back: their
// webhooks say so, and it is read anew.
func TestTheReferenceGraphTellsOfWhatChanges(t *testing.T) {
	p := startReference(t, "-set", "defaults.cache.fresh=1h",
		"-set", "sources.woocommerce.webhooks={scheme: woocommerce, secrets: [one-of-ours]}",
		"-set", "sources.stripe.webhooks={scheme: stripe, secrets: [whsec_of_ours]}")
	c := p.open(t, `{}`)
	c.say(subscribe("a", `subscription { order(id: 1001) { status payment { refunded { amount } } } }`))
	next := func(status, refunded string) string {
		return `{"id":"a","type":"next","payload":{"data":{"order":{"status":"` + status + `","payment":{"refunded":{"amount":"` + refunded + `"}}}}}}`
	}
	c.hears(next("COMPLETED", "0.00"))
	p.atVendor(http.MethodPut, "/woocommerce/wp-json/wc/v3/orders/1001", "application/json", `{"status":"on-hold"}`)
	c.hears(next("ON_HOLD", "0.00"))
	p.atVendor(http.MethodPost, "/stripe/v1/refunds", "application/x-www-form-urlencoded", "payment_intent=pi_3Sandbox0000000000001001&amount=100")
	c.hears(next("ON_HOLD", "1.00"))
}

// atVendor changes something at a vendor, as somebody else does.
func (p *program) atVendor(method, path, kind, body string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.sandbox+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if r.SetBasicAuth("sk_test_sandbox", ""); strings.HasPrefix(path, "/woocommerce") {
		r.SetBasicAuth("ck_sandbox", "cs_sandbox")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %s %v", method, path, res.Status, err)
	}
}
