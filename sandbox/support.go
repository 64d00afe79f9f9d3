package sandbox

import (
	"strconv"
	"strings"
	"time"
)

// supportUser is somebody known to the support desk: a person who may ask, or
// the agent who answers.
type supportUser struct {
	id                       int64
	name, email, phone, role string
	external                 string // the person's id in the shop; "" shows as null
	suspended                bool
	created                  time.Time
	indexed                  time.Time // when the search learns of it; zero: long ago
}

// ticket is one conversation with the support desk.
type ticket struct {
	id               int64
	requester        *supportUser
	assignee         *supportUser // nil: nobody's yet
	subject          string
	status           string // the category; customStatus says more
	customStatus     int64
	priority, kind   string // "" shows as null
	external         string // id of the order it is about; "" shows as null
	channel          string // by which it came
	tags             []string
	created, updated time.Time
	comments         []*comment // oldest first, never empty
}

// comment is one message of a ticket.
type comment struct {
	id      int64
	author  *supportUser
	body    string
	public  bool // else only agents see it
	created time.Time
}

// say adds a comment to a ticket. Like those of many users, its id is past what
// a float64 holds exactly.
func (t *ticket) say(author *supportUser, body string, public bool, at time.Time) {
	t.comments = append(t.comments, &comment{
		id: pastFloat + t.id*1000 + 2*int64(len(t.comments)), author: author, body: body, public: public, created: at,
	})
}

// Numbers of the support desk.
const (
	pastFloat   = 1<<53 + 1     // the first integer that a float64 cannot hold
	deskUsers   = 1900000000000 // plus the shop's customer id makes a user's id
	firstTicket = 5001
	// onItsWay is a status that the desk made up; its category is open.
	onItsWay = 1900000009007
	// busy is the place, among people, of somebody with more than a page of tickets.
	busy, busyTickets = 3, 130
)

// seedSupport adds the support desk: an agent, a user for most customers of the
// shop, and their tickets. All but the orders that tickets name is the same in
// every seed.
func (w *world) seedSupport() {
	agent := &supportUser{
		id: deskUsers + 1, name: "Sam Keeper", email: "agent@example.com", role: "agent", created: epoch().Add(-2 * span),
	}
	w.users = append(w.users, agent)
	asks := map[*supportUser]int{}
	for i, p := range w.people {
		if p.shopID == 0 || i%8 == 6 { // the latter never needed help
			continue
		}
		u := &supportUser{
			id: deskUsers + int64(p.shopID), name: p.first + " " + p.last, email: p.email, phone: p.phone, role: "end-user",
			external: strconv.Itoa(p.shopID), suspended: i == 5, created: p.joined.Add(time.Hour),
		}
		if i%4 == 1 {
			u.id = pastFloat + 2*int64(p.shopID)
		}
		if i == 2 { // wrote a mail before anybody linked the two systems
			u.external = ""
		}
		if asks[u] = (3*i + 3) % 8; i == busy {
			asks[u] = busyTickets
		}
		w.users = append(w.users, u)
	}
	bought := map[string][]*order{}
	for _, o := range w.orders {
		customer := strconv.Itoa(o.customer)
		bought[customer] = append(bought[customer], o)
	}
	for nth := range busyTickets {
		for _, u := range w.users {
			if nth < asks[u] {
				w.seedTicket(u, agent, nth, bought[u.external])
			}
		}
	}
}

// seedTicket adds the nth ticket of a user. Every other one is about the next
// order that the user bought, while there are any.
func (w *world) seedTicket(u, agent *supportUser, nth int, bought []*order) {
	id := firstTicket + int64(len(w.tickets))
	t := &ticket{
		id: id, requester: u, assignee: agent, subject: subjectOf(id), channel: "email", tags: []string{},
		created:  epoch().Add(-span + 12*time.Hour + time.Duration(nth)*24*time.Hour),
		priority: []string{"", "low", "normal", "high", "urgent"}[id%5],
		kind:     []string{"", "question", "incident", "problem"}[id%4],
		status:   []string{"new", "open", "pending", "solved", "hold", "closed", "open"}[id%7],
	}
	if t.customStatus = statusID(t.status); id%7 == 6 {
		t.customStatus = onItsWay
	}
	if nth%2 == 0 && nth/2 < len(bought) {
		o := bought[nth/2]
		t.external, t.subject, t.tags = strconv.Itoa(o.id), "Where is order "+o.number+"?", []string{"order"}
		if after := o.created.Add(24 * time.Hour); t.created.Before(after) {
			t.created = after
		}
	}
	t.updated = t.created
	t.say(u, "Hello, "+strings.ToLower(t.subject[:1])+t.subject[1:]+"\n\nThanks, "+u.name, true, t.created)
	if t.status == "new" {
		t.assignee = nil
	} else {
		t.updated = t.created.Add(time.Duration(1+id%6) * 6 * time.Hour)
		t.say(agent, "We are looking into it.", true, t.updated)
	}
	if id%3 == 0 {
		t.say(agent, "Called the warehouse.", false, t.updated)
	}
	w.tickets = append(w.tickets, t)
}

func subjectOf(id int64) string {
	return []string{
		"My parcel arrived damaged", "Can I change the delivery address?", "The mug has a crack",
		"How do I clean the pan?", "Please send an invoice", "I was charged twice",
	}[id%6]
}

// statusID is the id of the status that every desk has for a category.
func statusID(category string) int64 {
	switch category {
	case "new":
		return 1900000009001
	case "open":
		return 1900000009002
	case "pending":
		return 1900000009003
	case "hold":
		return 1900000009004
	default: // solved; closed tickets keep it
		return 1900000009005
	}
}

func (w *world) user(id int64) *supportUser {
	return find(w.users, func(u *supportUser) bool { return u.id == id })
}

func (w *world) ticket(id int64) *ticket {
	return find(w.tickets, func(t *ticket) bool { return t.id == id })
}
