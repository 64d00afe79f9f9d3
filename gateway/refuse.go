package gateway

import (
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
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
		w.Header().Set("Retry-After", "1")
	}
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}
	if v, ok := w.(*visit); ok {
		v.refused = no.message
	}
	w.Header().Set("Cache-Control", "no-store")
	a := answer{Response: &graphql.Response{Errors: gqlerror.List{{
		Message:    no.message,
		Extensions: map[string]any{"code": code},
	}}}}
	_ = a.write(w, media, no.status) // strings only: cannot fail
}

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
