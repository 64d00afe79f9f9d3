package record_test

import (
	"math"
	"runtime"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
)

// TestSizesAreReal compares what records say they take with what they take.
func TestSizesAreReal(t *testing.T) {
	body := hundred(t)
	m := compile(t, shop(t), "Query.orders")
	const n = 100
	records := make([]*record.Answer, n)
	before := heap()
	for i := range records {
		v, _, err := mapping.ParseJSON(body, mapping.JSONLimits{Shared: true})
		if err != nil {
			t.Fatal(err)
		}
		records[i] = mapped(t, m, v)
	}
	takes, says := (heap()-before)/n, records[0].Size()
	runtime.KeepAlive(records)
	t.Logf("%d bytes, said to be %d; the body is %d", takes, says, len(body))
	if says < takes*9/10 || says > takes*3/2 {
		t.Errorf("%d bytes, said to be %d", takes, says)
	}
	if 10*says > 6*len(body) {
		t.Errorf("%d bytes of a body of %d", says, len(body))
	}
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc) //nolint:gosec // no heap is that large
}

// Mapping costs what it makes, and nothing for each object on the way.
func TestMappingAllocatesLittle(t *testing.T) {
	v, _, err := mapping.ParseJSON(hundred(t), mapping.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	m := compile(t, shop(t), "Query.orders")
	mapped(t, m, v)
	allocs := math.Inf(1)
	for range 20 { // the fewest of what is about 230, and 370 under the race detector, where pools lose some of what they are given
		allocs = min(allocs, testing.AllocsPerRun(1, func() { mapped(t, m, v) }))
	}
	if allocs > 400 {
		t.Errorf("%v allocations for 100 orders", allocs)
	}
}
