package executor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A long list whose items have a field that is fetched, by many names: what that would
// take is found before anything of it is asked.
func TestManyNamesOfAFetchedFieldInALongListAreTooMuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
		extend schema @source(name: "a", http: {baseURL: "https://a.test"})
		type Query { list: [Item] @connect(source: "a", http: {GET: "/list"}, selection: "id") }
		type Item { id: ID n(x: Int): Int @connect(source: "a", http: {GET: "/n/{$this.id}"}, selection: "$.n") }
	`, map[string]string{
		"GET /list": "[" + strings.TrimSuffix(strings.Repeat(`{"id":1},`, 50), ",") + "]",
		"GET /n/1":  `{"n":7}`,
	}, func(c *Config) { c.Items = 50 })
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "n%d: n(x: %d) ", i, i)
		}
		return "{ list { " + b.String() + "} }"
	}
	if got := w.do(names(8), nil); strings.Count(got, ":7") != 8*50 {
		t.Errorf("a few: %.200s", got)
	}
	w.calls()
	if got := w.do(names(12), nil); !strings.HasPrefix(got, "null\n: the answer has more than 500 places") {
		t.Errorf("many: %.200s", got)
	}
	if got := w.calls(); !slices.Equal(got, []string{"GET /list"}) {
		t.Errorf("%v were asked", got)
	}
}
