package fetch

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
	"holdfast/upstreams/upstreamtest"
)

const tenantSDL = `
	extend schema @source(name: "shop", http: {baseURL: "https://shop.test", headers: [{name: "X-Tenant", value: "{$request.headers.tenant->first}"}]})
		@cache(source: "shop", fresh: "1h")
	type Query { sale: Sale @connect(source: "shop", http: {GET: "/sale"}, selection: "buyer: { id }") }
	type Sale { buyer: Buyer }
	type Buyer @connect(source: "shop", http: {GET: "/buyers", queryParams: "ids: $batch.id->joinNotNull(',')"},
		batch: {maxSize: 100}, selection: "id name") { id: ID!  name: String }`

// What depends on the caller is asked for, and remembered, for each of them.
func TestEachCallerHasHisOwn(t *testing.T) {
	var asked log
	w := newWorld(t, tenantSDL, roundTrip(func(req *http.Request) (*http.Response, error) {
		tenant := req.Header.Get("X-Tenant")
		asked.note(tenant)
		var items []string
		for id := range strings.SplitSeq(req.URL.Query().Get("ids"), ",") {
			items = append(items, `{"id":"`+id+`","name":"`+tenant+`"}`)
		}
		return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")(req)
	}), setting{})
	tests := []struct {
		tenant string
		want   []string
		calls  int
	}{
		{"a", []string{`{id:"1" name:"a"}`, `{id:"2" name:"a"}`}, 1},
		{"b", []string{`{id:"1" name:"b"}`, `{id:"2" name:"b"}`}, 1},
		{"a", []string{`{id:"1" name:"a"}`, `{id:"2" name:"a"}`}, 0},
		{"b", []string{`{id:"1" name:"b"}`, `{id:"2" name:"b"}`}, 0},
		{"a", []string{`{id:"1" name:"a"}`, `{id:"2" name:"a"}`}, 0},
		{"b", []string{`{id:"1" name:"b"}`, `{id:"2" name:"b"}`}, 0},
		{"", []string{"error: bad input", "error: bad input"}, 0}, // nobody has no tenant
	}
	for _, test := range tests {
		asked.paths = nil
		header := http.Header{}
		if test.tenant != "" {
			header.Set("Tenant", test.tenant)
		}
		o := w.table.Operation(Options{Caller: &call.Caller{Header: header}})
		loads := w.load(o, &Group{Connectors: []call.ID{"Buyer"}, Keys: keys("1", "2")})
		if diff := cmp.Diff(test.want, texts(loads)); diff != "" || len(asked.paths) != test.calls {
			t.Errorf("%q (-want +got):\n%s\nasked for %v", test.tenant, diff, asked.paths)
		}
		if loads[0].Err == nil {
			if _, part := loads[0].Serve(nil); part.Shared || !slices.Equal(part.Vary, []string{"Tenant"}) {
				t.Errorf("reported %+v", part)
			}
		}
	}
}
