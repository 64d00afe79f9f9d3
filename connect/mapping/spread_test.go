package mapping_test

import (
	"slices"
	"testing"

	"holdfast/connect/mapping"
)

func TestSpread(t *testing.T) {
	tests := map[string]struct {
		template, data string
		want           []string
		unknown        bool
	}{
		"a constant is one text":                     {template: "catalog", data: `null`, want: []string{"catalog"}},
		"a string":                                   {template: "Order:{$.id}", data: `{"id":"a:b"}`, want: []string{"Order:a:b"}},
		"a number is as it is written":               {template: "Order:{$.id}", data: `{"id":1.50}`, want: []string{"Order:1.50"}},
		"a boolean":                                  {template: "Order:{$.id}", data: `{"id":true}`, want: []string{"Order:true"}},
		"a list spreads":                             {template: "Order:{$.items.id}", data: `{"items":[{"id":1},{"id":"b"}]}`, want: []string{"Order:1", "Order:b"}},
		"lists in a list, too":                       {template: "Order:{$.ids}", data: `{"ids":[[1],[2,3]]}`, want: []string{"Order:1", "Order:2", "Order:3"}},
		"two lists in every combination":             {template: "P:{$.a}:{$.b}", data: `{"a":[1,2],"b":[3,4]}`, want: []string{"P:1:3", "P:1:4", "P:2:3", "P:2:4"}},
		"null is nothing":                            {template: "Order:{$.id}", data: `{"id":null}`},
		"nor is what is missing":                     {template: "Order:{$.id}", data: `{}`},
		"nor an empty text":                          {template: "Order:{$.id}", data: `{"id":""}`},
		"a part that is null takes the rest with it": {template: "P:{$.a}:{$.b}", data: `{"a":[1,2]}`},
		"null items are left out":                    {template: "Order:{$.ids}", data: `{"ids":[1,null,2]}`, want: []string{"Order:1", "Order:2"}},
		"an object is not known":                     {template: "Order:{$.id}", data: `{"id":{}}`, unknown: true},
		"beside what is":                             {template: "Order:{$.ids}", data: `{"ids":[1,{},2]}`, want: []string{"Order:1", "Order:2"}, unknown: true},
		"nor what a method cannot make":              {template: "Order:{$.id->parseInt}", data: `{"id":"x"}`, unknown: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, _, err := mapping.ParseJSON([]byte(test.data), mapping.JSONLimits{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			known := mapping.MustTemplate(test.template).Spread(data, nil, func(text []byte) bool {
				got = append(got, string(text))
				return true
			})
			if !slices.Equal(got, test.want) || known == test.unknown {
				t.Errorf("got %q, known: %v", got, known)
			}
		})
	}
}

func TestSpreadEnds(t *testing.T) {
	list := mapping.ArrayValue(slices.Repeat([]mapping.Value{mapping.IntValue(1)}, 1000)...)
	n := 0
	mapping.MustTemplate("P:{$}:{$}:{$}").Spread(list, nil, func([]byte) bool {
		n++
		return n < 5
	})
	if n != 5 {
		t.Errorf("went on for %d texts", n)
	}
}
