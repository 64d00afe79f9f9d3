package executor

import (
	"slices"
	"testing"
)

// A key of an API's own object may have a dot in its name.
func TestAConnectorReadsAKeyWithADotOfWhatItsParentHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
		extend schema @source(name: "a", http: {baseURL: "https://a.test"})
		type Query { list: [Item] @connect(source: "a", http: {GET: "/list"}, selection: "id raw: m") }
		type Item {
			id: ID
			v: String @connect(source: "a", http: {GET: "/v/{$this.raw.'a.b'}"}, selection: "$.v")
		}
	`, map[string]string{
		"GET /list": `[{"id":1,"m":{"a.b":1}},{"id":2,"m":{"a.b":"2"}},{"id":3,"m":null}]`,
		"GET /v/1":  `{"v":"one"}`, "GET /v/2": `{"v":"two"}`,
	})
	if got, want := w.do(`{ list { id v } }`, nil), `{"list":[{"id":"1","v":"one"},{"id":"2","v":"two"},{"id":"3","v":null}]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := w.calls(), []string{"GET /list", "GET /v/1", "GET /v/2"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
