package gateway

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
)

// refuse answers a request that was not run: with the status of err if it is a
// [*refusal], else with 500.
func refuse(w http.ResponseWriter, media string, err error) {
	no, ok := errors.AsType[*refusal](err)
	code := codeBadRequest
	if !ok {
		no, code = &refusal{status: http.StatusInternalServerError, message: "internal error"}, codeInternal
	}
	if no.busy {
		code = codeOverload
		w.Header()["Retry-After"] = soon
	}
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}
	if v, ok := w.(*visit); ok {
		v.refused = no.message
	}
	w.Header()["Cache-Control"] = noStore
	send(w, media, no.status, errorText(no.message, code), placed{})
}

// errorText is the JSON of an answer with one error.
func errorText(message, code string) []byte {
	text := append(make([]byte, 0, 256), `{"errors":[{"message":`...)
	text, _ = jsontext.AppendQuote(text, message) // what is not UTF-8 becomes U+FFFD
	return append(append(append(text, `,"extensions":{"code":"`...), code...), `"}}]}`...)
}

// busy refuses an operation that there is no room for.
var busy = &refusal{ //nolint:gochecknoglobals // constant
	status:  http.StatusServiceUnavailable,
	message: "too many operations at once: try again",
	busy:    true,
}

var soon = []string{"1"} //nolint:gochecknoglobals // constant

// catch answers 500 to a request whose handler panics, and logs why. A panic
// after the answer has begun only ends the connection, as [http.ErrAbortHandler]
// always does.
func (g *Gateway) catch(v *visit, r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(value)
	}
	logPanic(r.Context(), g.log, value)
	if v.status != 0 {
		panic(http.ErrAbortHandler)
	}
	refuse(v, plainJSON, errors.New("panic"))
}
