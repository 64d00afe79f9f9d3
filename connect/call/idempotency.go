package call

import (
	"net/http"
	"strings"

	"holdfast/connect/mapping"
)

// hasIdempotencyKey says whether a request carries a key by which the API makes a
// change once, however often it is asked for: a header, or a field at the top of
// the body, by that name. That it is there says that the API honours it. Further
// down, as in metadata, it is a value like others.
func hasIdempotencyKey(h http.Header, body mapping.Value) bool {
	for name, values := range h {
		if IsIdempotencyKey(name) && len(values) > 0 && values[0] != "" {
			return true
		}
	}
	for name, v := range body.Members() {
		if text, _ := v.Str(); text != "" && IsIdempotencyKey(name) {
			return true
		}
	}
	return false
}

// IsIdempotencyKey says whether a name is that of an idempotency key, however it is
// written: Idempotency-Key, X-Idempotency-Key, idempotency_key, idempotencyKey,
// Idempotence-Key.
func IsIdempotencyKey(name string) bool {
	name = strings.TrimPrefix(strings.ToLower(name), "x-")
	name = strings.NewReplacer("-", "", "_", "").Replace(name)
	return name == "idempotencykey" || name == "idempotencekey"
}
