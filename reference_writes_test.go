package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTheReferenceGraphRefundsLater is what the README shows: a refund that is accepted while Stripe is out, and made when
// it is back, once; also by a process that was killed in between.
func TestTheReferenceGraphRefundsLater(t *testing.T) {
	t.Parallel()
	const paid = `{ order(id: "1001") { payment { id refunded { amount } refunds { edges { node { id } } } } } }`
	for name, killed := range map[string]bool{"by who accepted it": false, "after kill -9": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := startAPIs(t)
			p := spawnOn(t, v, append(v.sources(), "-schema", "graph", "-config", "testdata/reference.yaml", "-data", shortDir(t))...)
			payment := fmt.Sprint(at(t, p.ask(paid).Data, "order", "payment", "id"))
			refund := fmt.Sprintf(`mutation { refundPayment(input: {idempotencyKey: "k", paymentId: %q, amountMinor: 100}) {
				refund { id amount { amount } } payment { refunded { amount } } write { id state } } }`, payment)

			p.fault("stripe", `{"reset":true}`)
			a := p.recorded(refund, "k")
			id, state := receiptOf(t, a, "refundPayment")
			if state != "QUEUED" || at(t, a.Data, "refundPayment", "refund") != nil || at(t, a.Data, "refundPayment", "payment") != nil {
				t.Fatalf("%+v", a)
			}
			if killed {
				p.kill()
				p.again()
			}
			if is := p.becomes(id, "QUEUED"); is["key"] != "k" || is["field"] != "Mutation.refundPayment" || is["source"] != "stripe" {
				t.Errorf("%v", is)
			}
			began := time.Now()
			p.mend()
			is := p.becomes(id, "APPLIED")
			t.Logf("made %v after Stripe was back, with try %v", time.Since(began).Round(time.Millisecond), is["attempts"])

			a = p.ask(refund)
			if again, state := receiptOf(t, a, "refundPayment"); again != id || state != "APPLIED" || at(t, a.Data, "refundPayment", "payment", "refunded", "amount") != "1.00" {
				t.Errorf("who comes again: %+v", a)
			}
			if a := p.ask(paid); !isFresh(a) || at(t, a.Data, "order", "payment", "refunded", "amount") != "1.00" || len(nodes(t, a, "order", "payment", "refunds")) != 1 {
				t.Errorf("the payment: %+v", a)
			}
			if n := p.effects()["stripe"]; n != 1 {
				t.Errorf("%d refunds", n)
			}
		})
	}
}

// A ticket is made once for its key, also where the reply is cut after the work is done.
func TestTheReferenceGraphAsksTheHelpDeskOnce(t *testing.T) {
	p := startReference(t)
	const ticket = `mutation { createTicket(input: {subject: "Where is it?", text: "Where?", requesterName: "Ada", requesterEmail: "ada.okafor@example.com", orderId: 1001, priority: HIGH}) {
		ticket { id subject status priority } write { id state } } }`
	const asked = `{ customer(email: "ada.okafor@example.com") { supportUser { tickets { edges { node { id } } } } } }`
	before := len(nodes(t, p.ask(asked), "customer", "supportUser", "tickets"))
	p.fault("zendesk", `{"cutAfter":true}`)
	id, state := receiptOf(t, p.keyed(ticket, "once"), "createTicket")
	if state != "QUEUED" {
		t.Fatal(state)
	}
	p.mend()
	p.becomes(id, "APPLIED")
	a := p.keyed(ticket, "once")
	if _, state := receiptOf(t, a, "createTicket"); state != "APPLIED" || at(t, a.Data, "createTicket", "ticket", "priority") != "high" {
		t.Errorf("%+v", a)
	}
	if now := len(nodes(t, p.ask(asked), "customer", "supportUser", "tickets")); now != before+1 || p.effects()["zendesk"] != 1 {
		t.Errorf("%d tickets were %d, %v", now, before, p.effects())
	}
	if a := p.keyed(ticket, "another"); a.Errors != nil || p.effects()["zendesk"] != 2 {
		t.Errorf("with another key: %+v", a)
	}
}

// Nobody knows whether a note was made of which no reply came, for the shop knows no keys: whoever looks finds out.
func TestTheReferenceGraphLooksForANote(t *testing.T) {
	p := startReference(t)
	const note = `mutation { addOrderNote(input: {orderId: 1001, text: "Call back", toCustomer: true}) { note { text reference toCustomer } write { id state } } }`
	const notes = `{ order(id: 1001) { notes { text reference toCustomer } } }`
	if a := p.ask(notes); a.Errors != nil {
		t.Fatalf("%+v", a)
	}
	p.fault("woocommerce", `{"cutAfter":true,"path":"/orders/1001/notes"}`)
	a := p.keyed(note, "once")
	if failed(a) != "UPSTREAM_UNAVAILABLE UNKNOWN" {
		t.Fatalf("%+v", a)
	}
	id, _ := a.Errors[0].Extensions["write"].(string)
	if is := p.write(id); is["state"] != "UNKNOWN" {
		t.Errorf("before anybody could look: %v", is)
	}
	p.mend()
	is := p.becomes(id, "APPLIED")
	if is["attempts"] != 1.0 || p.effects()["woocommerce"] != 1 {
		t.Errorf("%v, %v", is, p.effects())
	}
	if a := p.keyed(note, "once"); a.Errors != nil || at(t, a.Data, "addOrderNote", "write", "state") != "APPLIED" || p.effects()["woocommerce"] != 1 {
		t.Errorf("who comes again: %+v, %v", a, p.effects())
	}
	a = p.ask(notes)
	want := map[string]any{"text": "Call back (Ref. " + id[:26] + ")", "reference": id[:26], "toCustomer": true}
	if all, _ := at(t, a.Data, "order", "notes").([]any); !isFresh(a) || len(all) != 1 || !cmp.Equal(all[0], any(want)) {
		t.Errorf("the notes: %+v", a)
	}
}

// effects are how many changes each API of the sandbox made.
func (p *program) effects() map[string]int {
	p.t.Helper()
	var made map[string]struct{ Total int }
	if err := json.Unmarshal([]byte(p.do("GET", p.sandbox+"/_effects", "")), &made); err != nil {
		p.t.Fatal(err)
	}
	counts := map[string]int{}
	for source, m := range made {
		counts[source] = m.Total
	}
	return counts
}
