package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

func (c *wooCommerce) listCustomers(w http.ResponseWriter, r *http.Request) {
	q := newWooQuery(r)
	by := q.choice("orderby", "name", "id", "include", "registered_date")
	direction := q.direction("asc")
	include := q.numbers("include")
	role := q.choice("role", "customer", "all", "subscriber", "administrator")
	email, search := strings.ToLower(q.values.Get("email")), strings.ToLower(q.values.Get("search"))
	var found []*person
	for _, p := range c.people {
		text := strings.ToLower(p.first + " " + p.last + "\n" + p.email)
		if p.shopID != 0 && (role == "customer" || role == "all") &&
			(email == "" || p.email == email) &&
			(len(include) == 0 || slices.Contains(include, p.shopID)) &&
			strings.Contains(text, search) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *person) int {
		switch by {
		case "include":
			return cmp.Compare(slices.Index(include, a.shopID), slices.Index(include, b.shopID))
		case "id", "registered_date":
			return direction * cmp.Compare(a.shopID, b.shopID)
		default:
			return direction * cmp.Or(cmp.Compare(a.first+a.last, b.first+b.last), cmp.Compare(a.shopID, b.shopID))
		}
	})
	page(w, r, c.vendor, q, found, func(p *person) any { return c.wooCustomerOf(p) })
}

func (c *wooCommerce) getCustomer(w http.ResponseWriter, r *http.Request) {
	id, ok := c.wantedID(w, r)
	if !ok {
		return
	}
	p := find(c.people, func(p *person) bool { return p.shopID == id && id != 0 })
	if p == nil {
		wooError(w, http.StatusNotFound, "woocommerce_rest_invalid_id", "Invalid resource ID.")
		return
	}
	writeJSON(w, http.StatusOK, c.wooCustomerOf(p))
}

func (c *wooCommerce) listProducts(w http.ResponseWriter, r *http.Request) {
	q := newWooQuery(r)
	by := q.choice("orderby", "date", "id", "include", "title", "modified")
	direction := q.direction("desc")
	include, skus := q.numbers("include"), q.list("sku")
	stock := q.choices("stock_status", "instock", "outofstock", "onbackorder")
	search := strings.ToLower(q.values.Get("search"))
	created, modified := q.period("after", "before"), q.period("modified_after", "modified_before")
	var found []*product
	for _, p := range c.products {
		if created(p.created) && modified(p.modified) && (len(include) == 0 || slices.Contains(include, p.id)) &&
			(len(skus) == 0 || slices.Contains(skus, p.sku)) &&
			(len(stock) == 0 || slices.Contains(stock, p.stockStatus())) &&
			strings.Contains(strings.ToLower(p.name+"\n"+p.sku), search) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *product) int {
		switch by {
		case "include":
			return cmp.Compare(slices.Index(include, a.id), slices.Index(include, b.id))
		case "title":
			return direction * cmp.Compare(a.name, b.name)
		case "modified":
			return direction * cmp.Or(a.modified.Compare(b.modified), cmp.Compare(a.id, b.id))
		default:
			return direction * cmp.Compare(a.id, b.id)
		}
	})
	page(w, r, c.vendor, q, found, func(p *product) any { return wooProductOf(p) })
}

func (c *wooCommerce) getProduct(w http.ResponseWriter, r *http.Request) {
	if p := c.wantedProduct(w, r); p != nil {
		writeJSON(w, http.StatusOK, wooProductOf(p))
	}
}

// wantedProduct returns the product of the path; nil when it has answered already.
func (c *wooCommerce) wantedProduct(w http.ResponseWriter, r *http.Request) *product {
	id, ok := c.wantedID(w, r)
	if !ok {
		return nil
	}
	p := c.product(id)
	if p == nil {
		wooError(w, http.StatusNotFound, "woocommerce_rest_product_invalid_id", "Invalid ID.")
	}
	return p
}

func (p *product) stockStatus() string {
	if p.stock != nil && *p.stock <= 0 {
		return "outofstock"
	}
	return "instock"
}
