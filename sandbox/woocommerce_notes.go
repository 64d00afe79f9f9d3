package sandbox

import (
	"net/http"
	"slices"
)

// wooNote is a note of an order as WooCommerce shows it.
type wooNote struct {
	ID             int     `json:"id"`
	Author         string  `json:"author"`
	DateCreated    *string `json:"date_created"`
	DateCreatedGMT *string `json:"date_created_gmt"`
	Note           string  `json:"note"`
	CustomerNote   bool    `json:"customer_note"`
}

func wooNoteOf(n *note) wooNote {
	return wooNote{
		ID: n.id, Author: n.author, DateCreated: wooLocal(n.created), DateCreatedGMT: wooGMT(n.created),
		Note: n.text, CustomerNote: n.customer,
	}
}

// listOrderNotes shows the notes of an order, the newest first, without pages.
func (c *wooCommerce) listOrderNotes(w http.ResponseWriter, r *http.Request) {
	o := c.wantedOrder(w, r)
	if o == nil {
		return
	}
	q := newWooQuery(r)
	kind := q.choice("type", "any", "customer", "internal")
	if q.refused(w) {
		return
	}
	notes := []wooNote{}
	for _, n := range slices.Backward(o.notes) {
		if kind == "any" || n.customer == (kind == "customer") {
			notes = append(notes, wooNoteOf(n))
		}
	}
	writeJSON(w, http.StatusOK, notes)
}

// createOrderNote knows no idempotency: asked twice, it makes two notes.
func (c *wooCommerce) createOrderNote(w http.ResponseWriter, r *http.Request) {
	o := c.wantedOrder(w, r)
	var in struct {
		Note         string `json:"note"`
		CustomerNote bool   `json:"customer_note"`
		AddedByUser  bool   `json:"added_by_user"`
	}
	if o == nil || !readWoo(w, r, &in) {
		return
	}
	if in.Note == "" {
		wooError(w, http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): note")
		return
	}
	n := &note{id: c.next(), author: "system", text: in.Note, customer: in.CustomerNote, created: c.now()}
	if in.AddedByUser {
		n.author = "keeper"
	}
	o.notes = append(o.notes, n)
	writeJSON(w, http.StatusCreated, wooNoteOf(n))
}
