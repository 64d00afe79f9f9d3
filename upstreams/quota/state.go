package quota

import (
	"sync"
	"time"
)

// State is what is known of a source's limits, credential by credential, and how many calls are under way.
// It outlives the settings: hand the same one to the [New] of each generation of a client, as long as source
// and credential stay the same. Several at once share it under the settings that came last. The zero value is
// ready for use and has learned nothing. It is safe for concurrent use.
type State struct {
	slots slots

	mu       sync.Mutex
	rate     float64 // calls per second of each account; 0: no limit
	burst    int
	accounts map[string]*account
}

// mostAccounts bounds the credentials that are told apart. Beyond it the one used longest ago is forgotten.
const mostAccounts = 1000

// keep puts the settings of cfg in force.
func (s *State) keep(cfg Config) {
	s.slots.resize(cfg.Concurrent)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate, s.burst = cfg.Rate, cfg.Burst
	for _, a := range s.accounts {
		a.keep(s.rate, s.burst)
		if !*cfg.Learn {
			a.unlearn()
		}
	}
}

// account returns the account of a credential, which is used now.
func (s *State) account(credential string, now time.Time) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[credential]
	if a == nil {
		if s.accounts == nil {
			s.accounts = map[string]*account{}
		}
		if len(s.accounts) >= mostAccounts {
			s.forgetOne()
		}
		a = &account{}
		a.keep(s.rate, s.burst)
		s.accounts[credential] = a
	}
	a.used = now
	return a
}

func (s *State) forgetOne() {
	var oldest string
	var since time.Time
	for name, a := range s.accounts {
		if since.IsZero() || a.used.Before(since) {
			oldest, since = name, a.used
		}
	}
	delete(s.accounts, oldest)
}

// known returns the account of a credential if there is one.
func (s *State) known(credential string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[credential]
}
