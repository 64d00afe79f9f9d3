package main

import (
	"strconv"
	"testing"
)

// TestMemoryIsBoundedWithAStore has much more remembered than there is room for in memory, and then, after a crash and
// with the API gone, asked for once more. It reads what the processes took at most.
func TestMemoryIsBoundedWithAStore(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	type size struct {
		memory, disk   int // MiB
		bytes          int // of what nobody asks for, in each thing
		shelves, alone int // how many are asked for
	}
	tests := map[string]size{
		"10,000 small answers":  {8, 64, 0, 20, 0},
		"200 answers of 100 KB": {8, 64, 100_000, 0, 200},
	}
	if *long {
		tests = map[string]size{
			"1,000,000 small answers":                {64, 1024, 0, 2000, 0},
			"1,000,000 small answers, room for more": {512, 1024, 0, 2000, 0},
			"10,000 answers of 100 KB":               {64, 1024, 100_000, 0, 10_000},
		}
	}
	const bodies = 64 // MiB, the default
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := startLibrary(t, tt.bytes)
			r := read(t, l.graph(t), "-set", "cache.memory="+strconv.Itoa(tt.memory<<20), "-set", "cache.disk="+strconv.Itoa(tt.disk<<20))
			idle := r.rss("VmHWM")
			if got, want := r.shelves(0, tt.shelves)+r.single(tt.alone), tt.shelves*shelfSize+tt.alone; got != want {
				t.Errorf("%d answers, want %d", got, want)
			}
			r.keeping()
			most := busy((tt.memory+bodies)*3/2 + 64)
			filling := r.rss("VmHWM")
			told := r.toldOfStore()
			l.Close()
			r.again()
			again := r.shelves(0, tt.shelves) + r.single(tt.alone)
			reading := r.rss("VmHWM")
			t.Logf("VmHWM %d MiB idle, %d MiB filling, %d MiB reading again, want %d at most; %d were still there; %s",
				idle, filling, reading, most, again, told)
			if filling > most || reading > most {
				t.Errorf("took %d and %d MiB, want %d at most", filling, reading, most)
			}
		})
	}
}
