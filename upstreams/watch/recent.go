package watch

import (
	"slices"
	"sync"
	"time"
)

// recent remembers how long the last attempts took. Its quantiles are exact and forget: what was slow an
// hour ago does not count. The zero value is ready for use.
type recent struct {
	mu   sync.Mutex
	last [256]time.Duration
	n    int // how many there ever were
}

func (r *recent) add(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[r.n%len(r.last)] = d
	r.n++
}

// quantiles returns nil if there is nothing to tell.
func (r *recent) quantiles() *LatencyStatus {
	r.mu.Lock()
	sorted := slices.Clone(r.last[:min(r.n, len(r.last))])
	r.mu.Unlock()
	if len(sorted) == 0 {
		return nil
	}
	slices.Sort(sorted)
	at := func(q float64) float64 {
		d := sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
		return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
	}
	return &LatencyStatus{P50: at(0.50), P95: at(0.95), P99: at(0.99), Of: len(sorted)}
}
