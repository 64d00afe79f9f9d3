package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// zendeskList pages through records in both of Zendesk's ways: by cursor when
// the query has page[size], page[after] or page[before], else by offset.
type zendeskList[T any] struct {
	key     string // that wraps the records
	id      func(T) int64
	updated func(T) time.Time
	show    func(T) any
	users   func(T) []*supportUser // of a record, for include=users
}

// page writes the part of all that the query asks for.
func (l zendeskList[T]) page(z *zendesk, w http.ResponseWriter, r *http.Request, all []T) {
	query := r.URL.Query()
	if query.Has("page[size]") || query.Has("page[after]") || query.Has("page[before]") {
		l.byCursor(z, w, r, all)
		return
	}
	l.byOffset(z, w, r, all)
}

// byOffset writes a page of the older way, which ends after a hundred pages.
func (l zendeskList[T]) byOffset(z *zendesk, w http.ResponseWriter, r *http.Request, all []T) {
	query := r.URL.Query()
	at, ok := zendeskNumber(query, "page", 1)
	size, sized := zendeskNumber(query, "per_page", 100)
	switch {
	case !ok || !sized:
		zendeskBadPage(w, "InvalidPaginationParameter", "page and per_page must be positive integers")
		return
	case at > 100:
		zendeskBadPage(w, "InvalidPaginationDepth",
			"Pagination requests using Offset Pagination are limited to page 100 or up to 10000 records (page * per_page)")
		return
	}
	order := "id"
	if query.Get("sort_by") == "updated_at" {
		order = "updated_at"
	}
	if query.Get("sort_order") == "desc" {
		order = "-" + order
	}
	size = min(size, 100)
	all, _ = l.sorted(all, order)
	body := map[string]any{"count": len(all), "next_page": nil, "previous_page": nil}
	if at*size < len(all) {
		body["next_page"] = z.link(r, map[string]string{"page": strconv.Itoa(at + 1)})
	}
	if at > 1 {
		body["previous_page"] = z.link(r, map[string]string{"page": strconv.Itoa(at - 1)})
	}
	l.write(z, w, r, all[min((at-1)*size, len(all)):min(at*size, len(all))], body)
}

// write adds the records, and the users beside them if asked for, to the body.
func (l zendeskList[T]) write(z *zendesk, w http.ResponseWriter, r *http.Request, part []T, body map[string]any) {
	shown, beside := []any{}, []any{}
	var seen []*supportUser
	for _, one := range part {
		shown = append(shown, l.show(one))
		if l.users == nil {
			continue
		}
		for _, u := range l.users(one) {
			if u != nil && !slices.Contains(seen, u) {
				seen, beside = append(seen, u), append(beside, z.userOf(r, u))
			}
		}
	}
	if body[l.key] = shown; l.users != nil && slices.Contains(strings.Split(r.URL.Query().Get("include"), ","), "users") {
		body["users"] = beside
	}
	writeJSON(w, http.StatusOK, body)
}

// zendeskNumber reads a positive integer.
func zendeskNumber(query url.Values, name string, absent int) (n int, ok bool) {
	if !query.Has(name) {
		return absent, true
	}
	n, err := strconv.Atoi(query.Get(name))
	return n, err == nil && n > 0 && n < 1e6
}

// link is the URL of the request with some parameters set, or left out when "".
func (z *zendesk) link(r *http.Request, set map[string]string) string {
	query := r.URL.Query()
	for name, value := range set {
		if query.Set(name, value); value == "" {
			query.Del(name)
		}
	}
	return z.url(r, r.URL.Path+z.vendor.suffix+"?"+query.Encode())
}

// url is the absolute URL of what lies below the base.
func (z *zendesk) url(r *http.Request, below string) string {
	return "http://" + r.Host + "/" + z.vendor.name + z.vendor.base + below
}
