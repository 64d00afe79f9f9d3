package credential

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Error says why there is no access token. It says nothing of the source.
type Error struct {
	Status     int           // what the token endpoint answered; a 2xx brought no token that can be used; 0: nothing
	Header     http.Header   // of that answer; may be nil
	Held       bool          // not asked: the endpoint is left alone after a failure
	RetryAfter time.Duration // how long it is left alone; 0: unknown
	Err        error         // the cause, without what the endpoint said or was sent; never nil
}

// Error returns the cause, for logs.
func (e *Error) Error() string { return "token endpoint: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// tokenError says what it means that there is no token. Its text holds nothing that the endpoint said but
// the error code: some echo what they were sent.
func tokenError(err error) error {
	if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok && said.Response != nil {
		code := strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' || c == '_' {
				return c
			}
			return -1
		}, said.ErrorCode)
		status := said.Response.StatusCode
		return &Error{
			Status: status, Header: said.Response.Header,
			Err: fmt.Errorf("status %d %s", status, code[:min(len(code), 40)]),
		}
	}
	if at, ok := errors.AsType[*url.Error](err); ok {
		return &Error{Err: at.Err} // without the URL
	}
	if strings.HasPrefix(err.Error(), "oauth2: ") {
		return &Error{Status: http.StatusOK, Err: errors.New("an answer without a token")}
	}
	return &Error{Err: err}
}
