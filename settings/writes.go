package settings

import (
	"time"

	"holdfast/upstreams/field"
)

// Writes is what is kept of changes whose callers have an idempotency key for them.
type Writes struct {
	// Keep is how long it is known what became of a change that had an idempotency key (default 168h): who comes with the
	// key within that time is told, and nothing is sent again.
	Keep time.Duration `yaml:"keep"`
	// Count is how many are kept (default 100,000), and Bytes how many bytes they may take (default 1 GiB, 1073741824).
	// Where there is no room another is refused, and nothing that is kept is dropped.
	Count int64 `yaml:"count"`
	Bytes int64 `yaml:"bytes"`
}

const (
	leastKeep        = time.Minute
	leastWritesBytes = 1 << 20
)

// Validate returns [field.Errors], one for each field that makes no sense, nil if there are none.
func (w Writes) Validate() error {
	var wrong field.Errors
	if w.Keep != 0 && w.Keep < leastKeep {
		wrong.Add(field.Wrong("keep", "must be at least "+leastKeep.String()))
	}
	if w.Count < 0 {
		wrong.Add(field.Wrong("count", "must not be below zero"))
	}
	if w.Bytes != 0 && w.Bytes < leastWritesBytes {
		wrong.Add(field.Wrong("bytes", "must be at least 1 MiB (1048576)"))
	}
	return wrong.Err()
}
