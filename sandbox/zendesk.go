package sandbox

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// zendesk is a support desk that speaks Zendesk Support v2.
type zendesk struct {
	*world
	vendor  *vendor
	keys    *keys
	account quota // of all requests
	lists   quota // of those for lists of tickets
}

const (
	zendeskUser  = "agent@example.com/token"
	zendeskToken = "zd_sandbox"
	zendeskOAuth = "zd_oauth_sandbox"
)

func newZendesk(w *world) *vendor {
	z := &zendesk{
		world: w, keys: newKeys(zendeskKeep),
		account: quota{limit: 2500}, lists: quota{limit: 100},
	}
	z.vendor = &vendor{
		name: "zendesk", base: "/api/v2", suffix: ".json",
		auth: "basic " + zendeskUser + ":" + zendeskToken + ", or bearer " + zendeskOAuth,
		try: []string{
			"/users/show_many?external_ids=11,12,14", "/users/" + strconv.FormatInt(deskUsers+11, 10) + "/tickets/requested?page[size]=2",
			"/tickets?external_id=1001", "/tickets/5001/comments", "/users/search?query=email:ada.okafor@example.com",
		},
		routes: map[string]http.HandlerFunc{
			"GET /users/{id}":                   z.getUser,
			"GET /users/show_many":              z.showUsers,
			"GET /users/search":                 z.searchUsers,
			"GET /users/{id}/tickets/requested": z.listRequested,
			"GET /tickets":                      z.listTickets,
			"GET /tickets/{id}":                 z.getTicket,
			"GET /tickets/show_many":            z.showTickets,
			"GET /tickets/{id}/comments":        z.listComments,
			"POST /tickets":                     z.createTicket,
			"PUT /tickets/{id}":                 z.putTicket,
		},
		keys:   z.keys,
		tells:  z.tells(),
		around: z.around,
		fail:   z.fail,
	}
	return z.vendor
}

// around sets what Zendesk sends with every answer, checks the credentials and
// sees to idempotency keys.
func (z *zendesk) around(routes http.Handler) http.Handler {
	routes = z.idempotent(routes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z.header(w)
		bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		user, token, _ := r.BasicAuth()
		isAgent := same(user, zendeskUser) && same(token, zendeskToken)
		switch {
		case isBearer && !same(bearer, zendeskOAuth):
			zendeskRefuse(w, http.StatusUnauthorized, map[string]string{
				"error":             "invalid_token",
				"error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons.",
			})
		case !isBearer && !isAgent:
			w.Header().Set("Www-Authenticate", `Basic realm="Web Password"`)
			zendeskRefuse(w, http.StatusUnauthorized, map[string]string{"error": "Couldn't authenticate you"})
		default:
			routes.ServeHTTP(w, r)
		}
	})
}

// header sets the headers of every answer. The limit is told, not enforced: a
// rate fault does that.
func (z *zendesk) header(w http.ResponseWriter) {
	h := w.Header()
	if h.Get("X-Rate-Limit") != "" { // an unknown route passes here twice
		return
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "max-age=0, private, must-revalidate")
	h.Set("X-Zendesk-Api-Version", "v2")
	limit := strconv.Itoa(z.account.limit)
	left, reset := z.account.take()
	h.Set("X-Rate-Limit", limit)
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	h.Set("Ratelimit-Limit", limit)
	h.Set("Ratelimit-Remaining", strconv.Itoa(left))
	h.Set("Ratelimit-Reset", strconv.Itoa(reset))
}

// quota counts the requests of a minute, which begins with the first of them.
type quota struct {
	limit, used int
	begun       time.Time
}

// take counts one request. It returns how many are left and the seconds until
// there are all again.
func (q *quota) take() (left, reset int) {
	now := time.Now()
	if now.Sub(q.begun) >= time.Minute {
		q.begun, q.used = now, 0
	}
	q.used++
	return max(q.limit-q.used, 0), int(math.Ceil((time.Minute - now.Sub(q.begun)).Seconds()))
}

// fail speaks like Zendesk when it breaks.
func (z *zendesk) fail(w http.ResponseWriter, _ *http.Request, status int) {
	z.header(w)
	switch status {
	case http.StatusNotFound:
		zendeskError(w, status, "InvalidEndpoint", "Not found")
	case http.StatusTooManyRequests:
		h := w.Header()
		h.Set("X-Rate-Limit-Remaining", "0")
		h.Set("Ratelimit-Remaining", "0")
		h.Set("Retry-After", h.Get("Ratelimit-Reset"))
		zendeskError(w, status, "TooManyRequests", "Number of allowed API requests per minute exceeded")
	default:
		zendeskError(w, status, strings.ReplaceAll(http.StatusText(status), " ", ""), http.StatusText(status))
	}
}

// zendeskError answers in the commonest of Zendesk's formats.
func zendeskError(w http.ResponseWriter, status int, code, description string) {
	zendeskRefuse(w, status, map[string]string{"error": code, "description": description})
}

// zendeskBadParameter is how Zendesk refuses a parameter of a known name.
func zendeskBadParameter(w http.ResponseWriter, message string) {
	zendeskRefuse(w, http.StatusBadRequest, map[string]any{
		"error": map[string]string{"title": "Invalid attribute", "message": message},
	})
}

// zendeskBadPage is how Zendesk refuses to page.
func zendeskBadPage(w http.ResponseWriter, code, title string) {
	zendeskRefuse(w, http.StatusBadRequest, map[string]any{
		"errors": []map[string]string{{"code": code, "title": title, "detail": title}},
	})
}

// zendeskRefuse answers with an error, which nobody may keep.
func zendeskRefuse(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Cache-Control", "no-cache")
	writeJSON(w, status, body)
}
