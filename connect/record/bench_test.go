package record_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/sandbox"
)

// hundred is the body of 100 orders as the shop sends them.
func hundred(tb testing.TB) []byte {
	tb.Helper()
	vendors := sandbox.New(sandbox.Config{})
	tb.Cleanup(vendors.Close)
	req := httptest.NewRequest(http.MethodGet, "/woocommerce/wp-json/wc/v3/orders?per_page=100", http.NoBody)
	req.SetBasicAuth("ck_sandbox", "cs_sandbox")
	res := httptest.NewRecorder()
	vendors.ServeHTTP(res, req)
	return res.Body.Bytes()
}

func mapped(tb testing.TB, m *record.Mapper, v mapping.Value) *record.Answer {
	tb.Helper()
	a, err := m.Map(record.Reading{Body: v})
	if err != nil || a.Root().Len() != 100 {
		tb.Fatal(err)
	}
	return a
}

// BenchmarkMap100 makes a record of 100 orders by the selection of Query.orders.
func BenchmarkMap100(b *testing.B) {
	body := hundred(b)
	v, _, err := mapping.ParseJSON(body, mapping.JSONLimits{})
	if err != nil {
		b.Fatal(err)
	}
	m := compile(b, shop(b), "Query.orders")
	b.ReportAllocs()
	for b.Loop() {
		mapped(b, m, v)
	}
	b.ReportMetric(float64(mapped(b, m, v).Size())/float64(len(body)), "size/body")
}

// BenchmarkReadAndMap100 reads the JSON, too: all that is done with an answer that
// came.
func BenchmarkReadAndMap100(b *testing.B) {
	body := hundred(b)
	m := compile(b, shop(b), "Query.orders")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		v, _, err := mapping.ParseJSON(body, mapping.JSONLimits{})
		if err != nil {
			b.Fatal(err)
		}
		mapped(b, m, v)
	}
}

// BenchmarkWindow20 makes a connection of twenty nodes of one page.
func BenchmarkWindow20(b *testing.B) {
	opt := shop(b)
	v, _, err := mapping.ParseJSON(hundred(b), mapping.JSONLimits{})
	if err != nil {
		b.Fatal(err)
	}
	page := mapped(b, compile(b, opt, "Query.orders"), v)
	c := record.CompileConnection(connector(b, opt, "Query.orders").Paginate, opt)
	w := record.Window{Cursor: cursor, Total: new(100), HasNext: true, Pages: []*record.Answer{page}}
	for i := range 20 {
		w.Nodes = append(w.Nodes, page.Root().Item(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Of(w)
	}
}
