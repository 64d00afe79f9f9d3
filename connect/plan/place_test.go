package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/plan"
)

const shopSDL = `
extend schema
  @source(name: "shop", http: {baseURL: "https://shop.example"})
  @source(name: "desk", http: {baseURL: "https://desk.example", headers: [{name: "X-Tenant", from: "X-Tenant"}]})
  @source(name: "mirror", http: {baseURL: "https://mirror.example"})
type Query {
  order(id: ID!): Order @connect(source: "shop", http: {GET: "/orders/{$args.id}"}, selection: "id total buyer: b { id: @ } pay: p { id: @ }")
  orders: [Order] @connect(source: "shop", http: {GET: "/orders"}, selection: "id total buyer: b { id: @ } pay: p { id: @ }")
  rate: Float
    @connect(source: "shop", http: {GET: "/rate"}, selection: "$.rate")
    @connect(source: "mirror", http: {GET: "/rate"}, selection: "$.rate")
  handOrder: Order
  party: Party @connect(source: "desk", http: {GET: "/party"}, selection: "__typename: kind->match(['b', 'Buyer'], [@, 'Pay']) id")
}
union Party = Buyer | Pay
type Mutation { cancel(id: ID!): Order @connect(source: "shop", http: {POST: "/orders/{$args.id}/cancel"}, selection: "id total buyer: b { id: @ } pay: p { id: @ }") }
type Order {
  id: ID!
  total: Float
  handNote: String
  buyer: Buyer
  pay: Pay
  lines(kind: String): [Line!]
    @connect(source: "shop", http: {GET: "/orders/{$this.id}/lines"}, selection: "id sku")
    @connect(source: "mirror", http: {GET: "/lines?total={$this.total}"}, selection: "id sku")
}
type Line { id: ID! sku: String order: Order @connect(source: "shop", http: {GET: "/lines/{$this.id}/order"}, selection: "id total buyer: b { id: @ } pay: p { id: @ }") }
type Buyer @connect(source: "shop", batch: {maxSize: 40}, http: {GET: "/buyers?ids={$batch.id->joinNotNull(',')}"}, selection: "id name mail") {
  id: ID!
  name: String
  mail: String
  tickets: [Ticket] @connect(source: "desk", http: {GET: "/tickets?mail={$this.mail}"}, selection: "id")
  orders: [Order] @connect(source: "shop", http: {GET: "/buyers/{$this.id}/orders"}, selection: "id total buyer: b { id: @ } pay: p { id: @ }")
}
type Ticket { id: ID! }
type Pay
  @connect(source: "shop", http: {GET: "/pays/{$this.id}"}, selection: "id state")
  @connect(source: "desk", http: {GET: "/pays/{$this.id}"}, selection: "id note") { id: ID! state: String note: String }
`

func TestPlacesSayWhatIsFetched(t *testing.T) {
	w := graphOf(t, shopSDL)
	tests := map[string]struct {
		query, path string
		want        string // connectors, and what they read; "" for no place
	}{
		"a root field":             {`{ order(id: 1) { id } }`, "order", "Query.order()"},
		"alternatives":             {`{ rate }`, "rate", "Query.rate[0] Query.rate[1]()"},
		"a field of an object":     {`{ order(id: 1) { lines { id } } }`, "order.lines", "Order.lines[0] Order.lines[1](id total)"},
		"what the object has":      {`{ order(id: 1) { total } }`, "order.total", ""},
		"a part of an object":      {`{ order(id: 1) { buyer { name } } }`, "order.buyer", "()"},
		"a method":                 {`{ order(id: 1) { handNote } }`, "order.handNote", "()"},
		"a write":                  {`mutation { cancel(id: 1) { id } }`, "cancel", "Mutation.cancel() writes"},
		"the name of the type":     {`{ __typename }`, "__typename", ""},
		"what the schema consists": {`{ __schema { types { name } } }`, "__schema", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			f := w.at(w.plan(test.query, nil).Root, test.path)
			got := ""
			if p := f.Place; p != nil {
				var names []string
				for _, con := range p.Connectors {
					names = append(names, string(con.ID))
				}
				got = strings.Join(names, " ") + "(" + strings.Join(p.Reads, " ") + ")"
				if p.Write {
					got += " writes"
				}
				if p.Field != f || p.Node.Fields[0] != f {
					t.Error("it is the place of another field")
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestObjectsAreCompletedWhereMoreIsAskedFor(t *testing.T) {
	w := graphOf(t, shopSDL)
	tests := map[string]struct{ query, path, on, want string }{
		"a key is enough":                          {`{ order(id: 1) { buyer { id __typename } } }`, "order.buyer", "Buyer", ""},
		"a name is more":                           {`{ order(id: 1) { buyer { id name } } }`, "order.buyer", "Buyer", "Buyer"},
		"a connector that reads the key":           {`{ order(id: 1) { buyer { orders { id } } } }`, "order.buyer", "Buyer", ""},
		"a connector that reads more":              {`{ order(id: 1) { buyer { tickets { id } } } }`, "order.buyer", "Buyer", "Buyer"},
		"one of several that has the rest":         {`{ order(id: 1) { pay { state } } }`, "order.pay", "Pay", "Pay[0]"},
		"the other one":                            {`{ order(id: 1) { pay { note } } }`, "order.pay", "Pay", "Pay[1]"},
		"both, in turn":                            {`{ order(id: 1) { pay { note state } } }`, "order.pay", "Pay", "Pay[0] Pay[1]"},
		"neither":                                  {`{ order(id: 1) { pay { id } } }`, "order.pay", "Pay", ""},
		"what is whole":                            {`{ order(id: 1) { lines { sku } } }`, "order.lines", "Line", ""},
		"an object of a field of several types":    {`{ party { ... on Buyer { name } ... on Pay { id } } }`, "party", "Buyer", "Buyer"},
		"one of another type, of which it is less": {`{ party { ... on Buyer { name } ... on Pay { id } } }`, "party", "Pay", ""},
		"a leaf": {`{ rate }`, "rate", "Float", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			f := w.at(w.plan(test.query, nil).Root, test.path)
			for range 2 { // it remembers
				steps, err := f.Steps(test.on)
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, s := range steps {
					names = append(names, string(s.Entity.ID))
				}
				if got := strings.Join(names, " "); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}
		})
	}
}

func TestWhatACompletionIsAloneWith(t *testing.T) {
	w := graphOf(t, shopSDL)
	n := w.plan(`{ order(id: 1) { buyer { name } pay { note state } } }`, nil).Root
	of := func(path, typeName string) (all []plan.Completion) {
		steps, err := w.at(n, path).Steps(typeName)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			c := *s
			c.Entity = nil
			all = append(all, c)
		}
		return all
	}
	want := []plan.Completion{{Type: "Buyer", Provided: []string{"id"}, Own: []string{"name", "mail"}, Alone: true}}
	if diff := cmp.Diff(want, of("order.buyer", "Buyer")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []plan.Completion{
		{Type: "Pay", Provided: []string{"id", "note"}, Own: []string{"state"}},
		{Type: "Pay", Provided: []string{"id", "state"}, Own: []string{"note"}},
	}
	if diff := cmp.Diff(want, of("order.pay", "Pay")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSourcesThatMayBeAsked(t *testing.T) {
	w := graphOf(t, shopSDL)
	tests := map[string]struct{ query, sources, callers string }{
		"alternatives, too":                     {`{ rate }`, "mirror shop", ""},
		"nobody":                                {`{ __typename }`, "", ""},
		"not for a key":                         {`{ order(id: 1) { buyer { ...F } } } fragment F on Buyer { id ... { __typename } }`, "shop", ""},
		"what a connector below has to read":    {`{ order(id: 1) { buyer { ...F } } } fragment F on Buyer { id ... { tickets { id } } }`, "desk shop", "$request.headers.x-tenant"},
		"what completes":                        {`{ order(id: 1) { pay { note } } }`, "desk shop", "$request.headers.x-tenant"},
		"of types that may not occur":           {`{ party { ... on Pay { state } } }`, "desk shop", "$request.headers.x-tenant"},
		"what is skipped is not asked":          {`{ party { ... on Pay { state @skip(if: true) id } } order(id: 1) @include(if: false) { id } }`, "desk", "$request.headers.x-tenant"},
		"fields that are merged are both asked": {`{ handOrder { pay { id } } handOrder { pay { state } } }`, "shop", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			p := w.plan(test.query, nil)
			if got := strings.Join(p.Sources, " "); got != test.sources {
				t.Errorf("got sources %q, want %q", got, test.sources)
			}
			if got := strings.Join(p.Callers, " "); got != test.callers {
				t.Errorf("got callers %q, want %q", got, test.callers)
			}
			if want := strings.Contains(test.query, "hand"); p.ByHand != want {
				t.Errorf("by hand is %v", p.ByHand)
			}
		})
	}
}

func TestAMethodWinsOverAConnector(t *testing.T) {
	w := graphOf(t, shopSDL, func(o *plan.Options) {
		o.ByHand = func(typeName, field string) bool { return typeName == "Query" && field == "rate" }
	})
	p := w.plan(`{ rate }`, nil)
	if f := p.Root.Fields[0]; f.Kind != plan.ByHand || f.Place.Connectors != nil || !p.ByHand || len(p.Sources) != 0 {
		t.Errorf("%+v, sources %v", f, p.Sources)
	}
}

func TestWhatLeadsToAPlace(t *testing.T) {
	w := graphOf(t, shopSDL)
	tests := map[string]struct {
		query, from, to string
		want            bool
	}{
		"a field below":                        {`{ order(id: 1) { buyer { name } } }`, "order", "order.buyer", true},
		"not the other way":                    {`{ order(id: 1) { buyer { name } } }`, "order.buyer", "order", false},
		"nor itself":                           {`{ order(id: 1) { buyer { name } } }`, "order.buyer", "order.buyer", false},
		"far below":                            {`{ order(id: 1) { lines { order { buyer { name } } } } }`, "order", "order.lines.order.buyer", true},
		"not a sibling":                        {`{ order(id: 1) { lines { order { id } } buyer { name } } }`, "order.lines", "order.buyer", false},
		"nor the field of another root":        {`{ a: order(id: 1) { buyer { name } } b: order(id: 2) { buyer { name } } }`, "a", "b.buyer", false},
		"through an inline fragment":           {`{ order(id: 1) { ... on Order { buyer { name } } } }`, "order", "order.buyer", true},
		"through a fragment":                   {`{ order(id: 1) { ...F } } fragment F on Order { buyer { name } }`, "order", "order.buyer", true},
		"through fragments of fragments":       {`{ order(id: 1) { ...F } } fragment F on Order { lines { ...G } } fragment G on Line { order { id } }`, "order", "order.lines.order", true},
		"both parents of what is shared":       {`{ a: order(id: 1) { ...F } b: order(id: 2) { ...F } } fragment F on Order { buyer { name } }`, "b", "a.buyer", true},
		"one that is merged":                   {`{ order(id: 1) { id } order(id: 1) { buyer { name } } }`, "order", "order.buyer", true},
		"a fragment at two depths":             {`{ order(id: 1) { ...F lines { order { ...F } } } } fragment F on Order { buyer { name } }`, "order.lines", "order.buyer", true},
		"a leaf leads nowhere":                 {`{ rate order(id: 1) { buyer { name } } }`, "rate", "order.buyer", false},
		"a method":                             {`{ handOrder { buyer { name } } }`, "handOrder", "handOrder.buyer", true},
		"not what is merged of a field below":  {`{ order(id: 1) { ...F ...H } } fragment F on Order { lines { order { ...G } } } fragment G on Order { lines { order { ...H } } } fragment H on Order { lines { id } }`, "order.lines.order.lines", "order.lines", false},
		"though its own field is below itself": {`{ order(id: 1) { ...F ...H } } fragment F on Order { lines { order { ...G } } } fragment G on Order { lines { order { ...H } } } fragment H on Order { lines { id } }`, "order.lines", "order.lines.order.lines", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			p := w.plan(test.query, nil)
			from, to := w.at(p.Root, test.from).Place, w.at(p.Root, test.to).Place
			if got := p.Leads(from, to); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
