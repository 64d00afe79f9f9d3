package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Topics of WooCommerce that happen here.
const (
	wooOrderCreated   = "order.created"
	wooOrderUpdated   = "order.updated"
	wooProductUpdated = "product.updated"
)

// tells is how WooCommerce tells of changes: once, and after five failures in a row no more.
func (c *wooCommerce) tells() *telling {
	return &telling{
		topics: []string{wooOrderUpdated, wooOrderCreated, wooProductUpdated}, disable: 5,
		again: func(int) bool { return false }, about: c.about, message: wooMessage, ping: wooPing,
	}
}

func (c *wooCommerce) about(topic, id string) (news, bool) {
	number, err := strconv.Atoi(id)
	if err != nil {
		return news{}, false
	}
	if topic == wooProductUpdated {
		if p := c.product(number); p != nil {
			return news{body: wooProductOf(p)}, true
		}
		return news{}, false
	}
	if o := c.order(number); o != nil {
		return news{body: wooOrderOf(o)}, true
	}
	return news{}, false
}

// wooMessage is the resource as the API shows it, signed by the HMAC of the body alone.
func wooMessage(n news, secret string, _ time.Time) (http.Header, []byte) {
	body := jsonOf(n.body)
	resource, event, _ := strings.Cut(n.topic, ".")
	return headers(
		"Content-Type", "application/json", "User-Agent", "WooCommerce/9.9.5 Hookshot (WordPress/6.8.2)",
		"X-WC-Webhook-Source", "https://shop.example.com/", "X-WC-Webhook-Topic", n.topic,
		"X-WC-Webhook-Resource", resource, "X-WC-Webhook-Event", event, "X-WC-Webhook-ID", "1",
		"X-WC-Webhook-Delivery-ID", fmt.Sprintf("%032x", n.serial), "X-WC-Webhook-Signature", base64Of(mac(secret, string(body))),
	), body
}

// wooPing is what is sent when somebody saves a webhook: no event, and not signed.
func wooPing(url string) *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader("webhook_id=1"))
	if err != nil {
		panic(err) // it was looked at before
	}
	r.Header = headers("Content-Type", "application/x-www-form-urlencoded", "User-Agent", "WooCommerce/9.9.5 Hookshot (WordPress/6.8.2)")
	return r
}

// wooWebhook is a webhook as WooCommerce shows it: one for each topic.
type wooWebhook struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Status      string `json:"status"`
	Topic       string `json:"topic"`
	Resource    string `json:"resource"`
	Event       string `json:"event"`
	DeliveryURL string `json:"delivery_url"`
}

// hooked are the webhooks that somebody set up, by ascending id.
func (c *wooCommerce) hooked() []wooWebhook {
	all := []wooWebhook{}
	for i, topic := range c.vendor.tells.topics {
		to, disabled, ok := c.webhooks.state(c.vendor.name, topic)
		if !ok {
			continue
		}
		status := "active"
		if disabled {
			status = "disabled"
		}
		resource, event, _ := strings.Cut(topic, ".")
		all = append(all, wooWebhook{ID: i + 1, Name: topic, Status: status, Topic: topic, Resource: resource, Event: event, DeliveryURL: to})
	}
	return all
}

func (c *wooCommerce) listWebhooks(w http.ResponseWriter, r *http.Request) {
	q := newWooQuery(r)
	status := q.choice("status", "all", "active", "paused", "disabled")
	found := slices.DeleteFunc(c.hooked(), func(is wooWebhook) bool { return status != "all" && is.Status != status })
	page(w, r, c.vendor, q, found, func(is wooWebhook) any { return is })
}

func (c *wooCommerce) getWebhook(w http.ResponseWriter, r *http.Request) {
	if is := c.wantedWebhook(w, r); is != nil {
		writeJSON(w, http.StatusOK, is)
	}
}

// updateWebhook takes a status of active, as after failures.
func (c *wooCommerce) updateWebhook(w http.ResponseWriter, r *http.Request) {
	is := c.wantedWebhook(w, r)
	var in struct {
		Status string `json:"status"`
	}
	if is == nil || !readWoo(w, r, &in) {
		return
	}
	if in.Status == "active" {
		c.webhooks.enable(c.vendor.name, is.Topic)
		is.Status = in.Status
	}
	writeJSON(w, http.StatusOK, is)
}

// wantedWebhook returns that of the path; nil when it has answered already.
func (c *wooCommerce) wantedWebhook(w http.ResponseWriter, r *http.Request) *wooWebhook {
	for _, is := range c.hooked() {
		if strconv.Itoa(is.ID) == r.PathValue("id") {
			return &is
		}
	}
	wooError(w, http.StatusNotFound, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
	return nil
}
