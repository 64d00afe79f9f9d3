package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// zendeskLag is how much later than a write the search learns of it.
const zendeskLag = 2 * time.Minute

func (z *zendesk) createTicket(w http.ResponseWriter, r *http.Request) {
	in, ok := readZendesk(w, bodyOf(r))
	if !ok {
		return
	}
	wrong := zendeskProblems{}
	if in.Comment == nil || in.Comment.Body == "" {
		wrong.add("base", "Description: cannot be blank", "BlankValue")
	}
	now := z.now()
	t := &ticket{
		id: z.tickets[len(z.tickets)-1].id + 1, status: "new", customStatus: statusID("new"), channel: "api",
		tags: []string{}, created: now, updated: now,
	}
	requester := z.requesterOf(in, wrong)
	if z.check(in, wrong); wrong.refused(w) {
		return
	}
	if t.requester = requester; z.user(requester.id) == nil {
		z.users = append(z.users, requester)
	}
	z.change(t, in)
	if t.subject == "" {
		t.subject = in.Comment.Body
	}
	t.say(requester, in.Comment.Body, true, now)
	z.tickets = append(z.tickets, t)
	z.tell("zendesk", zendeskCreated, strconv.FormatInt(t.id, 10))
	w.Header().Set("Location", z.url(r, fmt.Sprintf("/tickets/%d.json", t.id)))
	z.writeTicket(w, r, t, http.StatusCreated)
}

func (z *zendesk) putTicket(w http.ResponseWriter, r *http.Request) {
	t := z.wantedTicket(w, r)
	if t == nil {
		return
	}
	in, ok := readZendesk(w, bodyOf(r))
	if !ok {
		return
	}
	wrong := zendeskProblems{}
	if t.status == "closed" {
		wrong.add("status", "Status: closed prevents ticket update", "")
	}
	if z.check(in, wrong); wrong.refused(w) {
		return
	}
	before := t.status
	z.change(t, in)
	t.updated = z.now()
	if t.status != before {
		z.tell("zendesk", zendeskStatus, strconv.FormatInt(t.id, 10))
	}
	if in.Comment != nil && in.Comment.Body != "" {
		t.say(z.users[0], in.Comment.Body, in.Comment.Public == nil || *in.Comment.Public, t.updated)
		z.tell("zendesk", zendeskCommented, strconv.FormatInt(t.id, 10))
	}
	z.writeTicket(w, r, t, http.StatusOK)
}

// writeTicket answers a write: the ticket, and the audit that it left.
func (z *zendesk) writeTicket(w http.ResponseWriter, r *http.Request, t *ticket, status int) {
	writeJSON(w, status, map[string]any{
		"ticket": z.ticketOf(r, t),
		"audit": map[string]any{
			"id": pastFloat + int64(z.next()), "ticket_id": t.id, "created_at": zendeskTime(t.updated), "author_id": z.users[0].id,
			"metadata": map[string]any{"system": map[string]any{}, "custom": map[string]any{}},
			"events":   []any{}, "via": zendeskVia("api"),
		},
	})
}

// requesterOf returns who asks: a known user, a new one, or the agent whose
// token it is.
func (z *zendesk) requesterOf(in zendeskTicketInput, wrong zendeskProblems) *supportUser {
	switch {
	case in.RequesterID != nil:
		u := z.user(*in.RequesterID)
		if u == nil {
			wrong.add("requester", "Requester: is invalid", "InvalidValue")
		}
		return u
	case in.Requester == nil:
		return z.users[0]
	}
	email := strings.ToLower(strings.TrimSpace(in.Requester.Email))
	if u := find(z.users, func(u *supportUser) bool { return u.email == email }); u != nil {
		return u
	}
	if !strings.Contains(email, "@") {
		wrong.add("requester", "Requester: Email:  "+email+" is not properly formatted", "InvalidValue")
	}
	if in.Requester.Name == "" {
		wrong.add("requester", "Requester: Name: is too short (minimum one character)", "ValueTooShort")
	}
	return &supportUser{
		id: deskUsers + int64(z.next()), name: in.Requester.Name, email: email, role: "end-user",
		created: z.now(), indexed: time.Now().Add(zendeskLag),
	}
}

// change does what a checked input says, but for its comment.
func (z *zendesk) change(t *ticket, in zendeskTicketInput) {
	put(&t.subject, in.Subject)
	put(&t.external, in.ExternalID)
	put(&t.priority, in.Priority)
	put(&t.kind, in.Type)
	put(&t.tags, in.Tags)
	if in.AssigneeID != nil {
		t.assignee = z.users[0]
	}
	if in.Status != nil {
		t.status, t.customStatus = *in.Status, statusID(*in.Status)
	}
	if in.CustomStatus != nil {
		t.status, t.customStatus = "open", *in.CustomStatus
	}
}
