package main

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// stripeMock starts Stripe's own mock server, which checks requests against
// Stripe's specification, and returns its address.
func stripeMock(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	binary := filepath.Join(t.TempDir(), "stripe-mock")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/stripe/stripe-mock").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server, said := exec.CommandContext(t.Context(), binary, "-http-addr", "127.0.0.1:0"), &logBuffer{said: make(chan struct{}, 1)}
	server.Stdout = said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	address := said.find(t, nil, `Listening for HTTP at address: (\S+)\n`)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		res, err := http.Get("http://" + address)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return address
	}
	t.Fatalf("stripe-mock does not answer at %s", address)
	return ""
}

// The reference graph's Stripe is written against the sandbox; here its requests pass the
// validation of a server that nobody here wrote, by configuration alone.
func TestStripesOwnMockAcceptsOurRequests(t *testing.T) {
	t.Parallel()
	p := startReference(t, "-set", "sources.stripe.url=http://"+stripeMock(t)+"/v1")
	const id = "pi_3Sandbox0000000000001001"
	t.Run("a single read", func(t *testing.T) {
		t.Parallel()
		a := p.ask(`{ order(id: "1001") { payment { id status amount { amountMinor currency } createdAt } } }`)
		if len(a.Errors) > 0 || at(t, a.Data, "order", "payment", "id") != id || at(t, a.Data, "order", "payment", "amount", "currency") != "USD" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a list", func(t *testing.T) {
		t.Parallel()
		a := p.ask(`{ order(id: "1001") { payment { refunds(first: 3) { edges { cursor node { id amount { amount } createdAt payment { id } } } pageInfo { hasNextPage } } } } }`)
		if len(a.Errors) > 0 || len(nodes(t, a, "order", "payment", "refunds")) == 0 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a refund", func(t *testing.T) {
		t.Parallel()
		for _, extra := range []string{"", ", amountMinor: 100", ", reason: REQUESTED_BY_CUSTOMER"} {
			a := p.ask(fmt.Sprintf(`mutation { refundPayment(input: {idempotencyKey: "k%d", paymentId: %q%s}) { refund { id amount { amount } createdAt } } }`, len(extra), id, extra))
			if len(a.Errors) > 0 || at(t, a.Data, "refundPayment", "refund", "id") == nil {
				t.Errorf("%s: %+v", extra, a)
			}
		}
	})
}
