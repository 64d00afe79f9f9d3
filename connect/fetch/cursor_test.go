package fetch

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// arguments are those of a field, from pairs of name and value.
func arguments(tb testing.TB, given ...any) mapping.Value {
	tb.Helper()
	var members []mapping.Member
	for i := 0; i < len(given); i += 2 {
		name, _ := given[i].(string)
		v, err := mapping.FromAny(given[i+1])
		if err != nil {
			tb.Fatal(err)
		}
		members = append(members, mapping.Member{Key: name, Value: v})
	}
	return mapping.ObjectValue(members...)
}

func TestWhatIsNoWindowIsRefused(t *testing.T) {
	own := cursor{Page: "1", Index: 0, Size: 5, Of: "Query.list"}
	with := func(change func(*cursor)) string {
		c := own
		change(&c)
		return c.String()
	}
	tests := map[string]struct {
		args    []any
		forward bool
		message string
	}{
		"none":                   {[]any{"first", 0}, false, "first: expected 1 to 1000"},
		"less than none":         {[]any{"first", -1}, true, "first: expected 1 to 1000"},
		"a million":              {[]any{"first", 1_000_000}, true, "first: expected 1 to 1000"},
		"none from the end":      {[]any{"last", 0, "before", own.String()}, false, "last: expected 1 to 1000"},
		"both ends":              {[]any{"first", 1, "last", 1}, false, "give one of them"},
		"the end without cursor": {[]any{"last", 1}, false, "last and before go together"},
		"before without last":    {[]any{"before", own.String()}, false, "last and before go together"},
		"before with first":      {[]any{"first", 1, "before", own.String()}, false, "last and before go together"},
		"after with last":        {[]any{"last", 1, "before", own.String(), "after", own.String()}, false, "first goes with after"},
		"backwards in a chain":   {[]any{"last", 1, "before", own.String()}, true, "only be read forward"},
		"not a cursor":           {[]any{"after", "x"}, false, "not one that this API gave out"},
		"an empty cursor":        {[]any{"after", ""}, true, "not one that this API gave out"},
		"a damaged cursor":       {[]any{"after", own.String()[1:]}, false, "not one that this API gave out"},
		"a cursor and more":      {[]any{"after", own.String() + "A"}, false, "not one that this API gave out"},
		"another list's cursor":  {[]any{"after", with(func(c *cursor) { c.Of = "Query.other" })}, false, "belongs to another list"},
		"before that":            {[]any{"after", with(func(c *cursor) { c.Index = -2 })}, true, "not one that this API gave out"},
		"a page of nothing":      {[]any{"after", with(func(c *cursor) { c.Size = 0 })}, true, "not one that this API gave out"},
		"a long position":        {[]any{"after", with(func(c *cursor) { c.Page = strings.Repeat("x", 3000) })}, true, "not one that this API gave out"},
		"a position and a seal":  {[]any{"after", with(func(c *cursor) { c.Sealed = "aaaa" })}, true, "not one that this API gave out"},
		"a seal without end":     {[]any{"after", with(func(c *cursor) { c.Page, c.Sealed = "", strings.Repeat("a", 20_000) })}, true, "not one that this API gave out"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := windowOf(arguments(t, test.args...), false, !test.forward, "Query.list")
			if e, ok := errors.AsType[call.InputError](err); !ok || !strings.Contains(e.Text, test.message) {
				t.Errorf("got %v, want %s", err, test.message)
			}
		})
	}
}

func TestWindows(t *testing.T) {
	at := cursor{Page: "1", Index: 3, Size: 5, Of: "Query.list"}
	tests := map[string]struct {
		args     []any
		assumed  bool
		n        int
		backward bool
		from     bool
	}{
		"nothing is said":               {nil, false, DefaultFirst, false, false},
		"nulls say nothing":             {[]any{"first", nil, "last", nil, "after", nil, "before", nil}, false, DefaultFirst, false, false},
		"first":                         {[]any{"first", 3}, false, 3, false, false},
		"first after":                   {[]any{"first", 3, "after", at.String()}, false, 3, false, true},
		"after alone":                   {[]any{"after", at.String()}, false, DefaultFirst, false, true},
		"last before":                   {[]any{"last", 7, "before", at.String()}, false, 7, true, true},
		"last before, beside a default": {[]any{"first", 20, "last", 7, "before", at.String()}, true, 7, true, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			win, err := windowOf(arguments(t, test.args...), test.assumed, true, "Query.list")
			if err != nil || win.n != test.n || win.backward != test.backward || (win.from != nil) != test.from {
				t.Fatalf("got %+v, %v", win, err)
			}
			if win.from != nil && *win.from != at {
				t.Errorf("from %+v", *win.from)
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
		made := cursor{Page: text, Sealed: text, Index: len(text), Size: -1, Of: text}
		if want, err := json.Marshal(made); err != nil || made.String() != base64.RawURLEncoding.EncodeToString(want) {
			t.Fatalf("%q is not %q, as JSON has it", made.json(nil), want)
		}
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
	})
}

func TestASealIsForOneKeyAndPurpose(t *testing.T) {
	key := [32]byte{1}
	sealed := seal(key, "/list?cursor=7", "a list")
	if again := seal(key, "/list?cursor=7", "a list"); again != sealed {
		t.Error("equal texts are sealed alike")
	}
	if text, ok := unseal(key, sealed, "a list"); !ok || text != "/list?cursor=7" {
		t.Errorf("got %q", text)
	}
	for name, open := range map[string]func() (string, bool){
		"another key":       func() (string, bool) { return unseal([32]byte{2}, sealed, "a list") },
		"another purpose":   func() (string, bool) { return unseal(key, sealed, "another list") },
		"what was changed":  func() (string, bool) { return unseal(key, "A"+sealed[1:], "a list") },
		"what is too short": func() (string, bool) { return unseal(key, "aaaa", "a list") },
		"no base64":         func() (string, bool) { return unseal(key, "*", "a list") },
	} {
		if text, ok := open(); ok {
			t.Errorf("%s opens it: %q", name, text)
		}
	}
}
