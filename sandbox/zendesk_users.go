package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (z *zendesk) getUser(w http.ResponseWriter, r *http.Request) {
	if u := z.wantedUser(w, r); u != nil {
		writeJSON(w, http.StatusOK, map[string]any{"user": z.userOf(r, u)})
	}
}

// showUsers serves the batch read by ids or by external_ids.
func (z *zendesk) showUsers(w http.ResponseWriter, r *http.Request) {
	name, of := "ids", func(u *supportUser) string { return strconv.FormatInt(u.id, 10) }
	if r.URL.Query().Has("external_ids") {
		name, of = "external_ids", func(u *supportUser) string { return u.external }
	}
	if ids, ok := zendeskIDs(w, r, name); ok {
		z.usersList(r).showMany(w, z.users, func(u *supportUser) bool { return slices.Contains(ids, of(u)) })
	}
}

// searchUsers serves the search, which learns of new users some minutes late
// and knows no cursors.
func (z *zendesk) searchUsers(w http.ResponseWriter, r *http.Request) {
	query, external := r.URL.Query().Get("query"), r.URL.Query().Get("external_id")
	if query == "" && external == "" {
		zendeskBadParameter(w, "You passed an invalid value for the query attribute. must not be empty")
		return
	}
	var found []*supportUser
	for _, u := range z.users {
		if !time.Now().Before(u.indexed) && (external == "" || u.external == external) && u.found(query) {
			found = append(found, u)
		}
	}
	z.usersList(r).byOffset(z, w, r, found)
}

// found says whether a user has all terms of a query: email:, external_id:,
// role:, type: and plain words.
func (u *supportUser) found(query string) bool {
	for term := range strings.FieldsSeq(query) {
		field, value, named := strings.Cut(term, ":")
		value = strings.ToLower(strings.Trim(value, `"`))
		var has bool
		switch {
		case !named:
			has = strings.Contains(strings.ToLower(u.name+"\n"+u.email), strings.ToLower(term))
		case field == "email":
			has = u.email == value
		case field == "external_id":
			has = u.external == value
		case field == "role":
			has = u.role == value
		case field == "type":
			has = value == "user"
		}
		if !has {
			return false
		}
	}
	return true
}

func (z *zendesk) usersList(r *http.Request) zendeskList[*supportUser] {
	return zendeskList[*supportUser]{
		key:     "users",
		id:      func(u *supportUser) int64 { return u.id },
		updated: func(u *supportUser) time.Time { return u.created },
		show:    func(u *supportUser) any { return z.userOf(r, u) },
	}
}

// wantedUser returns the user of the path; nil when it has answered already.
func (z *zendesk) wantedUser(w http.ResponseWriter, r *http.Request) *supportUser {
	return wantedRecord(w, r, z.user)
}
