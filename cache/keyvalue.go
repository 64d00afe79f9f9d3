package cache

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is returned by [KeyValue.Get] for a key that is not there, or no longer.
var ErrNotFound = errors.New("not found")

// KeyValue keeps values, possibly durably and for several processes. Keys are lower-case SHA-256 hex;
// values are opaque and not changed by either side. Implementations are safe for concurrent use and
// pass cachetest.Run.
type KeyValue interface {
	// Get returns the value last put under key, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Put keeps value for the given time, which is above zero. It may go earlier if room is needed.
	Put(ctx context.Context, key string, value []byte, keep time.Duration) error
	// Delete removes key. A key that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Watch calls changed, one call at a time, with the key of every Put and Delete that begins after
	// it was called, ours and others'; changes of one key that follow closely may be told once. It
	// returns nil when ctx ends, an error when it cannot go on.
	Watch(ctx context.Context, changed func(key string)) error
}
