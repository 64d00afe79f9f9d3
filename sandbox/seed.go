package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Ids of the seed can be told from a number: order 1001 is paid by intent
// pi_3Sandbox0000000000001001 and charge ch_3Sandbox0000000000001001.
const (
	firstOrder = 1001
	fixed      = 3   // orders that no seed changes
	madeLater  = 1e6 // number from which ids of written objects count
)

// newWorld returns the world of a seed: equal configurations give equal worlds.
func newWorld(cfg Config) *world {
	orders := cfg.Orders
	if orders == 0 {
		orders = 300
	}
	w := &world{serial: madeLater}
	w.seedPeople()
	w.seedAccounts()
	w.seedProducts()
	s := &seeder{world: w, dice: rand.New(rand.NewPCG(cfg.Seed, firstOrder)), total: max(orders, fixed)}
	s.seedFixed()
	for range s.total - fixed {
		s.seedOrder()
	}
	w.seedSupport()
	return w
}

// epoch is the day after the last seeded order, span how long before it the first was placed.
func epoch() time.Time { return time.Date(2026, time.September, 1, 0, 0, 0, 0, time.UTC) }

const span = 180 * 24 * time.Hour

func stripeID(kind string, n int) string {
	return fmt.Sprintf("%s_3Sandbox%016d", kind, n)
}

func accountID(n int) string {
	return fmt.Sprintf("cus_Sandbox%07d", n)
}

// seeder places orders, oldest first.
type seeder struct {
	*world
	dice  *rand.Rand
	total int // of orders
}

// seedFixed places the orders that everybody may rely on: 1001 is a registered
// customer's and paid, 1002 a guest's and unpaid, 1003 names an intent that
// Stripe does not know.
func (s *seeder) seedFixed() {
	ada, grace, guest := s.people[0], s.people[1], s.people[4]

	o := s.place(ada, ada.shopID, "USD", line{product: s.products[0], quantity: 2}, line{product: s.products[2], quantity: 1})
	s.pay(o, ada, "succeeded")
	o.status, o.completed = "completed", o.created.Add(48*time.Hour)
	o.modified = o.completed

	o = s.place(guest, 0, "USD", line{product: s.products[1], quantity: 1})
	o.status, o.method, o.title = "pending", "stripe", "Credit card"

	o = s.place(grace, grace.shopID, "EUR", line{product: s.products[3], quantity: 1})
	o.status, o.method, o.title = "processing", "stripe", "Credit card"
	o.transaction, o.paid = stripeID("ch", o.id), o.created.Add(time.Minute)
	o.modified = o.paid
	o.setMeta("_stripe_intent_id", stripeID("pi", o.id))
}

// seedOrder places one order. What becomes of it follows from its id, so that
// every case exists in every seed; who buys what is left to the dice.
func (s *seeder) seedOrder() {
	id := firstOrder + len(s.orders)
	buyer := s.people[s.dice.IntN(len(s.people))]
	customer := buyer.shopID
	if s.dice.IntN(8) == 0 {
		customer = 0
	}
	var lines []line
	for range 1 + s.dice.IntN(3) {
		lines = append(lines, line{product: s.sold(), quantity: 1 + s.dice.IntN(3)})
	}
	o := s.place(buyer, customer, currencyOf(id), lines...)
	o.number = fmt.Sprintf("HF-%d", id+4000)
	switch id % 20 {
	case 0:
		s.pay(o, buyer, "requires_payment_method")
		o.status = "failed"
	case 4:
		o.status, o.method, o.title = "on-hold", "bacs", "Direct bank transfer"
	case 7:
		s.pay(o, buyer, "processing")
		o.status = "on-hold"
	case 11: // left at the checkout
		o.method, o.title = "stripe", "Credit card"
	case 13:
		s.pay(o, buyer, "canceled")
		o.status = "cancelled"
	case 17:
		o.status, o.method, o.title = "processing", "cod", "Cash on delivery"
	default:
		s.pay(o, buyer, "succeeded")
		s.fulfil(o)
	}
}

// sold picks a product that has a price.
func (s *seeder) sold() *product {
	for {
		if p := s.products[s.dice.IntN(len(s.products))]; p.price > 0 {
			return p
		}
	}
}

// currencyOf spreads currencies with two, no and three decimals over the orders.
func currencyOf(id int) string {
	switch {
	case id%20 == 9:
		return "JPY"
	case id%40 == 16:
		return "KWD"
	case id%3 == 0:
		return "EUR"
	default:
		return "USD"
	}
}

// place adds an unpaid order after the ones that are there.
func (s *seeder) place(buyer *person, customer int, currency string, lines ...line) *order {
	n := len(s.orders)
	o := &order{
		id: firstOrder + n, number: strconv.Itoa(firstOrder + n), status: "pending", currency: currency,
		customer: customer, billing: buyer.address, shipping: buyer.address,
		shippingCost: fromDollars(490, currency),
		created:      epoch().Add(-span + time.Duration(n)*(span/time.Duration(s.total))),
	}
	o.modified = o.created
	if o.id%25 == 10 { // people type their address in their own way
		o.billing.email = strings.ToUpper(o.billing.email[:1]) + o.billing.email[1:]
	}
	o.shipping.email = ""
	for _, l := range lines {
		l.price = fromDollars(l.product.price, currency)
		if o.billing.country == "US" {
			l.tax = l.total() * 8 / 100
		}
		o.lines = append(o.lines, l)
	}
	o.setMeta("is_vat_exempt", "no")
	s.orders = append(s.orders, o)
	return o
}

// fulfil moves a paid order on: most are sent, some given back.
func (s *seeder) fulfil(o *order) {
	o.status = "processing"
	recent := o.id >= firstOrder+s.total-s.total/10
	switch {
	case o.id%70 == 25: // a status some plugin brought along
		o.status = "partial-shipped"
	case !recent:
		o.status, o.completed = "completed", o.created.Add(48*time.Hour)
		o.modified = o.completed
		o.setMeta("_wc_shipment_tracking_items", []map[string]string{
			{"tracking_provider": "usps", "tracking_number": fmt.Sprintf("9400%018d", o.id)},
		})
	}
	p := s.payments[len(s.payments)-1]
	r := &refund{
		id: stripeID("re", o.id), shopID: 900000 + o.id, payment: p, status: "succeeded",
		reason: "requested_by_customer", created: o.created.Add(72 * time.Hour),
	}
	switch o.id % 15 {
	case 1:
		r.amount = p.amount
	case 8:
		r.amount = p.amount / 3
		if o.id%30 == 8 {
			r.reason, r.status = "", ""
		}
	default:
		return
	}
	s.give(r)
}

// pay gives an order its payment; only a succeeded one counts as paid.
func (s *seeder) pay(o *order, buyer *person, status string) {
	p := &payment{
		intent: stripeID("pi", o.id), status: status, order: o, number: o.number, currency: o.currency, amount: o.total(),
		email: strings.ToLower(o.billing.email), created: o.created.Add(time.Minute),
	}
	switch {
	case o.customer != 0 || o.id%3 != 0:
		p.account = buyer.account[len(buyer.account)-1]
	case o.id%2 == 0: // somebody tidied up
		p.account = s.account(accountID(deleted))
	}
	if p.account != nil {
		o.setMeta("_stripe_customer_id", p.account.id)
	}
	o.method, o.title = "stripe", "Credit card"
	o.setMeta("_stripe_intent_id", p.intent)
	o.setMeta("_stripe_currency", o.currency)
	if status != "canceled" {
		p.charge = stripeID("ch", o.id)
	}
	if status == "succeeded" {
		o.transaction, o.paid = p.charge, p.created
		o.modified = p.created
	}
	s.payments = append(s.payments, p)
}
