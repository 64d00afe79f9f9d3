package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// maxKeys is how many idempotency keys a vendor remembers; the oldest goes first.
const maxKeys = 100_000

// keys is how a vendor makes a write once: it remembers what it answered to the
// writes that came with an Idempotency-Key.
type keys struct {
	window time.Duration // how long one is remembered, from its first request
	byKey  map[string]*keyed
	order  []string // oldest first
}

// keyed is the first answer under a key.
type keyed struct {
	params   string
	request  string          // id of the first request, where the vendor gives one
	answered <-chan struct{} // closed once the first client has its answer
	answer   *answer
	made     time.Time
}

func newKeys(window time.Duration) *keys {
	k := &keys{window: window}
	k.forget()
	return k
}

// forget ends the windows of all keys: what comes under one is new.
func (k *keys) forget() { k.byKey, k.order = map[string]*keyed{}, nil }

// first is what a key was used for; nil: for nothing yet, or too long ago.
func (k *keys) first(key string) *keyed {
	for len(k.order) > 0 && time.Since(k.byKey[k.order[0]].made) >= k.window {
		k.drop()
	}
	return k.byKey[key]
}

// add remembers the first use of a key.
func (k *keys) add(key string, first *keyed) {
	first.made = time.Now()
	k.byKey[key] = first
	if k.order = append(k.order, key); len(k.order) > maxKeys {
		k.drop()
	}
}

// drop forgets the oldest key.
func (k *keys) drop() {
	delete(k.byKey, k.order[0])
	k.order = k.order[1:]
}

// listKeys serves GET /_keys.
func (s *Sandbox) listKeys(w http.ResponseWriter, _ *http.Request) {
	type kept struct {
		Window duration `json:"window"`
		Known  int      `json:"known"`
	}
	now := map[string]kept{}
	s.world.mu.Lock()
	for name, v := range s.vendors {
		if v.keys != nil {
			v.keys.first("") // what is too old goes
			now[name] = kept{duration(v.keys.window), len(v.keys.byKey)}
		}
	}
	s.world.mu.Unlock()
	writeJSON(w, http.StatusOK, now)
}

// endKeys serves DELETE /_keys and DELETE /_keys/{source}.
func (s *Sandbox) endKeys(w http.ResponseWriter, r *http.Request) {
	sources, err := s.faults.named(r)
	if err == nil && r.PathValue("source") != "" && s.vendors[sources[0]].keys == nil {
		err = fmt.Errorf("%s knows no idempotency keys", sources[0])
	}
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	for _, name := range sources {
		if v := s.vendors[name]; v.keys != nil {
			v.keys.forget()
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
