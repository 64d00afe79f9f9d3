package connect

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"holdfast/connect/call"
	"holdfast/upstreams"
)

func TestWhatIsNoWindowIsRefused(t *testing.T) {
	own := cursor{Page: "1", Index: 0, Size: 5, Of: "Query.list"}
	with := func(change func(*cursor)) string {
		c := own
		change(&c)
		return c.String()
	}
	tests := map[string]struct {
		args    Args
		style   Style
		message string
	}{
		"none":                   {Args{"first": 0}, ByPage, "first: expected 1 to 1000"},
		"less than none":         {Args{"first": -1}, ByLink, "first: expected 1 to 1000"},
		"a million":              {Args{"first": 1_000_000}, ByCursor, "first: expected 1 to 1000"},
		"none from the end":      {Args{"last": 0, "before": own.String()}, ByPage, "last: expected 1 to 1000"},
		"both ends":              {Args{"first": 1, "last": 1}, ByPage, "give one of them"},
		"the end without cursor": {Args{"last": 1}, ByPage, "last and before go together"},
		"before without last":    {Args{"before": own.String()}, ByPage, "last and before go together"},
		"before with first":      {Args{"first": 1, "before": own.String()}, ByPage, "last and before go together"},
		"after with last":        {Args{"last": 1, "before": own.String(), "after": own.String()}, ByPage, "first goes with after"},
		"backwards by links":     {Args{"last": 1, "before": own.String()}, ByLink, "only be read forward"},
		"backwards by cursors":   {Args{"last": 1, "before": own.String()}, ByCursor, "only be read forward"},
		"not a cursor":           {Args{"after": "x"}, ByPage, "not one that this API gave out"},
		"an empty cursor":        {Args{"after": ""}, ByLink, "not one that this API gave out"},
		"a damaged cursor":       {Args{"after": own.String()[1:]}, ByPage, "not one that this API gave out"},
		"a cursor and more":      {Args{"after": own.String() + "A"}, ByPage, "not one that this API gave out"},
		"another list's cursor":  {Args{"after": with(func(c *cursor) { c.Of = "Query.other" })}, ByPage, "belongs to another list"},
		"page 0":                 {Args{"after": with(func(c *cursor) { c.Page = "0" })}, ByPage, "not one that this API gave out"},
		"page -1":                {Args{"after": with(func(c *cursor) { c.Page = "-1" })}, ByOffset, "not one that this API gave out"},
		"a page that is no page": {Args{"after": with(func(c *cursor) { c.Page = "x" })}, ByPage, "not one that this API gave out"},
		"a page without end":     {Args{"after": with(func(c *cursor) { c.Page = "99999999999" })}, ByOffset, "not one that this API gave out"},
		"before the first item":  {Args{"after": with(func(c *cursor) { c.Index = -1 })}, ByPage, "not one that this API gave out"},
		"before that":            {Args{"after": with(func(c *cursor) { c.Index = -2 })}, ByLink, "not one that this API gave out"},
		"a page of nothing":      {Args{"after": with(func(c *cursor) { c.Size = 0 })}, ByLink, "not one that this API gave out"},
		"a long position":        {Args{"after": with(func(c *cursor) { c.Page = strings.Repeat("x", 3000) })}, ByLink, "not one that this API gave out"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: test.style, items: numbered(0, 40), most: 10}
			_, _, err := newLister(t, p, 10).ask(test.args)
			e, ok := errors.AsType[*upstreams.Error](err)
			if !ok || e.Kind != upstreams.BadInput || !strings.Contains(e.Message, test.message) || e.Connector != "Query.list" {
				t.Errorf("got %#v", err)
			}
			if len(p.calls) > 0 {
				t.Errorf("asked for %q", p.calls)
			}
		})
	}
}

// A made-up cursor may say what it likes: pages stay as large as the API allows.
func TestACursorCannotAskForMoreThanAPageHolds(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: style, items: numbered(0, 40), most: 10}
			made := cursor{Page: "1", Index: 0, Size: 1_000_000, Of: "Query.list"}
			if _, _, err := newLister(t, p, 10).ask(Args{"first": 5, "after": made.String()}); err != nil {
				t.Fatal(err)
			}
			for _, c := range p.calls {
				q, _ := url.ParseQuery(c)
				if number(q.Get("size"), 0) > 10 {
					t.Errorf("asked for %s", c)
				}
			}
		})
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{Page: "1", Index: 3, Size: 20, Of: "Query.list"}.String())
	f.Add(cursor{Page: "after\"é", Index: -1, Size: 1, Of: "Query.list"}.String())
	f.Add("")
	f.Add("e30")
	f.Add("eyJwIjoiMSJ9")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text, "Query.list")
		if err != nil {
			if _, ok := errors.AsType[call.InputError](err); !ok {
				t.Fatal(err)
			}
			return
		}
		if c.String() != text || c.Of != "Query.list" || c.Index < -1 || c.Size < 1 {
			t.Fatalf("%+v of %s", c, text)
		}
		w := &walk[*node]{paging: &Paging{Style: ByPage, Max: 10}}
		if n, err := w.ordinal(c); err == nil && n < 0 {
			t.Fatalf("item %d", n)
		}
	})
}
