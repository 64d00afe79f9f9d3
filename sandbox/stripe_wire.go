package sandbox

import (
	"strings"
	"time"
)

// object is a Stripe object: amounts in minor units, lower-case currencies,
// unix seconds, null for what is not there.
type object map[string]any

// nullable is s, or null when it is "".
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func intentOf(p *payment, e expand) object {
	is := object{
		"id": p.intent, "object": "payment_intent", "livemode": false, "created": p.created.Unix(), "status": p.status,
		"amount": p.amount, "amount_capturable": 0, "amount_received": 0, "amount_details": object{"tip": object{}},
		"currency": strings.ToLower(p.currency), "customer": ownerOf(p, e), "latest_charge": nullable(p.charge),
		"description": "Holdfast Supplies - Order " + p.number, "receipt_email": nullable(p.email),
		"capture_method": "automatic", "confirmation_method": "automatic", "payment_method_types": []string{"card"},
		"payment_method": nil, "payment_method_options": object{}, "client_secret": nil,
		"last_payment_error": nil, "next_action": nil, "canceled_at": nil, "cancellation_reason": nil,
		"application": nil, "application_fee_amount": nil, "automatic_payment_methods": nil, "on_behalf_of": nil,
		"processing": nil, "review": nil, "setup_future_usage": nil, "shipping": nil,
		"statement_descriptor": nil, "statement_descriptor_suffix": nil, "transfer_data": nil, "transfer_group": nil,
		"metadata": p.metadata(),
	}
	if below, ok := e["latest_charge"]; ok && p.charge != "" {
		is["latest_charge"] = chargeOf(p, below)
	}
	switch p.status {
	case "succeeded":
		is["amount_received"] = p.amount
		is["payment_method"] = "pm_" + p.intent[3:]
	case "requires_payment_method":
		is["last_payment_error"] = object{
			"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
			"message": "Your card has insufficient funds.", "charge": p.charge,
		}
	case "canceled":
		is["canceled_at"], is["cancellation_reason"] = p.created.Add(24*time.Hour).Unix(), "abandoned"
	}
	return is
}

// metadata is what the shop's plugin writes: the display number, not the id,
// and keys in the language of the buyer.
func (p *payment) metadata() map[string]string {
	email := "customer_email"
	if p.currency == "EUR" {
		email = "kunden_email"
	}
	return map[string]string{"order_id": p.number, "site_url": "https://shop.example.com", email: p.email}
}

// ownerOf is the customer of a payment: null, an id or an object.
func ownerOf(p *payment, e expand) any {
	if p.account == nil {
		return nil
	}
	if _, ok := e["customer"]; ok {
		return accountOf(p.account)
	}
	return p.account.id
}

func chargeOf(p *payment, e expand) object {
	is := object{
		"id": p.charge, "object": "charge", "livemode": false, "created": p.created.Add(time.Second).Unix(),
		"amount": p.amount, "amount_captured": 0, "amount_refunded": p.refunded(), "currency": strings.ToLower(p.currency),
		"status": "pending", "paid": false, "captured": false, "refunded": p.refunded() == p.amount, "disputed": false,
		"customer": ownerOf(p, e), "payment_intent": p.intent, "metadata": p.metadata(),
		"description": "Holdfast Supplies - Order " + p.number, "receipt_email": nullable(p.email), "receipt_number": nil,
		"receipt_url": nil, "failure_code": nil, "failure_message": nil, "failure_balance_transaction": nil,
		"balance_transaction": nil, "calculated_statement_descriptor": "HOLDFAST", "application": nil, "application_fee": nil,
		"application_fee_amount": nil, "on_behalf_of": nil, "outcome": nil, "payment_method": nil, "review": nil, "shipping": nil,
		"source_transfer": nil, "statement_descriptor": nil, "statement_descriptor_suffix": nil,
		"transfer_data": nil, "transfer_group": nil, "fraud_details": object{},
		"billing_details":        object{"address": nil, "email": nullable(p.email), "name": nil, "phone": nil, "tax_id": nil},
		"payment_method_details": nil,
	}
	switch p.status {
	case "succeeded":
		is["status"], is["paid"], is["captured"], is["amount_captured"] = "succeeded", true, true, p.amount
		is["receipt_url"] = "https://pay.example.com/receipts/" + p.charge
		is["payment_method"] = "pm_" + p.intent[3:]
	case "requires_payment_method":
		is["status"], is["failure_code"], is["failure_message"] = "failed", "card_declined", "Your card has insufficient funds."
	}
	if _, ok := e["payment_intent"]; ok {
		is["payment_intent"] = intentOf(p, e["payment_intent"])
	}
	if below, ok := e["refunds"]; ok { // absent unless expanded
		data := []any{}
		for i := range p.refunds {
			data = append(data, refundOf(p.refunds[len(p.refunds)-1-i], below["data"]))
		}
		is["refunds"] = object{"object": "list", "data": data, "has_more": false, "url": "/v1/charges/" + p.charge + "/refunds"}
	}
	return is
}

func refundOf(r *refund, e expand) object {
	metadata := r.metadata
	if metadata == nil {
		metadata = map[string]string{}
	}
	is := object{
		"id": r.id, "object": "refund", "amount": r.amount, "currency": strings.ToLower(r.payment.currency),
		"created": r.created.Unix(), "status": nullable(r.status), "reason": nullable(r.reason), "metadata": metadata,
		"charge": r.payment.charge, "payment_intent": r.payment.intent,
		"balance_transaction": nil, "receipt_number": nil, "source_transfer_reversal": nil, "transfer_reversal": nil,
	}
	if below, ok := e["charge"]; ok {
		is["charge"] = chargeOf(r.payment, below)
	}
	if below, ok := e["payment_intent"]; ok {
		is["payment_intent"] = intentOf(r.payment, below)
	}
	return is
}

func accountOf(a *account) object {
	if a.deleted {
		return object{"id": a.id, "object": "customer", "deleted": true}
	}
	return object{
		"id": a.id, "object": "customer", "livemode": false, "created": a.created.Unix(),
		"email": nullable(a.email), "name": nullable(a.name), "phone": nullable(a.phone), "description": nil,
		"address": nil, "balance": 0, "currency": nil, "default_source": nil, "delinquent": false, "discount": nil,
		"invoice_prefix":   "HF" + a.id[len(a.id)-4:],
		"invoice_settings": object{"custom_fields": nil, "default_payment_method": nil, "footer": nil, "rendering_options": nil},
		"metadata":         map[string]string{}, "next_invoice_sequence": 1, "preferred_locales": []string{},
		"shipping": nil, "tax_exempt": "none", "test_clock": nil,
	}
}
