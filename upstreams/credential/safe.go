package credential

import (
	"fmt"
	"sync"
	"time"
)

// LookAgain is how long the text of a secret's file is used before the file is looked at again.
const LookAgain = time.Second

// Safe keeps the texts of secrets that are in files. The zero value is ready for use, by many at once.
type Safe struct {
	mu   sync.Mutex
	held map[string]heldText // by path
}

type heldText struct {
	text   string
	looked time.Time
}

// Open returns the text of s. A file that cannot be read any more, or is empty, as in the middle of its
// replacement, keeps the text it had.
func (f *Safe) Open(s Secret) (string, error) {
	if s.File == "" {
		return s.Text, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	held, known := f.held[s.File]
	if known && time.Since(held.looked) < LookAgain {
		return held.text, nil
	}
	text, err := s.Load()
	switch {
	case err == nil && text != "":
		held.text = text
	case !known && err != nil:
		return "", fmt.Errorf("read a secret: %w", err)
	case !known:
		return "", fmt.Errorf("read a secret: %s is empty", s.File)
	}
	if f.held == nil {
		f.held = map[string]heldText{}
	}
	held.looked = time.Now()
	f.held[s.File] = held
	return held.text, nil
}
