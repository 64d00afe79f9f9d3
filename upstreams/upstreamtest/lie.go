package upstreamtest

import (
	"bufio"
	"cmp"
	"io"
	"net"
	"time"
)

// Lie is an answer that is not what it says it is, on the wire or in its text. The lies are told to the pipe, and to
// the whole program as an object, as a list and as a batch.
type Lie struct {
	What string
	// Say returns what is said in place of a true body.
	Say func(truth string) string
	// Then is said after it again and again, for as long as anybody listens; slowly where Means is TIMEOUT.
	Then string
	End  End
	// Means is the reason for which an old answer stands in; "": the truth is believed all the same; "null": nothing
	// is there; "REFUSED": it is a no, which no old answer covers.
	Means string
	// List and Batch are what it means there, if that is something else; or what is served there: with an old answer,
	// a bar, and without.
	List, Batch string
}

// End is what becomes of the connection. The zero value: it is closed.
type End uint8

// The other ends.
const (
	Silence End = iota + 1 // nothing more is said
	Reset                  // it is torn down
)

// Tell says the lie to who is at the other end of c, in place of the truth, for as long as anybody listens.
func (l Lie) Tell(c net.Conn, in *bufio.Reader, truth string) {
	_, err := io.WriteString(c, l.Say(truth))
	for err == nil && l.Then != "" {
		if l.Means == "TIMEOUT" {
			<-time.After(20 * time.Millisecond)
		}
		_, err = io.WriteString(c, l.Then)
	}
	switch {
	case err != nil:
	case l.End == Silence: // until the other end leaves
		_, _ = in.ReadByte()
	case l.End == Reset:
		if c, ok := c.(*net.TCPConn); ok {
			_ = c.SetLinger(0)
		}
	}
}

// AsList returns what the lie means where a list is asked for.
func (l Lie) AsList() string { return cmp.Or(l.List, l.Means) }

// AsBatch returns what the lie means where a batch is asked for.
func (l Lie) AsBatch() string { return cmp.Or(l.Batch, l.Means) }
