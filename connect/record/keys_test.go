package record_test

import (
	"strings"
	"testing"

	"holdfast/connect/record"
)

const keysSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
scalar Any
type Query {
  orders: [Order!] @connect(source: "shop", http: {GET: "/o"}, selection: """
    id number score tags placedAt: at owner { id name since } shadow buyer: buyer_id { id: @ } any
  """)
  order(id: ID!): Order @connect(source: "shop", http: {GET: "/o/{$args.id}"}, entity: true, selection: """
    id number score tags placedAt: at owner { id name since } shadow buyer: buyer_id { id: @ } any more
  """)
  part: Order @connect(source: "shop", http: {GET: "/part"}, selection: "id number owner { id name since }")
}
scalar DateTime
type Order {
  id: ID!
  number: Int!
  score: Float
  tags: [String!]
  placedAt: DateTime
  owner: Owner
  buyer: Buyer
  any: Any
  more: String
  plain: String @connect(source: "shop", http: {GET: "/x/{$this.id}"}, selection: "$.a")
  same: String @connect(source: "shop", http: {GET: "/y/{$this.id}"}, selection: "$.a")
  several: String @connect(source: "shop", http: {GET: "/x/{$this.number}?s={$this.score}"}, selection: "$.a")
  lists: String @connect(source: "shop", http: {GET: "/x", queryParams: "t: $this.tags->first at: $this.placedAt"}, selection: "$.a")
  deep: String @connect(source: "shop", http: {GET: "/x/{$this.owner.id}"}, selection: "$.a")
  whole: String @connect(source: "shop", http: {POST: "/x", body: "o: $this.owner"}, selection: "$.a")
  hidden: String @connect(source: "shop", http: {GET: "/x/{$this.shadow.id}"}, selection: "$.a")
  anything: String @connect(source: "shop", http: {GET: "/x/{$this.any}"}, selection: "$.a")
  nothing: String @connect(source: "shop", http: {GET: "/x"}, selection: "$.a")
  lacking: String @connect(source: "shop", http: {GET: "/x/{$this.more}/{$this.id}"}, selection: "$.a")
}
type Owner { id: ID! name: String since: DateTime best: Order @connect(source: "shop", http: {GET: "/b/{$this.id}"}, selection: "id number score tags placedAt: at owner { id name since } shadow buyer: buyer_id { id: @ } any more") }
type Buyer @connect(source: "shop", http: {GET: "/b/{$this.id}"}, selection: "id name") { id: ID! name: String }
`

func TestKeysAreReadyTexts(t *testing.T) {
	const good = `{"id":5,"number":7,"score":1e6,"tags":["a\"","b"],"at":"2024-02-29T12:00:00+01:00","owner":{"id":"o","name":"x"},"shadow":{"id":[1, 2]},"buyer_id":9,"any":{"b": 1, "a": null}}`
	replaced := func(old, other string) string {
		if !strings.Contains(good, old) {
			t.Fatal(old)
		}
		return strings.Replace(good, old, other, 1)
	}
	tests := map[string]struct{ in, of, want string }{
		"an ID is a text":                                {good, "Order.plain", `{"id":"5"}`},
		"equal ones are one":                             {good, "Order.same", `{"id":"5"}`},
		"parts by name, a number in its shortest form":   {good, "Order.several", `{"number":7,"score":1000000}`},
		"lists, and values in GraphQL's form":            {good, "Order.lists", `{"placedAt":"2024-02-29T11:00:00Z","tags":["a\"","b"]}`},
		"an object with all that its model has":          {good, "Order.deep", `{"owner":{"id":"o","name":"x","since":null}}`},
		"also where it is read as a whole":               {good, "Order.whole", `{"owner":{"id":"o","name":"x","since":null}}`},
		"a hidden key as it came":                        {good, "Order.hidden", `{"shadow":{"id":[1,2]}}`},
		"any JSON":                                       {good, "Order.anything", `{"any":{"b":1,"a":null}}`},
		"a connector that reads nothing":                 {good, "Order.nothing", `{}`},
		"none where a part is null":                      {replaced(`"score":1e6`, `"score":null`), "Order.several", `null`},
		"none where a part does not fit and may be null": {replaced(`"score":1e6`, `"score":"x"`), "Order.several", `null`},
		"an error where it may not be null":              {replaced(`"number":7`, `"number":"x"`), "Order.several", `!`},
		"but none where another part is missing":         {strings.Replace(replaced(`"number":7`, `"number":"x"`), `"score":1e6`, `"score":null`, 1), "Order.several", `null`},
		"none where a path below leads to nothing":       {replaced(`"shadow":{"id":[1, 2]}`, `"shadow":{"x":1}`), "Order.hidden", `null`},
		"none where an ID below is at fault":             {replaced(`"owner":{"id":"o"`, `"owner":{"id":true`), "Order.deep", `null`},
		"which does not matter to who reads the whole":   {replaced(`"owner":{"id":"o"`, `"owner":{"id":true`), "Order.whole", `{"owner":{"id":null,"name":"x","since":null}}`},
		"none where a list cannot be":                    {replaced(`"b"]`, `1]`), "Order.lists", `null`},
	}
	opt := read(t, keysSDL)
	m := compile(t, opt, "Query.orders")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := m.Map(record.Reading{Body: valueOf(t, "["+test.in+","+good+"]")})
			if err != nil {
				t.Fatal(err)
			}
			order := a.Root().Item(0)
			key := order.Layout().Key(test.of)
			if key < 0 {
				t.Fatalf("no key for %s in %+v", test.of, order.Layout().Keys)
			}
			if got := text(order.Key(key)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			composed, why, ok := record.AppendKey([]byte("x"), order.Layout().Keys[key].Parts, order)
			switch {
			case ok != (test.want != "null" && test.want != "!") || (why != nil) != (test.want == "!"):
				t.Errorf("composed: %v, %v", ok, why)
			case ok && string(composed) != "x"+test.want:
				t.Errorf("composed %s, want %s", composed, test.want)
			case !ok && string(composed) != "x":
				t.Errorf("%s is left of what is none", composed)
			}
		})
	}
}

func TestKeysOfObjectsThatAreCompleted(t *testing.T) {
	a, err := compile(t, read(t, keysSDL), "Query.orders").Map(record.Reading{Body: valueOf(t, `[{"id":1,"number":1,"buyer_id":9},{"id":2,"number":2,"buyer_id":null}]`)})
	if err != nil {
		t.Fatal(err)
	}
	order := a.Root().Item(0)
	buyer := order.Field(order.Layout().Column("buyer"))
	if got := text(buyer); got != `Buyer{id:"9"#Buyer:{"id":"9"}}` {
		t.Errorf("got %s", got)
	}
	order = a.Root().Item(1)
	if got := text(order.Field(order.Layout().Column("buyer"))); got != "null" {
		t.Errorf("without a key there is %s", got)
	}
	if order.Layout().Key("Order.lacking") >= 0 {
		t.Error("a key without one of its parts")
	}
}

func TestKeysOfRows(t *testing.T) {
	opt := read(t, keysSDL)
	part, err := compile(t, opt, "Query.part").Map(record.Reading{Body: valueOf(t, `{"id":1,"number":1,"owner":{"id":"o"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := compile(t, opt, "Query.order").Map(record.Reading{Body: valueOf(t, `{"id":2,"number":"x","more":"m"}`)})
	if err != nil {
		t.Fatal(err)
	}
	spec := record.FieldKey(opt.Schema.Plans["Order.lacking"])
	for name, test := range map[string]struct {
		row  []record.Ref
		want string
	}{
		"of both":                   {[]record.Ref{part.Root(), whole.Root()}, `{"id":"2","more":"m"}`},
		"a step that found nothing": {[]record.Ref{whole.Root(), record.NotThere().Root(), {}}, `{"id":"2","more":"m"}`},
		"not of the part alone":     {[]record.Ref{part.Root()}, ``},
	} {
		if got, _, _ := record.AppendKey(nil, spec, test.row...); string(got) != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
	_, why, ok := record.AppendKey(nil, record.FieldKey(opt.Schema.Plans["Order.several"]), part.Root(), whole.Root())
	if ok || why != nil {
		t.Errorf("a score that is null: %v, %v", ok, why)
	}
	if got := record.EntityKey(connector(t, opt, "Query.order")); len(got) != 1 || got[0].Name != "id" {
		t.Errorf("the key of an entity field: %+v", got)
	}
}
