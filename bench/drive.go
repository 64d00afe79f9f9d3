package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

//go:embed ask.lua
var ask string

// warming is how long each is asked before it is measured.
const warming = time.Second

// sample is one run of wrk.
type sample struct {
	rate     float64 // answers per second
	p50, p99 time.Duration
	cpu      time.Duration // processor time of the server for one answer; 0: unknown
}

// drive has wrk ask a server.
func drive(ctx context.Context, script string, r *row, each time.Duration) (sample, error) {
	before := used(r.peer.cmd.Process.Pid)
	cmd := exec.CommandContext(ctx, "wrk", "-t2", "-c"+strconv.Itoa(r.callers), "-d"+strconv.Itoa(int(each.Seconds()))+"s", //nolint:gosec // numbers
		"-s", script, r.peer.url, "--", r.query)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	_, line, _ := bytes.Cut(out, []byte("MEASURED "))
	var n, micros, failed, p50, p99 int64
	if _, err := fmt.Sscan(string(line), &n, &micros, &failed, &p50, &p99); err != nil || n == 0 {
		return sample{}, fmt.Errorf("wrk says nothing: %s", out)
	}
	if failed > 0 {
		return sample{}, fmt.Errorf("%d of %d requests failed", failed, n)
	}
	return sample{
		rate: float64(n) / float64(micros) * 1e6, p50: time.Duration(p50) * time.Microsecond, p99: time.Duration(p99) * time.Microsecond,
		cpu: (used(r.peer.cmd.Process.Pid) - before) / time.Duration(n),
	}, nil
}

// numbered is a query as it is asked once.
func numbered(query string) string { return strings.Replace(query, "NUMBER", "1", 1) }

// used is the processor time that a process has taken, where the system tells.
func used(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // a tick, everywhere
}

// load is how busy the machine is, where the system tells.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
