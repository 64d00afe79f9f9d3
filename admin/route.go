package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"holdfast/upstreams/field"
)

// A Route is one thing that can be asked of a gateway.
type Route struct {
	// Pattern is the method and path as [http.ServeMux] has them, such as "GET /v1/cache/{key}".
	Pattern string
	// Answer returns what is answered as JSON, or an error: a [*RefusedError] with what it says, any other as 500 with its
	// cause in the log only.
	Answer func(*Call) (any, error)
	// Quiet says that a call leaves no line in the log unless it is refused: it is made every few seconds, and tells
	// nothing of anybody.
	Quiet bool
}

// A Call is one request to a route. It is used by one goroutine.
type Call struct {
	*http.Request

	// Who asks: "uid 1000", or the name of a token.
	Who string

	audit []slog.Attr
}

// Note puts what was asked for, or what came of it, into the call's line in the log. It must hold no secrets.
func (c *Call) Note(key string, value any) { c.audit = append(c.audit, slog.Any(key, value)) }

// mostInput is the largest body of a request.
const mostInput = 1 << 20

// Input decodes the body, a JSON object, into a pointer to a struct. It is strict: names are those of the struct, each
// once, and nothing follows. The error is a [*RefusedError].
func (c *Call) Input(into any) error {
	if media, _, _ := strings.Cut(c.Header.Get("Content-Type"), ";"); strings.TrimSpace(strings.ToLower(media)) != "application/json" {
		return &RefusedError{Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Message: "expected Content-Type: application/json"}
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, mostInput))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &RefusedError{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Message: fmt.Sprintf("the body has more than %d bytes: ask in several calls", mostInput)}
	}
	if err != nil {
		return BadInput("the body ended early: " + err.Error())
	}
	if err := namesOnce(text, reflect.TypeOf(into).Elem()); err != nil {
		return BadInput(err.Error())
	}
	in := json.NewDecoder(bytes.NewReader(text))
	if err := in.Decode(into); err != nil {
		return BadInput(strings.TrimPrefix(inWords(err), "json: "))
	}
	return nil
}

// namesOnce returns what is wrong with the names in text, one JSON object that a struct of type t is decoded from: of a
// name that stands twice the last would count, and one in other letters, too.
func namesOnce(text []byte, t reflect.Type) error {
	known := map[string]bool{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = true
	}
	in := json.NewDecoder(bytes.NewReader(text))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return errors.New("expected a JSON object")
	}
	seen := map[string]bool{}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return errors.New(inWords(err))
		}
		text, _ := name.(string)
		switch {
		case seen[text]:
			return fmt.Errorf("%q is there twice", text)
		case !known[text]:
			return fmt.Errorf("unknown field %q: expected %s", text, field.Either(slices.Sorted(maps.Keys(known))))
		}
		seen[text] = true
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return errors.New(inWords(err))
		}
	}
	if _, err := in.Token(); err != nil {
		return errors.New(inWords(err))
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return errors.New("expected nothing after the object")
	}
	return nil
}

// inWords is what is wrong with JSON, without names of Go types.
func inWords(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind := wrong.Type.Kind().String()
		switch kind {
		case "slice":
			kind = "a list"
		case "bool":
			kind = "true or false"
		case "string":
			kind = "a text"
		}
		return fmt.Sprintf("%q: expected %s, got %s", wrong.Field, kind, wrong.Value)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the JSON ends too early"
	}
	return err.Error()
}

// RefusedError is an answer that says no, as JSON: {"error": {"code", "message"}}.
type RefusedError struct {
	Status  int    `json:"-"` // of HTTP
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error returns the message.
func (r *RefusedError) Error() string { return r.Message }

// BadInput is 400: the caller must ask otherwise.
func BadInput(message string) *RefusedError {
	return &RefusedError{Status: http.StatusBadRequest, Code: "BAD_INPUT", Message: message}
}

// NotFound is 404.
func NotFound(message string) *RefusedError {
	return &RefusedError{Status: http.StatusNotFound, Code: "NOT_FOUND", Message: message}
}

// Conflict is 409: it cannot be done with what is there as it is.
func Conflict(message string) *RefusedError {
	return &RefusedError{Status: http.StatusConflict, Code: "CONFLICT", Message: message}
}

// Unavailable is 503: it may go later.
func Unavailable(message string) *RefusedError {
	return &RefusedError{Status: http.StatusServiceUnavailable, Code: "UNAVAILABLE", Message: message}
}

// envelope is how a RefusedError is sent.
type envelope struct {
	Error *RefusedError `json:"error"`
}
