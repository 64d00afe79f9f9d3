package freshness_test

import (
	"fmt"
	"net/http"
	"time"

	"holdfast/freshness"
)

// The operator says how long an answer may stand in, the source says how long it is fresh.
func Example() {
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	answer := freshness.Parse(http.Header{"Cache-Control": {"max-age=60, stale-while-revalidate=30"}, "Age": {"10"}})

	operator := freshness.Policy{Stale: new(24 * time.Hour)}
	fmt.Println(answer.Windows(operator, freshness.StandIn, true, received, received))
	fmt.Println(answer.Age(received, received.Add(5*time.Second)))
	// Output:
	// {1m0s 1m30s 24h0m0s}
	// 15s
}
