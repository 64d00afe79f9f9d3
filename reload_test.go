package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Readers ask with new documents, so that validation too goes on while generations come and go. Writers give back a
// cent and look at once: no answer may be from before, whichever generation wrote and whichever reads. The race
// detector watches.
func TestSettingsAreReadAgainUnderLoad(t *testing.T) {
	p := start(t, "-set", "sources.stripe.cache.fresh=1h")
	stop := make(chan struct{})
	var clients sync.WaitGroup
	client := func(ask func(turn int)) {
		clients.Go(func() {
			for turn := 1; ; turn++ {
				select {
				case <-stop:
					return
				default:
					ask(turn)
				}
			}
		})
	}
	for n := range 4 {
		client(func(turn int) {
			if a := p.ask(fmt.Sprintf("query Q%d_%d %s", n, turn, orderQuery)); len(a.Errors) > 0 || !cmp.Equal(a.Data, order1001) {
				t.Errorf("%+v", a)
			}
		})
	}
	for _, order := range []string{"1001", "1005"} {
		look := fmt.Sprintf(`{ order(id: %q) { payment { refunded { amountMinor } } } }`, order)
		client(func(turn int) {
			a := p.ask(fmt.Sprintf(
				`mutation { refundPayment(input: {idempotencyKey: "%s-%d", paymentId: "pi_3Sandbox000000000000%s", amountMinor: 1}) { id } }`, order, turn, order))
			if len(a.Errors) > 0 {
				t.Errorf("%+v", a)
			}
			want := fmt.Sprintf("map[order:map[payment:map[refunded:map[amountMinor:%d]]]]", turn)
			if a := p.ask(look); len(a.Errors) > 0 || fmt.Sprint(a.Data) != want {
				t.Errorf("after %d refunds: %+v", turn, a)
			}
		})
		client(func(int) { p.ask(look) }) // what is under way when it is written
	}
	for n := range 20 {
		reload(t, p, n+1)
	}
	close(stop)
	clients.Wait()
}

func TestWhatIsNotServedIsNotTold(t *testing.T) {
	p := start(t)
	a := p.ask(`{ __schema { directives { name } } }`)
	told, _ := a.Data["__schema"].(map[string]any)
	directives, _ := told["directives"].([]any)
	if len(directives) == 0 {
		t.Fatalf("%+v", a)
	}
	for _, d := range directives {
		if cmp.Equal(d, map[string]any{"name": "defer"}) {
			t.Error("@defer is told")
		}
	}
}

func TestWhatWasLearnedOutlivesAReload(t *testing.T) {
	p := start(t)
	p.fault("zendesk", `{"rate":{"limit":1,"per":"1h"}}`)
	const query = `{ customer(email: "ada.okafor@example.com") { supportUser { tickets(first: 1) { edges { node { id } } } } } }`
	p.ask(query)
	p.ask(query)
	if calls := p.calls(); calls["zendesk"] < 2 {
		t.Fatalf("not asked: %v", calls)
	}
	reload(t, p, 1)
	p.ask(query)
	if calls := p.calls(); calls["zendesk"] > 0 {
		t.Errorf("asked again in spite of Retry-After: %v", calls)
	}
}

// reload has the program read its settings for the nth time.
func reload(t *testing.T, p *program, n int) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for strings.Count(p.log.String(), `msg="settings reloaded"`) < n {
		<-p.log.said
	}
}
