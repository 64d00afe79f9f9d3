package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
)

const tagsSDL = `
extend schema
  @source(name: "shop", http: {baseURL: "https://shop.test"})
  @source(name: "stock", http: {baseURL: "https://stock.test"})
  @cache(source: "stock", tags: ["stock", "site:{$config.site}"])
scalar DateTime
type Query {
  order(id: ID!): Order @connect(source: "shop", entity: true, http: {GET: "/o/{$args.id}"}, selection: "id buyer: b { id: @ } lines { sku n } placed")
  orders: [Order] @connect(source: "shop", http: {GET: "/o"}, selection: "id buyer: b { id: @ } lines { sku n } placed")
  said(of: String, all: [Int]): Int @connect(source: "shop", http: {GET: "/said"}, selection: "$.n")
    @cache(tags: ["said", "of:{$args.of}", "all:{$args.all}", "in:{$.list.id}", "both:{$args.all}:{$.list.id}", "Order:{$.order}"])
  untold: Int @connect(source: "shop", http: {GET: "/untold"}, selection: "$.n") @cache(tags: ["x:{$.x}", "y:{$.y->parseInt}", "z"])
  price: Price @connect(source: "stock", http: {GET: "/p"}, selection: "sku currency amount place { code } at")
  nameless: Order @connect(source: "shop", http: {GET: "/n"}, selection: "buyer: b { id: @ } lines { n sku: $('x') } placed id: $.ident")
  found: [Found] @connect(source: "shop", http: {GET: "/f"}, selection: "__typename: kind->match(['o', 'Parcel'], ['p', 'Letter']) id: key name")
}
type Order { id: ID! buyer: Buyer lines: [Line!] placed: DateTime }
type Line @key(fields: "sku", resolvable: false) { sku: ID! n: Int }
type Buyer @connect(source: "shop", batch: {maxSize: 9}, http: {GET: "/b?ids={$batch.id->joinNotNull(',')}"}, selection: "id name") { id: ID! name: String }
type Price @key(fields: "sku currency", resolvable: false) @key(fields: "place { code } at", resolvable: false) {
  sku: ID currency: String amount: Float place: Place at: DateTime
}
type Place { code: ID }
union Found = Parcel | Letter
type Parcel @key(fields: "id", resolvable: false) { id: ID! }
type Letter @key(fields: "name", resolvable: false) { name: String }
`

// tagsOf are the tags of texts, in order.
func tagsOf(texts ...string) (tags []cache.Tag) {
	for _, text := range texts {
		tags = append(tags, cache.TagOf(text))
	}
	slices.Sort(tags)
	return tags
}

// many are n items of JSON, from the first on.
func many(first, n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, first+i)
	}
	return strings.Join(items, ",")
}

// numbered are n texts with a beginning.
func numbered(family string, n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprint(family, i))
	}
	return texts
}

func TestTheTagsOfAnAnswer(t *testing.T) {
	tests := map[string]struct {
		of, answer, args string
		want             string   // with blanks between them
		more             []string // besides those
	}{
		"an object, and those in it":          {of: "Query.order", answer: `{"id":5,"b":"7","lines":[{"sku":"a"},{"sku":"b"},{"sku":"a"}]}`, want: "Order:5 Buyer:7 Line:a Line:b"},
		"a number and its text are one":       {of: "Query.orders", answer: `[{"id":5,"b":7},{"id":"5","b":"7"}]`, want: "Order:5 Buyer:7"},
		"a text with signs of JSON":           {of: "Query.orders", answer: `[{"id":"a\"b\\ü\u00fc:/"}]`, want: `Order:a"b\üü:/`},
		"no object":                           {of: "Query.orders", answer: `[null,{"id":6,"b":null,"lines":null}]`, want: "Order:6"},
		"an empty list":                       {of: "Query.orders", answer: `[]`},
		"an empty key names nothing":          {of: "Query.orders", answer: `[{"id":""},{"id":1,"b":""}]`, want: "Order:1"},
		"a key at fault names nothing":        {of: "Query.orders", answer: `[{"id":{}},{"id":2}]`, want: "Order:2"},
		"a key of two fields, as @key has it": {of: "Query.price", answer: `{"sku":"mug","currency":"EUR"}`, args: `{}`, want: "Price:mug:EUR stock"},
		"one without a part is none":          {of: "Query.price", answer: `{"sku":"mug","amount":1.5}`, want: "stock"},
		"a second key, below and decoded":     {of: "Query.price", answer: `{"place":{"code":7},"at":"2024-02-29T12:00:00+01:00"}`, want: "Price:7:2024-02-29T11:00:00Z stock"},
		"a key that the selection makes":      {of: "Query.nameless", answer: `{"ident":9,"lines":[{"n":1}]}`, want: "Order:9 Line:x"},
		"objects of several types":            {of: "Query.found", answer: `[{"kind":"o","key":1},{"kind":"p","name":"x"},{"kind":"q"}]`, want: "Parcel:1 Letter:x"},
		"of a batch, the item":                {of: "Buyer", answer: `{"id":3,"name":"x"}`, want: "Buyer:3"},
		"what @cache says of the request":     {of: "Query.said", answer: `{"n":1}`, args: `{"of":"x","all":[1,2,null,3]}`, want: "said of:x all:1 all:2 all:3"},
		"what it says of the answer":          {of: "Query.said", answer: `{"n":1,"list":[{"id":4},{"id":"u"},{}],"order":true}`, want: "said in:4 in:u Order:true"},
		"each with each of two lists":         {of: "Query.said", answer: `{"n":1,"list":[{"id":4},{"id":5}]}`, args: `{"all":[1,2]}`, want: "said all:1 all:2 in:4 in:5 both:1:4 both:1:5 both:2:4 both:2:5"},
		"lists in lists":                      {of: "Query.untold", answer: `{"n":1,"x":[[1,[2]],3]}`, want: "x:1 x:2 x:3 z"},
		"an object may be any":                {of: "Query.untold", answer: `{"n":1,"x":{"id":1},"y":"12"}`, want: "x: y:12 z"},
		"so may one of a list":                {of: "Query.untold", answer: `{"n":1,"x":[1,{}],"y":"12"}`, want: "x: y:12 z"},
		"and what a method cannot make":       {of: "Query.untold", answer: `{"n":1,"x":1,"y":"soon"}`, want: "x:1 y: z"},
		"as many as an answer has":            {of: "Query.orders", answer: "[" + many(0, 128, `{"id":%d}`) + "]", more: numbered("Order:", 128)},
		"one more, and they are one":          {of: "Query.orders", answer: "[" + many(0, 129, `{"id":%d}`) + "]", want: "Order:"},
		"very many":                           {of: "Query.orders", answer: "[" + many(0, 3000, `{"id":%d,"b":1}`) + "]", want: "Order: Buyer:1"},
		"of two kinds the larger one":         {of: "Query.orders", answer: "[" + many(0, 90, `{"id":%d}`) + `,{"id":0,"lines":[` + many(0, 60, `{"sku":"%d"}`) + "]}]", want: "Order:", more: numbered("Line:", 60)},
		"both where each is too large":        {of: "Query.orders", answer: `[{"id":0,"lines":[` + many(0, 300, `{"sku":"%d"}`) + `]},` + many(1, 299, `{"id":%d}`) + "]", want: "Order: Line:"},
		"lists that @cache spreads to many":   {of: "Query.said", answer: `{"n":1,"list":[` + many(0, 200, `{"id":%d}`) + `]}`, want: "said in:"},
	}
	opt := read(t, tagsSDL)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := valueOf(t, test.answer)
			vars := mapping.Vars{"$args": mapping.ObjectValue(), "$config": mapping.ObjectValue()}
			if test.args != "" {
				vars["$args"] = valueOf(t, test.args)
			}
			a, err := compile(t, opt, test.of).Map(record.Reading{Body: body, Vars: vars, Status: 200})
			if err != nil {
				t.Fatal(err)
			}
			want := tagsOf(append(strings.Fields(test.want), test.more...)...)
			if diff := cmp.Diff(want, a.Tags()); diff != "" {
				t.Errorf("(-want +got) %s\n%s", diff, a.TagNames())
			}
		})
	}
}

func TestTheTagsOfWhatIsNotThere(t *testing.T) {
	tests := map[string]struct{ of, args, want string }{
		"the object that was asked for":     {"Query.order", `{"id":5}`, "Order:5"},
		"none where nobody says which":      {"Query.orders", `{}`, ""},
		"what @cache says of the request":   {"Query.said", `{"of":"x"}`, "said of:x"},
		"of a source":                       {"Query.price", `{}`, "stock site:a"},
		"of a batch, any that could be it":  {"Buyer", `{}`, "Buyer:"},
		"what reads the answer says no tag": {"Query.untold", `{}`, "z"},
	}
	opt := read(t, tagsSDL)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			vars := mapping.Vars{"$args": valueOf(t, test.args), "$config": valueOf(t, `{"site":"a"}`)}
			a := compile(t, opt, test.of).NotThere(vars)
			if diff := cmp.Diff(tagsOf(strings.Fields(test.want)...), a.Tags()); diff != "" {
				t.Error(diff)
			}
			if a.Root().Kind() != record.Null {
				t.Errorf("there is %s", text(a.Root()))
			}
		})
	}
}

// A mapper uses what it gathered for one answer again for the next.
func TestTagsAreOfOneAnswerOnly(t *testing.T) {
	m := compile(t, read(t, tagsSDL), "Query.orders")
	for _, step := range []struct{ answer, want string }{
		{"[" + many(0, 500, `{"id":%d}`) + "]", "Order:"},
		{`[{"id":1}]`, "Order:1"},
		{`[]`, ""},
		{`[{"id":2,"b":3}]`, "Order:2 Buyer:3"},
	} {
		a, err := m.Map(record.Reading{Body: valueOf(t, step.answer)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tagsOf(strings.Fields(step.want)...), a.Tags()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTagsInWords(t *testing.T) {
	hash := func(text string) string { return cache.TagOf(text).String() }
	tests := map[string]struct{ of, answer, args, want string }{
		"of objects, with their keys":            {"Query.order", `{"id":5,"b":7,"lines":[{"sku":"a"}]}`, `{}`, "Buyer:7 Line:a Order:5"},
		"of the request, and not of the answer":  {"Query.said", `{"n":1,"list":[{"id":4}]}`, `{"of":"x","all":[1]}`, hash("both:1:4") + " " + hash("in:4") + " all:1 of:x said"},
		"of all of a kind":                       {"Query.orders", "[" + many(0, 200, `{"id":%d}`) + "]", `{}`, "Order:*"},
		"of all of a kind that cannot be told":   {"Query.untold", `{"n":1,"x":{},"y":"soon"}`, `{}`, "x:* y:* z"},
		"only those that there are, not wrongly": {"Query.untold", `{"n":1}`, `{}`, "z"},
	}
	opt := read(t, tagsSDL)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, vars := compile(t, opt, test.of), mapping.Vars{"$args": valueOf(t, test.args)}
			a, err := m.Map(record.Reading{Body: valueOf(t, test.answer), Vars: vars})
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(test.want)
			slices.Sort(want)
			if diff := cmp.Diff(want, m.TagNames(a, vars)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
