package main

import (
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"holdfast/settings"
)

// besides is what the process may take besides answers: the program, the schema,
// operations and connections.
const besides = 64 << 20

// unmanaged is the part of that which the runtime does not count: the program itself.
const unmanaged = 40 << 20

// garbage is how much the heap may grow until it is collected, in percent of what
// is in use, while the limit is far. It is the runtime's GOGC, which is 100 by
// itself: docs/benchmarks.md has what that costs.
const garbage = 400

// roomy is the least limit for which that is so: near a limit, a heap that is
// collected seldom grows beyond it.
const roomy = 192 << 20

// limitMemory has memory collected seldom, and as often as it takes to stay within
// what the settings add up to, half as much again, and within what the container
// may take. Where the operator says otherwise (GOGC, GOMEMLIMIT) that holds.
func limitMemory(set *settings.File, env func(string) (string, bool), log *slog.Logger) {
	_, collected := env("GOGC")
	_, limited := env("GOMEMLIMIT")
	limit := processLimit(set, log)
	if !collected && (limited || limit >= roomy) {
		debug.SetGCPercent(garbage)
	}
	if !limited {
		debug.SetMemoryLimit(withoutProgram(limit))
	}
}

// processLimit is how much memory the process is to take.
func processLimit(set *settings.File, log *slog.Logger) int64 {
	answers := set.Cache.Bytes() + set.Gateway.BodyBytes()
	limit := answers + answers/2 + besides
	if most := container(); most > 0 && most < limit {
		log.Warn("the container may take less memory than the settings add up to: cache.memory and gateway.bodies should be smaller",
			"container", most, "settings", limit)
		limit = most
	}
	return limit
}

// withoutProgram is what the runtime may count of a limit for the whole process.
func withoutProgram(limit int64) int64 { return max(limit-unmanaged, limit/2) }

// container is how much memory the control group of this process may take; 0: there
// is none, or it does not say.
func container() int64 {
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} { // version 2 and 1
		if text, err := os.ReadFile(name); err == nil {
			return limitIn(string(text))
		}
	}
	return 0
}

// limitIn reads the limit of a control group, whose "max" is none. Version 1 says
// that by a number larger than any memory, which limits nothing either.
func limitIn(text string) int64 {
	limit, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return max(limit, 0)
}
