package main

import (
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What reference_*_test.go hold is of the graph in graph/, as it is shipped. Who
// puts a graph of his own there deletes these files, and testdata/reference.*.

// startReference runs the program as it is shipped, with settings that nobody edits.
func startReference(tb testing.TB, args ...string) *program {
	tb.Helper()
	return startGraph(tb, shippedGraph(), append([]string{"-config", "testdata/reference.yaml"}, args...)...)
}

func TestTheReferenceGraphJoinsItsAPIs(t *testing.T) {
	p := startReference(t)
	a := p.ask(`{ order(id: "1001") {
		number status placedAt total { amount currency } lines { quantity name }
		customer { displayName email lifetimeValue { currency } orders(first: 2) { edges { node { number } } } supportUser { name tickets(first: 2) { edges { node { subject status } } } } }
		payment { status amount { amount currency } refunded { amount } refunds(first: 2) { edges { node { id } } } } } }`)
	if len(a.Errors) > 0 || a.Extensions.Freshness != nil {
		t.Fatalf("%+v", a)
	}
	for want, path := range map[string][]any{
		"COMPLETED":              {"order", "status"},
		"38.64":                  {"order", "total", "amount"},
		"ada.okafor@example.com": {"order", "customer", "email"},
		"Ada Okafor":             {"order", "customer", "supportUser", "name"},
		"SUCCEEDED":              {"order", "payment", "status"},
		"USD":                    {"order", "payment", "amount", "currency"},
		"0.00":                   {"order", "payment", "refunded", "amount"},
	} {
		if got := at(t, a.Data, path...); got != want {
			t.Errorf("%v is %v, want %s", path, got, want)
		}
	}
	for _, path := range [][]any{{"order", "lines"}, {"order", "customer", "lifetimeValue"}, {"order", "customer", "orders", "edges"}, {"order", "customer", "supportUser", "tickets", "edges"}} {
		if list, _ := at(t, a.Data, path...).([]any); len(list) == 0 {
			t.Errorf("%v is empty", path)
		}
	}
}

func TestTheReferenceGraphListsWithFewCalls(t *testing.T) {
	p := startReference(t)
	a := p.ask(`{ orders(first: 20) { edges { node { number customer { displayName supportUser { name } } } } } }`)
	if len(a.Errors) > 0 || len(nodes(t, a, "orders")) != 20 {
		t.Fatalf("%+v", a)
	}
	if d := cmp.Diff(map[string]int{"woocommerce": 2, "zendesk": 1}, p.calls()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}

const referenceRefund = `mutation { refundPayment(input: {idempotencyKey: "k-1", paymentId: %q, amountMinor: 100}) {
	refund { id amount { amount currency } payment { id } } payment { refunded { amount } } } }`

func TestTheReferenceGraphRefundsOnce(t *testing.T) {
	p := startReference(t)
	const query = `{ order(id: "1001") { payment { id refunded { amount } } } }`
	id := fmt.Sprint(at(t, p.ask(query).Data, "order", "payment", "id"))
	for range 2 {
		if a := p.ask(fmt.Sprintf(referenceRefund, id)); len(a.Errors) > 0 {
			t.Error(a.Errors)
		}
	}
	if got := at(t, p.ask(query).Data, "order", "payment", "refunded", "amount"); got != "1.00" {
		t.Errorf("refunded %v", got)
	}
}

// A refund leaves everything fresh that has nothing to do with the payment. Its refunds, of which there were none, have.
func TestTheReferenceGraphAsksAgainForWhatARefundChanges(t *testing.T) {
	p := startReference(t, "-set", "defaults.cache.fresh=1h")
	const query = `{ order(id: "1001") { payment { id refunded { amount } refunds(first: 2) { edges { node { amount { amount } } } } } }
		orders(first: 10) { edges { node { payment { status } customer { displayName } } } } customer(email: "ada.okafor@example.com") { orders(first: 1) { totalCount } } }`
	id := fmt.Sprint(at(t, p.ask(query).Data, "order", "payment", "id"))
	p.calls()
	p.ask(query)
	if d := cmp.Diff(map[string]int{}, p.calls()); d != "" {
		t.Fatalf("it is not remembered: %s", d)
	}
	if a := p.ask(fmt.Sprintf(referenceRefund, id)); len(a.Errors) > 0 { // which reads the payment, too
		t.Fatal(a.Errors)
	}
	p.calls()
	a := p.ask(query)
	if len(a.Errors) > 0 || len(nodes(t, a, "order", "payment", "refunds")) != 1 || at(t, a.Data, "order", "payment", "refunded", "amount") != "1.00" {
		t.Errorf("%+v", a)
	}
	if d := cmp.Diff(map[string]int{"woocommerce": 1, "stripe": 1}, p.calls()); d != "" {
		t.Errorf("asked for again: %s", d)
	}
}

func TestTheReferenceGraphHasNoMistakes(t *testing.T) {
	if err := run(t.Context(), shippedGraph(), []string{"check", "-config", "testdata/reference.yaml"}, os.LookupEnv, io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
}
