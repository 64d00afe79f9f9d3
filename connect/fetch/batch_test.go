package fetch

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// Items are told apart by their keys, chunk by chunk, wherever they stand.
func TestItemsOfABatch(t *testing.T) {
	const contract, down, refused = "error: unusable answer", "error: unavailable", "error: refused"
	answer := upstreamtest.Answer
	buyer := func(id, name string) string { return `{id:"` + id + `" name:"` + name + `"}` }
	tests := map[string]struct {
		most    int                          // 0: 100
		keys    string                       // of the buyers; 1 2 3 if ""
		answers map[string]upstreamtest.Step // by the ids asked for
		want    []string
		drift   map[string]uint64
	}{
		"in another order": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":"3","name":"c"},{"id":"1","name":"a"},{"id":"2","name":"b"}]`)},
			want:    []string{buyer("1", "a"), buyer("2", "b"), buyer("3", "c")},
		},
		"ids are texts, whatever the API sends": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":3,"name":"c"},{"id":"1","name":"a"},{"id":2,"name":"b"}]`)},
			want:    []string{buyer("1", "a"), buyer("2", "b"), buyer("3", "c")},
		},
		"one that is left out is null": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":"3","name":"c"},{"id":"1","name":"a"}]`)},
			want:    []string{buyer("1", "a"), "null", buyer("3", "c")},
		},
		"none at all": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[]`)},
			want:    []string{"null", "null", "null"},
		},
		"the first of several counts": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":1,"name":"x"},{"id":3,"name":"c"}]`)},
			want:    []string{buyer("1", "a"), buyer("2", "b"), buyer("3", "c")},
			drift:   map[string]uint64{"$batch: an item twice": 1},
		},
		"what nobody asked for is left out": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":9,"name":"x"},{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":3,"name":"c"},null,{"name":"y"}]`)},
			want:    []string{buyer("1", "a"), buyer("2", "b"), buyer("3", "c")},
			drift:   map[string]uint64{"$batch: an item that was not asked for": 2, "$batch: an item without its key": 1},
		},
		"beside one without its key, what is not found is not known": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":1,"name":"a"},{"name":"y"}]`)},
			want:    []string{buyer("1", "a"), contract, contract},
			drift:   map[string]uint64{"$batch: an item without its key": 1},
		},
		"an object in place of a list": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `{"id":1,"name":"a"}`)},
			want:    []string{contract, contract, contract},
		},
		"nothing in place of a list: none of them is there": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(204, ``)},
			want:    []string{"null", "null", "null"},
		},
		"items of which none was asked for": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":7,"name":"x"},{"id":8}]`)},
			want:    []string{contract, contract, contract}, drift: map[string]uint64{"$batch: an item that was not asked for": 2},
		},
		"an item that does not fit": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(200, `[{"id":1,"name":"a"},{"id":2,"name":7},{"id":3,"name":"c"}]`)},
			want:    []string{buyer("1", "a"), `{id:"2" name:!}`, buyer("3", "c")}, drift: map[string]uint64{"Buyer.name": 1},
		},
		"chunks of the largest size": {
			most: 2, keys: "5 1 4 2 3",
			answers: map[string]upstreamtest.Step{
				"1,2": answer(200, `[{"id":2,"name":"b"},{"id":1,"name":"a"}]`),
				"3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`),
				"5":   answer(200, `[{"id":5,"name":"e"}]`),
			},
			want: []string{buyer("5", "e"), buyer("1", "a"), buyer("4", "d"), buyer("2", "b"), buyer("3", "c")},
		},
		"a chunk that fails": {
			most: 2, keys: "1 2 3 4",
			answers: map[string]upstreamtest.Step{"1,2": answer(503, ``), "3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`)},
			want:    []string{down, down, buyer("3", "c"), buyer("4", "d")},
		},
		"a chunk that is no list": {
			most: 2, keys: "1 2 3 4",
			answers: map[string]upstreamtest.Step{"1,2": answer(200, `{}`), "3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`)},
			want:    []string{contract, contract, buyer("3", "c"), buyer("4", "d")},
		},
		"what another chunk was asked for is not taken from this one": {
			most: 2, keys: "1 2 3 4",
			answers: map[string]upstreamtest.Step{
				"1,2": answer(200, `[{"id":1,"name":"a"},{"id":3,"name":"wrong"}]`), "3,4": answer(200, `[{"id":4,"name":"d"},{"id":3,"name":"c"}]`),
			},
			want: []string{buyer("1", "a"), "null", buyer("3", "c"), buyer("4", "d")}, drift: map[string]uint64{"$batch: an item that was not asked for": 1},
		},
		"a no for all of them": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(403, `{}`)},
			want:    []string{refused, refused, refused},
		},
		"a 404 for one": {
			keys:    "1",
			answers: map[string]upstreamtest.Step{"1": answer(404, `{}`)},
			want:    []string{"null"},
		},
		"a 404 for several": {
			answers: map[string]upstreamtest.Step{"1,2,3": answer(404, `{}`)},
			want:    []string{refused, refused, refused},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.keys == "" {
				test.keys = "1 2 3"
			}
			w := newWorld(t, "", roundTrip(func(req *http.Request) (*http.Response, error) {
				step := test.answers[strings.TrimPrefix(req.URL.Path, "/buyers/")]
				if step == nil {
					t.Errorf("asked for %s", req.URL.Path)
					step = answer(500, ``)
				}
				return step(req)
			}), setting{call: func(c *call.Connector) {
				if c.Batch > 0 && test.most > 0 {
					c.Batch = test.most
				}
			}})
			got := w.load(w.operation(), &Group{Connectors: []call.ID{"Buyer"}, Keys: keys(strings.Fields(test.keys)...)})
			if diff := cmp.Diff(test.want, texts(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.drift, w.apis["shop"].Status().Connectors["Buyer"].Drift); diff != "" {
				t.Errorf("drift (-want +got):\n%s", diff)
			}
		})
	}
}

// A key of two parts is one key.
func TestKeysOfSeveralParts(t *testing.T) {
	const sdl = `
		extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
		type Query { sale: Sale @connect(source: "shop", http: {GET: "/sale"}, selection: "buyer: { ref at }") }
		type Sale { buyer: Buyer }
		type Buyer @connect(source: "shop", http: {GET: "/buyers", queryParams: "refs: $batch.ref->joinNotNull(',') at: $batch.at->joinNotNull(',')"},
			batch: {maxSize: 100}, selection: "ref at name") { ref: ID!  at: ID!  name: String }`
	var asked []string
	w := newWorld(t, sdl, roundTrip(func(req *http.Request) (*http.Response, error) {
		asked = append(asked, req.URL.RawQuery)
		return upstreamtest.Answer(200, `[{"ref":2,"at":"b","name":"second"},{"ref":1,"at":"b","name":"first"},{"ref":1,"name":"none"}]`)(req)
	}), setting{})
	got := w.load(w.operation(), &Group{Connectors: []call.ID{"Buyer"}, Keys: []call.Key{`{"ref":"1","at":"b"}`, `{"ref":"2","at":"b"}`}})
	if diff := cmp.Diff([]string{`{ref:"1" at:"b" name:"first"}`, `{ref:"2" at:"b" name:"second"}`}, texts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"refs=1%2C2&at=b%2Cb"}, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What an answer is judged by may read the keys that were asked for.
func TestABatchIsJudgedWithItsKeys(t *testing.T) {
	w := newWorld(t, "", roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/1,2") {
			return upstreamtest.Answer(200, `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`)(req)
		}
		return upstreamtest.Answer(200, `[{"id":3,"name":"c"}]`)(req)
	}), setting{call: func(c *call.Connector) {
		if c.Batch > 0 {
			c.Batch = 2
			c.IsSuccess = mapping.MustParse(`$->size->eq($batch->size)`)
			c.Message = mapping.MustParse(`$batch.id->joinNotNull("+")`)
		}
	}})
	got := w.load(w.operation(), &Group{Connectors: []call.ID{"Buyer"}, Keys: keys("1", "2", "3", "4")})
	if diff := cmp.Diff([]string{`{id:"1" name:"a"}`, `{id:"2" name:"b"}`, "error: refused", "error: refused"}, texts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, l := range got[2:] {
		if e, ok := errors.AsType[*upstreams.Error](l.Err); !ok || e.Message != "3+4" {
			t.Errorf("got %v", l.Err)
		}
	}
}

// Of a batch, what was loaded before is not asked for again, and what others brought is
// waited for.
func TestKeysOfABatchAreLoadedOnce(t *testing.T) {
	var asked log
	w := newWorld(t, "", roundTrip(func(req *http.Request) (*http.Response, error) {
		ids := strings.TrimPrefix(req.URL.Path, "/buyers/")
		asked.note(ids)
		var items []string
		for id := range strings.SplitSeq(ids, ",") {
			items = append(items, `{"id":"`+id+`","name":"buyer `+id+`"}`)
		}
		return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")(req)
	}), setting{})
	o := w.operation()
	first := w.load(o, &Group{Connectors: []call.ID{"Buyer"}, Keys: keys("1", "2")})
	again := w.load(o, &Group{Connectors: []call.ID{"Buyer"}, Keys: keys("3", "2", "1")})
	if again[1] != first[1] || again[2] != first[0] {
		t.Error("a key was loaded twice")
	}
	w.load(o.Anew(), &Group{Connectors: []call.ID{"Buyer"}, Keys: keys("2")})
	if diff := cmp.Diff([]string{"1,2", "3", "2"}, asked.paths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := texts(again); !slices.Equal(got, []string{`{id:"3" name:"buyer 3"}`, `{id:"2" name:"buyer 2"}`, `{id:"1" name:"buyer 1"}`}) {
		t.Errorf("got %v", got)
	}
}
