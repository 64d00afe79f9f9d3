package connect

import "sync"

// concurrently runs n tasks at once and waits for them; the caller's own goroutine
// takes the last. How many calls are under way is for the quotas to say.
func concurrently(n int, task func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		if i == n-1 {
			task(i)
		} else {
			wg.Go(func() { task(i) })
		}
	}
	wg.Wait()
}
