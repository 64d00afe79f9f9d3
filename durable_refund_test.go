package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/jetstream/jetstreamtest"
)

// TestAPaymentFromBeforeARefundIsNowhereFresh has no payment read after the refund, so that the one from before is all
// there is: on the gateway that made it, on another one of its cluster, after a reload, and after a crash.
func TestAPaymentFromBeforeARefundIsNowhereFresh(t *testing.T) {
	t.Parallel()
	for name, gateways := range map[string]int{"one gateway": 1, "two of a cluster": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := startAPIs(t)
			args := v.sources("defaults.cache.fresh=1h", "defaults.retry.max=0", "defaults.breaker.off=true")
			if gateways > 1 {
				args = append(args, inCluster(t, jetstreamtest.Start(t))...)
			}
			var all []*lasting
			for range gateways {
				p := spawnOn(t, v, append(args, "-data", shortDir(t))...)
				p.see(refundedOf1001)
				p.keeping()
				all = append(all, p)
			}
			here, there := all[0], all[len(all)-1]
			here.fault("stripe", `{"status":503,"path":"/payment_intents"}`)
			here.refund()
			if here.hasOldPayment() {
				t.Fatal("it is fresh where the refund was made")
			}
			began := time.Now()
			for there.hasOldPayment() {
				if time.Since(began) > time.Minute {
					t.Fatal("it is fresh on another gateway")
				}
			}
			t.Logf("hidden on the last of %d gateways %v after the refund was answered", gateways, time.Since(began))
			for _, p := range all {
				for when, happens := range map[string]func(){
					"from then on":   func() {},
					"after a reload": p.reload,
					"after a crash":  func() { p.kill(); p.again() },
				} {
					happens()
					for range 5 {
						if p.hasOldPayment() {
							t.Fatalf("it is fresh %s", when)
						}
					}
				}
			}
			here.mend()
			for _, p := range all {
				p.eventually(refundedOf1001, func(a answer) bool { return isFresh(a) && strings.HasSuffix(fmt.Sprint(a.Data), "amountMinor:1]]]]") })
			}
		})
	}
}

// TestAPaymentThatWasReadDuringARefundIsNotFreshAfterACrash kills the process while the refund is made: it is not there
// to say that the payment has changed since it was read.
func TestAPaymentThatWasReadDuringARefundIsNotFreshAfterACrash(t *testing.T) {
	v := startAPIs(t)
	p := spawnOn(t, v, append(v.sources("defaults.cache.fresh=1h", "defaults.retry.max=0", "defaults.breaker.off=true"), "-data", shortDir(t))...)
	p.keeping()
	p.fault("stripe", `{"latency":"1m","path":"/refunds"}`)
	var refund sync.WaitGroup
	refund.Go(func() {
		if res, err := http.Post(p.url+"/graphql", "application/json", strings.NewReader(`{"query": "`+strings.ReplaceAll(refundOf1001, `"`, `\"`)+`"}`)); err == nil {
			t.Errorf("it was answered: %s", res.Status)
			_ = res.Body.Close()
		}
	})
	for p.callsSoFar()["stripe"] == 0 {
		<-time.After(10 * time.Millisecond)
	}
	p.see(refundedOf1001)
	p.keeping()
	if !isFresh(p.ask(refundedOf1001)) {
		t.Error("it is not fresh although nothing has ended yet")
	}
	p.kill()
	refund.Wait()
	p.again()
	p.fault("stripe", `{"status":503,"path":"/payment_intents"}`)
	if a := p.ask(refundedOf1001); a.Errors != nil || isFresh(a) {
		t.Errorf("after the crash: %+v", a)
	}
}

const refundOf1001 = `mutation { refundPayment(input: {idempotencyKey: "once", paymentId: "pi_3Sandbox0000000000001001", amountMinor: 1}) { id } }`

const refundedOf1001 = `{ order(id: "1001") { payment { refunded { amountMinor } } } }`

// refund gives back a cent.
func (p *program) refund() {
	p.t.Helper()
	a := p.ask(refundOf1001)
	if a.Errors != nil {
		p.t.Fatalf("%+v", a.Errors)
	}
}

// hasOldPayment reports whether a payment of which nothing was given back is taken for fresh.
func (p *program) hasOldPayment() bool {
	p.t.Helper()
	a := p.ask(refundedOf1001)
	if a.Errors != nil || !strings.HasSuffix(fmt.Sprint(a.Data), "amountMinor:0]]]]") {
		p.t.Fatalf("%+v", a) // as Stripe is out, it stands in
	}
	return isFresh(a)
}

// reload has the process read its settings again, for the first time.
func (l *lasting) reload() {
	l.t.Helper()
	l.signal(syscall.SIGHUP)
	l.log.find(l.t, l.ended, `msg="(settings reloaded)"`)
}
