package record_test

import (
	"encoding/json"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
)

// FuzzMap maps whatever an API may send. A record is whole: every leaf is JSON, and
// what is taken out of it is what is in it.
func FuzzMap(f *testing.F) {
	f.Add(`[{"id":1,"quantity":2,"customer":{"name":"x"},"lines":[{"n":1},null],"tags":["a"],"grid":[["a"],null]}]`)
	f.Add(`{"items":[{"id":1,"name":"a"},7,{"id":"2"}]}`)
	f.Add(`[{"kind":"dog","name":"a"},{"kind":7},null]`)
	f.Add(orderJSON)
	f.Add("[" + orderJSON + `,{"total":"x","currency":7}]`)
	f.Add(`{"id":"1","sure":{"id":"2","deep":{"id":"3"}},"may":{"id":"4"},"list":[{"id":"5"}],"holes":[{"id":"6"}],"thing":{"kind":"X","id":"7"}}`)
	f.Add(`[{"id":5,"number":7,"score":1e6,"tags":["a\""],"owner":{"id":"o"},"shadow":{"id":[1, 2]},"buyer_id":9,"any":{"b":1e999}}]`)
	var mappers []*record.Mapper
	for _, opt := range []record.Options{shop(f), read(f, orderSDL), read(f, waysSDL), read(f, keysSDL), read(f, pagesSDL), read(f, batchSDL)} {
		for _, con := range opt.Schema.Connectors {
			m, err := record.Compile(con, opt)
			if err != nil {
				f.Fatal(err)
			}
			mappers = append(mappers, m)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
		if err != nil {
			return
		}
		for _, m := range mappers {
			a, err := m.Map(record.Reading{Body: v, Vars: mapping.Vars{"$args": v, "$this": v}, Tally: &counts{}})
			if err != nil {
				continue
			}
			sound(t, a.Root())
			if a.Size() <= 0 || a.Broken() && !a.Faults() {
				t.Fatalf("%d bytes, broken %v without a fault", a.Size(), a.Broken())
			}
		}
	})
}

// sound walks a record.
func sound(t *testing.T, r record.Ref) {
	t.Helper()
	switch r.Kind() {
	case record.Leaf:
		if !json.Valid(r.JSON()) || string(r.JSON()) == "null" {
			t.Fatalf("no leaf: %s", r.JSON())
		}
	case record.List:
		for i := range r.Len() {
			sound(t, r.Item(i))
		}
	case record.Object:
		for i := range r.Layout().Fields {
			sound(t, r.Field(i))
		}
		for i, k := range r.Layout().Keys {
			sound(t, r.Key(i))
			key, why, ok := record.AppendKey(nil, k.Parts, r)
			if kind := r.Key(i).Kind(); ok != (kind == record.Leaf) || (why != nil) != (kind == record.Faulty) || ok && string(key) != string(r.Key(i).JSON()) {
				t.Fatalf("the key for %s is %v, composed %s, %v", k.For, kind, key, why)
			}
		}
	case record.Faulty:
		if r.Fault().Why == "" {
			t.Fatal("a fault that says nothing")
		}
	}
}
