package record_test

import (
	"testing"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
)

const batchSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
type Query {
  rooms: [Room] @connect(source: "shop", http: {GET: "/r"}, selection: "id star: { id: star_id no: star_no }")
}
type Room { id: ID! star: Star }
type Star
  @connect(source: "shop", http: {GET: "/s", queryParams: "ids: $batch.id->joinNotNull(',') nos: $batch.no->joinNotNull(',')"},
    batch: {maxSize: 10}, selection: "$.items? { id: ID no: $(number ?? 0) name weight }") {
  id: ID!
  no: Int!
  name: String!
  weight: Float
}
`

func TestItemsOfBatchesAreToldApartByKey(t *testing.T) {
	m := compile(t, read(t, batchSDL), "Star")
	tests := map[string]struct {
		item, key string
		parts     int
	}{
		"in the form of the types":    {`{"ID":5,"number":2.0}`, `{"id":"5","no":2}`, 2},
		"of what an expression makes": {`{"ID":"a\"b"}`, `{"id":"a\"b","no":0}`, 2},
		"without a part":              {`{"number":1}`, `{"no":1}`, 1},
		"with one that is null":       {`{"ID":null,"number":1}`, `{"no":1}`, 1},
		"with one that does not fit":  {`{"ID":true,"number":1}`, `{"no":1}`, 1},
		"without any":                 {`{"number":"x"}`, `{}`, 0},
		"null":                        {`null`, `{"no":0}`, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			key, parts := m.AppendKey([]byte("x"), valueOf(t, test.item), nil)
			if string(key) != "x"+test.key || parts != test.parts {
				t.Errorf("got %s with %d parts, want %s with %d", key, parts, test.key, test.parts)
			}
		})
	}
}

// What tells items apart is what asks for them.
func TestKeysOfItemsAreThoseOfObjects(t *testing.T) {
	opt := read(t, batchSDL)
	a, err := compile(t, opt, "Query.rooms").Map(record.Reading{Body: valueOf(t, `[{"id":1,"star_id":5,"star_no":7}]`)})
	if err != nil {
		t.Fatal(err)
	}
	room := a.Root().Item(0)
	star := room.Field(room.Layout().Column("star"))
	asked := star.Key(star.Layout().Key("Star")).JSON()
	key, _ := compile(t, opt, "Star").AppendKey(nil, valueOf(t, `{"ID":"5","number":7}`), nil)
	if string(key) != string(asked) {
		t.Errorf("asked with %s, told apart by %s", asked, key)
	}
}

func TestItemsOfBatches(t *testing.T) {
	m := compile(t, read(t, batchSDL), "Star")
	for in, want := range map[string]mapping.Kind{
		`{"items":[{},7]}`: mapping.Array, `{"items":null}`: mapping.Missing, `{}`: mapping.Missing, `{"items":7}`: mapping.Number,
	} {
		if got := m.Items(record.Reading{Body: valueOf(t, in)}); got.Kind() != want {
			t.Errorf("%s: got %s", in, got.Kind())
		}
	}
	a, err := m.Map(record.Reading{Body: valueOf(t, `{"ID":5,"number":1,"name":"Vega","weight":0.5}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(a.Root()); got != `Star{id:"5",no:1,name:"Vega",weight:0.5}` {
		t.Errorf("got %s", got)
	}
	if got := text(record.NotThere().Root()); got != "null" {
		t.Errorf("what is not there is %s", got)
	}
}
