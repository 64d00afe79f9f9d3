package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

func TestZendeskRefuses(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	ids := strings.TrimSuffix(strings.Repeat("11,", 101), ",")
	tests := map[string]struct {
		method, path, body, header string
		status                     int
		member                     []any
		want                       any
	}{
		"no credentials":                 {path: "/tickets", header: "Authorization: ", status: 401, member: []any{"error"}, want: "Couldn't authenticate you"},
		"the token of another":           {path: "/tickets", header: "Authorization: Basic YTp6ZF9zYW5kYm94", status: 401, member: []any{"error"}, want: "Couldn't authenticate you"},
		"a wrong bearer":                 {path: "/tickets", header: "Authorization: Bearer zd_sandbox", status: 401, member: []any{"error"}, want: "invalid_token"},
		"an unknown route":               {path: "/macros", status: 404, member: []any{"error"}, want: "InvalidEndpoint"},
		"an unknown user":                {path: "/users/1", status: 404, member: []any{"error"}, want: "RecordNotFound"},
		"a neighbour of a large id":      {path: "/users/9007199254741016", status: 404, member: []any{"description"}, want: "Not found"},
		"an unknown user's tickets":      {path: "/users/1/tickets/requested", status: 404, member: []any{"error"}, want: "RecordNotFound"},
		"an unknown ticket":              {path: "/tickets/1", status: 404, member: []any{"error"}, want: "RecordNotFound"},
		"comments of an unknown ticket":  {path: "/tickets/1/comments", status: 404, member: []any{"error"}, want: "RecordNotFound"},
		"an id that is none":             {path: "/users/ada", status: 400, member: []any{"error", "title"}, want: "Invalid attribute"},
		"more ids than a hundred":        {path: "/users/show_many?external_ids=" + ids, status: 400, member: []any{"error", "title"}, want: "Invalid attribute"},
		"no ids":                         {path: "/tickets/show_many", status: 400, member: []any{"error", "title"}, want: "Invalid attribute"},
		"a search for nothing":           {path: "/users/search", status: 400, member: []any{"error", "title"}, want: "Invalid attribute"},
		"a page after the hundredth":     {path: "/tickets?page=101&per_page=1", status: 400, member: []any{"errors", 0, "code"}, want: "InvalidPaginationDepth"},
		"page zero":                      {path: "/tickets?page=0", status: 400, member: []any{"errors", 0, "code"}, want: "InvalidPaginationParameter"},
		"a cursor page of nothing":       {path: "/tickets?page[size]=0", status: 400, member: []any{"errors", 0, "code"}, want: "InvalidPaginationParameter"},
		"a large cursor page":            {path: "/tickets?page[size]=101", status: 400, member: []any{"errors", 0, "code"}, want: "InvalidPaginationParameter"},
		"an order it has not":            {path: "/tickets?page[size]=1&sort=subject", status: 400, member: []any{"errors", 0, "title"}, want: "sort is not valid"},
		"a cursor that is none":          {path: "/tickets?page[after]=x", status: 400, member: []any{"errors", 0, "title"}, want: "page[after] is not valid"},
		"a cursor backwards that is":     {path: "/tickets?page[before]=eyJvIjoi", status: 400, member: []any{"errors", 0, "title"}, want: "page[before] is not valid"},
		"a cursor of another order":      {path: "/tickets?page[after]=eyJvIjoiaWQiLCJ2IjpbMSwxXX0=&sort=-id", status: 400, member: []any{"errors", 0, "title"}, want: "page[after] is not valid"},
		"both directions":                {path: "/tickets?page[after]=x&page[before]=x", status: 400, member: []any{"errors", 0, "code"}, want: "InvalidPaginationParameter"},
		"broken JSON":                    {method: "POST", path: "/tickets", body: `{`, status: 400, member: []any{"error"}, want: "BadRequest"},
		"no ticket":                      {method: "POST", path: "/tickets", body: `{"subject":"x"}`, status: 400, member: []any{"error", "title"}, want: "Invalid attribute"},
		"a ticket without a word":        {method: "POST", path: "/tickets", body: `{"ticket":{}}`, status: 422, member: []any{"details", "base", 0, "error"}, want: "BlankValue"},
		"a ticket of nobody":             {method: "POST", path: "/tickets", body: `{"ticket":{"comment":{"body":"x"},"requester_id":1}}`, status: 422, member: []any{"details", "requester", 0, "error"}, want: "InvalidValue"},
		"a requester without an e-mail":  {method: "POST", path: "/tickets", body: `{"ticket":{"comment":{"body":"x"},"requester":{"name":"x"}}}`, status: 422, member: []any{"details", "requester", 0, "error"}, want: "InvalidValue"},
		"a requester without a name":     {method: "POST", path: "/tickets", body: `{"ticket":{"comment":{"body":"x"},"requester":{"email":"x@example.com"}}}`, status: 422, member: []any{"details", "requester", 0, "error"}, want: "ValueTooShort"},
		"a priority of one's own":        {method: "POST", path: "/tickets", body: `{"ticket":{"comment":{"body":"x"},"priority":"asap"}}`, status: 422, member: []any{"details", "priority", 0, "error"}, want: "InvalidValue"},
		"a long idempotency key":         {method: "POST", path: "/tickets", body: `{}`, header: "Idempotency-Key: " + strings.Repeat("k", 256), status: 400, member: []any{"error"}, want: "IdempotentRequestError"},
		"a change of an unknown ticket":  {method: "PUT", path: "/tickets/1", body: `{"ticket":{}}`, status: 404, member: []any{"error"}, want: "RecordNotFound"},
		"a change of a closed ticket":    {method: "PUT", path: "/tickets/5003", body: `{"ticket":{"status":"open"}}`, status: 422, member: []any{"details", "status", 0, "description"}, want: "Status: closed prevents ticket update"},
		"a status of one's own":          {method: "PUT", path: "/tickets/5002", body: `{"ticket":{"status":"lost"}}`, status: 422, member: []any{"error"}, want: "RecordInvalid"},
		"an assignee who is no agent":    {method: "PUT", path: "/tickets/5002", body: `{"ticket":{"assignee_id":` + deskAda + `}}`, status: 422, member: []any{"details", "assignee", 0, "error"}, want: "InvalidValue"},
		"a custom status nobody made up": {method: "PUT", path: "/tickets/5002", body: `{"ticket":{"custom_status_id":1}}`, status: 422, member: []any{"details", "custom_status_id", 0, "error"}, want: "InvalidValue"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.method == "" {
				tt.method = http.MethodGet
			}
			var headers []string
			if tt.header != "" {
				headers = []string{tt.header}
			}
			is := ask(t, s, tt.method, desk+tt.path, tt.body, headers...)
			if got := at(decode(t, is.body), tt.member...); is.status != tt.status || got != tt.want {
				t.Errorf("%d %s, want %d %v", is.status, is.body, tt.status, tt.want)
			}
		})
	}
	if n := len(deskIDs(t, s, desk+"/tickets?page=3", "tickets")); n != 61 {
		t.Errorf("%d tickets on the third page, want 61: something was made", n)
	}
}

func TestZendeskTakesTickets(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	made := ask(t, s, http.MethodPost, desk+"/tickets", `{"ticket":{"subject":"Lid missing","comment":{"body":"It has no lid."},
		"requester":{"name":"Ada O.","email":"ADA.Okafor@example.com"},"external_id":"1001","tags":["lid"],"priority":"urgent","type":"problem"}}`)
	if made.status != http.StatusCreated || !strings.HasSuffix(made.header.Get("Location"), desk+"/tickets/5262.json") ||
		made.header.Get("X-Idempotency-Lookup") != "" || at(decode(t, made.body), "audit", "ticket_id") != 5262. {
		t.Fatalf("%d %v %s", made.status, made.header, made.body)
	}
	if diff := cmp.Diff([]string{"5001", "5262"}, deskIDs(t, s, desk+"/tickets?external_id=1001", "tickets")); diff != "" {
		t.Errorf("about the order (-want +got):\n%s", diff)
	}
	want := map[string]any{
		"status": "new", "priority": "urgent", "type": "problem", "description": "It has no lid.", "assignee_id": nil,
		"requester_id": 1900000000011., "custom_status_id": 1900000009001.,
	}
	is := at(get(t, s, desk+"/tickets/5262"), "ticket")
	for name, value := range want {
		if at(is, name) != value {
			t.Errorf("%s: %v, want %v", name, at(is, name), value)
		}
	}

	answered := ask(t, s, http.MethodPut, desk+"/tickets/5262", `{"ticket":{"status":"pending","priority":"low","subject":"No lid","assignee_id":1900000000001,
		"comment":{"body":"We send one.","public":false}}}`)
	is = at(decode(t, answered.body), "ticket")
	if answered.status != http.StatusOK || at(is, "status") != "pending" || at(is, "priority") != "low" || at(is, "subject") != "No lid" ||
		at(is, "assignee_id") == nil || at(is, "tags", 0) != "lid" {
		t.Errorf("%d %s", answered.status, answered.body)
	}
	comments := items(t, at(get(t, s, desk+"/tickets/5262/comments"), "comments"))
	if len(comments) != 2 || at(comments[1], "public") != false || at(comments[1], "body") != "We send one." {
		t.Errorf("%v", comments)
	}
	ask(t, s, http.MethodPut, desk+"/tickets/5262", `{"ticket":{"custom_status_id":1900000009007}}`)
	if is = at(get(t, s, desk+"/tickets/5262"), "ticket"); at(is, "status") != "open" || at(is, "custom_status_id") != 1900000009007. {
		t.Errorf("%v", is)
	}
	if newest := deskIDs(t, s, desk+"/tickets?page[size]=1&sort=-updated_at", "tickets"); newest[0] != "5262" {
		t.Errorf("last changed is %v", newest)
	}
}

func TestZendeskCreatesOncePerKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		create := func(body string) reply {
			return ask(t, s, http.MethodPost, desk+"/tickets", `{"ticket":{"comment":{"body":"`+body+`"}}}`, "Idempotency-Key: k1")
		}
		if is := create(""); is.status != http.StatusUnprocessableEntity || is.header.Get("X-Idempotency-Lookup") != "miss" {
			t.Errorf("refused: %d %v", is.status, is.header)
		}
		first, again, other := create("Hello"), create("Hello"), create("Good evening")
		if first.status != http.StatusCreated || first.header.Get("X-Idempotency-Lookup") != "miss" {
			t.Errorf("first: %d %v", first.status, first.header)
		}
		if again.status != http.StatusCreated || again.body != first.body || again.header.Get("X-Idempotency-Lookup") != "hit" ||
			again.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("first %v %s\nagain %v %s", first.header, first.body, again.header, again.body)
		}
		if other.status != http.StatusBadRequest || at(decode(t, other.body), "error") != "IdempotentRequestError" {
			t.Errorf("another body: %d %s", other.status, other.body)
		}
		<-time.After(2 * time.Hour)
		if late := create("Hello"); late.status != http.StatusCreated || late.header.Get("X-Idempotency-Lookup") != "miss" || late.body == first.body {
			t.Errorf("two hours later: %d %v %s", late.status, late.header, late.body)
		}
	})
}

func TestZendeskSearchLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		made := ask(t, s, http.MethodPost, desk+"/tickets", `{"ticket":{"comment":{"body":"Hello"},"requester":{"name":"New","email":"new@example.com"}}}`)
		id := fmt.Sprintf("%.0f", at(decode(t, made.body), "ticket", "requester_id"))
		search := desk + "/users/search?query=email:new@example.com"
		if found := deskIDs(t, s, search, "users"); found != nil {
			t.Errorf("found at once: %v", found)
		}
		if known := deskIDs(t, s, desk+"/users/show_many?ids="+id, "users"); len(known) != 1 {
			t.Errorf("known by id: %v", known)
		}
		<-time.After(2 * time.Minute)
		if diff := cmp.Diff([]string{id}, deskIDs(t, s, search, "users")); diff != "" {
			t.Errorf("later (-want +got):\n%s", diff)
		}
	})
}
