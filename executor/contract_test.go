package executor_test

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	operations "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A step is one question: what the API answers meanwhile, and what comes of it.
type step struct {
	answer string
	status int // 0 is 200
	query  string
	want   string
	errors string // paths, in order
	parts  string // what is not fresh: state, reason and the highest age
}

const (
	good     = `{"id":"7","title":"Olympia","note":"n"}`
	list     = `{"items":[{"id":"1","title":"a"},{"id":"2","title":"b"},{"id":"3","title":"c"}]}`
	oneBad   = `{"items":[{"id":"1","title":"A"},{"id":"2"},{"id":"3","title":"C"}]}`
	roomsOne = `[{"id":"1","star_id":"s"},{"id":"2","star_id":"t"}]`
)

// Answers that break the contract, one after another: what is served, and what stands
// in.
func TestAnswersThatBreakTheContract(t *testing.T) {
	const (
		whole  = `{ painting(id: 7) { id title } }`
		partly = `{ painting(id: 7) { id } }`
	)
	tests := map[string][]step{
		"a title that is left out: the last whole answer stands in, for those who ask for the title": {
			{answer: good, query: whole, want: `{"painting":{"id":"7","title":"Olympia"}}`},
			{answer: `{"id":"8"}`, query: whole, want: `{"painting":{"id":"7","title":"Olympia"}}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `{"id":"9"}`, query: partly, want: `{"painting":{"id":"9"}}`},
			{answer: `-`, status: 503, query: whole, want: `{"painting":{"id":"7","title":"Olympia"}}`, parts: "STANDING_IN STATUS 3s"},
			{answer: `-`, status: 503, query: partly, want: `{"painting":{"id":"9"}}`, parts: "STANDING_IN STATUS 2s"},
			{answer: `{"id":"7","title":"new"}`, query: whole, want: `{"painting":{"id":"7","title":"new"}}`},
			{answer: `{"id":"7","title":null}`, query: whole, want: `{"painting":{"id":"7","title":"new"}}`, parts: "STANDING_IN CONTRACT 1s"},
		},
		"aliases, fragments and variables decide what is asked for": {
			{answer: good, query: whole, want: `{"painting":{"id":"7","title":"Olympia"}}`},
			{answer: `{"id":"8"}`, query: `{ painting(id: 7) { id ...T @skip(if: true) } } fragment T on Painting { t: title }`, want: `{"painting":{"id":"8"}}`},
			{answer: `{"id":"8"}`, query: `{ painting(id: 7) { id ...T } } fragment T on Painting { t: title }`, want: `{"painting":{"id":"7","t":"Olympia"}}`, parts: "STANDING_IN CONTRACT 2s"},
			{answer: `{"id":"8"}`, query: `{ a: painting(id: 7) { id } b: painting(id: 7) { title } }`, want: `{"a":{"id":"8"},"b":{"title":"Olympia"}}`, parts: "STANDING_IN CONTRACT 3s"},
		},
		"a fault below what may be null costs that, and no more": {
			{answer: `{"id":"7","title":"a","artist":{"name":"Manet"}}`, query: `{ painting(id: 7) { title artist { name } } }`, want: `{"painting":{"title":"a","artist":{"name":"Manet"}}}`},
			{answer: `{"id":"7","title":"b","artist":{}}`, query: `{ painting(id: 7) { title artist { name } } }`, want: `{"painting":{"title":"b","artist":null}}`, errors: "painting.artist.name"},
			{answer: `-`, status: 500, query: `{ painting(id: 7) { title } }`, want: `{"painting":{"title":"b"}}`, parts: "STANDING_IN STATUS 1s"},
		},
		"nothing stands in where nothing was good": {
			{answer: `{"id":"8"}`, query: whole, want: `{"painting":null}`, errors: "painting.title"},
			{answer: `{"id":"8"}`, query: partly, want: `{"painting":{"id":"8"}}`},
		},
		"an answer without any of the keys is missing": {
			{answer: `{}`, query: whole, want: `{"painting":null}`, errors: "painting"},
			{answer: `{"error":"x"}`, query: partly, want: `{"painting":null}`, errors: "painting"},
			{answer: good, query: partly, want: `{"painting":{"id":"7"}}`},
			{answer: `{"error":"x"}`, query: partly, want: `{"painting":{"id":"7"}}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `[]`, query: partly, want: `{"painting":{"id":"7"}}`, parts: "STANDING_IN CONTRACT 2s"},
			{answer: `null`, query: partly, want: `{"painting":null}`},
			{answer: `{"id":null,"title":"x"}`, query: partly, want: `{"painting":{"id":null}}`},
		},
		"a root that is not there": {
			{answer: `{"result":{"id":"7"}}`, query: `{ data { id } }`, want: `{"data":null}`, errors: "data"},
			{answer: `{"data":{"id":"7","title":"a"}}`, query: `{ data { id } }`, want: `{"data":{"id":"7"}}`},
			{answer: `{"result":{"id":"7"}}`, query: `{ data { id } }`, want: `{"data":{"id":"7"}}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `"text"`, query: `{ data { id } }`, want: `{"data":{"id":"7"}}`, parts: "STANDING_IN CONTRACT 2s"},
			{answer: `{"data":{"login":"x"}}`, query: `{ data { id } }`, want: `{"data":{"id":"7"}}`, parts: "STANDING_IN CONTRACT 3s"},
			{answer: `{"data":null}`, query: `{ data { id } }`, want: `{"data":null}`},
			{answer: `{"data":{"id":"7","title":"a"}}`, query: `{ data { id } }`, want: `{"data":{"id":"7"}}`},
			{status: 204, query: `{ data { id } }`, want: `{"data":null}`},
			{status: 204, query: `{ count }`, want: `{"count":null}`},
			{status: 204, query: `{ loose { id } }`, want: `{"loose":null}`},
		},
		"a root that may be missing": {
			{answer: `{}`, query: `{ maybe { id } }`, want: `{"maybe":null}`},
			{answer: `{"data":null}`, query: `{ maybe { id } }`, want: `{"maybe":null}`},
			{answer: `{"data":{}}`, query: `{ maybe { id } }`, want: `{"maybe":null}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `[1]`, query: `{ count }`, want: `{"count":null}`, errors: "count"},
			{answer: `{"meta":{}}`, query: `{ count }`, want: `{"count":null}`, errors: "count"},
			{answer: `{"items":[]}`, query: `{ first { id } }`, want: `{"first":null}`},
			{answer: `{"things":[]}`, query: `{ first { id } }`, want: `{"first":null}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `{}`, query: `{ optional { id } }`, want: `{"optional":[]}`},
			{status: 204, query: `{ optional { id } }`, want: `{"optional":[]}`},
		},
		"null is null, also where the selection would make an object of nothing": {
			{answer: `{"id":"1","w":2,"h":3}`, query: `{ frame { id label } }`, want: `{"frame":{"id":"1","label":"frame"}}`},
			{answer: `null`, query: `{ frame { id label } }`, want: `{"frame":null}`},
			{answer: ``, query: `{ frame { label } }`, want: `{"frame":null}`},
			{status: 204, query: `{ frame { size { w } } }`, want: `{"frame":null}`},
			{answer: `{"id":"1"}`, query: `{ frame { id } }`, want: `{"frame":{"id":"1"}}`},
			{answer: `"text"`, query: `{ frame { label } }`, want: `{"frame":{"label":"frame"}}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `{"x":1}`, query: `{ frame { label } }`, want: `{"frame":{"label":"frame"}}`, parts: "STANDING_IN CONTRACT 2s"},
			{answer: `[{"id":"1","w":2},null,{"x":1}]`, query: `{ frames { id label } }`, want: `{"frames":[{"id":"1","label":"1-2"},null,null]}`, errors: "frames[2]"},
		},
		"a list that is not there": {
			{answer: list, query: `{ loose { id } }`, want: `{"loose":[{"id":"1"},{"id":"2"},{"id":"3"}]}`},
			{answer: `{}`, query: `{ loose { id } }`, want: `{"loose":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `[{"id":"1"},{"id":"2"}]`, query: `{ loose { id } }`, want: `{"loose":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, parts: "STANDING_IN CONTRACT 2s"},
			{answer: `{"items":[{"x":1},{"y":1}]}`, query: `{ loose { id } }`, want: `{"loose":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, parts: "STANDING_IN CONTRACT 3s"},
			{answer: `{"items":[]}`, query: `{ loose { id } }`, want: `{"loose":[]}`},
		},
		"one bad item of a list whose items may be null": {
			{answer: list, query: `{ loose { id title } }`, want: `{"loose":[{"id":"1","title":"a"},{"id":"2","title":"b"},{"id":"3","title":"c"}]}`},
			{answer: oneBad, query: `{ loose { id title } }`, want: `{"loose":[{"id":"1","title":"A"},null,{"id":"3","title":"C"}]}`, errors: "loose[1].title"},
			{answer: `{"items":[{"id":"1","title":"A"},{},null]}`, query: `{ loose { id title } }`, want: `{"loose":[{"id":"1","title":"A"},null,null]}`, errors: "loose[1]"},
		},
		"one bad item of a list whose items may not": {
			{answer: list, query: `{ strict { id title } }`, want: `{"strict":[{"id":"1","title":"a"},{"id":"2","title":"b"},{"id":"3","title":"c"}]}`},
			{answer: oneBad, query: `{ strict { id title } }`, want: `{"strict":[{"id":"1","title":"a"},{"id":"2","title":"b"},{"id":"3","title":"c"}]}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: oneBad, query: `{ strict { id } }`, want: `{"strict":[{"id":"1"},{"id":"2"},{"id":"3"}]}`},
			{answer: `-`, status: 503, query: `{ strict { title } }`, want: `{"strict":[{"title":"a"},{"title":"b"},{"title":"c"}]}`, parts: "STANDING_IN STATUS 3s"},
			{answer: `{"items":[{"id":"1","title":"A"},null]}`, query: `{ strict { id } }`, want: `{"strict":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, parts: "STANDING_IN CONTRACT 4s"},
			{answer: `{"items":[{"id":1.5},{"id":true}]}`, query: `{ strict { id } }`, want: `{"strict":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, parts: "STANDING_IN CONTRACT 5s"},
		},
		"a list of values with one missing": {
			{answer: `{"items":[{"title":"a"},{"title":"b"}]}`, query: `{ titles }`, want: `{"titles":["a","b"]}`},
			{answer: `{"items":[{"title":"a"},{}]}`, query: `{ titles }`, want: `{"titles":["a","b"]}`, parts: "STANDING_IN CONTRACT 1s"},
		},
		"one bad node of a connection": {
			{answer: list, query: `{ pages(first: 3) { edges { node { title } } } }`, want: `{"pages":{"edges":[{"node":{"title":"a"}},{"node":{"title":"b"}},{"node":{"title":"c"}}]}}`},
			{answer: oneBad, query: `{ pages(first: 3) { edges { node { title } } } }`, want: `{"pages":{"edges":[{"node":{"title":"a"}},{"node":{"title":"b"}},{"node":{"title":"c"}}]}}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: oneBad, query: `{ pages(first: 3) { edges { node { id } } } }`, want: `{"pages":{"edges":[{"node":{"id":"1"}},{"node":{"id":"2"}},{"node":{"id":"3"}}]}}`},
			{answer: `-`, status: 503, query: `{ pages(first: 3) { edges { node { title } } } }`, want: `{"pages":{"edges":[{"node":{"title":"a"}},{"node":{"title":"b"}},{"node":{"title":"c"}}]}}`, parts: "STANDING_IN STATUS 3s"},
			{answer: `{}`, query: `{ pages(first: 3) { edges { node { title } } } }`, want: `{"pages":{"edges":[{"node":{"title":"a"}},{"node":{"title":"b"}},{"node":{"title":"c"}}]}}`, parts: "STANDING_IN CONTRACT 4s"},
		},
		"a connection of no list": {
			{answer: list, query: `{ pages(first: 3) { edges { node { id } } } }`, want: `{"pages":{"edges":[{"node":{"id":"1"}},{"node":{"id":"2"}},{"node":{"id":"3"}}]}}`},
			{answer: `{"items":null}`, query: `{ pages(first: 3) { edges { node { id } } } }`, want: `{"pages":null}`},
			{answer: `-`, status: 503, query: `{ pages(first: 3) { edges { node { id } } } }`, want: `{"pages":null}`, parts: "STANDING_IN STATUS 1s"},
			{answer: list, query: `{ pages(first: 1) { edges { node { id } } } }`, want: `{"pages":{"edges":[{"node":{"id":"1"}}]}}`},
			{answer: `null`, query: `{ pages(first: 1) { edges { node { id } } } }`, want: `{"pages":{"edges":[{"node":{"id":"1"}}]}}`, parts: "STANDING_IN CONTRACT 1s"},
			{status: 204, query: `{ pages(first: 1) { edges { node { id } } } }`, want: `{"pages":null}`},
		},
		"an item of a batch": {
			{answer: `{"items":[{"id":"s","name":"S"},{"id":"t","name":"T"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S"}},{"star":{"name":"T"}}]}`},
			{answer: `{"items":[{"id":"s","name":null},{"id":"t","name":"T2"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S"}},{"star":{"name":"T2"}}]}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `{"items":[{"id":"s","note":"new"},{"id":"t","name":"T2"}]}`, query: `{ rooms { star { note } } }`, want: `{"rooms":[{"star":{"note":"new"}},{"star":{"note":null}}]}`},
			{answer: `-`, status: 503, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S"}},{"star":{"name":"T2"}}]}`, parts: "STANDING_IN STATUS 3s"},
			{answer: `{"items":[{"id":"x","name":"X"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S"}},{"star":{"name":"T2"}}]}`, parts: "STANDING_IN CONTRACT 4s"},
			{answer: `{}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S"}},{"star":{"name":"T2"}}]}`, parts: "STANDING_IN CONTRACT 5s"},
			{answer: `{"items":[{"id":"s","name":"S3"},{"name":"T3"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S3"}},{"star":{"name":"T2"}}]}`, parts: "STANDING_IN CONTRACT 4s"},
			{answer: `{"items":[null,{"id":{},"name":"T3"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S3"}},{"star":{"name":"T2"}}]}`, parts: "STANDING_IN CONTRACT 5s"},
			{answer: `{"items":[null,{"id":"t","name":"T4"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":null},{"star":{"name":"T4"}}]}`},
			{answer: `{"items":[]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":null},{"star":null}]}`},
			{answer: `{"items":[{"id":"s","name":"S"}]}`, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":{"name":"S"}},{"star":null}]}`},
			{status: 204, query: `{ rooms { star { name } } }`, want: `{"rooms":[{"star":null},{"star":null}]}`},
		},
		"one type of several": {
			{answer: `{"kind":"Vase","id":"1","title":"a"}`, query: `{ thing { id ... on Vase { title } } }`, want: `{"thing":{"id":"1","title":"a"}}`},
			{answer: `{"kind":"Vase","id":"2"}`, query: `{ thing { id ... on Vase { title } } }`, want: `{"thing":{"id":"1","title":"a"}}`, parts: "STANDING_IN CONTRACT 1s"},
			{answer: `{"kind":"Vase","id":"2"}`, query: `{ thing { id } }`, want: `{"thing":{"id":"2"}}`},
			{answer: `{}`, query: `{ thing { id } }`, want: `{"thing":{"id":"2"}}`, parts: "STANDING_IN CONTRACT 1s"},
		},
		"an alternative that is whole": {
			{answer: `{"id":"8"}`, query: `{ backup { title } }`, want: `{"backup":{"title":"second"}}`, parts: "ALTERNATIVE CONTRACT 0s"},
			{answer: `{"id":"8"}`, query: `{ backup { id } }`, want: `{"backup":{"id":"8"}}`},
		},
		"a write whose answer misses is an error": {
			{answer: `{}`, query: `mutation { hang(id: 7) { id } }`, want: `{"hang":null}`, errors: "hang"},
			{answer: `{"painting":{"id":"7"}}`, query: `mutation { hang(id: 7) { title } }`, want: `{"hang":null}`, errors: "hang.title"},
			{answer: `{"painting":{"id":"7"}}`, query: `mutation { hang(id: 7) { id } }`, want: `{"hang":{"id":"7"}}`},
			{answer: `{"painting":null}`, query: `mutation { hang(id: 7) { id } }`, want: `{"hang":null}`},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMuseum(t)
				for _, s := range steps {
					m.now.Store(&s)
					if data, errs, parts := m.ask(s.query); data != s.want || errs != s.errors || parts != s.parts {
						t.Errorf("%s\nover %s\ngot  %s, errors at %q, %q\nwant %s, errors at %q, %q", s.query, s.answer, data, errs, parts, s.want, s.errors, s.parts)
					}
					time.Sleep(time.Second)
					synctest.Wait()
				}
			})
		})
	}
}

// A museum is the graph of testdata/contract over an API that answers as the step says.
type museum struct {
	t    *testing.T
	exec *operations.Executor
	now  atomic.Pointer[step] // it may be asked behind
}

func newMuseum(t *testing.T, options ...upstreams.Option) *museum {
	t.Helper()
	m := &museum{t: t}
	m.now.Store(&step{})
	api := upstreamtest.Play(func(r *http.Request) (*http.Response, error) {
		switch strings.TrimPrefix(r.URL.Path, "/v1") {
		case "/rooms":
			return upstreamtest.Answer(200, roomsOne)(r)
		case "/secondary":
			return upstreamtest.Answer(200, `{"id":"2","title":"second"}`)(r)
		}
		now := m.now.Load()
		return upstreamtest.Answer(max(now.status, 200), now.answer)(r)
	})
	kept, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close(context.Background()) })
	sdl, err := os.ReadFile("testdata/contract/museum.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	read, findings := schema.Read([]*ast.Source{{Name: "museum.graphqls", Input: string(sdl)}}, schema.Options{})
	if findings.Failed() {
		t.Fatal(findings)
	}
	es, err := executor.New(executor.Config{Schema: read, Open: func(s call.Source) (*call.API, error) {
		client := upstreams.New(upstreams.Config{Name: s.Name, Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Off: new(true)}}, kept, api, options...)
		t.Cleanup(func() { _ = client.Close(t.Context()) })
		return s.Open(client, call.Settings{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.exec = operations.New(es)
	return m
}

func (m *museum) ask(query string) (data, errs, parts string) {
	m.t.Helper()
	report := upstreams.NewReport()
	ctx := upstreams.WithReport(graphql.StartOperationTrace(m.t.Context()), report)
	op, list := m.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
	if list != nil {
		m.t.Fatal(list)
	}
	respond, ctx := m.exec.DispatchOperation(ctx, op)
	response := respond(ctx)
	var paths, notes []string
	for _, e := range response.Errors {
		paths = append(paths, e.Path.String())
	}
	slices.Sort(paths)
	for _, p := range report.Parts() {
		if p.State != upstreams.StateFresh {
			notes = append(notes, string(p.State)+" "+string(p.Reason)+" "+p.Age.Round(time.Second).String())
		}
	}
	return string(response.Data), strings.Join(paths, " "), strings.Join(notes, ", ")
}

// A list that alternates between two ways of being empty never says the same twice: it is believed all the same, soon.
func TestAListThatIsEmptyInTwoWaysInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMuseum(t, upstreams.WithShrink(true))
		ten := "[" + strings.Repeat(`{"id":"1"},`, 9) + `{"id":"1"}]`
		is := func(what, data, parts string) {
			t.Helper()
			got, errs, freshness := m.ask(`{ loose { id } }`)
			if got != `{"loose":`+data+`}` || errs != "" || freshness != parts {
				t.Errorf("%s: %s %s %s, want %s %s", what, got, errs, freshness, data, parts)
			}
			time.Sleep(time.Second)
		}
		now := func(answer string) {
			m.now.Store(&step{answer: answer})
			time.Sleep(6 * time.Second) // and it is asked for once more
		}
		m.now.Store(&step{answer: `{"items":` + strings.ReplaceAll(ten, "}", `,"title":"a"}`) + `}`})
		is("at first", ten, "")
		m.now.Store(&step{answer: `{"items":[]}`})
		is("when it is empty", ten, "REFRESHING SHRUNK 1s")
		now(`{"items":null}`)
		is("when it is null", ten, "REFRESHING SHRUNK 8s")
		now(`{"items":[]}`)
		is("when it is empty again", `[]`, "")
	})
}
