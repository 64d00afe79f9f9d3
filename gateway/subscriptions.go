package gateway

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"

	"holdfast/upstreams/field"
)

// Subscriptions says what may be followed, and how streams are kept open. Every zero value means the default written
// beside it.
type Subscriptions struct {
	// Most is how many subscriptions there may be in all (default 10,000). A change takes a restart.
	Most int `yaml:"most"`
	// PerConnection is how many operations one WebSocket may have under way (default 100).
	PerConnection int `yaml:"perConnection"`
	// Headers are those that a client may send with connection_init, as members of its payload or of headers in it,
	// since browsers cannot send any with a WebSocket (default: Authorization). Headers that a proxy sets, such as
	// that of gateway.caller, must not be among them.
	Headers []string `yaml:"headers"`
	// InitTimeout is how long a WebSocket may take to send connection_init (default 10s).
	InitTimeout time.Duration `yaml:"initTimeout"`
	// Heartbeat is how often something is sent that means nothing, so that who stands between client and gateway sees
	// that a stream goes on (default 15s).
	Heartbeat time.Duration `yaml:"heartbeat"`
}

func (s Subscriptions) check(wrong *field.Errors) {
	for name, n := range map[string]int64{
		"most": int64(s.Most), "perConnection": int64(s.PerConnection), "initTimeout": int64(s.InitTimeout), "heartbeat": int64(s.Heartbeat),
	} {
		if n < 0 {
			wrong.Add(field.Wrong("subscriptions."+name, "must not be below zero"))
		}
	}
	for i, name := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) {
			wrong.Add(field.Wrong(fmt.Sprintf("subscriptions.headers.%d", i), "expected the name of a header"))
		}
	}
}

func (s Subscriptions) complete() Subscriptions {
	s.PerConnection = cmp.Or(s.PerConnection, 100)
	s.InitTimeout = cmp.Or(s.InitTimeout, 10*time.Second)
	s.Heartbeat = cmp.Or(s.Heartbeat, 15*time.Second)
	if s.Headers == nil {
		s.Headers = []string{"Authorization"}
	}
	s.Headers = slices.Clone(s.Headers)
	for i, name := range s.Headers {
		s.Headers[i] = http.CanonicalHeaderKey(name)
	}
	return s
}
