package record_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

const orderSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
type Query {
  order: Order @connect(source: "shop", http: {GET: "/o"}, selection: """
    id note quantity colour customer { name } lines { n } tags marks grid first: $.tags?->joinNotNull(',')
  """)
  orders: [Order!]! @connect(source: "shop", http: {GET: "/o"}, selection: """
    $.items { id note quantity colour customer { name } lines { n } tags marks grid first: $.tags?->joinNotNull(',') }
  """)
  line: Line @connect(source: "shop", http: {GET: "/o"}, selection: "$ { n }")
  lines: [Line!]! @connect(source: "shop", http: {GET: "/o"}, selection: "$ { n }")
  maybe: [Line] @connect(source: "shop", http: {GET: "/o"}, selection: "$ { n }")
  texts: [String!] @connect(source: "shop", http: {GET: "/o"}, selection: "$")
  named: Named @connect(source: "shop", http: {GET: "/o"}, selection: "name: $.list.name->first short: $(nick ?? nam)")
  pets: [Pet] @connect(source: "shop", http: {GET: "/o"}, selection: "$ { __typename: kind->match(['dog', 'Dog'], ['cat', 'Cat']) name }")
  surePets: [Pet!] @connect(source: "shop", http: {GET: "/o"}, selection: "$ { __typename: kind->match(['dog', 'Dog'], ['cat', 'Cat']) name }")
}
enum Colour { RED BLUE }
type Order {
  id: ID!
  note: String
  quantity: Int!
  colour: Colour
  customer: Person!
  lines: [Line]!
  tags: [String!]
  marks: [String]
  grid: [[String!]]
  first: String
}
type Person { name: String! }
type Named { name: String short: String }
type Line { n: Int! }
interface Pet { name: String }
type Dog implements Pet { name: String }
type Cat implements Pet { name: String }
`

func TestFaultsAreWhereAnAnswerDoesNotFit(t *testing.T) {
	opt := read(t, orderSDL)
	good := map[string]string{"id": `"1"`, "quantity": `2`, "customer": `{"name":"Ada"}`, "lines": `[{"n":1}]`}
	tests := map[string]struct {
		with  map[string]string // on top of a good order; "" takes away
		want  string            // what is there of it
		drift []string
	}{
		"a good one":                         {want: `id:"1"`},
		"nothing nullable is a fault":        {with: map[string]string{"note": "null", "colour": "null", "tags": "null"}, want: `tags:null`},
		"a wrong kind":                       {map[string]string{"note": `5`}, `note:!`, []string{"Order.note"}},
		"null where there must be something": {map[string]string{"quantity": `null`}, `quantity:!`, []string{"Order.quantity"}},
		"nothing at all there":               {map[string]string{"quantity": ``}, `quantity:!`, []string{"Order.quantity"}},
		"an enum's unknown value":            {map[string]string{"colour": `"GREEN"`}, `colour:!`, []string{"Order.colour"}},
		"a list for an object":               {map[string]string{"customer": `[]`}, `customer:!`, []string{"Order.customer"}},
		"a text for an object":               {map[string]string{"customer": `"Ada"`}, `customer:!`, []string{"Order.customer"}},
		"an object for a list":               {map[string]string{"lines": `{}`}, `lines:!`, []string{"Order.lines"}},
		"a single item for a list":           {map[string]string{"tags": `"a"`}, `tags:!`, []string{"Order.tags"}},
		"within a nested object":             {map[string]string{"customer": `{"name":1}`}, `customer:Person{name:!}`, []string{"Person.name"}},
		"an item of a list":                  {map[string]string{"lines": `[{"n":1},3,null,{"n":"x"}]`}, `lines:[Line{n:1},!,null,Line{n:!}]`, []string{"Order.lines.*", "Line.n"}},
		"an item that may be null":           {map[string]string{"marks": `["a",1,null,2]`}, `marks:["a",!,null,!]`, []string{"Order.marks.*", "Order.marks.*"}},
		"an item that cannot be null":        {map[string]string{"tags": `["a",1,"b"]`}, `tags:["a",!,"b"]`, []string{"Order.tags.*"}},
		"null as such an item":               {map[string]string{"tags": `["a",null]`}, `tags:["a",!]`, []string{"Order.tags.*"}},
		"such an item in a list of lists":    {map[string]string{"grid": `[["a"],["b",1],null,3]`}, `grid:[["a"],["b",!],null,!]`, []string{"Order.grid.*.*", "Order.grid.*"}},
		"a method that cannot work":          {map[string]string{"tags": `[["a"]]`}, `first:!`, []string{"Order.first", "Order.tags.*"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var members []mapping.Member
			for _, key := range []string{"id", "quantity", "customer", "lines", "note", "colour", "tags", "marks", "grid"} {
				value := good[key]
				if with, ok := test.with[key]; ok {
					value = with
				}
				if value != "" {
					members = append(members, mapping.Member{Key: key, Value: valueOf(t, value)})
				}
			}
			seen := &counts{}
			a, err := compile(t, opt, "Query.order").Map(record.Reading{Body: mapping.ObjectValue(members...), Tally: seen})
			if err != nil {
				t.Fatal(err)
			}
			if got := text(a.Root()); !strings.Contains(got, test.want) || strings.Count(got, "!") != len(test.drift) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if diff := cmp.Diff(test.drift, seen.drift); diff != "" {
				t.Errorf("drift (-want +got):\n%s", diff)
			}
			if a.Faults() != (len(test.drift) > 0) {
				t.Errorf("faults: %v", a.Faults())
			}
		})
	}
}

func TestAnswersThatCannotBeUsed(t *testing.T) {
	opt := read(t, orderSDL)
	tests := map[string]struct {
		connector, answer string
		want              string // "": nothing can be used
	}{
		"null for an object":                 {"line", `null`, `null`},
		"a list for an object":               {"line", `[{"n":1}]`, ``},
		"an object all of which is wrong":    {"line", `{"n":"x"}`, ``},
		"an object without its keys":         {"line", `{"m":1}`, ``},
		"a list":                             {"lines", `[{"n":1}]`, `[Line{n:1}]`},
		"an empty list":                      {"lines", `[]`, `[]`},
		"an object for a list":               {"lines", `{"n":1}`, ``},
		"null for a list":                    {"lines", `null`, ``},
		"null for a list that may be null":   {"maybe", `null`, `null`},
		"one bad item":                       {"lines", `[{"n":1},{"n":"x"}]`, `[Line{n:1},Line{n:!}]`},
		"one item that is none":              {"lines", `[{"n":1},7]`, `[Line{n:1},!]`},
		"a null where there must be items":   {"lines", `[{"n":1},null]`, `[Line{n:1},!]`},
		"nothing but bad items":              {"lines", `[{"n":"x"},{"n":"y"}]`, ``},
		"nothing but what is no item":        {"maybe", `[7,8]`, ``},
		"nothing but nulls":                  {"maybe", `[null,null]`, `[null,null]`},
		"a list that has a bad text":         {"texts", `["a",1]`, `["a",!]`},
		"not a single text":                  {"texts", `[1]`, ``},
		"of several types, each by its name": {"pets", `[{"kind":"dog","name":"a"},{"kind":"cat","name":null}]`, `[Dog{name:"a"},Cat{name:null}]`},
		"null is null":                       {"pets", `[null,{"kind":"cat","name":"x"}]`, `[null,Cat{name:"x"}]`},
		"but not where it cannot be":         {"surePets", `[null,{"kind":"cat","name":"x"}]`, `[!,Cat{name:"x"}]`},
		"an unknown name":                    {"pets", `[{"kind":"cow"},{"kind":"cat","name":"x"}]`, `[!,Cat{name:"x"}]`},
		"no name":                            {"pets", `[{},{"kind":7},{"kind":"cat","name":"x"}]`, `[!,!,Cat{name:"x"}]`},
		"no object":                          {"pets", `["dog",[],{"kind":"cat","name":"x"}]`, `[!,!,Cat{name:"x"}]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := compile(t, opt, "Query."+test.connector).Map(record.Reading{Body: valueOf(t, test.answer), Status: 200})
			if test.want == "" {
				e, ok := errors.AsType[*upstreams.Error](err)
				if !ok || e.Kind != upstreams.Contract || e.Status != 200 || !strings.Contains(e.Error(), "nothing fits the declared type, first at ") {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := text(a.Root()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestFieldsWithoutAValueAreCounted(t *testing.T) {
	opt := read(t, orderSDL)
	seen := &counts{}
	order := func(more string) string {
		return `{"id":1,"quantity":1,"customer":{"name":"x"},"lines":[null]` + more + `}`
	}
	_, err := compile(t, opt, "Query.orders").Map(record.Reading{
		Body: valueOf(t, `{"items":[`+order(`,"note":"x"`)+`,`+order(`,"note":7,"colour":"RED"`)+`]}`), Tally: seen,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"Order.note": 0, "Order.colour": 1, "Order.tags": 2, "Order.marks": 2, "Order.grid": 2, "Order.first": 2, "Order.lines.*": 2}
	delete(want, "Order.note")
	if diff := cmp.Diff(want, seen.nulls); diff != "" {
		t.Errorf("nulls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Order.note"}, seen.drift); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
}

// A vendor may send many items, and all of them wrong: what they cost must grow
// with their number only, and little.
func TestManyFaultsCostLittle(t *testing.T) {
	opt := read(t, orderSDL)
	items := make([]mapping.Value, 200_000)
	for i := range items {
		items[i] = mapping.IntValue(1)
	}
	items[0] = valueOf(t, `{"n":1}`)
	a, err := compile(t, opt, "Query.maybe").Map(record.Reading{Body: mapping.ArrayValue(items...)})
	if err != nil {
		t.Fatal(err)
	}
	if a.Root().Item(1).Fault() != a.Root().Item(199_999).Fault() {
		t.Error("every item has a fault of its own")
	}
	if a.Size() > 13*len(items) {
		t.Errorf("%d bytes", a.Size())
	}
}

// Whatever is wrong with an answer, its problems name places, keys and kinds.
func TestProblemsOfMappings(t *testing.T) {
	opt := read(t, orderSDL)
	const good = `"id":"1","quantity":2,"customer":{"name":"Ada"},"lines":[{"n":1}],"note":"n","colour":"RED","tags":["a"],"marks":["m"],"grid":[]`
	without := func(key, value string) string {
		for _, member := range []string{`"id":"1"`, `"quantity":2`, `"customer":{"name":"Ada"}`, `"note":"n"`, `"colour":"RED"`} {
			if strings.HasPrefix(member, `"`+key+`"`) {
				return "{" + strings.Replace(good, member+",", value, 1) + "}"
			}
		}
		panic(key)
	}
	tests := map[string]struct {
		connector, answer string
		want              []string // FIELD KIND message ×count
	}{
		"a good one has none":            {"order", "{" + good + "}", nil},
		"a key that is not there":        {"order", without("quantity", ""), []string{"Order.quantity MISSING_KEY quantity: there is no such key in the object"}},
		"where null may be too":          {"order", without("note", ""), []string{"Order.note MISSING_KEY note: there is no such key in the object"}},
		"but a null there is none":       {"order", without("note", `"note":null,`), nil},
		"null where a value must be":     {"order", without("quantity", `"quantity":null,`), []string{"Order.quantity NULL null, where a value must be"}},
		"a value of another kind":        {"order", without("quantity", `"quantity":"CANARY",`), []string{"Order.quantity MISFIT the string that is there does not fit"}},
		"an unknown value of an enum":    {"order", without("colour", `"colour":"CANARY",`), []string{"Order.colour MISFIT the string that is there does not fit"}},
		"a list for an object":           {"order", without("customer", `"customer":["CANARY"],`), []string{"Order.customer MISFIT the array that is there does not fit"}},
		"what is in an object":           {"order", without("customer", `"customer":{"nam":"CANARY"},`), []string{"Person.name MISSING_KEY name: there is no such key in the object"}},
		"what is in each item, together": {"orders", `{"items":[` + without("quantity", "") + "," + without("quantity", "") + `]}`, []string{"Order.quantity MISSING_KEY quantity: there is no such key in the object ×2"}},
		"the answer itself":              {"orders", `{"CANARY":[]}`, []string{"Query.orders MISSING_KEY items: there is no such key in the object"}},
		"a key of what is no object":     {"orders", `"CANARY"`, []string{"Query.orders MISSING_KEY items: a key of string, which is no object"}},
		"the way of an expression": {"named", `{"list":[{"nam":"CANARY"},{"nam":"CANARY"}],"nick":"x"}`, []string{
			"Named.name MISSING_KEY list.*.name: there is no such key ×2",
		}},
		"a method that cannot work": {"named", `{"list":{"name":5},"nick":"x"}`, []string{"Named.name METHOD_FAILED list.name->first: ->first: cannot work with number"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := compile(t, opt, "Query."+test.connector).Map(record.Reading{Body: valueOf(t, test.answer)})
			var problems []upstreams.Problem
			if unfit, ok := errors.AsType[*record.UnfitError](err); ok {
				problems = unfit.Problems()
			} else {
				problems = a.Problems()
			}
			var got []string
			for _, p := range problems {
				line := p.Field + " " + p.Kind + " " + p.Message
				if p.Count > 1 {
					line += " ×" + string(rune('0'+p.Count))
				}
				got = append(got, line)
				if p.Source != "shop" || p.Connector != "Query."+test.connector {
					t.Errorf("of whom? %+v", p)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if all := strings.Join(got, "") + errorText(err); strings.Contains(all, "CANARY") {
				t.Errorf("a value is told: %s", all)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
