package signature_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/events/signature"
)

func TestEvents(t *testing.T) {
	for name, tt := range map[string]struct {
		scheme, body string
		header       []string
		want         []string // id, type, body of each
		err          string
	}{
		"an event of Stripe":            {scheme: "stripe", body: event, want: []string{"evt_1", "refund.created", event}},
		"a thin event of Stripe":        {scheme: "stripe", body: `{"id":"evt_1","object":"v2.core.event"}`, err: "snapshot events"},
		"an order of WooCommerce":       {scheme: "woocommerce", body: `{"id":7}`, header: []string{"X-WC-Webhook-Topic", "order.updated", "X-WC-Webhook-Delivery-ID", "d7"}, want: []string{"d7", "order.updated", `{"id":7}`}},
		"changes of HubSpot":            {scheme: "hubspot", body: `[{"eventId":1,"objectId":2,"occurredAt":3,"subscriptionType":"contact.creation"},{"eventId":1,"objectId":2,"occurredAt":4}]`, want: []string{"1/2/3", "contact.creation", `{"eventId":1,"objectId":2,"occurredAt":3,"subscriptionType":"contact.creation"}`, "1/2/4", "", `{"eventId":1,"objectId":2,"occurredAt":4}`}},
		"HubSpot without an array":      {scheme: "hubspot", body: `{"eventId":1}`, err: "expected an array"},
		"HubSpot with nothing":          {scheme: "hubspot", body: `[]`, err: "expected an array"},
		"HubSpot with a number":         {scheme: "hubspot", body: `[1]`, err: "expected a JSON object"},
		"too many of HubSpot":           {scheme: "hubspot", body: "[" + strings.Repeat(`{"eventId":1},`, 1000) + `{"eventId":1}]`, err: "more than 1000"},
		"an event of Zendesk":           {scheme: "zendesk", body: `{"id":"e1","type":"zen:event-type:ticket.created"}`, header: []string{"X-Zendesk-Webhook-Invocation-Id", "i1"}, want: []string{"e1", "zen:event-type:ticket.created", `{"id":"e1","type":"zen:event-type:ticket.created"}`}},
		"a trigger of Zendesk":          {scheme: "zendesk", body: `{"id":"4711","type":"mine"}`, header: []string{"X-Zendesk-Webhook-Invocation-Id", "i1"}, want: []string{"i1", "mine", `{"id":"4711","type":"mine"}`}},
		"a trigger without a body":      {scheme: "zendesk", header: []string{"X-Zendesk-Webhook-Invocation-Id", "i1"}, want: []string{"i1", "", "null"}},
		"a parcel of EasyPost":          {scheme: "easypost", body: `{"id":"evt_2","description":"tracker.updated"}`, want: []string{"evt_2", "tracker.updated", `{"id":"evt_2","description":"tracker.updated"}`}},
		"stock of Square":               {scheme: "square", body: `{"event_id":"q","type":"inventory.count.updated"}`, want: []string{"q", "inventory.count.updated", `{"event_id":"q","type":"inventory.count.updated"}`}},
		"a parcel of AfterShip":         {scheme: "aftership", body: `{"event_id":"a","event":"tracking_update"}`, want: []string{"a", "tracking_update", `{"event_id":"a","event":"tracking_update"}`}},
		"Mastodon, which has no ids":    {scheme: "mastodon", body: `{"event":"status.created"}`, want: []string{"sha256:VTOv46ZXwoKZUksdgg3_lHs7NQBwRkAuVpNCQmzjgQU", "status.created", `{"event":"status.created"}`}},
		"an id that is a number":        {scheme: "square", body: `{"event_id":12,"type":true}`, want: []string{"12", "", `{"event_id":12,"type":true}`}},
		"an id that is too long":        {scheme: "square", body: `{"event_id":"` + strings.Repeat("x", 600) + `"}`, want: []string{"sha256:", "", `{"event_id":"` + strings.Repeat("x", 600) + `"}`}},
		"what is not JSON":              {scheme: "square", body: `<xml>`, err: "expected a JSON object"},
		"what is more than one":         {scheme: "square", body: `{} {}`, err: "expected a JSON object"},
		"a text":                        {scheme: "square", body: `"x"`, err: "expected a JSON object"},
		"an empty body of somebody":     {scheme: "square", body: ` `, want: []string{"sha256:", "", "null"}},
		"an empty body of Stripe":       {scheme: "stripe", body: ``, err: "snapshot events"},
		"Standard Webhooks":             {scheme: "standard", body: `{"type":"a.b"}`, header: []string{"Webhook-Id", "msg_1"}, want: []string{"msg_1", "a.b", `{"type":"a.b"}`}},
		"nesting beyond what is usable": {scheme: "square", body: strings.Repeat(`{"a":`, 1e5) + "1" + strings.Repeat("}", 1e5), err: "expected a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := signature.Named(tt.scheme).Events(delivery("", tt.body, tt.header...))
			if err != nil || tt.err != "" {
				if err == nil || tt.err == "" || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("%v, want %q", err, tt.err)
				}
				return
			}
			var got []string
			for i, e := range events {
				if at := 3 * i; at < len(tt.want) && tt.want[at] == "sha256:" && strings.HasPrefix(e.ID, "sha256:") {
					e.ID = tt.want[at]
				}
				got = append(got, e.ID, e.Type, string(e.Body))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPing(t *testing.T) {
	form := []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}
	for name, tt := range map[string]struct {
		scheme, body string
		header       []string
		want         bool
	}{
		"a webhook of WooCommerce is saved": {"woocommerce", "webhook_id=12", form, true},
		"it says more":                      {"woocommerce", "webhook_id=12&x=1", form, false},
		"it says no number":                 {"woocommerce", "webhook_id=", form, false},
		"it is JSON":                        {"woocommerce", "webhook_id=12", []string{"Content-Type", "application/json"}, false},
		"it is signed":                      {"woocommerce", "webhook_id=12", append([]string{"X-WC-Webhook-Signature", "x"}, form...), false},
		"it goes to another sender's":       {"stripe", "webhook_id=12", form, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := signature.Named(tt.scheme).Ping(delivery("", tt.body, tt.header...)); got != tt.want {
				t.Errorf("it is a ping: %t", got)
			}
		})
	}
}
