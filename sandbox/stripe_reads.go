package sandbox

import (
	"net/http"
	"slices"
	"time"
)

func (s *stripe) getIntent(r *http.Request, p stripeParams) (any, *stripeFailure) {
	id := r.PathValue("id")
	is := s.payment(id)
	if is == nil {
		return nil, missing("payment_intent", id, "intent").with(http.StatusNotFound)
	}
	if failure := p.expand.check("payment_intent", 0); failure != nil {
		return nil, failure
	}
	return intentOf(is, p.expand), nil
}

func (s *stripe) getCharge(r *http.Request, p stripeParams) (any, *stripeFailure) {
	id := r.PathValue("id")
	is := s.charged(id)
	if is == nil {
		return nil, missing("charge", id, "id").with(http.StatusNotFound)
	}
	if failure := p.expand.check("charge", 0); failure != nil {
		return nil, failure
	}
	return chargeOf(is, p.expand), nil
}

func (s *stripe) getCustomer(r *http.Request, p stripeParams) (any, *stripeFailure) {
	id := r.PathValue("id")
	is := s.account(id)
	if is == nil {
		return nil, missing("customer", id, "id").with(http.StatusNotFound)
	}
	if failure := p.expand.check("customer", 0); failure != nil {
		return nil, failure
	}
	return accountOf(is), nil
}

func (s *stripe) getRefund(r *http.Request, p stripeParams) (any, *stripeFailure) {
	id := r.PathValue("id")
	is := find(s.refunds, func(back *refund) bool { return back.id == id })
	if is == nil {
		return nil, missing("refund", id, "id").with(http.StatusNotFound)
	}
	if failure := p.expand.check("refund", 0); failure != nil {
		return nil, failure
	}
	return refundOf(is, p.expand), nil
}

func (s *stripe) listIntents(_ *http.Request, p stripeParams) (any, *stripeFailure) {
	customer := p.values.Get("customer")
	if customer != "" && s.account(customer) == nil {
		return nil, missing("customer", customer, "customer")
	}
	return stripeList[*payment]{
		kind: "payment_intent", url: "/v1/payment_intents",
		wanted:  func(is *payment) bool { return customer == "" || is.account != nil && is.account.id == customer },
		id:      func(is *payment) string { return is.intent },
		created: func(is *payment) time.Time { return is.created },
		show:    func(is *payment, e expand) any { return intentOf(is, e) },
	}.page(s.payments, p)
}

func (s *stripe) listCustomers(_ *http.Request, p stripeParams) (any, *stripeFailure) {
	email := p.values.Get("email")
	return stripeList[*account]{
		kind: "customer", url: "/v1/customers",
		wanted:  func(is *account) bool { return !is.deleted && (email == "" || is.email == email) },
		id:      func(is *account) string { return is.id },
		created: func(is *account) time.Time { return is.created },
		show:    func(is *account, _ expand) any { return accountOf(is) },
	}.page(s.accounts, p)
}

func (s *stripe) listRefunds(_ *http.Request, p stripeParams) (any, *stripeFailure) {
	intent, charge := p.values.Get("payment_intent"), p.values.Get("charge")
	if intent != "" && s.payment(intent) == nil {
		return nil, missing("payment_intent", intent, "payment_intent")
	}
	if charge != "" && s.charged(charge) == nil {
		return nil, missing("charge", charge, "charge")
	}
	return stripeList[*refund]{
		kind: "refund", url: "/v1/refunds",
		wanted: func(is *refund) bool {
			return (intent == "" || is.payment.intent == intent) && (charge == "" || is.payment.charge == charge)
		},
		id:      func(is *refund) string { return is.id },
		created: func(is *refund) time.Time { return is.created },
		show:    func(is *refund, e expand) any { return refundOf(is, e) },
	}.page(s.refunds, p)
}

// stripeList pages through objects, newest first, by the id of the last one seen.
type stripeList[T any] struct {
	kind, url string
	wanted    func(T) bool
	id        func(T) string
	created   func(T) time.Time
	show      func(T, expand) any
}

// page returns the list object; all are oldest first.
func (l stripeList[T]) page(all []T, p stripeParams) (any, *stripeFailure) {
	limit, failure := p.integer("limit", 100)
	if failure != nil {
		return nil, failure
	}
	if limit == 0 {
		limit = 10
	}
	if failure := p.expand.check("list of "+l.kind, 0); failure != nil {
		return nil, failure
	}
	inTime, failure := p.created()
	if failure != nil {
		return nil, failure
	}
	var found []T
	for _, one := range slices.Backward(all) {
		if l.wanted(one) && inTime(l.created(one)) {
			found = append(found, one)
		}
	}
	found, more, failure := l.cut(found, p, int(limit))
	if failure != nil {
		return nil, failure
	}
	data := []any{}
	for _, one := range found {
		data = append(data, l.show(one, p.expand["data"]))
	}
	return object{"object": "list", "data": data, "has_more": more, "url": l.url}, nil
}

// cut takes the page after starting_after, or the one before ending_before.
func (l stripeList[T]) cut(found []T, p stripeParams, limit int) (part []T, more bool, failure *stripeFailure) {
	after, before := p.values.Get("starting_after"), p.values.Get("ending_before")
	at := func(id string) int { return slices.IndexFunc(found, func(one T) bool { return l.id(one) == id }) }
	switch {
	case after != "" && before != "":
		return nil, false, invalid("You can only specify one of these parameters: starting_after, ending_before.")
	case after != "":
		i := at(after)
		if i < 0 {
			return nil, false, missing(l.kind, after, "starting_after")
		}
		found = found[i+1:]
	case before != "":
		i := at(before)
		if i < 0 {
			return nil, false, missing(l.kind, before, "ending_before")
		}
		first := max(i-limit, 0)
		return found[first:i], first > 0, nil
	}
	return found[:min(limit, len(found))], len(found) > limit, nil
}
