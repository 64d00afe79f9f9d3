package credential

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/net/http/httpguts"

	"holdfast/upstreams/field"
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

// Load reads the secret now.
func (s Secret) Load() (string, error) {
	if s.File == "" {
		return s.Text, nil
	}
	b, err := os.ReadFile(s.File)
	if err != nil {
		return "", err
	}
	return string(bytes.TrimRight(b, "\r\n")), nil
}

// Identity tells secrets apart. It holds the text of one that is in no file, and does not change with what
// a file holds.
func (s Secret) Identity() string {
	if s.File != "" {
		return "file " + s.File
	}
	return s.Text
}

// Check returns what is wrong with the file of s, which stands at path; nil if nothing is.
func (s Secret) Check(path string) *field.Error {
	text, err := s.Load()
	switch {
	case err != nil:
		return field.Wrong(path+".file", "cannot be read: "+field.Reason(err))
	case s.File != "" && text == "":
		return field.Wrong(path+".file", "is empty")
	}
	return nil
}

// CheckHeader is Check of a secret that a header carries, and that must be there.
func (s Secret) CheckHeader(path string) *field.Error {
	if err := s.Check(path); err != nil {
		return err
	}
	switch text, _ := s.Load(); {
	case text == "":
		return field.Wrong(path, "is missing")
	case !httpguts.ValidHeaderFieldValue(text):
		return field.Wrong(path, "holds a character that a header cannot carry")
	}
	return nil
}
