package main

import (
	"runtime/debug"

	"holdfast/settings"
)

// besides is what the process may take besides answers: the program, the schema,
// operations and connections.
const besides = 64 << 20

// unmanaged is the part of that which the runtime does not count: the program itself.
const unmanaged = 40 << 20

// limitMemory has memory collected as often as it takes to stay within what the
// settings add up to, half as much again, unless the operator says how much there
// is (GOMEMLIMIT).
func limitMemory(set *settings.File, env func(string) (string, bool)) {
	if _, said := env("GOMEMLIMIT"); said {
		return
	}
	answers := set.Cache.Bytes() + set.Gateway.BodyBytes()
	debug.SetMemoryLimit(answers + answers/2 + besides - unmanaged)
}
