package connect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

const shopSDL = `
	type Query { orders(first: Int, on: Day, in: Filter, tags: [String!]): [Order] }
	type Order { id: ID buyer: Buyer note(lang: String): String }
	type Buyer { id: ID name: String email: String friend: Buyer }
	input Filter { min: Int  max: Int  sub: Filter }
	scalar Day`

// asking is the context in which the first field of an operation is resolved.
func asking(tb testing.TB, query string, variables map[string]any) context.Context {
	tb.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Input: shopSDL})
	if err != nil {
		tb.Fatal(err)
	}
	doc, errs := gqlparser.LoadQueryWithRules(s, query, nil)
	if errs != nil {
		tb.Fatal(errs)
	}
	ctx := graphql.WithResponseContext(tb.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	op := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: variables}
	ctx = withState(graphql.WithOperationContext(ctx, op), newState())
	return below(ctx, tb, "")
}

// below is the context of a field of the field of ctx, or of the operation.
func below(ctx context.Context, tb testing.TB, name string) context.Context {
	tb.Helper()
	op := graphql.GetOperationContext(ctx)
	sel := op.Operation.SelectionSet
	if fc := graphql.GetFieldContext(ctx); fc != nil {
		sel = fc.Field.Selections
	}
	for _, f := range graphql.CollectFields(op, sel, nil) {
		if name == "" || f.Alias == name {
			return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: f.ObjectDefinition.Name, Field: f})
		}
	}
	tb.Fatalf("no field %s", name)
	return nil
}

// at is the context of an item of the field's list.
func at(ctx context.Context, i int) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &i, Field: graphql.GetFieldContext(ctx).Field})
}

type buyer struct {
	mapping.ItemFaults

	ID, Name string
}

type sale struct {
	ID    string
	Buyer *buyer
}

func mapBuyer(at At, in Value) *buyer {
	if !at.IsObject(in) {
		return nil
	}
	o := &buyer{}
	f := at.Object("Buyer", &o.ItemFaults)
	o.ID = Need(f, "id", in.Key("id"), ID)
	o.Name = Need(f, "name", in.Key("name"), String)
	if o.Name == "panic" {
		panic("mapping")
	}
	return o
}

// buyerByKey loads a buyer by id; with max, many at once.
func buyerByKey(most int) *Connector[*buyer] {
	c := &Connector[*buyer]{
		Call: Call{ID: "Buyer", Method: "GET", URL: mapping.MustTemplate("/buyers/{$this.id}"), Nullable: true},
		Map:  func(m *Mapper, in Value) *buyer { return WantObject(m.Answer(), "", in, mapBuyer) },
	}
	if most > 0 {
		c.URL = mapping.MustTemplate(`/buyers/{$batch.id->joinNotNull(",")}`)
		c.Batch = &Batch{
			Max:   most,
			Items: func(_ *Mapper, in Value) Value { return in },
			Key:   func(_ *Mapper, in Value) Value { return This(Field("id", KeyOf(in.Key("id"), ID))) },
		}
	}
	return c
}

func buyerEntity(c *Connector[*buyer]) *Entity[buyer] {
	return &Entity[buyer]{
		Connector: c, Types: []string{"Buyer"}, Provided: []string{"id"}, Needs: map[string][]string{"friend": {"id"}},
		Key: func(b *buyer) Value {
			if b.ID == "" {
				return This(Field("id", nil))
			}
			return This(Field("id", b.ID))
		},
	}
}

// shop answers /buyers/1 and /buyers/1,2.
type shop struct {
	mu    sync.Mutex
	paths []string
	names map[string]string // of some buyers
}

func (s *shop) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, req.URL.Path)
	ids := strings.Split(strings.TrimPrefix(req.URL.Path, "/buyers/"), ",")
	var items []string
	for _, id := range ids {
		name, ok := s.names[id]
		switch {
		case name == "down":
			return upstreamtest.Answer(503, `{}`)(req)
		case name == "gone":
			return upstreamtest.Answer(404, `{}`)(req)
		case !ok:
			name = "buyer " + id
		}
		items = append(items, fmt.Sprintf(`{"id":%q,"name":%q}`, id, name))
	}
	if len(ids) == 1 && !strings.HasSuffix(req.Header.Get("X-Many"), "yes") {
		return upstreamtest.Answer(200, items[0])(req)
	}
	return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")(req)
}

func (s *shop) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.paths))
}

func sales(ids ...string) []*sale {
	all := make([]*sale, len(ids))
	for i, id := range ids {
		switch id {
		case "nil":
		case "none":
			all[i] = &sale{ID: id}
		default:
			all[i] = &sale{ID: id, Buyer: &buyer{ID: id}}
		}
	}
	return all
}

func buyerOf(s *sale) *buyer { return s.Buyer }

func names(all []*buyer) []string {
	out := make([]string, len(all))
	for i, b := range all {
		if b != nil {
			out[i] = b.Name
		}
	}
	return out
}

func TestCompletingKeepsPlacesAndErrors(t *testing.T) {
	api := &shop{names: map[string]string{"4": "down", "5": "gone", "6": "panic"}}
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	e := buyerEntity(buyerByKey(0))
	got, err := Complete(ctx, open(t, Source{}, api, Settings{}), e, sales("1", "nil", "2", "none", "1", "", "4", "5", "6", "4"), buyerOf)
	want := []string{"buyer 1", "", "buyer 2", "", "buyer 1", "", "", "", "", ""}
	if diff := cmp.Diff(want, names(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	errs, ok := errors.AsType[graphql.BatchErrorList](err)
	if !ok || len(errs) != len(want) {
		t.Fatalf("got %v", err)
	}
	for i, err := range errs {
		e, _ := errors.AsType[*upstreams.Error](err)
		wanted := map[int]upstreams.Kind{6: upstreams.Unavailable, 8: upstreams.Contract, 9: upstreams.Unavailable}[i]
		if (e != nil || wanted != 0) && (e == nil || e.Kind != wanted) {
			t.Errorf("error %d: %v", i, err)
		}
	}
	if diff := cmp.Diff([]string{"/buyers/1", "/buyers/2", "/buyers/4", "/buyers/5", "/buyers/6"}, api.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// Keys of a batch may stand in the path, where no key at all would be no URL.
func TestABatchWithKeysInThePath(t *testing.T) {
	api := &shop{}
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	e := buyerEntity(buyerByKey(2))
	got, err := Complete(ctx, open(t, Source{}, api, Settings{}), e, sales("3", "1", "2", "4", "1"), buyerOf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"buyer 3", "buyer 1", "buyer 2", "buyer 4", "buyer 1"}, names(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/buyers/1,2", "/buyers/3,4"}, api.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// Two fields that lead to one object load it once, by whatever name.
func TestAKeyIsLoadedOnceOverTwoFields(t *testing.T) {
	for range 50 {
		api := &shop{}
		a := open(t, Source{}, api, Settings{})
		root := asking(t, `{ orders { buyer { name } again: buyer { email } } }`, nil)
		e := buyerEntity(buyerByKey(0))
		var wg sync.WaitGroup
		for _, alias := range []string{"buyer", "again"} {
			for i := range 3 {
				wg.Go(func() {
					if _, err := Complete(below(at(root, i), t, alias), a, e, sales("1", "2"), buyerOf); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if got := api.asked(); len(got) != 2 {
			t.Fatalf("asked for %v", got)
		}
	}
}

// Lists below different parents were offered together, so the first who asks has
// all fetched.
func TestWhatIsOfferedTogetherIsFetchedTogether(t *testing.T) {
	for range 50 {
		api := &shop{}
		a := open(t, Source{}, api, Settings{})
		root := asking(t, `{ orders { buyer { name } } }`, nil)
		e := buyerEntity(buyerByKey(100))
		all := sales("1", "2", "3", "none", "nil", "4")
		makeOffers(root, []Offer[[]*sale]{func(o *Offers, values [][]*sale) {
			for _, f := range o.Fields("Order") {
				OfferParts(f, e, Through(Present(Flat(values)), buyerOf))
			}
		}}, func() [][]*sale { return [][]*sale{all} })
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				got, err := Complete(below(at(root, i), t, "buyer"), a, e, all[i:i+1], buyerOf)
				if s := all[i]; err != nil || (got[0] != nil) != (s != nil && s.Buyer != nil) {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff([]string{"/buyers/1,2,3,4"}, api.asked()); diff != "" {
			t.Fatalf("calls (-want +got):\n%s", diff)
		}
	}
}

// A stub that has enough makes no call, but what is below it is offered.
func TestOffersReachThroughStubsThatHaveEnough(t *testing.T) {
	root := asking(t, `{ orders { buyer { id friend { name } } } }`, nil)
	e := buyerEntity(buyerByKey(0))
	var offered [2]atomic.Int32
	makeOffers(root, []Offer[[]*sale]{func(o *Offers, values [][]*sale) {
		for _, f := range o.Fields("Order") {
			OfferParts(f, e, Through(Flat(values), buyerOf), func(o *Offers, values []*buyer) {
				if fields := o.Fields("Buyer"); len(fields) == 2 && fields[1].Name == "friend" {
					offered[0].Add(int32(len(values)))
				}
			})
		}
	}}, func() [][]*sale { return [][]*sale{sales("1", "2")} })
	ctx := below(at(root, 0), t, "buyer")
	got, err := Complete(ctx, open(t, Source{}, nil, Settings{}), e, sales("1", "2"), buyerOf, func(_ *Offers, values []*buyer) {
		offered[1].Add(int32(len(values)))
	})
	if err != nil || len(got) != 2 || got[0].ID != "1" || offered[0].Load() != 2 || offered[1].Load() != 2 {
		t.Errorf("%v, %v, offered %d and %d", got, err, offered[0].Load(), offered[1].Load())
	}
}

func TestWhoeverWaitsForAPanicIsToldOfIt(t *testing.T) {
	s := newState()
	key := loadKey{inputs: "1"}
	started := make(chan struct{})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			<-started
			if _, err := s.load(t.Context(), key, func() (*answerOf, error) { return nil, nil }); err == nil { //nolint:nilnil // not called
				t.Error("no error")
			}
		})
	}
	_, err := s.load(t.Context(), key, func() (*answerOf, error) {
		close(started)
		panic("boom")
	})
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
	wg.Wait()
}

func TestABatchWhoseKeysPanicDoesNotHang(t *testing.T) {
	c := buyerByKey(10)
	c.Batch.Key = func(*Mapper, Value) Value { panic("boom") }
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	_, err := Complete(ctx, open(t, Source{}, &shop{}, Settings{}), buyerEntity(c), sales("1", "2"), buyerOf)
	errs, ok := errors.AsType[graphql.BatchErrorList](err)
	if !ok || errs[0] == nil || errs[1] == nil {
		t.Errorf("got %v", err)
	}
}

func TestWaitingEndsWithTheCaller(t *testing.T) {
	s := newState()
	key := loadKey{inputs: "1"}
	l, _ := s.claim(key)
	defer close(l.done)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.loaded(ctx, key); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestEachParentIsAskedForOnceWithItsArguments(t *testing.T) {
	api := upstreamtest.Play(upstreamtest.Answer(200, `"hello"`))
	a := open(t, Source{}, api, Settings{})
	c := textConnector()
	c.Method, c.URL = "GET", mapping.MustTemplate("/notes/{$this.id}?a={$args.a}&b={$args.b}")
	root := asking(t, `{ orders { note de: note(lang: "de") } }`, nil)
	id := func(s *sale) Value { return This(Field("id", s.ID)) }
	for _, lang := range []string{"en", "de"} {
		alias := map[string]string{"en": "note", "de": "de"}[lang]
		for range 3 { // equal arguments are equal whatever order they come in
			ctx := below(at(root, 0), t, alias)
			got, err := Each(ctx, a, c, sales("1", "nil", "2", "1"), id, Args{"a": lang, "b": 1, "c": true, "d": 1.5, "e": "x"})
			if err != nil || got[1] != nil || got[0] == nil || *got[2] != "hello" || got[3] != got[0] {
				t.Fatalf("%v, %v", got, err)
			}
		}
	}
	if api.Calls() != 4 {
		t.Errorf("calls %v", api.Log())
	}
}

func TestAParentWithoutAKeyIsNotAskedFor(t *testing.T) {
	c := textConnector()
	c.URL = mapping.MustTemplate("/notes/{$this.id}")
	ctx := below(at(asking(t, `{ orders { note } }`, nil), 0), t, "note")
	got, err := Each(ctx, open(t, Source{}, nil, Settings{}), c, sales("1"), func(*sale) Value { return This(Field("id", (*string)(nil))) }, nil)
	if err != nil || got[0] != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// Where a list has several types, the parents of one of them stand at other
// places than among themselves.
func TestPathsOfParentsInAListOfSeveralTypes(t *testing.T) {
	ctx := asking(t, `{ orders { note } }`, nil)
	ctx = graphql.WithBatchParents(ctx, "Order", sales("1", "2"), map[int]int{3: 0, 5: 1})
	ctx = below(at(ctx, 3), t, "note")
	c := textConnector()
	c.Method, c.URL = "GET", mapping.MustTemplate("/a")
	report := upstreams.NewReport()
	_, err := Each(upstreams.WithReport(ctx, report), open(t, Source{}, upstreamtest.Play(upstreamtest.Answer(200, `"x"`)), Settings{}),
		c, sales("1", "2"), func(s *sale) Value { return This(Field("id", s.ID)) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	var paths [][]any
	for _, p := range report.Parts() {
		paths = append(paths, p.Path)
	}
	if diff := cmp.Diff([][]any{{"orders", 3, "note"}, {"orders", 5, "note"}}, paths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListsOfPartsAreCompleted(t *testing.T) {
	type basket struct{ Buyers []*buyer }
	api := &shop{names: map[string]string{"2": "down"}}
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	baskets := []*basket{{[]*buyer{{ID: "1"}, nil, {ID: "2"}}}, nil, {}, {[]*buyer{}}, {[]*buyer{{ID: "1"}}}}
	got, err := CompleteList(ctx, open(t, Source{}, api, Settings{}), buyerEntity(buyerByKey(0)), baskets, func(b *basket) []*buyer { return b.Buyers })
	if err != nil || len(got) != 5 || got[1] != nil || got[2] != nil || got[3] == nil {
		t.Fatalf("%v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"buyer 1", "", "", "buyer 1"}, names(slices.Concat(got...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if errs := graphql.GetErrors(ctx); len(errs) != 1 || errs[0].Path.String() != "orders[0].buyer[2]" {
		t.Errorf("errors %v", errs)
	}
}
