package connect

import (
	"net/http"
	"strings"
)

// heeds are the headers of an answer that its value depends on; "*" is all of them.
func (c *Call) heeds() []string { return headersOf("$response", c.Reads) }

// varies are the headers of the caller's request that an answer depends on; none if it is shared. What
// middleware found out of a caller ($context) is behind no header that we know, and is "*".
func (c *Call) varies(api *API, shared bool) []string {
	if shared {
		return nil
	}
	names := append(headersOf("$request", c.Callers), api.Forwards()...)
	for _, path := range c.Callers {
		if path == "$context" || strings.HasPrefix(path, "$context.") {
			names = append(names, "*")
		}
	}
	return names
}

// headersOf are the names in the paths that read headers of a message, $request or $response; a path that
// reads no header alone, such as $response.headers, is "*".
func headersOf(message string, paths []string) []string {
	var names []string
	for _, path := range paths {
		name, rest, _ := strings.Cut(path, ".")
		if name != message {
			continue
		}
		_, header, _ := strings.Cut(rest, ".")
		header, _, _ = strings.Cut(header, ".")
		if header == "" {
			header = "*"
		}
		names = append(names, http.CanonicalHeaderKey(header))
	}
	return names
}
