package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/connect/mapping"
)

// orders is an answer like a shop's: 100 objects of 40 members.
func orders() []byte {
	var b strings.Builder
	b.WriteString(`[`)
	for i := range 100 {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"id":%d,"status":"processing","total":"12.50","billing":{"city":"Bern","email":"a@example.com"}`, i)
		for k := range 36 {
			fmt.Fprintf(&b, `,"field_%d":"some text of the order"`, k)
		}
		b.WriteString(`}`)
	}
	b.WriteString(`]`)
	return []byte(b.String())
}

func BenchmarkParseJSON(b *testing.B) {
	data := orders()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := mapping.ParseJSON(data, mapping.JSONLimits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	v, _, err := mapping.ParseJSON(orders(), mapping.JSONLimits{})
	if err != nil {
		b.Fatal(err)
	}
	m := mapping.MustParse(`id status total city: billing.city kind: status->match(["processing", "OPEN"], [@, "OTHER"])`)
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Apply(v, nil); got.Problems != nil {
			b.Fatal(got.Problems)
		}
	}
}
