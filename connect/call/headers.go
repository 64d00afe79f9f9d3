package call

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// heeds are the headers of an answer that its value depends on; "*" is all of them.
func (c *Connector) heeds() []string { return headersOf("$response", c.Reads) }

// Varies are the headers of the caller's request that an answer depends on; none if it is shared. What
// middleware found out of a caller ($context) is behind no header that we know, and is "*".
func (o *Opened) Varies(shared bool) []string {
	if shared {
		return nil
	}
	names := append(headersOf("$request", o.Callers), o.API.Forwards()...)
	for _, path := range o.Callers {
		if path == "$context" || strings.HasPrefix(path, "$context.") {
			names = append(names, "*")
		}
	}
	return names
}

// HeadersRead are the headers of a caller's request that inputs of [Connector.Callers] read; "*" is all of them.
func HeadersRead(inputs []string) []string { return headersOf("$request", inputs) }

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

// headersValue is {headers: {name: [values]}} with names in lower case.
func headersValue(h http.Header) mapping.Value {
	members := make([]mapping.Member, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		items := make([]mapping.Value, 0, len(h[name]))
		for _, v := range h[name] {
			items = append(items, mapping.StringValue(v))
		}
		members = append(members, mapping.Member{Key: strings.ToLower(name), Value: mapping.ArrayValue(items...)})
	}
	return mapping.ObjectValue(mapping.Member{Key: "headers", Value: mapping.ObjectValue(members...)})
}
