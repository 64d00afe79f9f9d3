package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// wooOrderInput is what a write to an order may say; absent members are nil.
// Members that are not here are ignored, as the vendor does with unknown ones.
type wooOrderInput struct {
	Status        *string        `json:"status"`
	Currency      *string        `json:"currency"`
	CustomerID    *int           `json:"customer_id"`
	CustomerNote  *string        `json:"customer_note"`
	PaymentMethod *string        `json:"payment_method"`
	PaymentTitle  *string        `json:"payment_method_title"`
	TransactionID *string        `json:"transaction_id"`
	Billing       *wooAddress    `json:"billing"`
	Shipping      *wooAddress    `json:"shipping"`
	LineItems     []wooLineInput `json:"line_items"`
	MetaData      []wooMetaInput `json:"meta_data"`
	SetPaid       bool           `json:"set_paid"`
}

type wooLineInput struct {
	ProductID int `json:"product_id"`
	Quantity  int `json:"quantity"`
}

type wooMetaInput struct {
	Key   string `json:"key"`
	Value any    `json:"value"` // null removes the entry
}

// createOrder knows no idempotency: asked twice, it creates two orders.
func (c *wooCommerce) createOrder(w http.ResponseWriter, r *http.Request) {
	var in wooOrderInput
	if !readWoo(w, r, &in) {
		return
	}
	now := c.now()
	id := c.orders[len(c.orders)-1].id + 1
	o := &order{id: id, number: fmt.Sprintf("HF-%d", id+4000), status: "pending", currency: "USD", created: now, modified: now}
	if in.Currency != nil {
		o.currency = *in.Currency
	}
	for _, l := range in.LineItems {
		p := c.product(l.ProductID)
		if p == nil || l.Quantity < 0 {
			wooError(w, http.StatusBadRequest, "woocommerce_rest_invalid_product_id", "Invalid product ID or quantity.")
			return
		}
		o.lines = append(o.lines, line{product: p, quantity: max(l.Quantity, 1), price: fromDollars(p.price, o.currency)})
	}
	if !c.change(w, o, in) {
		return
	}
	c.orders = append(c.orders, o)
	c.tell(c.vendor.name, wooOrderCreated, strconv.Itoa(o.id))
	w.Header().Set("Location", fmt.Sprintf("http://%s/%s%s/orders/%d", r.Host, c.vendor.name, c.vendor.base, id))
	writeJSON(w, http.StatusCreated, wooOrderOf(o))
}

func (c *wooCommerce) updateOrder(w http.ResponseWriter, r *http.Request) {
	o := c.wantedOrder(w, r)
	var in wooOrderInput
	if o == nil || !readWoo(w, r, &in) {
		return
	}
	if c.change(w, o, in) {
		o.modified = c.now()
		c.tell(c.vendor.name, wooOrderUpdated, strconv.Itoa(o.id))
		writeJSON(w, http.StatusOK, wooOrderOf(o))
	}
}

// change checks the input whole before it changes anything; false when it has refused.
func (c *wooCommerce) change(w http.ResponseWriter, o *order, in wooOrderInput) bool {
	q := &wooQuery{wrong: map[string]wooFailure{}}
	if in.Status != nil && !slices.Contains(wooStatuses(), *in.Status) {
		q.refuse("status", "rest_not_in_enum", " is not a status of orders.")
	}
	if in.CustomerID != nil && *in.CustomerID != 0 &&
		find(c.people, func(p *person) bool { return p.shopID == *in.CustomerID }) == nil {
		q.refuse("customer_id", "woocommerce_rest_invalid_customer_id", " is invalid.")
	}
	if q.refused(w) {
		return false
	}
	now := c.now()
	put(&o.status, in.Status)
	put(&o.customer, in.CustomerID)
	put(&o.note, in.CustomerNote)
	put(&o.method, in.PaymentMethod)
	put(&o.title, in.PaymentTitle)
	put(&o.transaction, in.TransactionID)
	if in.Billing != nil {
		o.billing = in.Billing.address()
	}
	if in.Shipping != nil {
		o.shipping = in.Shipping.address()
	}
	for _, m := range in.MetaData {
		if m.Value == nil {
			o.meta = slices.DeleteFunc(o.meta, func(is meta) bool { return is.Key == m.Key })
			continue
		}
		o.setMeta(m.Key, m.Value)
	}
	if in.SetPaid && o.status == "pending" {
		o.status = "processing"
	}
	if o.paid.IsZero() && (o.status == "processing" || o.status == "completed") {
		o.paid = now
	}
	if o.completed.IsZero() && o.status == "completed" {
		o.completed = now
	}
	return true
}

func (c *wooCommerce) updateProduct(w http.ResponseWriter, r *http.Request) {
	p := c.wantedProduct(w, r)
	var in struct {
		Name          *string `json:"name"`
		SKU           *string `json:"sku"`
		RegularPrice  *string `json:"regular_price"`
		StockQuantity *int    `json:"stock_quantity"`
		ManageStock   *bool   `json:"manage_stock"`
	}
	if p == nil || !readWoo(w, r, &in) {
		return
	}
	price := p.price
	if in.RegularPrice != nil {
		var ok bool
		if price, ok = parseDecimal(*in.RegularPrice, "USD"); !ok {
			q := &wooQuery{wrong: map[string]wooFailure{}}
			q.refuse("regular_price", "rest_invalid_type", " is not a price.")
			q.refused(w)
			return
		}
	}
	p.price = price
	put(&p.name, in.Name)
	put(&p.sku, in.SKU)
	if in.ManageStock != nil && *in.ManageStock != (p.stock != nil) {
		if p.stock = nil; *in.ManageStock {
			p.stock = new(int)
		}
	}
	if in.StockQuantity != nil && p.stock != nil {
		*p.stock = *in.StockQuantity
	}
	p.modified = c.now()
	c.tell(c.vendor.name, wooProductUpdated, strconv.Itoa(p.id))
	writeJSON(w, http.StatusOK, wooProductOf(p))
}

// put sets to when there is something to set.
func put[T any](to, value *T) {
	if value != nil {
		*to = *value
	}
}

// readWoo reads a JSON body; false when it has refused.
func readWoo(w http.ResponseWriter, r *http.Request, in any) bool {
	if err := json.NewDecoder(r.Body).Decode(in); err != nil {
		wooError(w, http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
		return false
	}
	return true
}

func (a wooAddress) address() address {
	is := address{
		first: a.FirstName, last: a.LastName, company: a.Company, line1: a.Address1, line2: a.Address2,
		city: a.City, state: a.State, postcode: a.Postcode, country: a.Country, phone: a.Phone,
	}
	put(&is.email, a.Email)
	return is
}
