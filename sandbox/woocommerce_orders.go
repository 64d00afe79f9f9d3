package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// wooStatuses are the statuses an order may have; the last is a plugin's.
func wooStatuses() []string {
	return []string{
		"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash",
		"checkout-draft", "partial-shipped",
	}
}

func (c *wooCommerce) listOrders(w http.ResponseWriter, r *http.Request) {
	q := newWooQuery(r)
	by := q.choice("orderby", "date", "id", "include", "modified")
	direction := q.direction("desc")
	include := q.numbers("include")
	keep := c.orderFilter(q, include)
	var found []*order
	for _, o := range c.orders {
		if keep(o) {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b *order) int {
		switch by {
		case "include":
			return cmp.Compare(slices.Index(include, a.id), slices.Index(include, b.id))
		case "modified":
			return direction * cmp.Or(a.modified.Compare(b.modified), cmp.Compare(a.id, b.id))
		case "date":
			return direction * cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id))
		default:
			return direction * cmp.Compare(a.id, b.id)
		}
	})
	page(w, r, c.vendor, q, found, func(o *order) any { return wooOrderOf(o) })
}

// orderFilter returns whether an order is wanted.
func (c *wooCommerce) orderFilter(q *wooQuery, include []int) func(*order) bool {
	statuses := q.choices("status", append(wooStatuses(), "any")...)
	if slices.Contains(statuses, "any") {
		statuses = nil
	}
	customer := q.number("customer", -1, 0, 0)
	exclude, products := q.numbers("exclude"), q.numbers("product")
	search := strings.ToLower(q.values.Get("search"))
	created, modified := q.period("after", "before"), q.period("modified_after", "modified_before")
	return func(o *order) bool {
		sells := len(products) == 0 || slices.ContainsFunc(o.lines, func(l line) bool { return slices.Contains(products, l.product.id) })
		return created(o.created) && modified(o.modified) && sells &&
			(len(statuses) == 0 && o.status != "trash" || slices.Contains(statuses, o.status)) &&
			(customer < 0 || o.customer == customer) &&
			(len(include) == 0 || slices.Contains(include, o.id)) &&
			!slices.Contains(exclude, o.id) &&
			(search == "" || strings.Contains(o.searched(), search))
	}
}

// searched is the text in which search looks, in lower case.
func (o *order) searched() string {
	b := o.billing
	return strings.ToLower(strings.Join([]string{b.email, o.number, strconv.Itoa(o.id), b.first + " " + b.last, b.company, b.phone}, "\n"))
}

func (c *wooCommerce) getOrder(w http.ResponseWriter, r *http.Request) {
	if o := c.wantedOrder(w, r); o != nil {
		writeJSON(w, http.StatusOK, wooOrderOf(o))
	}
}

func (c *wooCommerce) listOrderRefunds(w http.ResponseWriter, r *http.Request) {
	o := c.wantedOrder(w, r)
	if o == nil {
		return
	}
	newest := slices.Clone(o.refunds)
	slices.Reverse(newest)
	page(w, r, c.vendor, newWooQuery(r), newest, func(back *refund) any { return wooRefundOf(o, back) })
}

// wantedOrder returns the order of the path; nil when it has answered already.
func (c *wooCommerce) wantedOrder(w http.ResponseWriter, r *http.Request) *order {
	id, ok := c.wantedID(w, r)
	if !ok {
		return nil
	}
	o := c.order(id)
	if o == nil {
		wooError(w, http.StatusNotFound, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
	}
	return o
}

// wantedID returns the id of the path. WordPress has no route for one that is no number.
func (c *wooCommerce) wantedID(w http.ResponseWriter, r *http.Request) (id int, ok bool) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 31)
	if err != nil {
		c.fail(w, r, http.StatusNotFound)
	}
	return int(n), err == nil
}
