package sandbox

import (
	"net/http"
	"time"
)

// zendeskKeep is how long Zendesk remembers an idempotency key.
const zendeskKeep = 2 * time.Hour

// idempotent creates a ticket once per Idempotency-Key; on other routes the key
// means nothing. The second creation with the same body gets the first answer
// again; one that was refused is not kept.
func (z *zendesk) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if key == "" || r.Method != http.MethodPost || r.URL.Path != "/tickets" {
			next.ServeHTTP(w, r)
			return
		}
		body := string(bodyOf(r))
		switch first := z.keys.first(key); {
		case len(key) > 255:
			zendeskError(w, http.StatusBadRequest, "IdempotentRequestError", "The Idempotency-Key may have at most 255 characters")
		case first != nil && first.params != body:
			zendeskError(w, http.StatusBadRequest, "IdempotentRequestError", "Request parameters don't match the given idempotency key")
		case first != nil:
			w.Header().Set("X-Idempotency-Lookup", "hit")
			first.answer.send(w)
		default:
			a := answerInto(w)
			next.ServeHTTP(a, r)
			if a.status == http.StatusCreated {
				z.keys.add(key, &keyed{params: body, answer: a})
			}
			w.Header().Set("X-Idempotency-Lookup", "miss")
			a.send(w)
		}
	})
}
