package upstreams

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Secret is text that prints as *** wherever it is formatted, logged or encoded. The zero value is none.
//
// In a file it is the text itself, or {file: PATH}: then the text is what that file holds, without a
// line break at its end. The file is read again when it changes, within a second.
type Secret struct {
	Text string
	File string
}

const hidden = "***"

// String returns ***.
func (Secret) String() string { return hidden }

// Format writes *** for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue returns ***.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON returns "***".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalYAML returns ***.
func (Secret) MarshalYAML() (any, error) { return hidden, nil }

// UnmarshalYAML reads either form.
func (s *Secret) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if unmarshal(&text) == nil {
		*s = Secret{Text: text}
		return nil
	}
	var form struct {
		File string `yaml:"file"`
	}
	if unmarshal(&form) != nil || form.File == "" {
		return errors.New("expected a text or {file: PATH}") // never with what is there
	}
	*s = Secret{File: form.File}
	return nil
}

// load reads the secret now.
func (s Secret) load() (string, error) {
	if s.File == "" {
		return s.Text, nil
	}
	b, err := os.ReadFile(s.File)
	if err != nil {
		return "", err
	}
	return string(bytes.TrimRight(b, "\r\n")), nil
}

// identity tells secrets apart without their text changing it when a file does.
func (s Secret) identity() string {
	if s.File != "" {
		return "file " + s.File
	}
	return s.Text
}

// lookAgain is how long the text of a secret's file is used before the file is looked at again.
const lookAgain = time.Second

// safe keeps the texts of secrets that are in files. The zero value is ready for use.
type safe struct {
	mu   sync.Mutex
	held map[string]heldText // by path
}

type heldText struct {
	text   string
	looked time.Time
}

// open returns the text of s. A file that cannot be read any more, or is empty, as in the middle of its
// replacement, keeps the text it had.
func (f *safe) open(s Secret) (string, error) {
	if s.File == "" {
		return s.Text, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	held, known := f.held[s.File]
	if known && time.Since(held.looked) < lookAgain {
		return held.text, nil
	}
	text, err := s.load()
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
