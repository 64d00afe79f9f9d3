package jetstream

import (
	"cmp"
	"crypto/tls"
	"log/slog"
	"time"

	"holdfast/cache"
	"holdfast/events"
	"holdfast/outbox"
)

// Options say where things are kept.
type Options struct {
	// Dir is the data directory, which is made if it is not there. It is this process's alone while the store is open.
	// Of an external store nothing is in it.
	Dir string
	// Key encrypts what is written to Dir; nil: nothing is encrypted. A directory made with another is refused.
	Key []byte
	// Bytes is how much of Dir answers may take (0: 1 GiB). The oldest go first.
	Bytes int64
	// Index is how many bytes of memory the index of the answers may take (0: 64 MiB): 300 for each of them.
	Index int64
	// Writes bounds what is accepted of them.
	Writes outbox.Bounds
	// Events bounds what is kept of them.
	Events events.Bounds
	// External is a cluster to use in place of Dir; nil: none.
	External *External
	// Log is told what happens; nil: nobody is.
	Log *slog.Logger

	// For tests:
	hangs   time.Duration // after which a start goes on without a disk that hangs
	reserve int64         // bytes of the disk that are left to deletions, bumps and the server
	cutOff  time.Duration // after which a server of a cluster that hears of no leader is left for another
	bumps   int           // tags that bumps are kept of, and tags that those are of that forget
}

// External is a NATS cluster with JetStream.
type External struct {
	Servers     []string // HOST or HOST:PORT
	Name        string   // stands in the names of streams and subjects; "": holdfast
	Credentials string   // file of the user's credentials, read at every connection; "": none
	// TLS is asked for what its files hold at every connection; nil: TLS only where servers demand it.
	TLS func() (*tls.Config, error)
}

const (
	defaultBytes   = 1 << 30
	defaultIndex   = 64 << 20
	bytesPerIndex  = 300 // measured: 265 to 310 bytes of heap for each subject
	defaultReserve = 32 << 20
	defaultCutOff  = 10 * time.Second
	defaultHangs   = 5 * time.Second
	defaultBumps   = cache.MostBumped + cache.MostBumped/10
)

func (o Options) withDefaults() Options {
	o.Bytes = cmp.Or(o.Bytes, defaultBytes)
	o.Index = cmp.Or(o.Index, defaultIndex)
	o.bumps = cmp.Or(o.bumps, defaultBumps)
	o.reserve = cmp.Or(o.reserve, min(defaultReserve, o.Bytes/4))
	o.hangs = cmp.Or(o.hangs, defaultHangs)
	o.cutOff = cmp.Or(o.cutOff, defaultCutOff)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// entries is how many answers there may be.
func (o Options) entries() int64 { return max(1, o.Index/bytesPerIndex) }
