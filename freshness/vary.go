package freshness

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// Vary says which headers of a request choose between the answers of one URI (RFC 9110 §12.5.5). The
// zero value: none.
type Vary struct {
	Names []string // canonical, sorted, each once
	Any   bool     // "*": things outside the request, so that no other request ever matches
}

// ParseVary reads the Vary headers of an answer.
func ParseVary(h http.Header) Vary {
	var v Vary
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			switch name = strings.Trim(name, " \t"); name {
			case "":
			case "*":
				v.Any = true
			default:
				v.Names = append(v.Names, http.CanonicalHeaderKey(name))
			}
		}
	}
	slices.Sort(v.Names)
	v.Names = slices.Compact(v.Names)
	return v
}

// Key returns the second half of a cache key: requests with equal keys get the same answer (RFC 9111
// §4.1). It is a hash of the names and req's values, and "" without names. A header that is absent only
// equals one that is absent; lines are joined, and white space that means nothing is left out.
func (v Vary) Key(req *http.Request) string {
	if len(v.Names) == 0 {
		return ""
	}
	var b []byte
	for _, name := range v.Names {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		lines := req.Header[name]
		if name == "Host" {
			lines = []string{Target(req).Host}
		}
		if lines == nil {
			b = append(b, 0)
			continue
		}
		value := normalize(name, lines)
		b = append(b, 1)
		b = binary.AppendUvarint(b, uint64(len(value)))
		b = append(b, value...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// normalize joins the lines of a header. White space around commas is known to mean nothing only where
// the header is a list.
func normalize(name string, lines []string) string {
	value := strings.Join(lines, ",")
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language":
		return tight(value)
	}
	if len(lines) == 1 {
		return strings.Trim(value, " \t")
	}
	return strings.Join(lines, ", ")
}

// tight returns a list without white space around its commas. A quoted string stays as it is.
func tight(list string) string {
	var items []string
	for list != "" {
		var item string
		item, list = member(list)
		if item = strings.Trim(item, " \t"); item != "" {
			items = append(items, item)
		}
	}
	return strings.Join(items, ",")
}

// member cuts a list at its first comma outside of quotes.
func member(list string) (first, rest string) {
	in := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && in:
			i++
		case c == '"':
			in = !in
		case c == ',' && !in:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}
