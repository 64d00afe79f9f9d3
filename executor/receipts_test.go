package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/hand"
	"holdfast/connect/mapping"
	"holdfast/connect/once"
	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/outbox"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// receiptsSDL has receipts of whose types objects are completed, fetched below and returned elsewhere, too.
const receiptsSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.example"})
type Query {
  note(id: ID!): Note @connect(source: "shop", http: {GET: "/notes/{$args.id}"}, selection: "id")
  added: Added @connect(source: "shop", http: {GET: "/added"}, selection: "id note: { id }")
}
type Mutation {
  add(text: String!): Added @queue @connect(source: "shop", http: {POST: "/notes", body: "text: $args.text"}, selection: "id note: { id }")
  change(text: String!): Note @queue(when: ALWAYS) @idempotent @connect(source: "shop", http: {POST: "/changes", body: "text: $args.text"}, selection: "id")
  also(text: String!): Added
}
type Added {
  id: ID
  note: Note
  owner: Owner @connect(source: "shop", http: {GET: "/owners/{$this.id}"}, selection: "name")
  write: Write
}
type Note @connect(source: "shop", http: {GET: "/notes/{$this.id}"}, selection: "id text") {
  id: ID
  text: String
  write: Write
}
type Owner { name: String }
`

// A receipts is a graph of receiptsSDL over an API that is well or not.
type receipts struct {
	schema *Schema
	box    *outbox.Outbox

	mu    sync.Mutex
	down  bool // it makes nothing, and says so
	cut   bool // it makes what it is asked for, and does not say so
	asked []string
}

func newReceipts(t *testing.T) *receipts {
	t.Helper()
	r := &receipts{box: outbox.New(outbox.Config{}, outbox.NewMemory(outbox.Bounds{}))}
	kept, err := cache.New(cache.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.box.Close(context.Background())
		_ = kept.Close(context.Background())
	})
	byHand := func(typeName, field string) bool { return typeName+"."+field == "Mutation.also" }
	read, findings := schema.Read([]*ast.Source{{Name: "receipts.graphqls", Input: receiptsSDL}}, schema.Options{ByHand: byHand})
	if findings.Failed() {
		t.Fatal(findings)
	}
	field, err := record.CompileField("Mutation.also", record.Options{Schema: read})
	if err != nil {
		t.Fatal(err)
	}
	r.schema, err = New(Config{
		Schema: read, Once: once.New(r.box),
		Hand: hand.Table{"Mutation.also": func(context.Context, *hand.Input) []hand.Result {
			told, _, err := mapping.ParseJSON([]byte(`{"id":"8","write":{"id":"a-b","state":"QUEUED","field":"f","source":"s","attempts":0,"acceptedAt":"t"}}`), mapping.JSONLimits{})
			return []hand.Result{{Answer: field.Of(told), Err: err}}
		}},
		Open: func(s call.Source) (*call.API, error) {
			u, err := s.URL(call.Settings{})
			if err != nil {
				return nil, err
			}
			return s.Open(upstreams.New(upstreams.Config{Name: s.Name, URL: u}, kept, r), call.Settings{})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// RoundTrip implements [http.RoundTripper].
func (r *receipts) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, req.Method+" "+req.URL.Path)
	switch _, id, _ := strings.Cut(strings.Trim(req.URL.Path, "/"), "/"); {
	case r.down && req.Method == http.MethodPost:
		return upstreamtest.Answer(http.StatusTooEarly, `{}`)(req)
	case r.cut && req.Method == http.MethodPost:
		return nil, io.ErrUnexpectedEOF
	case id == "":
		return upstreamtest.Answer(http.StatusOK, `{"id":7}`)(req)
	default:
		return upstreamtest.Answer(http.StatusOK, fmt.Sprintf(`{"id":%q,"text":"t","name":"n"}`, id))(req)
	}
}

// setDown has the API make nothing, and forgets what it was asked.
func (r *receipts) setDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down, r.asked = down, nil
}

// answer is data and messages of errors, as JSON.
func (r *receipts) answer(t *testing.T, query string) string {
	t.Helper()
	resp := do(t, r.schema, query, nil)
	text := []string{string(resp.Data)}
	for _, e := range resp.Errors {
		text = append(text, e.Message)
	}
	return strings.Join(text, " ")
}

func TestReceiptsAreServedAsAllElse(t *testing.T) {
	for name, test := range map[string]struct {
		query, want string
		down        bool
		asked       []string
	}{
		"what was made": {
			query: `mutation { add(text: "a") { id note { id text } owner { name } write { state attempts key } } }`,
			want:  `{"add":{"id":"7","note":{"id":"7","text":"t"},"owner":{"name":"n"},"write":{"state":"APPLIED","attempts":1,"key":null}}}`,
			asked: []string{"POST /notes", "GET /notes/7", "GET /owners/7"},
		},
		"what is not made yet has nothing below it": {
			query: `mutation { add(text: "a") { __typename id note { id text } owner { name } write { __typename state attempts } w: write { s: state } } }`,
			want:  `{"add":{"__typename":"Added","id":null,"note":null,"owner":null,"write":{"__typename":"Write","state":"QUEUED","attempts":1},"w":{"s":"QUEUED"}}}`,
			down:  true, asked: []string{"POST /notes"},
		},
		"nothing completes what is not made yet": {
			query: `mutation { change(text: "a") { id text write { state } } }`,
			want:  `{"change":{"id":null,"text":null,"write":{"state":"QUEUED"}}}`,
		},
		"several": {
			query: `mutation { a: add(text: "a") { ...A } b: change(text: "b") { write { state } } c: add(text: "a") { ...A } } fragment A on Added { write { state } }`,
			want:  `{"a":{"write":{"state":"APPLIED"}},"b":{"write":{"state":"QUEUED"}},"c":{"write":{"state":"APPLIED"}}}`,
			asked: []string{"POST /notes", "POST /notes"},
		},
		"an object from elsewhere tells of no write": {
			query: `{ added { id write { state } note { write { id } } } note(id: "3") { write { state } } }`,
			want:  `{"added":{"id":"7","write":null,"note":{"write":null}},"note":{"write":null}}`,
			asked: []string{"GET /added", "GET /notes/3"},
		},
		"what a method returns": {
			query: `mutation { also(text: "a") { id write { id state } owner { name } } }`,
			want:  `{"also":{"id":"8","write":{"id":"a-b","state":"QUEUED"},"owner":{"name":"n"}}}`,
			asked: []string{"GET /owners/8"},
		},
		"a write that there is not": {
			query: `{ write(id: "none") { id } other: write(id: 5) { __typename } }`,
			want:  `{"write":null,"other":null}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceipts(t)
				r.setDown(test.down)
				if got := r.answer(t, test.query); got != test.want {
					t.Errorf("got\n%s, want\n%s", got, test.want)
				}
				sorted := cmp.Transformer("sorted", func(all []string) map[string]int {
					m := map[string]int{}
					for _, one := range all {
						m[one]++
					}
					return m
				})
				if diff := cmp.Diff(test.asked, r.asked, sorted); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestAWriteIsLookedUpAndTakenBackByItsID goes through the states that a person or a probe brings about.
func TestAWriteIsLookedUpAndTakenBackByItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceipts(t)
		r.setDown(true)
		add := func() (id string) {
			var a struct {
				Add struct{ Write struct{ ID string } }
			}
			if err := json.Unmarshal([]byte(r.answer(t, `mutation { add(text: "a") { write { id } } }`)), &a); err != nil {
				t.Fatal(err)
			}
			return a.Add.Write.ID
		}
		shown := func(id string) string { return r.answer(t, fmt.Sprintf(`{ write(id: %q) { state reason } }`, id)) }
		cancelled := func(id string) string {
			return r.answer(t, fmt.Sprintf(`mutation { cancelWrite(id: %q) { state reason } }`, id))
		}
		one, two := add(), add()
		for _, step := range []struct{ what, got, want string }{
			{"queued", shown(one), `{"write":{"state":"QUEUED","reason":"STATUS"}}`},
			{"cancelled", cancelled(one), `{"cancelWrite":{"state":"CANCELLED","reason":"CALLER"}}`},
			{"cancelled again", cancelled(one), `{"cancelWrite":{"state":"CANCELLED","reason":"CALLER"}}`},
			{"seen", shown(one), `{"write":{"state":"CANCELLED","reason":"CALLER"}}`},
		} {
			if step.got != step.want {
				t.Errorf("%s: got %s, want %s", step.what, step.got, step.want)
			}
		}
		if err := r.box.Hold(t.Context(), "shop", outbox.ReasonOperator, "me"); err != nil {
			t.Fatal(err)
		}
		if got := shown(two); got != `{"write":{"state":"HELD","reason":"STATUS"}}` {
			t.Errorf("held: %s", got)
		}
		if err := r.box.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{shown(two), cancelled(two)} {
			if !strings.Contains(got, "it is closed") {
				t.Errorf("closed: %s", got)
			}
		}
	})
}

// TestWhatNobodyKnowsTheAnswerOfIsNoError has a person say that it was made.
func TestWhatNobodyKnowsTheAnswerOfIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceipts(t)
		do := func() (call.Written, error) {
			key := once.Key{Text: "k"}
			c := r.schema.Registry().Connector("Mutation.add")
			in := &call.Inputs{Args: mapping.ObjectValue(mapping.Member{Key: "text", Value: mapping.StringValue("a")})}
			send, err := once.New(r.box).For(key).Begin(t.Context(), c, in)
			if err != nil {
				t.Fatal(err)
			}
			req, err := c.AskAgain(nil, in)
			if err != nil {
				t.Fatal(err)
			}
			req.Accept = func(upstreams.Reply) (any, error) { return "mapped", nil }
			return send(t.Context(), req)
		}
		r.cut = true
		_, err := do()
		if e, ok := errors.AsType[*upstreams.Error](err); !ok || e.Effect != upstreams.EffectUnknown || e.Extensions["write"] == nil {
			t.Errorf("got %v", err)
		}
		if err := r.box.Resolve(t.Context(), outbox.IDOf("Mutation.add", "", "k"), true, "me"); err != nil {
			t.Fatal(err)
		}
		w, err := do()
		if state, _ := w.Write.Get("state").Str(); err != nil || w.Answer != nil || state != "APPLIED" {
			t.Errorf("got %+v, %v", w, err)
		}
	})
}
