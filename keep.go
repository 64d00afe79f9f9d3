package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"time"

	"holdfast/cache"
	"holdfast/connect/schema"
	"holdfast/internal/jetstream"
	"holdfast/outbox"
	"holdfast/settings"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/field"
)

// A keep is what outlives the process: the data directory, and the store of answers and bumps, in it or elsewhere.
type keep struct {
	data  string           // "" for none
	store *jetstream.Store // nil: memory only
	held  <-chan struct{}  // closed once the directory is ours; nil: there is none
	log   *slog.Logger

	locking func(context.Context) // waits for the directory where the store does not; nil: it does
	lock    *jetstream.DirLock    // that locking took
}

// openKeep opens what outlives the process. It waits for nobody: while another process has the directory, or the store
// is out of order, that is a state of it. The error is the operator's to mend.
func openKeep(o options, set *settings.File, log *slog.Logger) (*keep, error) {
	k := &keep{data: o.dataDir(), log: log}
	external, err := externalStore(set.Cache.Store)
	if err != nil {
		return nil, err
	}
	if k.data == "" && external == nil {
		return k, nil
	}
	key, err := set.Cache.Store.Key.Load()
	if err != nil {
		return nil, settings.Wrong("cache.store.key", "cannot be read: "+field.Reason(err))
	}
	opt := jetstream.Options{Dir: k.data, Bytes: set.Cache.DiskBytes(), Index: set.Cache.Bytes() / 4, Log: log, External: external}
	opt.Writes, opt.Events = boundsOf(set), eventBounds(set)
	if key != "" {
		opt.Key = []byte(key)
	}
	k.store, err = jetstream.Open(opt)
	if refused, ok := errors.AsType[*jetstream.Refused](err); ok {
		return nil, settings.Wrong("-data "+o.data, refused.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	k.held = k.store.Held()
	if k.data != "" && external != nil {
		k.waitForLock()
	}
	return k, nil
}

// externalStore is the cluster that the settings name; nil for none.
func externalStore(s settings.Store) (*jetstream.External, error) {
	if s.NATS == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	e := &jetstream.External{Servers: s.NATS, Name: s.Name, Credentials: s.Credentials}
	if s.TLS == (dial.TLS{}) {
		return e, nil
	}
	if wrong := s.TLS.Check(); wrong != nil {
		return nil, settings.Wrong("cache.store."+wrong.Path, wrong.Reason)
	}
	e.TLS = func() (*tls.Config, error) {
		c, wrong := s.TLS.Config()
		if wrong != nil {
			return nil, fmt.Errorf("cache.store.%s: %s", wrong.Path, wrong.Reason)
		}
		return c, nil
	}
	return e, nil
}

// patientLock is for how long another process may have the directory before that is worth a word, as in a rolling
// restart.
const patientLock = 30 * time.Second

// waitForLock has run take the directory's lock, for a store that is elsewhere.
func (k *keep) waitForLock() {
	held := make(chan struct{})
	k.held = held
	k.locking = func(ctx context.Context) {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for began, said := time.Now(), false; ; {
			lock, err := jetstream.Lock(k.data)
			if err == nil {
				k.lock = lock
				close(held)
				return
			}
			if !said && (!errors.Is(err, jetstream.ErrHeld) || time.Since(began) > patientLock) {
				k.log.Warn("the data directory is not ours; trying goes on", "data", k.data, "error", err.Error())
				said = true
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}
}

// run waits for the directory until ctx ends.
func (k *keep) run(ctx context.Context) {
	if k.locking != nil {
		k.locking(ctx)
	}
	select {
	case <-k.held:
		k.warn()
	case <-ctx.Done():
	}
}

// warn says where what is kept does not stay.
func (k *keep) warn() {
	if k.data == "" {
		return
	}
	if filesystem := jetstream.Volatile(k.data); filesystem != "" {
		k.log.Warn("what is in the data directory goes with the machine or its container: mount a volume there", "data", k.data, "filesystem", filesystem)
	}
}

// cache makes the cache in front of the store.
func (k *keep) cache(cfg cache.Config) (*cache.Cache, error) {
	if k.store == nil {
		return cache.New(cfg, nil)
	}
	return cache.New(cfg, k.store, cache.WithJournal(k.store.Journal()))
}

// writes is the journal of what callers want done.
func (k *keep) writes(set *settings.File) outbox.Journal {
	if k.store == nil {
		return outbox.NewMemory(boundsOf(set))
	}
	return k.store.Writes()
}

func boundsOf(set *settings.File) outbox.Bounds {
	return outbox.Bounds{Writes: set.Writes.Count, Bytes: set.Writes.Bytes}
}

// leases are those that gateways share; nil: there is nobody to share with.
func (k *keep) leases() cache.Leases {
	if k == nil || k.store == nil || !k.store.Shared() {
		return nil
	}
	return k.store.Leases()
}

// close gives back the directory. It comes after the cache's, and may be called again.
func (k *keep) close(ctx context.Context) error {
	var err error
	if k.store != nil {
		err = k.store.Close(ctx)
	}
	if k.lock != nil {
		k.lock.Release()
		k.lock = nil
	}
	return err
}

// grantsDir is where refresh tokens are kept, "" for memory.
func (o options) grantsDir() string {
	if o.dataDir() == "" {
		return ""
	}
	return filepath.Join(o.dataDir(), "grants")
}

// cacheConfig is how much is kept in memory of the sources in sdl.
func cacheConfig(set *settings.File, sdl *schema.Schema) cache.Config {
	cfg := set.Cache.Config
	cfg.Shares = map[string]int{}
	for name, share := range set.Shares(sourceNames(sdl)) {
		cfg.Shares[name] = max(1, int(math.Round(share*100)))
	}
	return cfg
}

// health says whether what outlives the process is well, and if not, why. Whatever it says, everything is served.
func (b *builder) health() (state string, reasons []string) {
	s := b.cache.Stats()
	if store := s.Store; store != nil {
		switch {
		case store.Condition == cache.StoreOpening:
			reasons = append(reasons, fmt.Sprintf("the store is being opened, for %v so far: %s", time.Since(store.Since).Round(time.Second), store.Reason))
		case store.Condition != cache.StoreOpen:
			reasons = append(reasons, "the store is "+string(store.Condition)+": "+store.Reason)
		case store.LeftAlone:
			reasons = append(reasons, "the store does not answer, and is left alone for a moment")
		case s.Bumps.Journal && !s.Bumps.Known:
			reasons = append(reasons, "nothing is read from the store yet: what was bumped before has not all been heard")
		}
	}
	if s.Bumps.Deaf {
		reasons = append(reasons, "the store has not told of bumps for more than two seconds")
	}
	if why := b.box.Refuses(); why != "" {
		reasons = append(reasons, "changes with an idempotency key are not made: "+why)
	}
	if why := b.box.Stopped(); why != "" {
		reasons = append(reasons, "changes that wait are not sent, until somebody resumes: "+why)
	}
	if len(reasons) > 0 {
		return "degraded", reasons
	}
	return "ok", nil
}
