package executor_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// Values as they travel: enums that are called otherwise upstream, inputs inside inputs,
// lists of lists, and scalars of which nothing is known.
func TestValuesOfAnswers(t *testing.T) {
	const people = `{"items": [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bob"}]}`
	tests := map[string]struct {
		answer, fields, want string
		errors               []string
		calls                []string
	}{
		"enums by other names": {
			answer: `{"state": "wc-open", "history": ["wc-done", "wc-open"]}`,
			fields: `status past`, want: `{"status":"OPEN","past":["DONE","OPEN"]}`,
		},
		"a value that no name stands for": {
			answer: `{"id": 1, "state": "wc-odd", "history": ["wc-odd"]}`,
			fields: `id status past`, want: `{"id":"1","status":null,"past":null}`, errors: []string{"order.past", "order.status"},
		},
		"lists of lists of enums": {
			answer: `{"id": 1, "board": [["OPEN", null, "SHUT"], null, [], "OPEN"], "labels": [["a"], ["b", "c"]]}`,
			fields: `board tags`, want: `{"board":[["OPEN",null,null],null,[],null],"tags":[["a"],["b","c"]]}`, errors: []string{"order.board[0][2]", "order.board[3]"},
		},
		"lists of lists of keys": {
			answer: `{"rows": [["1", "2"], null, ["2", null]]}`,
			fields: `friends { name }`, want: `{"friends":[[{"name":"Ann"},{"name":"Bob"}],null,[{"name":"Bob"},null]]}`,
			calls: []string{"GET /orders/1", "GET /people?id=1-2"},
		},
		"any JSON": {
			answer: `{"meta": {"b": 1.50, "a": [12345678901234567890, null, {}], "number": "x"}, "big": 98765432109876543210, "when": "tomorrow", "at": 7, "anything": [1, "x", null, true, {"z": 1, "a": 2}], "certain": [[1, "x"], []], "id2": false}`,
			fields: `meta bag big when at anything certain id2`,
			want:   `{"meta":{"b":1.50,"a":[12345678901234567890,null,{}],"number":"x"},"bag":{"b":1.50,"n":"x"},"big":98765432109876543210,"when":"tomorrow","at":7,"anything":[1,"x",null,true,{"z":1,"a":2}],"certain":[[1,"x"],[]],"id2":false}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := serve(t, map[string]string{"/orders/1": test.answer, "/people": people})
			data, errs := w.ask(`{ order(id: "1") { `+test.fields+` } }`, nil)
			if want := `{"order":` + test.want + `}`; data != want {
				t.Errorf("got  %s\nwant %s", data, want)
			}
			if !slices.Equal(errs, test.errors) {
				t.Errorf("errors at %v, want %v", errs, test.errors)
			}
			if calls := w.calls(); test.calls != nil && !slices.Equal(calls, test.calls) {
				t.Errorf("calls %q, want %q", calls, test.calls)
			}
		})
	}
}

func TestValuesThatAreNeverNull(t *testing.T) {
	w := serve(t, map[string]string{"/one": `{"b": 1, "a": 2}`, "/some": `[1, {"x": null}]`})
	if data, errs := w.ask(`{ one some }`, nil); data != `{"one":{"b":1,"a":2},"some":[1,{"x":null}]}` || errs != nil {
		t.Errorf("got %s with errors at %v", data, errs)
	}
	w = serve(t, map[string]string{"/one": `null`})
	if data, errs := w.ask(`{ one }`, nil); data != `null` || !slices.Equal(errs, []string{"one"}) {
		t.Errorf("got %s with errors at %v", data, errs)
	}
}

func TestValuesOfRequests(t *testing.T) {
	tests := map[string]struct {
		query, variables string
		call             string
		data             string
	}{
		"enums and inputs in a URL": {
			query: `{ search(status: OPEN, all: [OPEN, DONE], filter: {min: 3, inner: {name: "a/b", tags: ["x", null]}}, filters: [[{name: "f"}]]) }`,
			call:  `GET /search/a%2Fb?s=wc-open&any=OPEN&any=DONE&tags=x&tags=&min=3&first=f&sort=OPEN`,
		},
		"defaults inside inputs": {
			query: `{ search(filter: {inner: {name: "n"}}, filters: [[{}]]) }`,
			call:  `GET /search/n?s=&tags=a&tags=b&first=any&sort=OPEN`,
		},
		"null takes the place of a default": {
			query:     `query($f: Filter) { search(filter: $f) }`,
			variables: `{"f": {"sort": null, "inner": {"name": "n", "tags": null}}}`,
			call:      `GET /search/n?s=`,
		},
		"a body has what was given, and no more": {
			query: `mutation { save(input: {name: null, inner: {deep: {min: 1}}, others: [{name: "o", tags: []}]}) }`,
			call:  `POST /save {"input":{"name":null,"sort":"OPEN","inner":{"tags":["a","b"],"deep":{"name":"any","min":1,"sort":"OPEN"}},"others":[{"name":"o","tags":[]}]}}`,
		},
		"lists of inputs, in variables too": {
			query:     `mutation($l: [Filter!]) { save(input: {sort: DONE, min: null}, list: $l) }`,
			variables: `{"l": [{"min": 2, "sort": "DONE"}, {"name": "x", "inner": null}]}`,
			call:      `POST /save {"input":{"name":"any","min":null,"sort":"DONE"},"list":[{"name":"any","min":2,"sort":"DONE"},{"name":"x","sort":"OPEN","inner":null}]}`,
		},
		"any JSON inside and beside inputs": {
			query: `mutation { save(input: {json: {b: [1, 2.5, "x", null, true, {c: []}], a: E}}, json: [{}], when: 17) }`,
			call:  `POST /save {"input":{"name":"any","sort":"OPEN","json":{"a":"E","b":[1,2.5,"x",null,true,{"c":[]}]}},"json":[{}],"when":17}`,
		},
		"numbers in variables stay exact": {
			query:     `query($j: JSON) { echo(json: $j) }`,
			variables: `{"j": {"n": 12345678901234567890, "d": 1.10}}`,
			call:      `POST /echo {"d":1.10,"n":12345678901234567890}`,
			data:      `{"echo":{"d":1.10,"n":12345678901234567890}}`,
		},
		"a JSON argument that is left out": {
			query: `mutation { save(input: {}) }`, call: `POST /save {"input":{"name":"any","sort":"OPEN"}}`,
		},
		"and one that is null": {
			query: `mutation { save(input: {json: null}, json: null) }`, call: `POST /save {"input":{"name":"any","sort":"OPEN","json":null},"json":null}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := serve(t, nil)
			data, errs := w.ask(test.query, variables(t, test.variables))
			if calls := w.calls(); !slices.Equal(calls, []string{test.call}) {
				t.Errorf("got  %q\nwant %q", calls, test.call)
			}
			if len(errs) > 0 || test.data != "" && data != test.data {
				t.Errorf("got %s with errors at %v, want %s", data, errs, test.data)
			}
		})
	}
}

func variables(t *testing.T, text string) map[string]any {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // as the gateway does
	var all map[string]any
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// A valuesWorld is the graph of testdata/values over an API that answers at its paths, or
// repeats what it is sent.
type valuesWorld struct {
	t     *testing.T
	graph *executor.Schema
	api   *upstreamtest.API
}

func serve(t *testing.T, answers map[string]string) *valuesWorld {
	t.Helper()
	w := &valuesWorld{t: t}
	w.api = upstreamtest.Play(func(r *http.Request) (*http.Response, error) {
		body, ok := answers[strings.TrimPrefix(r.URL.Path, "/v1")]
		if !ok {
			log := w.api.Log()
			body = log[len(log)-1].Body
		}
		return upstreamtest.Answer(200, body)(r)
	})
	kept, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close(context.Background()) })
	sdl, err := os.ReadFile("testdata/values/shop.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	read, findings := schema.Read([]*ast.Source{{Name: "shop.graphqls", Input: string(sdl)}}, schema.Options{})
	if findings.Failed() {
		t.Fatal(findings)
	}
	w.graph, err = executor.New(executor.Config{Schema: read, Open: func(s call.Source) (*call.API, error) {
		client := upstreams.New(upstreams.Config{Name: s.Name, Retry: upstreams.Retry{Max: new(0)}}, kept, w.api)
		t.Cleanup(func() { _ = client.Close(context.WithoutCancel(t.Context())) })
		return s.Open(client, call.Settings{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// ask runs a query. The paths of errors are in order.
func (w *valuesWorld) ask(query string, variables map[string]any) (data string, errs []string) {
	w.t.Helper()
	out, err := w.graph.Run(w.t.Context(), executor.Job{Query: query, Variables: variables, Service: "test"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range out.Errors {
		errs = append(errs, e.Path.String())
	}
	slices.Sort(errs)
	return string(out.Data), errs
}

// calls are the requests that arrived, in order.
func (w *valuesWorld) calls() []string {
	var all []string
	for _, c := range w.api.Log() {
		call := c.Method + " " + strings.TrimPrefix(c.URL, "https://secret.example/v1")
		if c.Body != "" {
			call += " " + c.Body
		}
		all = append(all, call)
	}
	slices.Sort(all)
	return all
}
