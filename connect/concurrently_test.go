package connect

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestManyTasksAreUnderWayAtOnceButNotAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most, done atomic.Int64
		begin := time.Now()
		concurrently(1000, func(int) {
			if n := under.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			under.Add(-1)
			done.Add(1)
		})
		if most.Load() > atOnce || done.Load() != 1000 || time.Since(begin) != 8*time.Second {
			t.Errorf("%d at once, %d done after %v", most.Load(), done.Load(), time.Since(begin))
		}
	})
}
