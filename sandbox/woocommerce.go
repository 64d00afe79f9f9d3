package sandbox

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// wooCommerce is a shop that speaks WooCommerce REST v3.
type wooCommerce struct {
	*world
	vendor *vendor
}

const (
	wooKey    = "ck_sandbox"
	wooSecret = "cs_sandbox"
	wooLayout = "2006-01-02T15:04:05" // of times, which have no zone
)

func newWooCommerce(w *world) *vendor {
	c := &wooCommerce{world: w}
	c.vendor = &vendor{
		name: "woocommerce", base: "/wp-json/wc/v3",
		auth: "basic " + wooKey + ":" + wooSecret + ", or ?consumer_key= and &consumer_secret=",
		try:  []string{"/orders?per_page=5", "/orders/1001", "/orders?include=1002,1003", "/customers?email=ada.okafor@example.com"},
		routes: map[string]http.HandlerFunc{
			"GET /orders":              c.listOrders,
			"POST /orders":             c.createOrder,
			"GET /orders/{id}":         c.getOrder,
			"PUT /orders/{id}":         c.updateOrder,
			"GET /orders/{id}/refunds": c.listOrderRefunds,
			"GET /orders/{id}/notes":   c.listOrderNotes,
			"POST /orders/{id}/notes":  c.createOrderNote,
			"GET /customers":           c.listCustomers,
			"GET /customers/{id}":      c.getCustomer,
			"GET /products":            c.listProducts,
			"GET /products/{id}":       c.getProduct,
			"PUT /products/{id}":       c.updateProduct,
			"GET /webhooks":            c.listWebhooks,
			"GET /webhooks/{id}":       c.getWebhook,
			"PUT /webhooks/{id}":       c.updateWebhook,
		},
		tells:  c.tells(),
		around: c.around,
		fail:   c.fail,
	}
	return c.vendor
}

// around sets what WordPress sends with every answer to somebody logged in, and
// checks the keys.
func (c *wooCommerce) around(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wooHeader(w)
		query := r.URL.Query()
		key, secret, ok := r.BasicAuth()
		if !ok {
			key, secret = query.Get("consumer_key"), query.Get("consumer_secret")
		}
		switch {
		case key == "" && secret == "":
			wooError(w, http.StatusUnauthorized, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
		case !same(key, wooKey):
			wooError(w, http.StatusUnauthorized, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
		case !same(secret, wooSecret):
			wooError(w, http.StatusUnauthorized, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
		default:
			routes.ServeHTTP(w, r)
		}
	})
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func wooHeader(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
	h.Set("Expires", "Wed, 11 Jan 1984 05:00:00 GMT")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link")
}

// fail speaks like WordPress when it breaks.
func (c *wooCommerce) fail(w http.ResponseWriter, _ *http.Request, status int) {
	wooHeader(w)
	switch {
	case status == http.StatusNotFound:
		wooError(w, status, "rest_no_route", "No route was found matching the URL and request method.")
	case status >= 500:
		wooError(w, status, "internal_server_error", "<p>There has been a critical error on this website.</p>")
	default:
		wooError(w, status, "rest_"+strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", "_")), http.StatusText(status)+".")
	}
}

func wooError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, wooFailure{Code: code, Message: message, Data: &wooFailureData{Status: status}})
}

type wooFailure struct {
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Data    *wooFailureData `json:"data"` // null in details
}

type wooFailureData struct {
	Status  int                   `json:"status"`
	Params  map[string]string     `json:"params,omitempty"`
	Details map[string]wooFailure `json:"details,omitempty"`
}

// page writes the part of all that the query asks for, with the headers that
// say how much there is.
func page[T any](w http.ResponseWriter, r *http.Request, v *vendor, q *wooQuery, all []T, show func(T) any) {
	size := q.number("per_page", 10, 1, 100)
	at := q.number("page", 1, 1, 0)
	skip := q.number("offset", (at-1)*size, 0, 0)
	if q.refused(w) {
		return
	}
	pages := (len(all) + size - 1) / size
	var links []string
	if at > 1 {
		links = append(links, pageLink(r, v, min(at-1, pages), "prev"))
	}
	if at < pages {
		links = append(links, pageLink(r, v, at+1, "next"))
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	w.Header().Set("X-Wp-Total", strconv.Itoa(len(all)))
	w.Header().Set("X-Wp-Totalpages", strconv.Itoa(pages))
	some := []any{}
	for _, one := range all[min(skip, len(all)):min(skip+size, len(all))] {
		some = append(some, show(one))
	}
	writeJSON(w, http.StatusOK, some)
}

// pageLink is one member of the Link header; it carries no keys.
func pageLink(r *http.Request, v *vendor, at int, rel string) string {
	query := r.URL.Query()
	query.Del("consumer_key")
	query.Del("consumer_secret")
	query.Set("page", strconv.Itoa(at))
	u := url.URL{Scheme: "http", Host: r.Host, Path: "/" + v.name + v.base + r.URL.Path, RawQuery: query.Encode()}
	return fmt.Sprintf("<%s>; rel=%q", u.String(), rel)
}

// wooZone is where the shop stands, two hours ahead of UTC.
func wooZone() *time.Location {
	return time.FixedZone("shop", 2*60*60)
}

func wooLocal(t time.Time) *string {
	return wooTime(t.In(wooZone()))
}

func wooGMT(t time.Time) *string {
	return wooTime(t.UTC())
}

// wooTime writes a time without its zone; the zero time is null.
func wooTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.Format(wooLayout))
}
