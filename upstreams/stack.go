package upstreams

// callStack is what a call needs of its goroutine's stack on the way through the pipe and net/http, and for
// what Accept makes of the answer.
const callStack = 8 << 10

// growStack has the stack of a new goroutine grow once, while it is empty, to what a call needs: a stack that grows
// later is copied frame by frame, several times, which took a tenth of a call. At may be anything.
//
//go:noinline
func growStack(at byte) byte {
	var room [callStack]byte
	return room[at]
}
