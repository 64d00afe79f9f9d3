package call

import (
	"strings"

	"holdfast/connect/mapping"
)

// A Key is an object of inputs as JSON text, as [mapping.Value.AppendJSON] writes it: {"id":"5"}. Equal keys are equal
// texts. "" is none.
type Key string

// KeyOf is the key of an object; none of what is missing.
func KeyOf(v mapping.Value) Key {
	if v.IsMissing() {
		return ""
	}
	return Key(v.AppendJSON(nil))
}

// Value is the object that the key is; missing where it is none.
func (k Key) Value() mapping.Value {
	if k == "" {
		return mapping.Value{}
	}
	v, _, err := mapping.ParseJSON([]byte(k), mapping.JSONLimits{})
	if err != nil {
		return mapping.Value{}
	}
	return v
}

// Leaf is the JSON text of the member called name, found without parsing; false where there is none. Names that
// JSON does not write as they are, such as those with quotes, are not found.
func (k Key) Leaf(name string) (string, bool) {
	text := string(k)
	if !strings.HasPrefix(text, "{") {
		return "", false
	}
	for text = text[1:]; strings.HasPrefix(text, `"`); text = strings.TrimPrefix(text, ",") {
		end := stringEnd(text)
		member := text[1 : end-1]
		text = strings.TrimPrefix(text[end:], ":")
		size := valueEnd(text)
		if member == name {
			return text[:size], true
		}
		text = text[size:]
	}
	return "", false
}

// stringEnd is how long the string is that JSON text begins with, with its quotes.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// valueEnd is how long the value is that JSON text begins with.
func valueEnd(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// like appends a key of the same members, and the same for all keys that have values of such kinds.
func (k Key) like(dst []byte) []byte {
	text := string(k)
	if !strings.HasPrefix(text, "{") {
		return appendLike(dst, text)
	}
	dst = append(dst, '{')
	for text = text[1:]; strings.HasPrefix(text, `"`); {
		end := stringEnd(text) + 1 // with the colon
		dst = append(dst, text[:end]...)
		text = text[end:]
		size := valueEnd(text)
		dst = Key(text[:size]).like(dst)
		if text = text[size:]; strings.HasPrefix(text, ",") {
			dst, text = append(dst, ','), text[1:]
		}
	}
	return append(dst, '}')
}

// appendLike appends 0 for a number, "0" for anything else.
func appendLike(dst []byte, text string) []byte {
	if text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') {
		return append(dst, '0')
	}
	return append(dst, `"0"`...)
}
