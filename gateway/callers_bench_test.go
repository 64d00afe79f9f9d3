package gateway_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/gateway"
)

// computes is a graph that computes a while for an answer, and takes memory for it,
// as a list does whose items are all in memory.
type computes struct {
	*schema

	rounds int
}

func (c computes) Exec(context.Context) graphql.ResponseHandler {
	return func(context.Context) *graphql.Response {
		data := make([]byte, 0, 32<<10)
		data = append(data, `{"hello":"`...)
		for i := range c.rounds {
			data = strconv.AppendInt(data[:10+i%(31<<10)], int64(i), 10)
		}
		return &graphql.Response{Data: append(data[:30<<10], `"}`...)}
	}
}

// BenchmarkCallers is what so many callers at once come to, who never pause: how many are
// served for each second of a processor, and how long the slowest of a hundred waits
// compared with the median.
func BenchmarkCallers(b *testing.B) {
	for _, callers := range []int{1, 8, 256} {
		b.Run(strconv.Itoa(callers), func(b *testing.B) {
			g, err := gateway.New(gateway.Config{}, computes{newSchema(nil), 4000}, nil, gateway.Telemetry{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			var all sync.WaitGroup
			var begun, refused atomic.Int64
			took := make([][]time.Duration, callers)
			before := processors()
			b.ResetTimer()
			for i := range callers {
				all.Go(func() {
					const body = `{"query":"{hello}"}`
					w := &sink{header: http.Header{}}
					for begun.Add(1) <= int64(b.N) {
						r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://127.0.0.1/graphql", strings.NewReader(body))
						if err != nil {
							b.Error(err)
							return
						}
						r.Header.Set("Content-Type", "application/json")
						clear(w.header)
						start := time.Now()
						g.ServeHTTP(w, r)
						took[i] = append(took[i], time.Since(start))
						if w.status != http.StatusOK {
							refused.Add(1)
						}
					}
				})
			}
			all.Wait()
			b.StopTimer()
			each := slices.Concat(took...)
			slices.Sort(each)
			median, p99 := each[len(each)/2], each[len(each)*99/100]
			b.ReportMetric(float64(b.N)/(processors()-before).Seconds(), "served/cpu-s")
			b.ReportMetric(float64(p99)/float64(median), "p99/median")
			b.ReportMetric(float64(median.Microseconds()), "median-µs")
			b.ReportMetric(float64(p99.Microseconds()), "p99-µs")
			b.ReportMetric(float64(each[len(each)-1].Microseconds()), "max-µs")
			b.ReportMetric(float64(refused.Load()), "refused")
		})
	}
}

// processors is what the process has taken of them so far.
func processors() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
