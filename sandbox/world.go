package sandbox

import (
	"slices"
	"strconv"
	"sync"
	"time"
)

// world is what exists, once for all vendors: each shows it in its own words.
// The seed fills it, writes change it. mu is held while a vendor answers.
type world struct {
	mu       sync.Mutex
	people   []*person
	accounts []*account // Stripe customers, oldest first
	products []*product
	orders   []*order // by ascending id
	payments []*payment
	refunds  []*refund // oldest first
	users    []*supportUser
	tickets  []*ticket // by ascending id
	serial   int       // of ids given out after the seed
	webhooks *webhooks // who is told of changes
}

// address is where somebody lives, as typed into a form.
type address struct {
	first, last, company, line1, line2, city, state, postcode, country, email, phone string
}

// person is known to the shop, to Stripe and to the support desk, or to some of
// them, by e-mail.
type person struct {
	address
	shopID  int // 0 for somebody who only ever bought as a guest
	joined  time.Time
	account []*account // at Stripe, oldest first; some have two
}

// account is a Stripe customer.
type account struct {
	id, name, email, phone string // email may be ""
	country                string
	created                time.Time
	deleted                bool
}

// product is sold by the shop. Its price is in US cents.
type product struct {
	id                int
	name, sku         string // the name is HTML-escaped; the sku may be "" or a duplicate
	price             int64  // 0: not for sale
	stock             *int   // nil: not counted
	created, modified time.Time
}

// line is one position of an order, in the order's currency.
type line struct {
	product  *product
	quantity int
	price    int64 // of one
	tax      int64 // of all
}

func (l line) total() int64 { return l.price * int64(l.quantity) }

// order is an order of the shop.
type order struct {
	id                int
	number            string // what people are told; the id only for the first three
	status, currency  string
	customer          int // shopID; 0 for a guest
	billing, shipping address
	lines             []line
	shippingCost      int64
	created, modified time.Time
	paid, completed   time.Time // zero: not yet
	method, title     string    // of payment
	transaction       string    // "" when unpaid
	note              string
	meta              []meta
	refunds           []*refund
	notes             []*note // oldest first
}

// note is something said about an order, by the shop or by who called its API.
type note struct {
	id       int
	author   string
	text     string
	customer bool // the customer sees it
	created  time.Time
}

// meta is one entry of meta_data; the value is any JSON.
type meta struct {
	ID    int    `json:"id"`
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// payment is a Stripe payment intent with at most one charge.
type payment struct {
	intent   string
	charge   string // "" when none was tried
	status   string // of the intent
	order    *order
	number   string // display number of the order, as the plugin writes it
	currency string
	amount   int64
	account  *account // nil for some guests
	email    string
	created  time.Time
	refunds  []*refund
}

// refund is money given back: at Stripe, and in the shop for the order paid.
type refund struct {
	id       string // at Stripe
	shopID   int
	payment  *payment
	amount   int64
	reason   string // "" when none was given
	status   string // "" shows as null
	metadata map[string]string
	created  time.Time
}

// total is what the order costs, tax and shipping included.
func (o *order) total() int64 {
	sum := o.shippingCost
	for _, l := range o.lines {
		sum += l.total() + l.tax
	}
	return sum
}

// setMeta writes a meta entry under its key, over the one that is there.
func (o *order) setMeta(key string, value any) {
	at := slices.IndexFunc(o.meta, func(m meta) bool { return m.Key == key })
	if at < 0 {
		id := o.id * 100
		if n := len(o.meta); n > 0 {
			id = o.meta[n-1].ID + 1
		}
		o.meta = append(o.meta, meta{ID: id, Key: key, Value: value})
		return
	}
	o.meta[at].Value = value
}

// refunded is what went back, or is about to, of a payment.
func (p *payment) refunded() (sum int64) {
	for _, r := range p.refunds {
		if r.status != "failed" && r.status != "canceled" {
			sum += r.amount
		}
	}
	return sum
}

// give adds a refund to the world; the shop learns of it too, as it would by
// the payment plugin's webhook.
func (w *world) give(r *refund) {
	w.refunds = append(w.refunds, r)
	p := r.payment
	p.refunds = append(p.refunds, r)
	w.tell("stripe", stripeRefundCreated, r.id)
	w.tell("stripe", stripeRefunded, p.charge)
	if o := p.order; o != nil {
		o.refunds = append(o.refunds, r)
		o.modified = r.created
		if p.refunded() == p.amount {
			o.status = "refunded"
		}
		w.tell("woocommerce", wooOrderUpdated, strconv.Itoa(o.id))
	}
}

// tell tells whoever wants to know what happened to something of a source.
func (w *world) tell(source, topic, id string) {
	if w.webhooks == nil { // what was there from the start is no news
		return
	}
	if _, _, wanted := w.webhooks.state(source, topic); !wanted {
		return
	}
	if n, ok := w.webhooks.vendors[source].tells.about(topic, id); ok {
		n.source, n.topic = source, topic
		w.webhooks.tell(n)
	}
}

// now is the time of a write: never before the seed ends, whatever the clock
// says, so that what is new is newest.
func (w *world) now() time.Time {
	if now := time.Now().UTC().Truncate(time.Second); now.After(epoch()) {
		return now
	}
	return epoch()
}

// next returns a number that was not given out before.
func (w *world) next() int {
	w.serial++
	return w.serial
}

func (w *world) order(id int) *order {
	return find(w.orders, func(o *order) bool { return o.id == id })
}

func (w *world) product(id int) *product {
	return find(w.products, func(p *product) bool { return p.id == id })
}

func (w *world) account(id string) *account {
	return find(w.accounts, func(a *account) bool { return a.id == id })
}

func (w *world) payment(intent string) *payment {
	return find(w.payments, func(p *payment) bool { return p.intent == intent })
}

func (w *world) charged(charge string) *payment {
	return find(w.payments, func(p *payment) bool { return p.charge == charge && charge != "" })
}

// find returns the first of all that is wanted, nil if there is none.
func find[T any](all []*T, wanted func(*T) bool) *T {
	if at := slices.IndexFunc(all, wanted); at >= 0 {
		return all[at]
	}
	return nil
}
