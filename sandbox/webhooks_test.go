package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

// listener takes what vendors tell, and answers with a status.
type listener struct {
	mu     sync.Mutex
	status int
	got    []told
}

type told struct {
	topic, id string
	after     time.Duration
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	is := told{topic: r.Header.Get("X-WC-Webhook-Topic"), id: r.Header.Get("X-WC-Webhook-Delivery-ID"), after: time.Since(start)}
	switch {
	case string(body) == "webhook_id=1":
		is.topic = "ping"
	case is.topic == "":
		event := struct{ ID, Type *string }{&is.id, &is.topic}
		if err := json.Unmarshal(body, &event); err != nil {
			return nil, err
		}
	}
	l.got = append(l.got, is)
	return &http.Response{StatusCode: l.status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func (l *listener) answer(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
}

// topics are what was told of since the last look.
func (l *listener) topics() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, is := range l.got {
		all = append(all, is.topic)
	}
	l.got = nil
	return all
}

// start is that of every bubble.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// tell has a sandbox tell a listener of a source's changes.
func tell(t *testing.T, source, how string) (*sandbox.Sandbox, *listener) {
	t.Helper()
	l := &listener{status: 200}
	s := sandbox.New(sandbox.Config{Transport: l})
	t.Cleanup(s.Close)
	is := ask(t, s, http.MethodPut, "/_webhooks/"+source, `{"url":"http://hub.example/webhooks/`+source+`","secret":"s3cret"`+how+`}`)
	if is.status != http.StatusOK || strings.Contains(is.body, "s3cret") {
		t.Fatalf("%d %s", is.status, is.body)
	}
	return s, l
}

const giveBack = "payment_intent=pi_3Sandbox0000000000001001&amount=100"

func TestVendorsTellOfChanges(t *testing.T) {
	for name, tt := range map[string]struct {
		source, method, path, body string
		want                       []string
	}{
		"a refund at Stripe":            {"stripe", http.MethodPost, stripe + "/refunds", giveBack, []string{"charge.refunded", "refund.created"}},
		"which the shop knows, too":     {"woocommerce", http.MethodPost, stripe + "/refunds", giveBack, []string{"order.updated", "ping"}},
		"an order that is changed":      {"woocommerce", http.MethodPut, woo + "/orders/1001", `{"status":"completed"}`, []string{"order.updated", "ping"}},
		"an order that is new":          {"woocommerce", http.MethodPost, woo + "/orders", `{}`, []string{"order.created", "ping"}},
		"a product":                     {"woocommerce", http.MethodPut, woo + "/products/101", `{"sku":"X"}`, []string{"ping", "product.updated"}},
		"a change that is refused":      {"woocommerce", http.MethodPut, woo + "/orders/1001", `{"status":"lost"}`, []string{"ping"}},
		"a read":                        {"woocommerce", http.MethodGet, woo + "/orders/1001", ``, []string{"ping"}},
		"a ticket":                      {"zendesk", http.MethodPost, desk + "/tickets", `{"ticket":{"comment":{"body":"Help"}}}`, []string{"zen:event-type:ticket.created"}},
		"a comment":                     {"zendesk", http.MethodPut, desk + "/tickets/5001", `{"ticket":{"comment":{"body":"Help"}}}`, []string{"zen:event-type:ticket.comment_added"}},
		"a ticket's status":             {"zendesk", http.MethodPut, desk + "/tickets/5001", `{"ticket":{"status":"hold"}}`, []string{"zen:event-type:ticket.status_changed"}},
		"what an operator says changed": {"woocommerce", http.MethodPost, "/_events/woocommerce", `{"topic":"order.updated","id":1002}`, []string{"order.updated", "ping"}},
		"a payment that he says is new": {"stripe", http.MethodPost, "/_events/stripe", `{"topic":"payment_intent.succeeded","id":"pi_3Sandbox0000000000001001"}`, []string{"payment_intent.succeeded"}},
		"a status that he says changed": {"zendesk", http.MethodPost, "/_events/zendesk", `{"topic":"zen:event-type:ticket.status_changed","id":5001}`, []string{"zen:event-type:ticket.status_changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, l := tell(t, tt.source, "")
				ask(t, s, tt.method, tt.path, tt.body)
				synctest.Wait()
				got := l.topics()
				slices.Sort(got)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestStripeTellsAgainUntilItIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := tell(t, "stripe", "")
		l.answer(http.StatusServiceUnavailable)
		ask(t, s, http.MethodPost, "/_events/stripe", `{"topic":"charge.refunded","id":"ch_3Sandbox0000000000001001"}`)
		time.Sleep(8 * time.Second)
		l.answer(http.StatusOK)
		time.Sleep(time.Hour)
		l.mu.Lock()
		defer l.mu.Unlock()
		var at []time.Duration
		for _, is := range l.got {
			at = append(at, is.after.Round(time.Second))
			if is.id != l.got[0].id {
				t.Errorf("another event: %s", is.id)
			}
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}, at); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStripeGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := tell(t, "stripe", "")
		l.answer(http.StatusNotFound)
		ask(t, s, http.MethodPost, "/_events/stripe", `{"topic":"charge.refunded","id":"ch_3Sandbox0000000000001001"}`)
		time.Sleep(time.Hour)
		if n := len(l.topics()); n != 7 {
			t.Errorf("told %d times", n)
		}
		wantAt(t, get(t, s, "/_webhooks"), 1.0, "stripe", "givenUp")
	})
}

// TestWooCommerceStopsTelling is what its users find out too late: five failures, and nothing comes any more.
func TestWooCommerceStopsTelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := tell(t, "woocommerce", "")
		change := func(times int) {
			for range times {
				ask(t, s, http.MethodPut, woo+"/orders/1001", `{"customer_note":"x"}`)
				synctest.Wait()
			}
		}
		change(1)
		l.topics()
		l.answer(http.StatusBadGateway)
		change(4)
		l.answer(http.StatusOK)
		change(1)
		l.answer(http.StatusBadGateway)
		change(7)
		if n := len(l.topics()); n != 10 {
			t.Errorf("told %d times: one that is heard begins anew, and the fifth that is not is the last", n)
		}
		wantAt(t, get(t, s, woo+"/webhooks?status=disabled"), "order.updated", 0, "topic")
		wantAt(t, get(t, s, woo+"/webhooks/2"), "active", "status")
		l.answer(http.StatusOK)
		change(1)
		ask(t, s, http.MethodPut, woo+"/webhooks/1", `{"status":"active"}`)
		change(1)
		if n := len(l.topics()); n != 1 {
			t.Errorf("told %d times after it was enabled again", n)
		}
	})
}

func TestZendeskTellsAgainWhenItIsAskedTo(t *testing.T) {
	for status, want := range map[int]int{200: 1, 404: 1, 500: 1, 409: 4, 429: 4, 503: 4} {
		synctest.Test(t, func(t *testing.T) {
			s, l := tell(t, "zendesk", "")
			l.answer(status)
			ask(t, s, http.MethodPost, "/_events/zendesk", `{"topic":"zen:event-type:ticket.created","id":"5001"}`)
			time.Sleep(time.Hour)
			if n := len(l.topics()); n != want {
				t.Errorf("%d: told %d times, want %d", status, n, want)
			}
		})
	}
}

func TestMuchGoesWrongOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := tell(t, "stripe", `,"delay":"1s","shuffle":true,"copies":3,"drop":0.1`)
		for range 200 {
			ask(t, s, http.MethodPost, "/_events/stripe", `{"topic":"payment_intent.succeeded","id":"pi_3Sandbox0000000000001001"}`)
		}
		time.Sleep(3 * time.Second)
		copies, order := map[string]int{}, []string{}
		l.mu.Lock()
		for _, is := range l.got {
			if copies[is.id]++; copies[is.id] == 1 {
				order = append(order, is.id)
			}
		}
		l.mu.Unlock()
		for id, n := range copies {
			if n != 3 {
				t.Errorf("%s came %d times", id, n)
			}
		}
		if len(copies) < 160 || len(copies) > 195 || slices.IsSorted(order) {
			t.Errorf("%d of 200 came, in order: %t", len(copies), slices.IsSorted(order))
		}
		state := get(t, s, "/_webhooks")
		wantAt(t, state, 200.0, "stripe", "events")
		wantAt(t, state, float64(200-len(copies)), "stripe", "dropped")
		wantAt(t, state, float64(3*len(copies)), "stripe", "delivered")
	})
}

func TestNobodyIsToldAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := tell(t, "stripe", `,"delay":"1m"`)
		ask(t, s, http.MethodPost, "/_events/stripe", `{"topic":"charge.refunded","id":"ch_3Sandbox0000000000001001"}`)
		ask(t, s, http.MethodDelete, "/_webhooks/stripe", "")
		time.Sleep(time.Hour)
		if got := l.topics(); got != nil {
			t.Errorf("told %q", got)
		}
		if is := ask(t, s, http.MethodPost, "/_events/stripe", `{"topic":"charge.refunded","id":"ch_3Sandbox0000000000001001"}`); is.status != http.StatusConflict {
			t.Errorf("%d %s", is.status, is.body)
		}
	})
}

func TestWrongWebhooks(t *testing.T) {
	s := sandbox.New(sandbox.Config{Transport: &listener{status: 200}})
	defer s.Close()
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"a source that is none":      {http.MethodPut, "/_webhooks/hubspot", `{"url":"http://x.example"}`, 404, "there are stripe, woocommerce, zendesk"},
		"no URL":                     {http.MethodPut, "/_webhooks/stripe", `{}`, 400, "url must be"},
		"a URL without a host":       {http.MethodPut, "/_webhooks/stripe", `{"url":"/webhooks"}`, 400, "url must be"},
		"a member that is none":      {http.MethodPut, "/_webhooks/stripe", `{"uri":"x"}`, 400, "it may have url, secret"},
		"too many copies":            {http.MethodPut, "/_webhooks/stripe", `{"url":"http://x.example","copies":1000}`, 400, "copies"},
		"more than all is dropped":   {http.MethodPut, "/_webhooks/stripe", `{"url":"http://x.example","drop":2}`, 400, "drop"},
		"nothing is lifted":          {http.MethodDelete, "/_webhooks/x", ``, 404, "there is no source"},
		"an event of no source":      {http.MethodPost, "/_events/x", `{}`, 404, "there is no source"},
		"an event of nothing":        {http.MethodPost, "/_events/stripe", `{}`, 400, "the body says of what"},
		"a topic that is none":       {http.MethodPost, "/_events/stripe", `{"topic":"x","id":1}`, 400, "it has refund.created"},
		"something that is not":      {http.MethodPost, "/_events/stripe", `{"topic":"refund.created","id":"re_0"}`, 404, "nothing with the id re_0"},
		"an order that is no number": {http.MethodPost, "/_events/woocommerce", `{"topic":"order.updated","id":"x"}`, 404, "nothing with the id x"},
		"nobody is told":             {http.MethodPost, "/_events/woocommerce", `{"topic":"order.updated","id":1001}`, 409, "nobody is told"},
		"a webhook that is none":     {http.MethodGet, woo + "/webhooks/1", ``, 404, "Invalid ID."},
	} {
		t.Run(name, func(t *testing.T) {
			if is := ask(t, s, tt.method, tt.path, tt.body); is.status != tt.status || !strings.Contains(is.body, tt.want) {
				t.Errorf("%d %s", is.status, is.body)
			}
		})
	}
}

// wantAt tests what a decoded value has at a path.
func wantAt(t *testing.T, v, want any, path ...any) {
	t.Helper()
	if got := at(v, path...); got != want {
		t.Errorf("%v is %v, want %v", path, got, want)
	}
}
