package jetstream

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/internal/jetstream/jetstreamtest"
)

const childDir = "HOLDFAST_TEST_STORE"

// TestKilled writes in a child that is killed: what it said was saved is there.
func TestKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes")
	}
	if dir := os.Getenv(childDir); dir != "" {
		writeUntilKilled(t, dir)
	}
	o := Options{Dir: t.TempDir()}
	var saved string
	var bumped uint64
	for range 3 {
		saved, bumped = runAndKill(t, o.Dir)
	}
	s := start(t, o)
	if got := load(t, s, saved); string(got[0].Value) != "value of "+saved {
		t.Errorf("%s: got %q", saved, got[0].Value)
	}
	last := uint64(0)
	followAll(t, s, func(b cache.Bump) { last = max(last, b.Number) })
	if last < bumped {
		t.Errorf("bumps up to %d of %d", last, bumped)
	}
	if c := s.Counts(); c.MovedAside != 0 || c.Damaged != 0 {
		t.Errorf("%+v", c)
	}
}

func writeUntilKilled(t *testing.T, dir string) {
	t.Helper()
	s := start(t, Options{Dir: dir})
	awaitOpen(t, s)
	for n := uint64(1); ; n++ {
		name := strconv.FormatInt(time.Now().UnixNano(), 10)
		save(t, s, name, "value of "+name, 0)
		if _, err := s.Journal().Append(t.Context(), cache.Bump{Tags: []cache.Tag{cache.Tag(n % 100)}, At: time.Now(), Number: n}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("saved", name, n)
	}
}

// runAndKill returns the last that the child said was saved a moment before it was killed: an answer is acknowledged
// before it is written, milliseconds before.
func runAndKill(t *testing.T, dir string) (saved string, bumped uint64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$") //nolint:gosec // this test
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; n < 200 && lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] == "saved" {
			n++
			if n == 100 {
				saved = words[1]
			}
			bumped, _ = strconv.ParseUint(words[2], 10, 64)
		}
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	return saved, bumped
}

// followAll calls each with all that is kept, again from the start if the journal is broken and mended.
func followAll(t *testing.T, s *Store, each func(cache.Bump)) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), soon)
	defer end()
	caught := false
	for !caught && ctx.Err() == nil {
		err := s.Journal().Follow(ctx, func(b cache.Bump, current bool) {
			each(b)
			if current {
				caught = true
				end()
			}
		})
		if err != nil {
			t.Logf("follow: %v", err)
		}
	}
	if !caught {
		t.Fatal("follow: not all was told")
	}
}

// TestBitFlips flips a bit in each file in turn: what is read is what was written or absent, and what is absent is
// counted.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a store for each place of each file")
	}
	made := t.TempDir()
	s := start(t, Options{Dir: made})
	awaitOpen(t, s)
	const count = 200
	var changes []cache.Change
	var ids []cache.ID
	for n := range count {
		name := strconv.Itoa(n)
		changes = append(changes, cache.Change{ID: id(name), Value: []byte(strings.Repeat("value of "+name+" ", 50)), Keep: time.Hour})
		ids = append(ids, id(name))
	}
	if _, err := s.Save(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(50) {
		if _, err := s.Journal().Append(t.Context(), cache.Bump{Tags: []cache.Tag{cache.Tag(n + 10)}, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	var place cache.Place
	followAll(t, s, func(b cache.Bump) { place = b.Place })
	stop(t, s)
	for _, path := range slices.Sorted(maps.Keys(tree(t, made))) {
		rel, _ := filepath.Rel(made, path)
		places := []int{2} // quarters of the file
		if strings.HasSuffix(path, ".blk") {
			places = []int{1, 2, 3}
		}
		for _, at := range places {
			t.Run(fmt.Sprintf("%s at %d", rel, at), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
					t.Fatal(err)
				}
				_ = os.Chmod(filepath.Join(dir, "store"), 0o700) //nolint:gosec // as it was
				file := filepath.Join(dir, rel)
				text, _ := os.ReadFile(file)
				if len(text) == 0 {
					t.Skip("it is empty")
				}
				text[len(text)*at/4] ^= 4
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				s := start(t, Options{Dir: dir})
				awaitOpen(t, s)
				got, err := s.Load(t.Context(), ids)
				if err != nil {
					t.Fatal(err)
				}
				absent := 0
				for n, g := range got {
					if len(g.Value) == 0 {
						absent++
					} else if string(g.Value) != string(changes[n].Value) {
						t.Errorf("garbage: %q", g.Value)
					}
				}
				tags, after := map[cache.Tag]bool{}, cache.Place{}
				followAll(t, s, func(b cache.Bump) {
					after = b.Place
					for _, tag := range b.Tags {
						tags[tag] = true
					}
				})
				c := s.Counts()
				t.Logf("%d absent, %d bumps, same incarnation %v, %+v", absent, len(tags), after.Incarnation == place.Incarnation, c)
				if absent > 0 && c.Alarms+c.Damaged+c.MovedAside == 0 {
					t.Errorf("%d are absent, and nothing says so", absent)
				}
				if len(tags) < 50 && after.Incarnation == place.Incarnation {
					t.Errorf("%d bumps are lost, and nothing says so", 50-len(tags))
				}
				for n, g := range got {
					if len(g.Value) == 0 {
						await(t, "replace it", func() bool { return replace(t, s, ids[n]) })
						break
					}
				}
			})
		}
	}
}

// replace loads and saves, as who has a new value does.
func replace(t *testing.T, s *Store, id cache.ID) bool {
	t.Helper()
	got, err := s.Load(t.Context(), []cache.ID{id})
	if err != nil {
		return false
	}
	r, err := s.Save(t.Context(), []cache.Change{{ID: id, Value: []byte("new"), Keep: time.Hour, Known: got[0].Revision}})
	return err == nil && r[0] != 0
}

func TestAnotherNodeLeads(t *testing.T) {
	t.Parallel()
	nodes := jetstreamtest.Start(t)
	e := External{Servers: nodes.Addresses()}
	if _, err := Init(t.Context(), e, InitOptions{Bytes: 256 << 20}); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{External: &e})
	awaitOpen(t, s)
	var last uint64
	bump := func() error {
		ctx, done := context.WithTimeout(t.Context(), 2*time.Second)
		defer done()
		p, err := s.Journal().Append(ctx, cache.Bump{Tags: []cache.Tag{cache.Tag(last + 1)}, At: time.Now(), Number: last + 1})
		if err == nil {
			last++
			_ = p
		}
		return err
	}
	save(t, s, "a", "1", 0)
	await(t, "read", func() bool { return len(load(t, s, "a")[0].Value) == 1 })
	for range 50 {
		if err := bump(); err != nil {
			t.Fatal(err)
		}
	}
	nodes.Stop(nodes.Leader(s.names.bumps()))
	began := time.Now()
	for range 20 {
		if got := load(t, s, "a"); string(got[0].Value) != "1" {
			t.Error("a read fails while there is no leader")
		}
	}
	await(t, "bump again", func() bool { return bump() == nil })
	t.Logf("bumps are taken again after %v", time.Since(began))
	for range 50 {
		await(t, "bump", func() bool { return bump() == nil })
	}
	seen := map[cache.Tag]bool{}
	followAll(t, s, func(b cache.Bump) {
		for _, tag := range b.Tags {
			seen[tag] = true
		}
	})
	if len(seen) < int(last) { //nolint:gosec // small
		t.Errorf("%d of %d that were acknowledged", len(seen), last)
	}
}
