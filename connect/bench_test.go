package connect_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/connect"
	"holdfast/connect/mapping"
	"holdfast/graph/scalar"
	"holdfast/sandbox"
	"holdfast/testdata/shop/graph/model"
)

// hundred are 100 orders as the shop sends them.
func hundred(b *testing.B) connect.Value {
	b.Helper()
	vendors := sandbox.New(sandbox.Config{})
	b.Cleanup(vendors.Close)
	req := httptest.NewRequest(http.MethodGet, "/woocommerce/wp-json/wc/v3/orders?per_page=100", http.NoBody)
	req.SetBasicAuth("ck_sandbox", "cs_sandbox")
	res := httptest.NewRecorder()
	vendors.ServeHTTP(res, req)
	v, _, err := mapping.ParseJSON(res.Body.Bytes(), mapping.JSONLimits{})
	if err != nil || v.Len() != 100 {
		b.Fatalf("%d orders, %v", v.Len(), err)
	}
	return v
}

const statusSelection = `$.status->match(
	["pending", "PENDING"], ["processing", "PROCESSING"], ["on-hold", "ON_HOLD"],
	["completed", "COMPLETED"], ["cancelled", "CANCELLED"], ["refunded", "REFUNDED"],
	["failed", "FAILED"], ["trash", "TRASH"], [@, "OTHER"])`

// BenchmarkMap100Compiled maps with code as the compiler writes it for the
// selection of Query.orders.
func BenchmarkMap100Compiled(b *testing.B) {
	in := hundred(b)
	b.ReportAllocs()
	for b.Loop() {
		m := &connect.Mapper{}
		if got := connect.NeedList(m.Answer(), "", in, connect.NonNullObject(mapOrders)); len(got) != 100 || got[0].Number == "" {
			b.Fatal(len(got))
		}
	}
}

// BenchmarkMap100Interpreted evaluates the same selection, to JSON values that
// nobody has checked against a schema.
func BenchmarkMap100Interpreted(b *testing.B) {
	in := hundred(b)
	m := mapping.MustParse(`
		id number status: ` + statusSelection + ` rawStatus: status placedAt: date_created_gmt updatedAt: date_modified_gmt
		total: { amount: total currency }
		lines: line_items { id name sku: sku->match(["", null], [@, @]) quantity }
		customer: customer_id->match([0, null], [@, @]) { id: @ }
		payment: meta_data->find(@.key->eq("_stripe_intent_id"))?.value { id: @ }`)
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Apply(in, nil).Value; got.Len() != 100 {
			b.Fatal(got.Len())
		}
	}
}

var (
	ordersStatus   = mapping.MustParse(statusSelection)
	ordersTotal    = mapping.MustParse("amount: total currency")
	ordersSku      = mapping.MustParse(`$.sku->match(["", null], [@, @])`)
	ordersCustomer = mapping.MustParse("$.customer_id->match([0, null], [@, @])")
	ordersPayment  = mapping.MustParse(`$.meta_data->find(@.key->eq("_stripe_intent_id"))?.value`)
)

func mapOrders(at connect.At, in connect.Value) *model.Order {
	o := &model.Order{}
	f := at.Object("Order", &o.ItemFaults)
	o.ID = connect.Need(f, "id", in.Key("id"), connect.ID)
	o.Number = connect.Need(f, "number", in.Key("number"), connect.String)
	o.Status = connect.Need(f, "status", f.Eval("status", ordersStatus, in), connect.Enum[model.OrderStatus])
	o.RawStatus = connect.Need(f, "rawStatus", in.Key("status"), connect.String)
	o.PlacedAt = connect.Need(f, "placedAt", in.Key("date_created_gmt"), connect.Custom[scalar.DateTime])
	o.UpdatedAt = connect.Want(f, "updatedAt", in.Key("date_modified_gmt"), connect.Custom[scalar.DateTime])
	o.Total = connect.NeedObject(f, "total", f.Eval("total", ordersTotal, in), connect.CustomObject[scalar.Money])
	o.Lines = connect.NeedList(f, "lines", in.Key("line_items"), connect.NonNullObject(mapOrdersLines))
	o.Customer = connect.WantObject(f, "customer", f.Eval("customer", ordersCustomer, in), mapOrdersCustomer)
	o.Payment = connect.WantObject(f, "payment", f.Eval("payment", ordersPayment, in), mapOrdersPayment)
	return o
}

func mapOrdersLines(at connect.At, in connect.Value) *model.OrderLine {
	if !at.IsObject(in) {
		return nil
	}
	o := &model.OrderLine{}
	f := at.Object("OrderLine", &o.ItemFaults)
	o.ID = connect.Need(f, "id", in.Key("id"), connect.ID)
	o.Name = connect.Need(f, "name", in.Key("name"), connect.Custom[scalar.PlainText])
	o.Sku = connect.Want(f, "sku", f.Eval("sku", ordersSku, in), connect.String)
	o.Quantity = connect.Need(f, "quantity", in.Key("quantity"), connect.Int[int])
	return o
}

func mapOrdersCustomer(at connect.At, in connect.Value) *model.Customer {
	o := &model.Customer{}
	f := at.Object("Customer", &o.ItemFaults)
	if connect.NoKey(in) {
		return nil
	}
	o.ID = connect.Need(f, "id", in, connect.ID)
	return o
}

func mapOrdersPayment(at connect.At, in connect.Value) *model.Payment {
	o := &model.Payment{}
	f := at.Object("Payment", &o.ItemFaults)
	if connect.NoKey(in) {
		return nil
	}
	o.ID = connect.Need(f, "id", in, connect.ID)
	return o
}

// structured are 100 items as an API might send them.
func structured(b *testing.B) connect.Value {
	b.Helper()
	const item = `{"id": "a1", "name": "Mug", "maker": {"address": {"city": "Ulm"}}, "w": 3, "h": 4, "colour": "blue",
		"labels": [{"text": "new"}, {"text": "cheap"}, {"text": "small"}], "components": [{"id": 1, "n": 2}, {"id": 2, "n": 1}]}`
	v, _, err := mapping.ParseJSON([]byte(`{"items": [`+strings.Repeat(item+",", 99)+item+`]}`), mapping.JSONLimits{})
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// BenchmarkStructure100Compiled maps by keys, aliases, groups, paths and arrays
// alone, with code as the compiler writes it.
func BenchmarkStructure100Compiled(b *testing.B) {
	in := structured(b)
	b.ReportAllocs()
	for b.Loop() {
		m := &connect.Mapper{}
		if got := connect.WantList(m.Answer(), "", in.Key("items"), connect.NonNullObject(mapItems)); len(got) != 100 || *got[0].City != "Ulm" {
			b.Fatal(len(got))
		}
	}
}

// BenchmarkStructure100Interpreted evaluates the same selection, to JSON values
// that nobody has checked against a schema.
func BenchmarkStructure100Interpreted(b *testing.B) {
	in := structured(b)
	m := mapping.MustParse(`$.items {
		id
		title: name
		city: maker.address.city
		size: { width: w height: h }
		tags: labels.text
		parts: components { id count: n }
	}`)
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Apply(in, nil).Value; got.Len() != 100 {
			b.Fatal(got.Len())
		}
	}
}

type item struct {
	mapping.ItemFaults

	ID, Title string
	City      *string
	Size      *size
	Tags      []*string
	Parts     []*part
}

type size struct {
	mapping.ItemFaults

	Width, Height *int
}

type part struct {
	mapping.ItemFaults

	ID    string
	Count int
}

func mapItems(at connect.At, in connect.Value) *item {
	o := &item{}
	f := at.Object("Item", &o.ItemFaults)
	o.ID = connect.Need(f, "id", in.Key("id"), connect.ID)
	o.Title = connect.Need(f, "title", in.Key("name"), connect.String)
	o.City = connect.Want(f, "city", in.Key("maker").Key("address").Key("city"), connect.String)
	o.Size = connect.WantObject(f, "size", in, mapItemsSize)
	o.Tags = connect.WantList(f, "tags", in.Key("labels").Key("text"), connect.Nullable(connect.String))
	o.Parts = connect.WantList(f, "parts", in.Key("components"), connect.NonNullObject(mapItemsParts))
	return o
}

func mapItemsSize(at connect.At, in connect.Value) *size {
	if !at.IsObject(in) {
		return nil
	}
	o := &size{}
	f := at.Object("Size", &o.ItemFaults)
	o.Width = connect.Want(f, "width", in.Key("w"), connect.Int[int])
	o.Height = connect.Want(f, "height", in.Key("h"), connect.Int[int])
	return o
}

func mapItemsParts(at connect.At, in connect.Value) *part {
	if !at.IsObject(in) {
		return nil
	}
	o := &part{}
	f := at.Object("Part", &o.ItemFaults)
	o.ID = connect.Need(f, "id", in.Key("id"), connect.ID)
	o.Count = connect.Need(f, "count", in.Key("n"), connect.Int[int])
	return o
}
