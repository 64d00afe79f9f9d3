package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// seedPeople adds sixty people. Every fifth never opened an account in the shop.
func (w *world) seedPeople() {
	first := strings.Fields("Ada Grace Alan Edsger Linus Barbara Donald Ken Radia Tim Margaret Dennis Frances John Jean Niklaus Sophie Rob Hedy Claude")
	last := strings.Fields("Okafor Lindqvist Moreau Tanaka Haddad Novak Costa Silva Weber Rossi Janssen Kaya Nguyen O'Brien Petrov Sato Ali Müller García Larsen Kowalski Dubois Ferrari Schmidt Andersson Yilmaz Jensen Ivanova Popescu Horvat")
	cities := []address{
		{city: "Portland", state: "OR", postcode: "97205", country: "US"},
		{city: "Berlin", state: "DE-BE", postcode: "10115", country: "DE"},
		{city: "Lyon", postcode: "69002", country: "FR"},
		{city: "Osaka", state: "JP27", postcode: "530-0001", country: "JP"},
		{city: "Kuwait City", postcode: "13001", country: "KW"},
		{city: "Austin", state: "TX", postcode: "78701", country: "US"},
	}
	for i := range 60 {
		p := &person{address: cities[i%len(cities)], joined: epoch().Add(-span - time.Duration(60-i)*24*time.Hour)}
		p.first, p.last = first[i%len(first)], last[i*7%len(last)]
		p.line1 = fmt.Sprintf("%d Harbour Street", 10+i)
		if i%4 == 0 {
			p.line2 = fmt.Sprintf("Apartment %d", i+1)
		}
		if i%6 == 0 {
			p.company = p.last + " & Co"
		}
		if i%3 != 0 {
			p.phone = fmt.Sprintf("+1555010%04d", i)
		}
		p.email = strings.ToLower(p.first+"."+plain(p.last)) + "@example.com"
		if i%5 != 4 {
			p.shopID = 11 + i
		}
		w.people = append(w.people, p)
	}
}

// plain spells a name with letters that fit an e-mail address.
func plain(name string) string {
	return strings.NewReplacer("ü", "ue", "í", "i", "'", "").Replace(name)
}

// Numbers of the two Stripe customers that are nobody's.
const (
	walkIn  = 2001
	deleted = 2002
)

// seedAccounts gives everybody a Stripe customer and some a second one with the
// same e-mail. One has no e-mail and one is deleted.
func (w *world) seedAccounts() {
	open := func(n int, a account) *account {
		a.id = accountID(n)
		w.accounts = append(w.accounts, &a)
		return &a
	}
	for again := range 2 {
		for i, p := range w.people {
			if again == 1 && i%12 != 3 {
				continue
			}
			p.account = append(p.account, open(1+i+again*1000, account{
				name: p.first + " " + p.last, email: p.email, phone: p.phone, country: p.country,
				created: p.joined.Add(time.Duration(again) * 30 * 24 * time.Hour),
			}))
		}
	}
	open(walkIn, account{name: "Walk-in customer", created: epoch().Add(-span)})
	open(deleted, account{deleted: true, created: epoch().Add(-span)})
	slices.SortStableFunc(w.accounts, func(a, b *account) int { return a.created.Compare(b.created) })
}

// seedProducts adds what the shop sells: one is free text without a price, one
// has no SKU, two share theirs, one is not counted.
func (w *world) seedProducts() {
	names := []string{
		"Enamel Mug &ndash; Blue", "Canvas Tote", "Salt &amp; Pepper Mill", "Wool Blanket", "Brass Lamp",
		"Oak Tray", "Linen Apron", "Cast Iron Pan", "Tea Towel &#8220;Tide&#8221;", "Glass Jar", "Paper Lantern", "Rope Doormat",
		"Walnut Board", "Copper Kettle", "Beeswax Candle", "Ceramic Bowl", "Felt Slippers", "Field Notebook",
		"Steel Flask", "Cork Coaster", "Rain Poncho", "Bread Knife", "Spice Rack", "Gift Wrapping",
	}
	for i, name := range names {
		p := &product{
			id: 101 + i, name: name, sku: fmt.Sprintf("HF-%03d", 101+i), price: int64(995 + i*i*35),
			created: epoch().Add(-2*span + time.Duration(i)*time.Hour), stock: new(int),
		}
		p.modified = p.created
		*p.stock = i * 7 % 40
		switch i {
		case 9:
			p.sku = ""
		case 11:
			p.sku = w.products[10].sku
		case 20:
			p.stock = nil
		case 23:
			p.price, p.stock = 0, nil
		}
		w.products = append(w.products, p)
	}
}
