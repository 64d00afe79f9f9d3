package sandbox

import "fmt"

type wooCustomer struct {
	ID               int        `json:"id"`
	DateCreated      *string    `json:"date_created"`
	DateCreatedGMT   *string    `json:"date_created_gmt"`
	DateModified     *string    `json:"date_modified"`
	DateModifiedGMT  *string    `json:"date_modified_gmt"`
	Email            string     `json:"email"`
	FirstName        string     `json:"first_name"`
	LastName         string     `json:"last_name"`
	Role             string     `json:"role"`
	Username         string     `json:"username"`
	Billing          wooAddress `json:"billing"`
	Shipping         wooAddress `json:"shipping"`
	IsPayingCustomer bool       `json:"is_paying_customer"`
	AvatarURL        string     `json:"avatar_url"`
	MetaData         []meta     `json:"meta_data"`
}

func (c *wooCommerce) wooCustomerOf(p *person) wooCustomer {
	paid := find(c.orders, func(o *order) bool { return o.customer == p.shopID && !o.paid.IsZero() })
	is := wooCustomer{
		ID: p.shopID, DateCreated: wooLocal(p.joined), DateCreatedGMT: wooGMT(p.joined), // never modified: null
		Email: p.email, FirstName: p.first, LastName: p.last, Role: "customer", Username: plain(p.first + "." + p.last),
		Billing: wooAddressOf(p.address, true), Shipping: wooAddressOf(address{}, false),
		IsPayingCustomer: paid != nil, MetaData: []meta{},
	}
	return is
}

type wooProduct struct {
	ID              int     `json:"id"`
	Name            string  `json:"name"`
	Slug            string  `json:"slug"`
	DateCreated     *string `json:"date_created"`
	DateCreatedGMT  *string `json:"date_created_gmt"`
	DateModified    *string `json:"date_modified"`
	DateModifiedGMT *string `json:"date_modified_gmt"`
	Type            string  `json:"type"`
	Status          string  `json:"status"`
	Description     string  `json:"description"`
	SKU             string  `json:"sku"`
	Price           string  `json:"price"`
	RegularPrice    string  `json:"regular_price"`
	SalePrice       string  `json:"sale_price"`
	OnSale          bool    `json:"on_sale"`
	Purchasable     bool    `json:"purchasable"`
	ManageStock     bool    `json:"manage_stock"`
	StockQuantity   *int    `json:"stock_quantity"`
	StockStatus     string  `json:"stock_status"`
	Weight          string  `json:"weight"`
	Categories      []any   `json:"categories"`
	Images          []any   `json:"images"`
	MetaData        []meta  `json:"meta_data"`
}

func wooProductOf(p *product) wooProduct {
	is := wooProduct{
		ID: p.id, Name: p.name, Slug: fmt.Sprintf("product-%d", p.id), Type: "simple", Status: "publish",
		DateCreated: wooLocal(p.created), DateCreatedGMT: wooGMT(p.created),
		DateModified: wooLocal(p.modified), DateModifiedGMT: wooGMT(p.modified),
		Description: "<p>" + p.name + "</p>\n", SKU: p.sku, Purchasable: p.price > 0,
		ManageStock: p.stock != nil, StockQuantity: p.stock, StockStatus: p.stockStatus(),
		Categories: []any{}, Images: []any{}, MetaData: []meta{},
	}
	if p.price > 0 {
		is.Price = decimal(p.price, "USD")
		is.RegularPrice = is.Price
	}
	return is
}
