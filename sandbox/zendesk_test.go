package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

// Users of the support desk: a plain id, and one that a float64 cannot hold.
const (
	deskAda    = "1900000000011"
	deskGrace  = "9007199254741017"
	deskAlan   = "1900000000013" // has no external id
	deskEdsger = "1900000000014" // has 130 tickets
)

// deskIDs returns the ids of a list in the answer to path, digit by digit.
func deskIDs(t *testing.T, h http.Handler, path, key string) []string {
	t.Helper()
	is := ask(t, h, http.MethodGet, path, "")
	if is.status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, is.status, is.body)
	}
	var body map[string]json.RawMessage
	var list []struct{ ID json.Number }
	if err := json.Unmarshal([]byte(is.body), &body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body[key], &list); err != nil {
		t.Fatalf("%s: %v in %s", path, err, is.body)
	}
	var all []string
	for _, one := range list {
		all = append(all, one.ID.String())
	}
	return all
}

func TestZendeskHasTheVendorsShape(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	golden(t, s, desk+"/users/"+deskGrace, "testdata/zendesk-user-grace.json")
	golden(t, s, desk+"/tickets/5001", "testdata/zendesk-ticket-5001.json")
}

func TestZendeskSendsItsHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		want := map[string]string{
			"Cache-Control": "max-age=0, private, must-revalidate", "Content-Type": "application/json; charset=utf-8",
			"X-Rate-Limit": "2500", "X-Rate-Limit-Remaining": "2499",
			"ratelimit-limit": "2500", "ratelimit-remaining": "2499", "ratelimit-reset": "60",
			"zendesk-ratelimit-tickets-index": "total=100; remaining=99; resets=60",
		}
		check := func() {
			t.Helper()
			is := ask(t, s, http.MethodGet, desk+"/tickets?per_page=1", "")
			for name, value := range want {
				if got := is.header.Get(name); got != value {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
		}
		check()
		<-time.After(18500 * time.Millisecond)
		if is := ask(t, s, http.MethodGet, desk+"/nothing", ""); is.header.Get("X-Rate-Limit-Remaining") != "2498" ||
			is.header.Get("ratelimit-reset") != "42" || is.header.Get("Cache-Control") != "no-cache" || is.header.Get("zendesk-ratelimit-tickets-index") != "" {
			t.Errorf("later: %v", is.header)
		}
		<-time.After(41500 * time.Millisecond)
		check() // a minute later all is there again
	})
}

func TestZendeskTakesBothCredentials(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	if is := ask(t, s, http.MethodGet, desk+"/tickets/5001", "", "Authorization: Bearer zd_oauth_sandbox"); is.status != http.StatusOK {
		t.Errorf("%d %s", is.status, is.body)
	}
}

func TestZendeskLists(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		path, key string
		want      []string
	}{
		"users by external id, by their own":       {"/users/show_many?external_ids=14,12,11", "users", []string{deskAda, deskEdsger, deskGrace}},
		"each once":                                {"/users/show_many?external_ids=11,11,+11,", "users", []string{deskAda}},
		"nobody for a customer who never asked":    {"/users/show_many?external_ids=17,9999,x", "users", nil},
		"nobody for one who is not linked":         {"/users/show_many?external_ids=13", "users", nil},
		"users by id, unknown ones left out":       {"/users/show_many?ids=" + deskGrace + ",1," + deskAlan, "users", []string{deskAlan, deskGrace}},
		"no neighbour of a large id":               {"/users/show_many?ids=9007199254741016,9007199254741018", "users", nil},
		"users by e-mail":                          {"/users/search?query=email:Alan.Petrov@example.com", "users", []string{deskAlan}},
		"users by quoted e-mail and type":          {"/users/search?query=type:user+email:%22ada.okafor@example.com%22", "users", []string{deskAda}},
		"users by external id, searched":           {"/users/search?external_id=12", "users", []string{deskGrace}},
		"users by external id in a query":          {"/users/search?query=external_id:12", "users", []string{deskGrace}},
		"users by name":                            {"/users/search?query=edsger+dubois", "users", []string{deskEdsger}},
		"users by role":                            {"/users/search?query=role:agent", "users", []string{"1900000000001"}},
		"users by what nobody knows":               {"/users/search?query=shoe:42", "users", nil},
		"a user's tickets":                         {"/users/" + deskGrace + "/tickets/requested", "tickets", []string{"5002", "5039", "5069", "5092", "5109", "5121"}},
		"no tickets":                               {"/users/1900000000018/tickets/requested", "tickets", nil},
		"tickets by id":                            {"/tickets/show_many?ids=5002,1,5001,5002", "tickets", []string{"5001", "5002"}},
		"tickets by order":                         {"/tickets?external_id=1003,1001,9", "tickets", []string{"5001", "5002"}},
		"no tickets by no order":                   {"/tickets?external_id=", "tickets", nil},
		"comments":                                 {"/tickets/5002/comments", "comments", []string{"9007199259742993", "9007199259742995"}},
		"tickets, the last changed first":          {"/users/" + deskAda + "/tickets/requested?sort_by=updated_at&sort_order=desc", "tickets", []string{"5068", "5038", "5001"}},
		"the same by cursor":                       {"/users/" + deskAda + "/tickets/requested?page[size]=2&sort=-updated_at", "tickets", []string{"5068", "5038"}},
		"users beside tickets":                     {"/tickets?external_id=1001,1003&include=users,groups", "users", []string{deskAda, "1900000000001", deskGrace}},
		"users beside comments, each once":         {"/tickets/5001/comments?page[size]=100&include=users", "users", []string{deskAda, "1900000000001"}},
		"paths may end in .json":                   {"/tickets/show_many.json?ids=5001", "tickets", []string{"5001"}},
		"a page by offset":                         {"/users/" + deskGrace + "/tickets/requested?page=2&per_page=4", "tickets", []string{"5109", "5121"}},
		"a page by offset after the last is empty": {"/users/" + deskGrace + "/tickets/requested?page=9&per_page=4", "tickets", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, deskIDs(t, s, desk+tt.path, tt.key)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.path, diff)
			}
		})
	}
}

func TestZendeskShowManyIsOnePage(t *testing.T) {
	got := get(t, sandbox.New(sandbox.Config{}), desk+"/users/show_many?external_ids=11,12,17")
	if at(got, "count") != 2. || at(got, "users", 1, "external_id") != "12" {
		t.Errorf("%v", got)
	}
	for _, name := range []string{"next_page", "previous_page"} {
		members, ok := got.(map[string]any)
		if value, has := members[name]; !ok || !has || value != nil {
			t.Errorf("%s is %v, want null", name, value)
		}
	}
}
