package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"slices"
)

// createRefund gives back a part or all of a succeeded payment.
func (s *stripe) createRefund(_ *http.Request, p stripeParams) (any, *stripeFailure) {
	paid, failure := s.paidBy(p)
	if failure != nil {
		return nil, failure
	}
	if failure := p.expand.check("refund", 0); failure != nil {
		return nil, failure
	}
	reason := p.values.Get("reason")
	if reason != "" && !slices.Contains([]string{"duplicate", "fraudulent", "requested_by_customer"}, reason) {
		return nil, invalid("Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer").about("reason")
	}
	amount, failure := p.integer("amount", math.MaxInt64)
	if failure != nil {
		return nil, failure
	}
	left := paid.amount - paid.refunded()
	if amount == 0 {
		amount = left
	}
	switch {
	case paid.status != "succeeded":
		return nil, invalid(fmt.Sprintf("This PaymentIntent (%s) does not have a successful charge to refund.", paid.intent)).about("payment_intent")
	case left == 0:
		return nil, invalid(fmt.Sprintf("Charge %s has already been refunded.", paid.charge)).coded("charge_already_refunded")
	case amount > left:
		return nil, invalid(fmt.Sprintf("Refund amount (%s) is greater than unrefunded amount on charge (%s)",
			decimal(amount, paid.currency), decimal(left, paid.currency))).about("amount")
	}
	n := s.next()
	back := &refund{
		id: stripeID("re", n), shopID: n, payment: paid, amount: amount, reason: reason, status: "succeeded",
		metadata: p.object("metadata"), created: s.now(),
	}
	s.give(back)
	return refundOf(back, p.expand), nil
}

// paidBy returns the payment that payment_intent or charge names.
func (s *stripe) paidBy(p stripeParams) (*payment, *stripeFailure) {
	intent, charge := p.values.Get("payment_intent"), p.values.Get("charge")
	switch {
	case intent != "":
		if is := s.payment(intent); is != nil && (charge == "" || is.charge == charge) {
			return is, nil
		}
		return nil, missing("payment_intent", intent, "payment_intent")
	case charge != "":
		if is := s.charged(charge); is != nil {
			return is, nil
		}
		return nil, missing("charge", charge, "charge")
	}
	return nil, invalid("One of the following params should be provided for this request: payment_intent or charge.").coded("parameter_missing")
}
