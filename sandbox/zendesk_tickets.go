package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (z *zendesk) getTicket(w http.ResponseWriter, r *http.Request) {
	if t := z.wantedTicket(w, r); t != nil {
		writeJSON(w, http.StatusOK, map[string]any{"ticket": z.ticketOf(r, t)})
	}
}

func (z *zendesk) showTickets(w http.ResponseWriter, r *http.Request) {
	if ids, ok := zendeskIDs(w, r, "ids"); ok {
		z.ticketsList(r).showMany(w, z.tickets, func(t *ticket) bool {
			return slices.Contains(ids, strconv.FormatInt(t.id, 10))
		})
	}
}

// listTickets serves all tickets, or those with one of some external ids.
func (z *zendesk) listTickets(w http.ResponseWriter, r *http.Request) {
	left, reset := z.lists.take()
	w.Header().Set("Zendesk-Ratelimit-Tickets-Index",
		"total="+strconv.Itoa(z.lists.limit)+"; remaining="+strconv.Itoa(left)+"; resets="+strconv.Itoa(reset))
	found := z.tickets
	if r.URL.Query().Has("external_id") {
		ids := strings.Split(r.URL.Query().Get("external_id"), ",")
		found = slices.DeleteFunc(slices.Clone(found), func(t *ticket) bool {
			return t.external == "" || !slices.Contains(ids, t.external)
		})
	}
	z.ticketsList(r).page(z, w, r, found)
}

func (z *zendesk) listRequested(w http.ResponseWriter, r *http.Request) {
	u := z.wantedUser(w, r)
	if u == nil {
		return
	}
	z.ticketsList(r).page(z, w, r, slices.DeleteFunc(slices.Clone(z.tickets), func(t *ticket) bool { return t.requester != u }))
}

func (z *zendesk) listComments(w http.ResponseWriter, r *http.Request) {
	t := z.wantedTicket(w, r)
	if t == nil {
		return
	}
	zendeskList[*comment]{
		key:     "comments",
		id:      func(c *comment) int64 { return c.id },
		updated: func(c *comment) time.Time { return c.created },
		show:    func(c *comment) any { return zendeskCommentOf(c) },
		users:   func(c *comment) []*supportUser { return []*supportUser{c.author} },
	}.page(z, w, r, t.comments)
}

func (z *zendesk) ticketsList(r *http.Request) zendeskList[*ticket] {
	return zendeskList[*ticket]{
		key:     "tickets",
		id:      func(t *ticket) int64 { return t.id },
		updated: func(t *ticket) time.Time { return t.updated },
		show:    func(t *ticket) any { return z.ticketOf(r, t) },
		users:   func(t *ticket) []*supportUser { return []*supportUser{t.requester, t.assignee} },
	}
}

// wantedTicket returns the ticket of the path; nil when it has answered already.
func (z *zendesk) wantedTicket(w http.ResponseWriter, r *http.Request) *ticket {
	return wantedRecord(w, r, z.ticket)
}
