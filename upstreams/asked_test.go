package upstreams

import (
	"strings"
	"testing"
)

func TestAKeySaysWhatWasAskedFor(t *testing.T) {
	u := New(Config{Name: "shop", URL: "https://shop.example"}, nil, nil)
	request := u.Key(&Request{Method: "GET", URL: "https://shop.example/orders/1?page=2", Header: map[string][]string{"X-Secret": {"s"}}, Body: []byte("b")})
	item := u.itemKey(&Batch{Connector: "Product", Inputs: `{"lang":"de"}`}, `{"id":"5"}`)
	for name, test := range map[string]struct {
		key  string
		want Asked
		ok   bool
	}{
		"of a request":     {request, Asked{Source: "shop", Method: "GET", URL: "https://shop.example/orders/1?page=2"}, true},
		"of an item":       {item, Asked{Source: "shop", Connector: "Product", Item: `{"id":"5"}`}, true},
		"of nothing":       {"", Asked{}, false},
		"cut off":          {request[:10], Asked{Source: "shop"}, false},
		"of another kind":  {"text that somebody wrote", Asked{}, false},
		"with large sizes": {strings.Repeat("\xff", 20), Asked{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ReadKey(test.key)
			if ok != test.ok || ok && got != test.want {
				t.Errorf("got %+v, %v; want %+v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}
