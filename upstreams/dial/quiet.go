package dial

import (
	"io"
	"regexp"
)

// A quietError is an error of net/http without what it quotes, which the other side
// has sent: a line where a header should stand is often a piece of a body.
type quietError struct{ error }

var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// quiet is err without what it quotes; nil stays nil, and io.EOF itself.
func quiet(err error) error {
	if err == nil || err == io.EOF || !quoted.MatchString(err.Error()) { //nolint:errorlint // itself: every body ends with it
		return err
	}
	return quietError{err}
}

// Error returns the text, with … in place of what was quoted.
func (e quietError) Error() string { return quoted.ReplaceAllLiteralString(e.error.Error(), "…") }

// Unwrap returns the error of net/http.
func (e quietError) Unwrap() error { return e.error }
