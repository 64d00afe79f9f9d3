package connect

import (
	"sync"
	"sync/atomic"
)

// atOnce is how many calls of one method for single objects are under way at most: a
// list may have a hundred thousand items.
const atOnce = 128

// concurrently runs n tasks, many of them at once, and waits for all.
func concurrently(n int, task func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				task(i)
			}
		})
	}
	wg.Wait()
}
