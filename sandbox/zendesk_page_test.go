package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/sandbox"
)

// requested is the path of Edsger's 130 tickets, oldest first.
const requested = desk + "/users/" + deskEdsger + "/tickets/requested"

// follow reads tickets page by page while there are more, and returns the pages
// and the last path.
func follow(t *testing.T, h http.Handler, path, link string) (pages [][]string, last string) {
	t.Helper()
	for {
		pages = append(pages, deskIDs(t, h, path, "tickets"))
		body := get(t, h, path)
		if at(body, "meta", "has_more") != true {
			return pages, path
		}
		path = strings.TrimPrefix(fmt.Sprint(at(body, "links", link)), "http://example.com")
	}
}

func TestZendeskPagesByCursor(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	tests := map[string]struct {
		query string
		pages int
	}{
		"the oldest first":        {"?page[size]=50", 3},
		"a hundred by default":    {"?page[after]=", 2},
		"no empty page at an end": {"?page[size]=65&sort=id", 2},
		"the newest first":        {"?page[size]=64&sort=-id", 3},
		"the last changed first":  {"?page[size]=13&sort=-updated_at", 10},
		"the last changed last":   {"?page[size]=100&sort=updated_at", 2},
		"one by one":              {"?page[size]=1", 130},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			forward, last := follow(t, s, requested+tt.query, "next")
			all := slices.Concat(forward...)
			if once := slices.Compact(slices.Sorted(slices.Values(all))); len(forward) != tt.pages || len(all) != 130 || len(once) != 130 {
				t.Errorf("%d pages of %d tickets, %d of them different", len(forward), len(all), len(once))
			}
			before := strings.TrimPrefix(fmt.Sprint(at(get(t, s, last), "links", "prev")), "http://example.com")
			back, _ := follow(t, s, before, "prev")
			slices.Reverse(back)
			if diff := cmp.Diff(all, slices.Concat(append(back, forward[len(forward)-1])...)); diff != "" {
				t.Errorf("back again (-forward +back):\n%s", diff)
			}
		})
	}
}

func TestZendeskCursorsSurviveNewTickets(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	path := desk + "/users/" + deskGrace + "/tickets/requested?page[size]=2&sort=-id"
	first := get(t, s, path)
	ask(t, s, http.MethodPost, desk+"/tickets", `{"ticket":{"comment":{"body":"Hello"},"requester_id":`+deskGrace+`}}`)
	second := path + "&page[after]=" + url.QueryEscape(fmt.Sprint(at(first, "meta", "after_cursor")))
	if diff := cmp.Diff([]string{"5092", "5069"}, deskIDs(t, s, second, "tickets")); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	newer := path + "&page[before]=" + url.QueryEscape(fmt.Sprint(at(first, "meta", "before_cursor")))
	if diff := cmp.Diff([]string{"5262"}, deskIDs(t, s, newer, "tickets")); diff != "" {
		t.Errorf("before the first page (-want +got):\n%s", diff)
	}
}

func TestZendeskCursorsAreThereEvenAtTheEnds(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	only := get(t, s, desk+"/users/"+deskGrace+"/tickets/requested?page[size]=100")
	if at(only, "meta", "has_more") != false || at(only, "meta", "after_cursor") == nil || at(only, "meta", "before_cursor") == nil ||
		at(only, "links", "next") == nil || at(only, "links", "prev") == nil || at(only, "count") != nil {
		t.Errorf("the only page: %v %v", at(only, "meta"), at(only, "links"))
	}
	want := map[string]any{
		"tickets": []any{},
		"meta":    map[string]any{"has_more": false, "after_cursor": nil, "before_cursor": nil},
		"links":   map[string]any{"next": nil, "prev": nil},
	}
	next := strings.TrimPrefix(fmt.Sprint(at(only, "links", "next")), "http://example.com")
	if diff := cmp.Diff(any(want), get(t, s, next)); diff != "" {
		t.Errorf("after it (-want +got):\n%s", diff)
	}
}

func TestZendeskPagesByOffset(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	var all []string
	path := requested + "?per_page=500" // a hundred is the most, whatever is asked
	for path != "" {
		body := get(t, s, path)
		if at(body, "count") != 130. || at(body, "meta") != nil {
			t.Errorf("%s: count %v, meta %v", path, at(body, "count"), at(body, "meta"))
		}
		all = append(all, deskIDs(t, s, path, "tickets")...)
		next, _ := at(body, "next_page").(string)
		path = strings.TrimPrefix(next, "http://example.com")
	}
	if len(all) != 130 || !slices.IsSorted(all) || len(slices.Compact(all)) != 130 {
		t.Errorf("%d tickets", len(all))
	}
}
