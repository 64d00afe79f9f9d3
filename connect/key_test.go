package connect

import (
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

func TestAKeyThatDoesNotFitTheSchemaIsNotAskedFor(t *testing.T) {
	api := &shop{}
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	all := sales("1", "2")
	all[1].Buyer = &buyer{} // as it is where the answer had an object for the id
	all[1].Buyer.AddItemFault(mapping.Fault{Field: "id", Whole: true, Source: "shop", Connector: "Query.orders"})
	e := buyerEntity(buyerByKey(0))
	e.Key = func(b *buyer) Value { return This(Field("id", b.ID)) }
	got, err := Complete(ctx, open(t, Source{}, api, Settings{}), e, all, buyerOf)
	if diff := cmp.Diff([]string{"buyer 1", ""}, names(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantOneContractError(t, err)
	if diff := cmp.Diff([]string{"/buyers/1"}, api.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAParentWhoseKeyDoesNotFitTheSchemaIsNotAskedFor(t *testing.T) {
	c := textConnector()
	c.URL = mapping.MustTemplate("/notes/{$this.id}")
	ctx := below(at(asking(t, `{ orders { note } }`, nil), 0), t, "note")
	parents := []*buyer{nil, {}}
	parents[1].AddItemFault(mapping.Fault{Field: "id", Whole: true, Source: "shop", Connector: "Query.orders"})
	got, err := Each(ctx, open(t, Source{}, nil, Settings{}), c, parents, func(b *buyer) Value { return This(Field("id", b.ID)) }, nil)
	if got[0] != nil || got[1] != nil {
		t.Errorf("got %v", got)
	}
	wantOneContractError(t, err)
}

// wantOneContractError wants an error of the second of two, and none of the first.
func wantOneContractError(t *testing.T, err error) {
	t.Helper()
	errs, ok := errors.AsType[graphql.BatchErrorList](err)
	if !ok || len(errs) != 2 || errs[0] != nil {
		t.Fatalf("got %v", err)
	}
	if e, _ := errors.AsType[*upstreams.Error](errs[1]); e == nil || e.Kind != upstreams.Contract || e.Connector != "Query.orders" {
		t.Errorf("got %v", errs[1])
	}
}

func TestAFieldThatDoesNotFitTheSchemaIsReadAsNull(t *testing.T) {
	b := &buyer{ID: "7"}
	b.AddItemFault(mapping.Fault{Field: "name", Whole: true})
	type sold struct {
		Buyer *named `json:"buyer"`
	}
	got := ValueOf(&sold{Buyer: &named{buyer: *b, Label: "x"}}).String()
	if got != `{"buyer":{"name":null,"label":"x"}}` {
		t.Errorf("got %s", got)
	}
}

type named struct {
	buyer

	Name  string `json:"name"`
	Label string `json:"label"`
}

func TestFieldIsNullWhereAPathBelowItLeadsToNothing(t *testing.T) {
	type owner struct {
		ID   *string `json:"id"`
		Kind string  `json:"kind"`
	}
	id := "7"
	for name, c := range map[string]struct {
		value any
		below []string
		lacks bool
	}{
		"what is read is there":             {&owner{ID: &id}, []string{"id", "kind"}, false},
		"what is read is null":              {&owner{Kind: "x"}, []string{"id"}, true},
		"what is not read is null":          {&owner{Kind: "x"}, []string{"kind"}, false},
		"nothing below is read":             {&owner{}, nil, false},
		"a key that is missing":             {mapping.ObjectValue(), []string{"id"}, true},
		"the object itself is null":         {(*owner)(nil), []string{"id"}, true},
		"an object on the way is null":      {mapping.ObjectValue(Field("ref", nil)), []string{"ref.id"}, true},
		"items of a list are not looked at": {[]*owner{{}}, []string{"id"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lacks(This(Field("owner", c.value, c.below...))); got != c.lacks {
				t.Errorf("got %v", got)
			}
		})
	}
}
