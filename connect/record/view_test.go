package record_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/graph/scalar"
	"holdfast/testdata/shop/graph/model"
)

const orderJSON = `{"id":7,"number":"7","status":"wc-strange","date_created_gmt":"2024-02-29T11:00:00","date_modified_gmt":null,
	"total":"12.5","currency":"eur","line_items":[{"id":1,"name":"a &amp; b","sku":"","quantity":2},{"id":2,"name":"c","sku":"s","quantity":1}],
	"customer_id":9,"meta_data":[{"key":"_stripe_intent_id","value":"pi_1"}]}`

// ordersOf are the orders of an answer of the shop.
func ordersOf(t *testing.T, answer string) (*record.Answer, record.Ref) {
	t.Helper()
	a, err := compile(t, shop(t), "Query.orders").Map(record.Reading{Body: valueOf(t, answer)})
	if err != nil {
		t.Fatal(err)
	}
	return a, a.Root()
}

func placed(t *testing.T) scalar.DateTime {
	t.Helper()
	at, err := scalar.ParseDateTime("2024-02-29T11:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// compared are options that look into models, also at their faults.
func compared() cmp.Options {
	return cmp.Options{cmp.AllowUnexported(mapping.ItemFaults{}), cmpopts.EquateEmpty()}
}

func TestRecordsAreDecodedToModels(t *testing.T) {
	_, root := ordersOf(t, "["+orderJSON+"]")
	var got []*model.Order
	if err := root.Decode(&got, nil); err != nil {
		t.Fatal(err)
	}
	want := []*model.Order{{
		ID: "7", Number: "7", Status: model.OrderStatusOther, RawStatus: "wc-strange", PlacedAt: placed(t),
		Total: &scalar.Money{AmountMinor: 1250, Currency: "EUR"},
		Lines: []*model.OrderLine{
			{ID: "1", Name: "a & b", Quantity: 2},
			{ID: "2", Name: "c", Sku: new("s"), Quantity: 1},
		},
		Customer: &model.Customer{ID: "9"},
		Payment:  &model.Payment{ID: "pi_1"},
	}}
	if diff := cmp.Diff(want, got, compared()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFaultsAreDecodedToTheirModels(t *testing.T) {
	_, root := ordersOf(t, `[`+orderJSON+`,7,`+strings.Replace(strings.Replace(orderJSON, `"number":"7"`, `"number":7`, 1), `"quantity":2}`, `"quantity":"x"},5`, 1)+`]`)
	var got []*model.Order
	if err := root.Decode(&got, nil); err != nil {
		t.Fatal(err)
	}
	if got[1] != nil {
		t.Errorf("an order of a number: %+v", got[1])
	}
	order := got[2]
	if f := order.FaultsOf("number"); len(f) != 1 || !f[0].Whole || f[0].Connector != "Query.orders" || f[0].Source != "woocommerce" || order.Number != "" {
		t.Errorf("number: %+v", f)
	}
	if f := order.FaultsOf("lines"); len(f) != 1 || !cmp.Equal(f[0].Index, []int{1}) || order.Lines[1] != nil {
		t.Errorf("lines: %+v", f)
	}
	if f := order.Lines[0].FaultsOf("quantity"); len(f) != 1 || f[0].Why != "OrderLine.quantity: the string that is there does not fit" {
		t.Errorf("quantity: %+v", f)
	}
}

// A list of what cannot be nil has no place for an item at fault.
func TestListsThatCannotHoldAFault(t *testing.T) {
	opt := read(t, orderSDL)
	type order struct {
		mapping.ItemFaults `json:"-"`

		Tags []string   `json:"tags"`
		Grid [][]string `json:"grid"`
	}
	a, err := compile(t, opt, "Query.order").Map(record.Reading{Body: valueOf(t, `{"id":1,"quantity":1,"customer":{"name":"x"},"lines":[],"tags":["a",1],"grid":[["a"],[2]]}`)})
	if err != nil {
		t.Fatal(err)
	}
	var got *order
	if err := a.Root().Decode(&got, nil); err != nil {
		t.Fatal(err)
	}
	if f := got.FaultsOf("tags"); len(f) != 1 || !f[0].Whole || got.Tags != nil {
		t.Errorf("%v, %+v", got.Tags, f)
	}
	if f := got.FaultsOf("grid"); len(f) != 1 || f[0].Whole || !cmp.Equal(f[0].Index, []int{1}) || !cmp.Equal(got.Grid, [][]string{{"a"}, nil}) {
		t.Errorf("%v, %+v", got.Grid, f)
	}
}

type (
	pet interface{ GetName() *string }
	dog struct {
		Name *string `json:"name"`
	}
	cat struct {
		Name *string `json:"name"`
	}
)

func (d *dog) GetName() *string { return d.Name }
func (c *cat) GetName() *string { return c.Name }

func petTypes() record.Types {
	return record.Types{"Dog": reflect.TypeFor[dog](), "Cat": reflect.TypeFor[cat]()}
}

func TestObjectsOfSeveralTypesAreDecoded(t *testing.T) {
	a, err := compile(t, read(t, orderSDL), "Query.pets").Map(record.Reading{Body: valueOf(t, `[{"kind":"dog","name":"a"},null,{"kind":"cat","name":"b"}]`)})
	if err != nil {
		t.Fatal(err)
	}
	var got []pet
	if err := a.Root().Decode(&got, petTypes()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]pet{&dog{new("a")}, nil, &cat{new("b")}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := a.Root().Decode(&got, nil); err == nil {
		t.Error("a type that nobody knows")
	}
}

func TestWhatDoesNotFitAGoTypeIsAnError(t *testing.T) {
	_, root := ordersOf(t, "["+orderJSON+"]")
	for name, into := range map[string]any{
		"a list into a text":    new(string),
		"an object into a text": new([]string),
		"a text into a number": new([]struct {
			Number int `json:"number"`
		}),
		"what is no pointer at all": "x",
		"a list into an object":     new(model.Order),
	} {
		t.Run(name, func(t *testing.T) {
			if err := root.Decode(into, nil); err == nil {
				t.Errorf("got %v", into)
			}
		})
	}
}

func TestRecordsOfModelsAreWhatTheyWereDecodedFrom(t *testing.T) {
	opt := shop(t)
	_, root := ordersOf(t, `[`+orderJSON+`,`+strings.Replace(orderJSON, `"quantity":2}`, `"quantity":"x"},5`, 1)+`]`)
	var orders []*model.Order
	if err := root.Decode(&orders, nil); err != nil {
		t.Fatal(err)
	}
	f, err := record.CompileType(connector(t, opt, "Query.orders").Returns, "OrderEdge.node", opt)
	if err != nil {
		t.Fatal(err)
	}
	again := f.Of(orders).Root()
	for i := range root.Len() {
		a, b := root.Item(i), again.Item(i)
		for column, field := range a.Layout().Fields {
			if field.Name == "customer" || field.Name == "payment" { // which have all their fields now
				continue
			}
			if x, y := text(a.Field(column)), text(b.Field(b.Layout().Column(field.Name))); x != y {
				t.Errorf("%s: got %s, want %s", field.Name, y, x)
			}
		}
	}
	order := again.Item(0)
	customer := order.Field(order.Layout().Column("customer"))
	for _, of := range []string{"Customer", "Customer.orders"} {
		i := customer.Layout().Key(of)
		if i < 0 || text(customer.Key(i)) != `{"id":"9"}` {
			t.Errorf("the key for %s is %d", of, i)
		}
	}
	if got := customer.Field(customer.Layout().Column("displayName")).Kind(); got != record.Null {
		t.Errorf("a field that the model has not: %v", got)
	}
}

func TestRecordsOfWhatAMethodReturns(t *testing.T) {
	opt := readAs(t, strings.Replace(orderSDL, "type Query {", `type Query {
	  hand: [Order!]
	  handPets: [Pet]
	  handFloat: Float
	  handID: ID
	  handNames: [String!]
	`, 1), func(_, field string) bool { return strings.HasPrefix(field, "hand") })
	opt.Types = petTypes()
	type line struct {
		mapping.ItemFaults

		N int `json:"n"`
	}
	type order struct {
		ID    string   `json:"id"`
		Lines []*line  `json:"lines"`
		Tags  []string `json:"tags"`
	}
	bad := &line{}
	bad.AddItemFault(mapping.Fault{Field: "n", Whole: true, Why: "x"})
	const rest = `note:null,quantity:null,colour:null,customer:null,lines:`
	tests := map[string]struct {
		field string
		x     any
		want  string
	}{
		"models":               {"hand", []*order{{ID: "1", Lines: []*line{{N: 1}, nil, bad}, Tags: []string{}}}, `[Order{id:"1",` + rest + `[Line{n:1},null,Line{n:!}],tags:[],marks:null,grid:null,first:null}]`},
		"nil":                  {"hand", []*order(nil), `null`},
		"nothing at all":       {"hand", nil, `null`},
		"no list":              {"hand", 7, `!`},
		"JSON":                 {"hand", valueOf(t, `[{"id":1,"tags":["a",2],"lines":null}]`), `[Order{id:"1",note:null,quantity:!,colour:null,customer:!,lines:!,tags:["a",!],marks:null,grid:null,first:null}]`},
		"models of types":      {"handPets", []pet{&cat{new("x")}, nil, &dog{}}, `[Cat{name:"x"},null,Dog{name:null}]`},
		"JSON of types":        {"handPets", valueOf(t, `[{"__typename":"Dog","name":"d"},{"name":"x"}]`), `[Dog{name:"d"},!]`},
		"a float":              {"handFloat", 1e6, `1e+06`},
		"an integer as an ID":  {"handID", 5, `"5"`},
		"texts":                {"handNames", []string{"a\"", "b"}, `["a\"","b"]`},
		"a pointer to a text":  {"handID", new("x"), `"x"`},
		"what is no scalar":    {"handFloat", struct{}{}, `!`},
		"infinity is no Float": {"handFloat", math.Inf(1), `!`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := record.CompileField("Query."+test.field, opt)
			if err != nil {
				t.Fatal(err)
			}
			if got := text(f.Of(test.x).Root()); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if _, err := record.CompileField("Query.nobody", opt); err == nil {
		t.Error("a field that is not there")
	}
}

func TestValueObjectsOfMethods(t *testing.T) {
	f, err := record.CompileField("Customer.lifetimeValue", shop(t))
	if err != nil {
		t.Fatal(err)
	}
	got := text(f.Of([]*scalar.Money{{AmountMinor: 1250, Currency: "EUR"}}).Root())
	if want := `[Money{amount:"12.50",amountMinor:1250,currency:"EUR"}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
