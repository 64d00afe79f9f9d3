package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFullDiskIsSurvived fills a file system of 64 MiB, and makes room again, without a restart.
func TestAFullDiskIsSurvived(t *testing.T) {
	dir := shortDir(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skip("only who may mount a small file system can fill it: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	v := startAPIs(t)
	p := spawnOn(t, v, append(v.sources(neverFresh()...), "-data", dir)...)
	queries := seenQueries()
	p.see(queries[:4]...)
	p.keeping()
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	since := time.Now()
	degraded := func() bool { return strings.Contains(p.do("GET", p.url+"/status", ""), `"degraded"`) }
	for !degraded() {
		p.see(queries...) // reads go on, and want to be kept
		if time.Since(since) > 2*time.Minute {
			t.Fatalf("a full disk is not noticed: %s", p.toldOfStore())
		}
	}
	t.Logf("degraded %v after the disk was full", time.Since(since).Round(time.Millisecond))
	p.see(queries...)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	since = time.Now()
	for degraded() {
		if time.Since(since) > 2*time.Minute {
			t.Fatalf("space that has returned is not noticed: %s", p.toldOfStore())
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Logf("well again %v after space returned", time.Since(since).Round(time.Millisecond))
	after := p.see(queries...)
	p.keeping()
	t.Logf("all is written %v after space returned", time.Since(since).Round(time.Millisecond))
	v.gone()
	p.kill()
	p.again()
	p.recall(after)
}

// fill writes a file until there is no room for another byte.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
