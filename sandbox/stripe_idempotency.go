package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// stripeKeep is how long Stripe remembers an idempotency key.
const stripeKeep = 24 * time.Hour

// idempotent runs a write once per Idempotency-Key. The second with the same
// parameters gets the first answer again, errors of the server included;
// answers to writes that never began are not kept.
func (s *stripe) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if r.Method != http.MethodPost || key == "" {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > 255 {
			invalid("The Idempotency-Key may have at most 255 characters.").write(w)
			return
		}
		// A body that is no form has no parameters: the route refuses it.
		_ = r.ParseForm()
		params := r.URL.Path + "?" + r.Form.Encode()
		if first := s.keys.first(key); first != nil {
			first.again(w, key, params)
			return
		}
		a := answerInto(w)
		next.ServeHTTP(a, r)
		if began(a.status) {
			s.keys.add(key, &keyed{params: params, request: w.Header().Get("Request-Id"), answered: r.Context().Done(), answer: a})
		}
		a.send(w)
	})
}

// began says whether a write with this answer had begun, other than one whose
// parameters were refused.
func began(status int) bool {
	return status < 300 || status == http.StatusPaymentRequired || status >= 500
}

// again answers another request with the same key.
func (k *keyed) again(w http.ResponseWriter, key, params string) {
	if params != k.params {
		f := invalid(fmt.Sprintf("Keys for idempotent requests can only be used with the same parameters they were first used with. "+
			"Try using a key other than '%s' if you meant to execute a different request.", key))
		f.Type = "idempotency_error"
		f.write(w)
		return
	}
	select {
	case <-k.answered:
	default:
		w.Header().Set("Stripe-Should-Retry", "true")
		invalid("There is currently another in-progress request using this Idempotent Key. Please try again later.").
			with(http.StatusConflict).coded("idempotency_key_in_use").write(w)
		return
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.Header().Set("Original-Request", k.request)
	if k.answer.status >= 500 {
		w.Header().Set("Stripe-Should-Retry", "false")
	}
	k.answer.send(w)
}
