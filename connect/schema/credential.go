package schema

import (
	"slices"
	"strings"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// asCaller says whether a request shows an API who the caller is: a header by the
// name of a credential is made of what he sent or of $context, or one of his
// headers by such a name goes into the request somewhere.
func asCaller(r call.Request, callers []string) bool {
	return slices.ContainsFunc(callers, credentialRead) || slices.ContainsFunc(r.Headers, func(h call.Header) bool {
		return isCredential(h.Name) && (h.From != "" || h.Value != nil && slices.ContainsFunc(h.Value.Parts, ofCaller))
	})
}

func ofCaller(p mapping.Part) bool {
	return p.Mapping != nil && slices.ContainsFunc(readings(p.Mapping), reading.ofCaller)
}

// credentialRead says whether a path such as $request.headers.x-token reads a
// credential, or all headers.
func credentialRead(path string) bool {
	_, name, _ := strings.Cut(path, ".")
	return path == "$request" || path == "$request.headers" || isCredential(name)
}

// isCredential says whether something is called what credentials are called. An
// idempotency key is none.
func isCredential(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, "idempotency") {
		return false
	}
	return slices.ContainsFunc([]string{
		"auth", "token", "key", "secret", "session", "cookie", "password", "credential", "signature", "jwt",
	}, func(word string) bool { return strings.Contains(name, word) })
}
