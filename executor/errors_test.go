package executor

import (
	"errors"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A vendor changes what a field is, and somebody asks for it by many names: what that
// takes must not grow with items times aliases.
func TestOfVeryManyFailuresMostAreCounted(t *testing.T) {
	const items = 6000
	w := newWorld(t, `
		extend schema @source(name: "a", http: {baseURL: "https://a.test"})
		type Query { list: [Item] @connect(source: "a", http: {GET: "/list"}, selection: "id n sure") }
		type Item { id: ID! n: Int sure: Int! }
	`, map[string]string{"GET /list": "[" + strings.Repeat(`{"id":1,"n":"x","sure":2},{"id":2,"n":3,"sure":null},`, items/2) + `{"id":3,"n":4,"sure":5}]`})

	resp := do(t, w.schema, `{ list { a: n b: n c: n d: n sure } }`, nil)

	null, broken := `{"a":null,"b":null,"c":null,"d":null,"sure":2}`, "null"
	if want := `{"list":[` + strings.Repeat(null+","+broken+",", items/2) + `{"a":4,"b":4,"c":4,"d":4,"sure":5}]}`; string(resp.Data) != want {
		t.Errorf("got %.200s …", resp.Data)
	}
	if most := mostFailures + 5; len(resp.Errors) > most {
		t.Errorf("%d errors, more than %d", len(resp.Errors), most)
	}
	got := map[string]int{}
	for _, e := range resp.Errors {
		field := e.Path[len(e.Path)-1]
		got[gqlerror.Errorf("%v", field).Message] += placesOf(e)
	}
	for _, field := range []string{"a", "b", "c", "d", "sure"} {
		if got[field] != items/2 {
			t.Errorf("%d failures of %s, want %d", got[field], field, items/2)
		}
	}
}

func placesOf(err error) int {
	if s, ok := errors.AsType[*counted](err); ok {
		return s.Places()
	}
	return 1
}
