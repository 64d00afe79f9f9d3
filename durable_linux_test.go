package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFullDiskIsSurvived fills a file system of 64 MiB, and makes room again, without a restart.
func TestAFullDiskIsSurvived(t *testing.T) {
	t.Parallel()
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

// TestADiskThatHangsIsSurvived has a file system take no writes for a while: requests go on, the process ends when it is told to, another
// one starts, and all is well again once the disk is.
func TestADiskThatHangsIsSurvived(t *testing.T) {
	if !*long {
		t.Skip("takes -long, root, and a device to mount")
	}
	dir, image := shortDir(t), filepath.Join(t.TempDir(), "disk")
	tool := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	tool("truncate", "-s", "64M", image)
	tool("mkfs.ext4", "-q", image)
	tool("mount", "-o", "loop", image, dir)
	t.Cleanup(func() { tool("umount", "-l", dir) })
	v := startAPIs(t)
	args := append(v.sources("gateway.drainDelay=0s"), "-data", filepath.Join(dir, "data"))
	p := spawnOn(t, v, args...)
	queries := seenQueries()
	p.see(queries...)
	p.keeping()
	hang := func() { tool("fsfreeze", "-f", dir) }
	wake := func() { tool("fsfreeze", "-u", dir) }
	hang()
	t.Cleanup(func() { _ = exec.CommandContext(context.WithoutCancel(t.Context()), "fsfreeze", "-u", dir).Run() })
	for n := range 30 {
		began := time.Now()
		if a := p.ask(fmt.Sprintf(`{ order(id: "%d") { number } }`, 1001+n)); a.Errors != nil {
			t.Errorf("%+v", a.Errors)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("a request took %v", took)
		}
	}
	began := time.Now()
	p.signal(syscall.SIGTERM)
	p.refused()
	p.log.find(t, nil, `(the store did not take all)`)
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("it ended after %v", took)
	}
	wake() // until then the system keeps what is left of the process
	<-p.ended
	hang()
	p.again()
	p.see(queries...)
	wake()
	p.keeping()
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
