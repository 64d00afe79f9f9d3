package connect

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// kinds are those of the errors of siblings; zero for none.
func kinds(err error, n int) []upstreams.Kind {
	all := make([]upstreams.Kind, n)
	errs, _ := errors.AsType[graphql.BatchErrorList](err)
	for i, err := range errs {
		if e, ok := errors.AsType[*upstreams.Error](err); ok {
			all[i] = e.Kind
		} else if err != nil {
			panic(fmt.Sprintf("no error of ours: %v", err))
		}
	}
	return all
}

// Items are told apart by their keys, chunk by chunk, wherever they stand.
func TestItemsOfABatch(t *testing.T) {
	const contract, down, refused = upstreams.Contract, upstreams.Unavailable, upstreams.Refused
	answer := upstreamtest.Answer
	tests := map[string]struct {
		most    int                          // 0: 100
		keys    string                       // of the buyers; 1 2 3 if ""
		answers map[string]upstreamtest.Step // by the ids asked for
		want    []string                     // names; "" for none
		errs    []upstreams.Kind             // nil: none
		drift   map[string]uint64
	}{
		"in another order": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":"3","name":"c"},{"id":"1","name":"a"},{"id":"2","name":"b"}]`)},
			want:    []string{"a", "b", "c"},
		},
		"ids are texts, whatever the API sends": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":3,"name":"c"},{"id":"1","name":"a"},{"id":2,"name":"b"}]`)},
			want:    []string{"a", "b", "c"},
		},
		"one that is left out is null": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":"3","name":"c"},{"id":"1","name":"a"}]`)},
			want:    []string{"a", "", "c"},
		},
		"none at all": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[]`)},
			want:    []string{"", "", ""},
		},
		"the first of several counts": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":1,"name":"x"},{"id":3,"name":"c"}]`)},
			want:    []string{"a", "b", "c"},
			drift:   map[string]uint64{"$batch: an item twice": 1},
		},
		"what nobody asked for is left out": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":9,"name":"x"},{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":3,"name":"c"},null,{"name":"y"}]`)},
			want:    []string{"a", "b", "c"},
			drift:   map[string]uint64{"$batch: an item that was not asked for": 2, "$batch: an item without its key": 1},
		},
		"an object in place of a list": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `{"id":1,"name":"a"}`)},
			want:    []string{"", "", ""}, errs: []upstreams.Kind{contract, contract, contract},
		},
		"nothing in place of a list: none of them is there": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(204, ``)},
			want:    []string{"", "", ""},
		},
		"items of which none was asked for": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":7,"name":"x"},{"id":8}]`)},
			want:    []string{"", "", ""}, errs: []upstreams.Kind{contract, contract, contract}, drift: map[string]uint64{"$batch: an item that was not asked for": 2},
		},
		"an item that does not fit": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":1,"name":"a"},{"id":2,"name":7},{"id":3,"name":"c"}]`)},
			want:    []string{"a", "", "c"}, drift: map[string]uint64{"Buyer.name": 1},
		},
		"chunks of the largest size": {
			most: 2, keys: "5 1 4 2 3",
			answers: map[string]upstreamtest.Step{
				"1,2": answer(200, `[{"id":2,"name":"b"},{"id":1,"name":"a"}]`),
				"3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`),
				"5":   answer(200, `[{"id":5,"name":"e"}]`),
			},
			want: []string{"e", "a", "d", "b", "c"},
		},
		"a chunk that fails": {
			most: 2, keys: "1 2 3 4",
			answers: map[string]upstreamtest.Step{"1,2": answer(503, ``), "3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`)},
			want:    []string{"", "", "c", "d"}, errs: []upstreams.Kind{down, down, 0, 0},
		},
		"a chunk that is no list": {
			most: 2, keys: "1 2 3 4",
			answers: map[string]upstreamtest.Step{"1,2": answer(200, `{}`), "3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`)},
			want:    []string{"", "", "c", "d"}, errs: []upstreams.Kind{contract, contract, 0, 0},
		},
		"what another chunk was asked for is not taken from this one": {
			most: 2, keys: "1 2 3 4",
			answers: map[string]upstreamtest.Step{
				"1,2": answer(200, `[{"id":1,"name":"a"},{"id":3,"name":"wrong"}]`), "3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`),
			},
			want: []string{"a", "", "c", "d"}, drift: map[string]uint64{"$batch: an item that was not asked for": 1},
		},
		"a no for all of them": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(403, `{}`)},
			want:    []string{"", "", ""}, errs: []upstreams.Kind{refused, refused, refused},
		},
		"keys that are equal are one, and those that are not there are none": {
			keys:    "2 none 1 nil 2",
			answers: map[string]upstreamtest.Step{"1,2": answer(200, `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`)},
			want:    []string{"b", "", "a", "", "b"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.most == 0 {
				test.most = 100
			}
			if test.keys == "" {
				test.keys = "1 2 3"
			}
			a := open(t, Source{}, roundTrip(func(req *http.Request) (*http.Response, error) {
				step := test.answers[strings.TrimPrefix(req.URL.Path, "/buyers/")]
				if step == nil {
					t.Errorf("asked for %s", req.URL.Path)
					step = answer(500, ``)
				}
				return step(req)
			}), Settings{})
			ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
			got, err := Complete(ctx, a, buyerEntity(buyerByKey(test.most)), sales(strings.Fields(test.keys)...), buyerOf)
			if diff := cmp.Diff(test.want, names(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if test.errs == nil {
				test.errs = make([]upstreams.Kind, len(test.want))
			}
			if diff := cmp.Diff(test.errs, kinds(err, len(test.want))); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.drift, a.Status().Connectors["Buyer"].Drift); diff != "" {
				t.Errorf("drift (-want +got):\n%s", diff)
			}
		})
	}
}

// A key of two parts is one key; where a part is null, there is nothing to ask.
func TestKeysOfSeveralParts(t *testing.T) {
	var bodies []string
	a := open(t, Source{}, roundTrip(func(req *http.Request) (*http.Response, error) {
		bodies = append(bodies, req.URL.RawQuery)
		return upstreamtest.Answer(200, `[{"ref":{"id":2},"at":"b","name":"second"},{"ref":{"id":1},"at":"b","name":"first"}]`)(req)
	}), Settings{})
	c := buyerByKey(100)
	c.URL = mapping.MustTemplate(`/buyers?refs={$batch.ref.id->joinNotNull(",")}&at={$batch.at->joinNotNull(",")}`)
	c.Batch.Key = func(_ *Mapper, in Value) Value {
		return This(Field("ref", in.Key("ref")), Field("at", KeyOf(in.Key("at"), ID)))
	}
	c.Map = func(m *Mapper, in Value) *buyer {
		return &buyer{Name: Need(m.Answer(), "name", in.Key("name"), String)}
	}
	e := buyerEntity(c)
	e.Key = func(b *buyer) Value {
		at := Field("at", "b")
		if b.ID == "3" {
			at = Field("at", nil)
		}
		return This(Field("ref", mapping.ObjectValue(mapping.Member{Key: "id", Value: mapping.IntValue(int64(number(b.ID, 0)))})), at)
	}
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	got, err := Complete(ctx, a, e, sales("1", "2", "3"), buyerOf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "second", ""}, names(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"refs=1%2C2&at=b%2Cb"}, bodies); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What an answer is judged by may read the keys that were asked for.
func TestABatchIsJudgedWithItsKeys(t *testing.T) {
	c := buyerByKey(2)
	c.IsSuccess = mapping.MustParse(`$->size->eq($batch->size)`)
	c.Message = mapping.MustParse(`$batch.id->joinNotNull("+")`)
	ctx := below(at(asking(t, `{ orders { buyer { name } } }`, nil), 0), t, "buyer")
	a := open(t, Source{}, roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/1,2") {
			return upstreamtest.Answer(200, `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`)(req)
		}
		return upstreamtest.Answer(200, `[{"id":3,"name":"c"}]`)(req)
	}), Settings{})
	got, err := Complete(ctx, a, buyerEntity(c), sales("1", "2", "3", "4"), buyerOf)
	if diff := cmp.Diff([]string{"a", "b", "", ""}, names(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	errs, _ := errors.AsType[graphql.BatchErrorList](err)
	for _, err := range errs[2:] {
		if e, ok := errors.AsType[*upstreams.Error](err); !ok || e.Kind != upstreams.Refused || e.Message != "3+4" {
			t.Errorf("got %v", err)
		}
	}
}
