//go:build linux

package jetstream

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/internal/jetstream/jetstreamtest"
)

// smallDisk is a file system of 64 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("NOTICE: the full disk is not tested, which needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes all room that is left.
func fill(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "filler")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for size := len(block); size > 0; {
		if _, err := file.Write(block[:size]); err != nil {
			size /= 2
		}
	}
	_ = file.Close()
	return path
}

func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	for name, reserve := range map[string]int64{"before it is used up": 8 << 20, "and the server sees it first": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := smallDisk(t)
			s := start(t, Options{Dir: dir, Bytes: 32 << 20, reserve: reserve})
			awaitOpen(t, s)
			save(t, s, "a", "1", 0)
			filler := fill(t, dir)
			large := make([]byte, 512<<10)
			await(t, "refuse", func() bool {
				ctx, done := context.WithTimeout(t.Context(), time.Second) // a server that has given up does not answer
				defer done()
				_, err := s.Save(ctx, []cache.Change{{ID: id("b"), Value: large, Keep: time.Hour}})
				return err != nil
			})
			await(t, "say so", func() bool { return s.State().Condition == cache.StoreBroken })
			await(t, "read what is there", func() bool {
				got, err := s.Load(t.Context(), []cache.ID{id("a")})
				return err == nil && string(got[0].Value) == "1"
			})
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			await(t, "write again", func() bool {
				_, err := s.Save(t.Context(), []cache.Change{{ID: id("c"), Value: large, Keep: time.Hour}})
				return err == nil
			})
			t.Logf("it writes again after %v", time.Since(began))
			awaitOpen(t, s)
		})
	}
}

func TestAStartDoesNotWaitForADiskThatHangs(t *testing.T) {
	dir := t.TempDir()
	format := storeDirectory(dir).format()
	if err := os.MkdirAll(filepath.Dir(format), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(format, 0o600); err != nil { // who reads it hangs until somebody writes
		t.Fatal(err)
	}
	s := start(t, Options{Dir: dir, hangs: 10 * time.Millisecond})
	if got := s.State(); got.Condition != cache.StoreBroken || got.Reason != "the disk does not answer" {
		t.Errorf("got %+v", got)
	}
	if _, err := s.Load(t.Context(), []cache.ID{id("a")}); err == nil {
		t.Error("it can be read")
	}
	w, err := os.OpenFile(format, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(format); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(newFormat(nil).text()); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	awaitOpen(t, s)
	save(t, s, "a", "1", 0)
}

func TestAStoreThatHangsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	nodes := jetstreamtest.Start(t)
	e := External{Servers: nodes.Addresses()}
	if _, err := Init(t.Context(), e, InitOptions{Bytes: 64 << 20}); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{External: &e})
	awaitOpen(t, s)
	save(t, s, "a", "1", 0)
	for i := range 3 {
		nodes.Stop(i)
	}
	ask := func() error {
		ctx, done := context.WithTimeout(t.Context(), 2*impatient) // as those have who wait for an answer
		defer done()
		_, err := s.Load(ctx, []cache.ID{id("a")})
		return err
	}
	await(t, "give up", func() bool { return ask() != nil && s.reads.closed() != nil })
	began := time.Now()
	for range 1000 {
		_ = ask() // one in a second is let through, and waits
	}
	if took := time.Since(began); took > soon {
		t.Errorf("a thousand who are refused take %v: they wait", took)
	}
	await(t, "say so", func() bool { return s.State().Condition == cache.StoreBroken }) // who looks at it waits, too
	nodes.Start(0, 1, 2)
	awaitOpen(t, s) // though nobody asks
}

// TestANearlyFullDiskDeletes holds that deletions and bumps have room where values have none any more, and that nothing
// breaks where they have none either.
func TestANearlyFullDiskDeletes(t *testing.T) {
	const reserve = 8 << 20
	dir := smallDisk(t)
	s := start(t, Options{Dir: dir, Bytes: 32 << 20, reserve: reserve})
	awaitOpen(t, s)
	deletions := []cache.Change{
		{ID: id("a"), Known: save(t, s, "a", "1", 0)},
		{ID: id("b"), Known: save(t, s, "b", string(make([]byte, 2<<20)), 0)},
	}
	value := cache.Change{ID: id("c"), Value: []byte("1"), Keep: time.Hour}
	bump := func() error {
		_, err := s.Journal().Append(t.Context(), cache.Bump{Tags: []cache.Tag{7}, Forget: true, At: time.Now()})
		return err
	}
	filler := fill(t, dir)
	if r, err := s.Save(t.Context(), deletions); !errors.Is(err, errFull) || r[0] != 0 {
		t.Errorf("where there is no room at all: %v, %v", r, err)
	}
	if err := bump(); !errors.Is(err, errFull) {
		t.Errorf("a bump where there is no room at all: %v", err)
	}
	info, err := os.Stat(filler)
	if err == nil {
		err = os.Truncate(filler, info.Size()-reserve*3/4)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.Save(t.Context(), append(deletions, value)); !errors.Is(err, errFull) || r[0] == 0 || r[1] == 0 || r[2] != 0 {
		t.Errorf("where there is little: %v, %v; want what is deleted gone, and the value refused", r, err)
	}
	if err := bump(); err != nil {
		t.Errorf("a bump where there is little: %v", err)
	}
	got, err := s.Load(t.Context(), []cache.ID{id("a"), id("b"), id("c")})
	if err != nil || got[0].Revision != 0 || got[1].Revision != 0 || got[2].Revision != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if c := s.Counts(); c.Damaged != 0 || c.Opened != 1 {
		t.Errorf("%+v", c)
	}
}
