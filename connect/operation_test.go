package connect

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// noteBy reads a note of a sale.
func noteBy(method string) *Connector[*string] {
	c := textConnector()
	c.Method, c.URL = method, mapping.MustTemplate("/notes/{$this.id}")
	return c
}

// manySales have an id each, from one to before the other.
func manySales(from, to int) []*sale {
	var all []*sale
	for i := from; i < to; i++ {
		all = append(all, &sale{ID: itoa(i)})
	}
	return all
}

func idOf(s *sale) Value { return This(Field("id", s.ID)) }

// limited counts the errors that say that the operation asked too much.
func limited(tb testing.TB, err error) int {
	tb.Helper()
	errs, _ := errors.AsType[graphql.BatchErrorList](err)
	n := 0
	for _, err := range errs {
		if err == nil {
			continue
		}
		if e, ok := errors.AsType[*upstreams.Error](err); !ok || e.Kind != upstreams.Limit || e.Source != "shop" {
			tb.Errorf("got %v", err)
		}
		n++
	}
	return n
}

func TestWhatIsBeyondTheLimitOfAnOperationIsNullAndTheRestIsServed(t *testing.T) {
	api := upstreamtest.Play(upstreamtest.Answer(200, `"hello"`))
	a := open(t, Source{}, api, Settings{})
	root := asking(t, `{ orders { note } }`, nil)
	got, err := Each(below(at(root, 0), t, "note"), a, noteBy("GET"), manySales(0, 105), idOf, nil)
	served := 0
	for _, note := range got {
		if note != nil {
			served++
		}
	}
	if held := limited(t, err); held != 5 || served != 100 || api.Calls() != 100 {
		t.Errorf("%d errors, %d served, %d calls", held, served, api.Calls())
	}
	if _, err := Each(below(at(asking(t, `{ orders { note } }`, nil), 0), t, "note"), a, noteBy("POST"), manySales(0, 1), idOf, nil); err != nil {
		t.Errorf("another operation: %v", err)
	}
}

func TestEachChunkOfABatchCounts(t *testing.T) {
	api := &shop{}
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	var ids []string
	for i := range 105 {
		ids = append(ids, itoa(1000+i))
	}
	c := buyerByKey(1)
	c.Batch.Items = func(_ *Mapper, in Value) Value { return mapping.ArrayValue(in) } // the shop has one as it is
	_, err := Complete(ctx, open(t, Source{}, api, Settings{}), buyerEntity(c), sales(ids...), buyerOf)
	if held, calls := limited(t, err), len(api.asked()); held != 5 || calls != 100 {
		t.Errorf("%d errors, %d calls", held, calls)
	}
}

// The fields of a mutation have loaders of their own, and one count of calls.
func TestFieldsOfAMutationShareTheLimit(t *testing.T) {
	api := upstreamtest.Play(upstreamtest.Answer(200, `"hello"`))
	a := open(t, Source{}, api, Settings{})
	root := asking(t, `{ orders { note } }`, nil)
	op := *graphql.GetOperationContext(root)
	definition := *op.Operation
	definition.Operation = ast.Mutation
	op.Operation = &definition
	root = graphql.WithOperationContext(root, &op)
	held := 0
	for i := range 3 {
		extension{}.InterceptRootField(root, func(own context.Context) graphql.Marshaler {
			_, err := Each(below(at(own, 0), t, "note"), a, noteBy("POST"), manySales(40*i, 40*(i+1)), idOf, nil)
			held += limited(t, err)
			return graphql.Null
		})
	}
	if held != 20 || api.Calls() != 100 {
		t.Errorf("%d errors, %d calls", held, api.Calls())
	}
}

// Every page is a call: those before the limit are served.
func TestPagesBeyondTheLimit(t *testing.T) {
	p := &pager{style: ByPage, items: numbered(0, 100), most: 10}
	l := newLister(t, p, 10)
	root := asking(t, `{ orders { note } }`, nil)
	a := open(t, Source{}, roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasPrefix(req.URL.Path, "/notes/") {
			return upstreamtest.Answer(200, `"hello"`)(req)
		}
		return p.RoundTrip(req)
	}), Settings{})
	if _, err := Each(below(at(root, 0), t, "note"), a, noteBy("GET"), manySales(0, 98), idOf, nil); err != nil {
		t.Fatal(err)
	}
	got, err := One(root, a, l.c, Args{"first": 30})
	if err != nil || len(got.Nodes) != 20 || !got.HasNext || len(p.calls) != 2 {
		t.Fatalf("%+v, %v after %d calls", got, err, len(p.calls))
	}
	errs := graphql.GetErrors(root)
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "limit") {
		t.Errorf("errors %v", errs)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
