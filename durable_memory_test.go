package main

import (
	"strconv"
	"testing"
	"time"
)

// TestMemoryIsBoundedWithAStore has much more remembered than there is room for in memory, and then, after a crash and
// with the API gone, asked for once more: what was written last is there, however long the store takes to open. It reads
// what the processes took at most.
func TestMemoryIsBoundedWithAStore(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	type size struct {
		memory, disk int // MiB
		bytes        int // of what nobody asks for, in each thing
		asked        int // shelves, or things alone where they are large
		last         int // of those, so few that the queue into the store has room for them, and so has that
	}
	tests := map[string]size{
		"10,000 small answers":  {8, 64, 0, 20, 4},
		"200 answers of 100 KB": {8, 64, 100_000, 200, 20},
	}
	if *long {
		tests = map[string]size{
			"1,000,000 small answers":                {64, 1024, 0, 2000, 4},
			"1,000,000 small answers, room for more": {512, 1024, 0, 2000, 20},
			"10,000 answers of 100 KB":               {64, 1024, 100_000, 10_000, 20},
		}
	}
	const bodies = 64 // MiB, the default
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := startLibrary(t, tt.bytes)
			r := read(t, l.graph(t), "-set", "cache.memory="+strconv.Itoa(tt.memory<<20), "-set", "cache.disk="+strconv.Itoa(tt.disk<<20))
			idle := r.rss("VmHWM")
			ask, each := (*reader).shelves, shelfSize
			if tt.bytes > 0 {
				ask, each = (*reader).single, 1
			}
			if got, want := ask(r, 0, tt.asked), tt.asked*each; got != want {
				t.Errorf("%d answers, want %d", got, want)
			}
			r.keeping()
			most := busy((tt.memory+bodies)*3/2 + 64)
			filling := r.rss("VmHWM")
			told := r.toldOfStore()
			l.Close()
			began := r.again()
			if got, want := ask(r, tt.asked-tt.last, tt.last), tt.last*each; got != want {
				t.Errorf("%d answers were there of the %d that were written last", got, want)
			}
			took := time.Since(began)
			again := ask(r, 0, tt.asked)
			reading := r.rss("VmHWM")
			t.Logf("VmHWM %d MiB idle, %d MiB filling, %d MiB reading again, want %d at most; %d were still there, the last ones %v after the start; %s",
				idle, filling, reading, most, again, took.Round(time.Millisecond), told)
			if filling > most || reading > most {
				t.Errorf("took %d and %d MiB, want %d at most", filling, reading, most)
			}
		})
	}
}
