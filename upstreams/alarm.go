package upstreams

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast/upstreams/watch"
)

// alarm is about our own credential: it is missing, or the source does not take it any more. Old answers stand in,
// so nobody else would notice, and only a person can mend it. It rings once for all connectors that it concerns,
// and ends when each of them has had another answer.
type alarm struct {
	log *slog.Logger

	mu    sync.Mutex
	since time.Time
	rings map[string]bool // by connector
}

// hear takes in what came of a try: err, nil for a good answer.
func (a *alarm) hear(connector string, err *Error) {
	rings := err != nil && err.Reason == ReasonCredential
	if !rings && err != nil && err.entry == nil {
		return // no answer says nothing
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case rings == a.rings[connector]:
	case !rings:
		delete(a.rings, connector)
		if len(a.rings) == 0 {
			a.log.Info("our credential is taken again", "connector", connector)
		}
	case len(a.rings) == 0:
		a.since, a.rings = time.Now(), map[string]bool{connector: true}
		a.log.Error("our credential is missing or not taken: old answers stand in until somebody replaces it",
			"connector", connector, "status", err.Status, "cause", err.Err)
	default:
		a.rings[connector] = true
	}
}

// status returns nil while all is well.
func (a *alarm) status() *watch.CredentialStatus {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.rings) == 0 {
		return nil
	}
	return &watch.CredentialStatus{Since: a.since, Connectors: slices.Sorted(maps.Keys(a.rings))}
}
