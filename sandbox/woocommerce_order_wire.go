package sandbox

import (
	"encoding/json"
	"fmt"
)

// The shapes of WooCommerce, here and in woocommerce_catalog_wire.go, keep the
// vendor's habits: amounts are strings but for line_items[].price, times have
// no zone, and nothing is null in one place, "" or 0 in another.

type wooOrder struct {
	ID               int           `json:"id"`
	ParentID         int           `json:"parent_id"`
	Status           string        `json:"status"`
	Currency         string        `json:"currency"`
	Version          string        `json:"version"`
	PricesIncludeTax bool          `json:"prices_include_tax"`
	DateCreated      *string       `json:"date_created"`
	DateModified     *string       `json:"date_modified"`
	DiscountTotal    string        `json:"discount_total"`
	DiscountTax      string        `json:"discount_tax"`
	ShippingTotal    string        `json:"shipping_total"`
	ShippingTax      string        `json:"shipping_tax"`
	CartTax          string        `json:"cart_tax"`
	Total            string        `json:"total"`
	TotalTax         string        `json:"total_tax"`
	CustomerID       int           `json:"customer_id"`
	OrderKey         string        `json:"order_key"`
	Billing          wooAddress    `json:"billing"`
	Shipping         wooAddress    `json:"shipping"`
	PaymentMethod    string        `json:"payment_method"`
	PaymentTitle     string        `json:"payment_method_title"`
	TransactionID    string        `json:"transaction_id"`
	CustomerIP       string        `json:"customer_ip_address"`
	CustomerAgent    string        `json:"customer_user_agent"`
	CreatedVia       string        `json:"created_via"`
	CustomerNote     string        `json:"customer_note"`
	DateCompleted    *string       `json:"date_completed"`
	DatePaid         *string       `json:"date_paid"`
	CartHash         string        `json:"cart_hash"`
	Number           string        `json:"number"`
	MetaData         []meta        `json:"meta_data"`
	LineItems        []wooLine     `json:"line_items"`
	TaxLines         []any         `json:"tax_lines"`
	ShippingLines    []wooShipping `json:"shipping_lines"`
	FeeLines         []any         `json:"fee_lines"`
	CouponLines      []any         `json:"coupon_lines"`
	Refunds          []wooBack     `json:"refunds"`
	DateCreatedGMT   *string       `json:"date_created_gmt"`
	DateModifiedGMT  *string       `json:"date_modified_gmt"`
	DateCompletedGMT *string       `json:"date_completed_gmt"`
	DatePaidGMT      *string       `json:"date_paid_gmt"`
	CurrencySymbol   string        `json:"currency_symbol"`
}

type wooAddress struct {
	FirstName string  `json:"first_name"`
	LastName  string  `json:"last_name"`
	Company   string  `json:"company"`
	Address1  string  `json:"address_1"`
	Address2  string  `json:"address_2"`
	City      string  `json:"city"`
	State     string  `json:"state"`
	Postcode  string  `json:"postcode"`
	Country   string  `json:"country"`
	Email     *string `json:"email,omitempty"` // a shipping address has none
	Phone     string  `json:"phone"`
}

type wooLine struct {
	ID          int         `json:"id"`
	Name        string      `json:"name"`
	ProductID   int         `json:"product_id"`
	VariationID int         `json:"variation_id"`
	Quantity    int         `json:"quantity"`
	TaxClass    string      `json:"tax_class"`
	Subtotal    string      `json:"subtotal"`
	SubtotalTax string      `json:"subtotal_tax"`
	Total       string      `json:"total"`
	TotalTax    string      `json:"total_tax"`
	Taxes       []wooTax    `json:"taxes"`
	MetaData    []meta      `json:"meta_data"`
	SKU         string      `json:"sku"`
	Price       json.Number `json:"price"`
	Image       wooImage    `json:"image"`
	ParentName  *string     `json:"parent_name"`
}

type wooTax struct {
	ID       int    `json:"id"`
	Total    string `json:"total"`
	Subtotal string `json:"subtotal"`
}

type wooImage struct {
	ID  any    `json:"id"` // a number, or "" where there is no image
	Src string `json:"src"`
}

type wooShipping struct {
	ID          int    `json:"id"`
	MethodTitle string `json:"method_title"`
	MethodID    string `json:"method_id"`
	Total       string `json:"total"`
	TotalTax    string `json:"total_tax"`
	Taxes       []any  `json:"taxes"`
	MetaData    []any  `json:"meta_data"`
}

// wooBack is a refund as its order shows it.
type wooBack struct {
	ID     int    `json:"id"`
	Reason string `json:"reason"`
	Total  string `json:"total"`
}

func wooOrderOf(o *order) wooOrder {
	money := func(minor int64) string { return decimal(minor, o.currency) }
	is := wooOrder{
		ID: o.id, Status: o.status, Currency: o.currency, Version: "10.1.0",
		DateCreated: wooLocal(o.created), DateCreatedGMT: wooGMT(o.created),
		DateModified: wooLocal(o.modified), DateModifiedGMT: wooGMT(o.modified),
		DateCompleted: wooLocal(o.completed), DateCompletedGMT: wooGMT(o.completed),
		DatePaid: wooLocal(o.paid), DatePaidGMT: wooGMT(o.paid),
		DiscountTotal: money(0), DiscountTax: money(0), ShippingTotal: money(o.shippingCost), ShippingTax: money(0),
		Total: money(o.total()), CustomerID: o.customer, OrderKey: fmt.Sprintf("wc_order_sandbox%d", o.id),
		Billing: wooAddressOf(o.billing, true), Shipping: wooAddressOf(o.shipping, false),
		PaymentMethod: o.method, PaymentTitle: o.title, TransactionID: o.transaction,
		CustomerIP: "203.0.113.7", CreatedVia: "checkout", CustomerNote: o.note, Number: o.number,
		MetaData: o.meta, LineItems: []wooLine{}, TaxLines: []any{}, FeeLines: []any{}, CouponLines: []any{}, Refunds: []wooBack{},
		ShippingLines: []wooShipping{{
			ID: o.id*10 + 9, MethodTitle: "Flat rate", MethodID: "flat_rate",
			Total: money(o.shippingCost), TotalTax: money(0), Taxes: []any{}, MetaData: []any{},
		}},
		CurrencySymbol: wooSymbol(o.currency),
	}
	var tax int64
	for i, l := range o.lines {
		tax += l.tax
		is.LineItems = append(is.LineItems, wooLineOf(o, i, l))
	}
	is.CartTax, is.TotalTax = money(tax), money(tax)
	for _, back := range o.refunds {
		is.Refunds = append(is.Refunds, wooBack{ID: back.shopID, Reason: back.reason, Total: money(-back.amount)})
	}
	return is
}

func wooLineOf(o *order, i int, l line) wooLine {
	money := func(minor int64) string { return decimal(minor, o.currency) }
	is := wooLine{
		ID: o.id*10 + i, Name: l.product.name, ProductID: l.product.id, Quantity: l.quantity,
		Subtotal: money(l.total()), SubtotalTax: money(l.tax), Total: money(l.total()), TotalTax: money(l.tax),
		Taxes: []wooTax{}, MetaData: []meta{}, SKU: l.product.sku, Price: json.Number(trimmed(l.price, o.currency)),
		Image: wooImage{ID: ""},
	}
	if l.tax > 0 {
		is.Taxes = append(is.Taxes, wooTax{ID: 1, Total: trimmed(l.tax, o.currency), Subtotal: trimmed(l.tax, o.currency)})
	}
	return is
}

func wooAddressOf(a address, billing bool) wooAddress {
	is := wooAddress{
		FirstName: a.first, LastName: a.last, Company: a.company, Address1: a.line1, Address2: a.line2,
		City: a.city, State: a.state, Postcode: a.postcode, Country: a.country, Phone: a.phone,
	}
	if billing {
		is.Email = &a.email
	}
	return is
}

func wooSymbol(currency string) string {
	switch currency {
	case "EUR":
		return "€"
	case "JPY":
		return "¥"
	case "KWD":
		return "د.ك"
	default:
		return "$"
	}
}

type wooRefund struct {
	ID              int     `json:"id"`
	ParentID        int     `json:"parent_id"`
	DateCreated     *string `json:"date_created"`
	DateCreatedGMT  *string `json:"date_created_gmt"`
	Amount          string  `json:"amount"`
	Reason          string  `json:"reason"`
	RefundedBy      int     `json:"refunded_by"`
	RefundedPayment bool    `json:"refunded_payment"`
	MetaData        []meta  `json:"meta_data"`
	LineItems       []any   `json:"line_items"`
	ShippingLines   []any   `json:"shipping_lines"`
	TaxLines        []any   `json:"tax_lines"`
	FeeLines        []any   `json:"fee_lines"`
}

func wooRefundOf(o *order, back *refund) wooRefund {
	return wooRefund{
		ID: back.shopID, ParentID: o.id, DateCreated: wooLocal(back.created), DateCreatedGMT: wooGMT(back.created),
		Amount: decimal(back.amount, o.currency), Reason: back.reason, RefundedPayment: true,
		MetaData:  []meta{{ID: back.shopID*100 + 1, Key: "_stripe_refund_id", Value: back.id}},
		LineItems: []any{}, ShippingLines: []any{}, TaxLines: []any{}, FeeLines: []any{},
	}
}
