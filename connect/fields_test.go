package connect_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/connect/testdata/library/graph/model"
	"holdfast/connect/testdata/library/resolvers"
	"holdfast/executor"
	"holdfast/graph/scalar"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// The library has fields by hand of all kinds, compiled as people's own are.
//
//go:generate go -C testdata/library run ../../generate

// A library is its graph over an API.
type library struct {
	graph *executor.Schema
	api   *upstreamtest.API
}

// answers are those of the library's API, by method and path.
var answers = map[string]string{
	"GET /books": `[{"id":1,"title":"Emma","writer_key":"w1","price":{"amountMinor":999,"currency":"EUR"},"author_id":"1"},
		{"id":2,"title":"Persuasion","writer_key":null,"price":null,"author_id":"2"},
		{"id":3,"title":"Howl","writer_key":"w3","price":{"amount":"2.01","currency":"USD"},"author_id":null}]`,
	"GET /books/9":         `{"id":9,"title":null,"writer_key":null,"price":"free","author_id":"2"}`,
	"GET /authors?ids=1-2": `{"items":[{"id":2,"name":"B","born":null},{"id":1,"name":"A","born":1900}]}`,
	"GET /authors?ids=1":   `{"items":[{"id":1,"name":"A","born":1900}]}`,
	"GET /authors?ids=2":   `{"items":[{"id":2,"name":"B","born":null}]}`,
	"GET /authors/1/books": `[{"id":1,"title":"Emma","writer_key":null,"price":null,"author_id":1},{"id":5,"title":"Lady Susan","writer_key":null,"price":null,"author_id":1}]`,
	"GET /authors/2/books": `no`,
	"GET /writers/w1":      `{"id":"w1","name":"W","born":1}`,
	"POST /books/1":        `{"id":1,"title":"new","writer_key":null,"price":null,"author_id":"1"}`,
	"POST /books/2":        `{"id":2,"title":"new too","writer_key":null,"price":null,"author_id":"1"}`,
}

// open opens the library; r says what its methods do.
func open(t *testing.T, r *resolvers.Resolver) *library {
	t.Helper()
	text, err := os.ReadFile("testdata/library/graph/library.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	fields, sdl := resolvers.Fields(r), []*ast.Source{{Name: "library.graphqls", Input: string(text)}}
	read, findings := schema.Read(sdl, schema.Options{ByHand: fields.Has, Values: record.Values(sdl, scalar.Registry())})
	if findings.Failed() {
		t.Fatal(findings)
	}
	table, err := fields.Table(read, scalar.Registry())
	if err != nil {
		t.Fatal(err)
	}
	l := &library{api: upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
		body, ok := answers[req.Method+" "+req.URL.RequestURI()]
		if !ok {
			return upstreamtest.Answer(http.StatusNotImplemented, "{}")(req)
		}
		return upstreamtest.Answer(http.StatusOK, body)(req)
	})}
	l.graph, err = executor.New(executor.Config{Schema: read, Scalars: scalar.Registry(), Hand: table, Open: func(s call.Source) (*call.API, error) {
		client := upstreams.New(upstreams.Config{Name: s.Name, Retry: upstreams.Retry{Max: new(0)}}, nil, l.api)
		t.Cleanup(func() { _ = client.Close(context.WithoutCancel(t.Context())) })
		return s.Open(client, call.Settings{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// asked is what came of an operation: data, errors with their paths, and the calls.
type asked struct {
	data   string
	errors []string
	calls  []string
}

func (l *library) ask(t *testing.T, query string, vars map[string]any) asked {
	t.Helper()
	out, err := l.graph.Run(t.Context(), executor.Job{Query: query, Variables: vars, Service: "test"})
	if err != nil {
		t.Fatal(err)
	}
	a := asked{data: string(out.Data)}
	for _, e := range out.Errors {
		cause := e.Err
		if cause == nil {
			cause = errors.New(e.Message)
		}
		a.errors = append(a.errors, e.Path.String()+": "+cause.Error())
	}
	for _, c := range l.api.Log() {
		a.calls = append(a.calls, c.Method+" "+strings.TrimPrefix(c.URL, "https://lib.example"))
	}
	slices.Sort(a.errors)
	slices.Sort(a.calls)
	return a
}

func TestFieldsByHand(t *testing.T) {
	tests := map[string]struct {
		query string
		vars  map[string]any
		want  asked
	}{
		"one parent at a time, with an argument or without": {
			query: `{ books { shout loud: shout(twice: true) } }`,
			want: asked{`{"books":[{"shout":"EMMA!","loud":"EMMA!EMMA!"},{"shout":"PERSUASION!","loud":"PERSUASION!PERSUASION!"},{"shout":"HOWL!","loud":"HOWL!HOWL!"}]}`, nil, []string{
				"GET /books",
			}},
		},
		"many at once, with an error for some of them: parents are completed first, with one call": {
			query: `{ books { author { age(in: 1950) } } }`,
			want: asked{`{"books":[{"author":{"age":50}},{"author":{"age":null}},{"author":null}]}`, []string{
				"books[1].author.age: nobody knows when 2 was born",
			}, []string{"GET /authors?ids=1-2", "GET /books"}},
		},
		"value objects come and go": {
			query: `{ books { cheaper { amount currency } } best { cheaper { amountMinor } } }`,
			want: asked{`{"books":[{"cheaper":{"amount":"4.99","currency":"EUR"}},{"cheaper":null},{"cheaper":{"amount":"1.00","currency":"USD"}}],"best":{"cheaper":{"amountMinor":625}}}`, nil, []string{
				"GET /books",
			}},
		},
		"below what a method made, connectors go on: stubs are completed, fields with connectors of their own asked, hidden keys read": {
			query: `{ best { title author { name books { title } } writer { name } shout } }`,
			want: asked{`{"best":{"title":"Unwritten","author":{"name":"A","books":[{"title":"Emma"},{"title":"Lady Susan"}]},"writer":{"name":"W"},"shout":"UNWRITTEN!"}}`, nil, []string{
				"GET /authors/1/books", "GET /authors?ids=1", "GET /writers/w1",
			}},
		},
		"one type of several: what a method gives is whole, whatever it lacks": {
			query: `{ a: thing(kind: NOVEL) { __typename id ... on Book { title } } b: thing(kind: POEM) { __typename ... on Author { name } } things { id ... on Author { born } } }`,
			want:  asked{`{"a":{"__typename":"Book","id":"0","title":"Unwritten"},"b":{"__typename":"Author","name":null},"things":[{"id":"0"},null,{"id":"1","born":null}]}`, nil, nil},
		},
		"a method asks through a connector": {
			query: `{ books { author { titles } } }`,
			want: asked{`{"books":[{"author":{"titles":["Emma","Lady Susan"]}},{"author":{"titles":null}},{"author":null}]}`, []string{
				"books[1].author.titles: lib (Author.books): unusable answer: …",
			}, []string{"GET /authors/1/books", "GET /authors/2/books", "GET /authors?ids=1-2", "GET /books"}},
		},
		"what a connector and a method ask alike is asked once": {
			query: `{ best { author { titles books { title } } } }`,
			want: asked{`{"best":{"author":{"titles":["Emma","Lady Susan"],"books":[{"title":"Emma"},{"title":"Lady Susan"}]}}}`, nil, []string{
				"GET /authors/1/books", "GET /authors?ids=1",
			}},
		},
		"what is wrong with a parent goes with it where it is given back": {
			query: `{ book(id: 9) { id price { amount } similar { id price { amount } } } }`,
			want: asked{`{"book":{"id":"9","price":null,"similar":[{"id":"9","price":null}]}}`, []string{
				"book.price: …", "book.similar[0].price: …",
			}, []string{"GET /books/9"}},
		},
		"arguments of all kinds": {
			query: `query($f: Filter, $k: [Kind!], $no: Filter) {
				a: search(in: $f, kinds: $k, mail: "A@B.Example") b: search(in: {text: null, not: {text: "x", limit: null}}) c: search d: search(in: $no, kinds: POEM)
			}`,
			vars: map[string]any{"f": map[string]any{"limit": 7, "not": map[string]any{"text": "t"}}, "k": []any{"POEM", "NOVEL"}},
			want: asked{`{"a":["[POEM NOVEL]","a@b.example","left out","7","t","3"],"b":["[NOVEL]","null","3","x"],"c":["[NOVEL]"],"d":["[POEM]"]}`, nil, nil},
		},
		"a method writes, once for each call": {
			query: `mutation { renameBoth(to: "x") { title author { name } } again: renameBoth(to: "x") { id } }`,
			want: asked{`{"renameBoth":[{"title":"new","author":{"name":"A"}},{"title":"new too","author":{"name":"A"}}],"again":[{"id":"1"},{"id":"2"}]}`, nil, []string{
				"GET /authors?ids=1", "POST /books/1", "POST /books/1", "POST /books/2", "POST /books/2",
			}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := open(t, &resolvers.Resolver{}).ask(t, test.query, test.vars)
				for i, want := range test.want.errors {
					if before, ok := strings.CutSuffix(want, "…"); ok && i < len(got.errors) && strings.HasPrefix(got.errors[i], before) {
						got.errors[i] = want
					}
				}
				if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(asked{})); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// What a method does wrong is the error of its field.
func TestMethodsThatGoWrong(t *testing.T) {
	const fine = `{"books":[{"id":"1","broken":null},{"id":"2","broken":null},{"id":"3","broken":null}]}`
	tests := map[string]struct {
		method func(ctx context.Context, ids []string) ([]*int, error)
		data   string
		errors []string
	}{
		"a panic": {
			func(context.Context, []string) ([]*int, error) { panic("oh") },
			fine,
			[]string{"books[0].broken: panic: oh", "books[1].broken: panic: oh", "books[2].broken: panic: oh"},
		},
		"too few results": {
			func(context.Context, []string) ([]*int, error) { return make([]*int, 2), nil }, fine,
			[]string{
				"books[0].broken: the method of Book.broken returned 2 results for 3 parents",
				"books[1].broken: the method of Book.broken returned 2 results for 3 parents",
				"books[2].broken: the method of Book.broken returned 2 results for 3 parents",
			},
		},
		"too many errors": {
			func(context.Context, []string) ([]*int, error) {
				return make([]*int, 3), graphql.BatchErrorList{nil, nil, nil, errors.New("x")}
			}, fine,
			[]string{
				"books[0].broken: the method of Book.broken returned 4 errors for 3 parents",
				"books[1].broken: the method of Book.broken returned 4 errors for 3 parents",
				"books[2].broken: the method of Book.broken returned 4 errors for 3 parents",
			},
		},
		"an error beside results": {
			func(ctx context.Context, ids []string) ([]*int, error) {
				graphql.AddError(ctx, fmt.Errorf("of %s", ids[0]))
				return []*int{new(1), new(2), new(3)}, nil
			},
			`{"books":[{"id":"1","broken":1},{"id":"2","broken":2},{"id":"3","broken":3}]}`,
			[]string{"books[0].broken: of 1"},
		},
		"a question without a field of its own": {
			func(context.Context, []string) ([]*int, error) {
				_, err := connect.One[int](context.Background(), "Query.books", nil)
				return nil, err
			},
			fine,
			[]string{
				"books[0].broken: connect: the context is not that of a method which resolves a field",
				"books[1].broken: connect: the context is not that of a method which resolves a field",
				"books[2].broken: connect: the context is not that of a method which resolves a field",
			},
		},
		"a question to nobody": {
			func(ctx context.Context, _ []string) ([]*int, error) {
				_, err := connect.Each[int](ctx, "Book.nothing", []*model.Book{{ID: "1"}}, nil)
				return make([]*int, 3), graphql.BatchErrorList{err, nil, nil}
			},
			fine,
			[]string{"books[0].broken: there is no connector Book.nothing"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := open(t, &resolvers.Resolver{Broken: test.method}).ask(t, `{ books { id broken } }`, nil)
				if diff := cmp.Diff([]any{test.data, test.errors}, []any{got.data, got.errors}); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// TestMethodsKnowTheirField reads what docs of [connect.Many] promise of the context.
func TestMethodsKnowTheirField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		many := func(ctx context.Context, _ []string) ([]*int, error) {
			fc, group := graphql.GetFieldContext(ctx), graphql.GetBatchParentGroup(ctx, "Book")
			parents, _ := group.Parents.([]*model.Book)
			parent, _ := fc.Parent.Result.(*model.Book)
			said = append(said, fmt.Sprint("many ", fc.Object, " ", fc.Field.Name, " ", fc.Field.Alias, " ", fc.Path(), " ", len(parents), " ", parent.ID,
				" ", graphql.GetOperationContext(ctx).Operation.Name, " ", graphql.BatchPathWithIndex(ctx, 2)))
			return make([]*int, 3), nil
		}
		single := func(ctx context.Context, _ string) (string, error) { return graphql.GetPath(ctx).String(), nil }
		l := open(t, &resolvers.Resolver{Seen: single, Broken: many})
		got := l.ask(t, `query Who { list: books { b: broken seen } best { seen } }`, nil)
		const data = `{"list":[{"b":null,"seen":"list[0].seen"},{"b":null,"seen":"list[1].seen"},{"b":null,"seen":"list[2].seen"}],"best":{"seen":"best.seen"}}`
		if got.data != data {
			t.Errorf("got %s", got.data)
		}
		if diff := cmp.Diff([]string{"many Book broken b list[0].b 3 1 Who list[2].b"}, said); diff != "" {
			t.Error(diff)
		}
	})
}
