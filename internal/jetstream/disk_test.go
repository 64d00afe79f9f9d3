package jetstream

import (
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"holdfast/cache"
)

var long = flag.Bool("long", false, "prove in full that the disk's budget holds")

// TestTheDiskBudgetHolds writes much more than there is room for, and looks now and then at what the directory takes:
// twice the budget at most, since the server writes a file anew when half of it is of no use.
func TestTheDiskBudgetHolds(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes much more than there is room for")
	}
	budget, written := int64(16<<20), int64(48<<20)
	if *long {
		budget, written = 128<<20, 1<<30
	}
	type test struct {
		bytes int // of a value
		names int // 0: each value has another
		key   []byte
	}
	tests := map[string]test{
		"values that are not seen again": {bytes: 4000},
		"values that are written anew":   {bytes: 4000, names: int(budget / 8000)},
		"values above a message":         {bytes: 2 << 20},
	}
	if *long {
		tests["values of 100 KB"] = test{bytes: 100_000}
		tests["encrypted values"] = test{bytes: 4000, names: int(budget / 8000), key: key("a")}
		tests["small values"] = test{bytes: 1000}
		tests["small values that are written anew"] = test{bytes: 1000, names: int(budget / 2000)}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Dir: t.TempDir(), Bytes: budget, Index: 1 << 30, Key: tt.key}
			s := start(t, o)
			awaitOpen(t, s)
			r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
			value := make([]byte, tt.bytes)
			var most, sum int64
			known := map[cache.ID]cache.Revision{}
			for n, looked := 0, int64(0); sum < written; {
				var changes []cache.Change
				together := map[cache.ID]bool{}
				for bytes := 0; bytes < 1<<20; bytes += tt.bytes {
					n++
					i := id(strconv.Itoa(n))
					if tt.names > 0 {
						i = id(strconv.Itoa(r.IntN(tt.names)))
					}
					if !together[i] {
						together[i] = true
						changes = append(changes, cache.Change{ID: i, Value: value, Keep: time.Hour, Known: known[i]})
						sum += int64(tt.bytes)
					}
				}
				revisions, err := s.Save(t.Context(), changes)
				if err != nil {
					t.Fatal(err)
				}
				for i, ch := range changes {
					if revisions[i] == 0 {
						t.Fatal("a conflict")
					}
					if tt.names > 0 {
						known[ch.ID] = revisions[i]
					}
				}
				if sum-looked > budget/8 {
					looked, most = sum, max(most, taken(t, o.Dir))
				}
			}
			full := tt.names == 0
			await(t, "know what leaves next", func() bool { return (s.State().Leaving > 0) == full && s.State().Entries > 0 })
			t.Logf("%d MiB at most, of %d; %d values are there", most>>20, budget>>20, s.State().Entries)
			if most > 2*budget+4<<20 {
				t.Errorf("took %d bytes, of %d", most, budget)
			}
		})
	}
}

// taken is how many bytes files below dir have.
func taken(t *testing.T, dir string) (n int64) {
	t.Helper()
	_ = fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // it has just gone
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
