package call

import (
	"strconv"
	"strings"

	"holdfast/connect/mapping"
)

// isForm says whether a content type asks for a form body. It has no parameters, and
// whoever gives it some does not mean JSON.
func isForm(contentType string) (bool, error) {
	mediaType, _, more := strings.Cut(contentType, ";")
	is := strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded")
	if is && more {
		return false, BadInput("body: the content type of a form has no parameters")
	}
	return is, nil
}

// appendForm encodes an object as application/x-www-form-urlencoded, in its order:
// members of members are p[q], items p[0], and what holds nothing is left out.
func appendForm(dst []byte, v mapping.Value) ([]byte, error) {
	if !v.IsObject() {
		return dst, BadInput("body: a form is made of an object")
	}
	begin := len(dst)
	for key, value := range v.Members() {
		dst = appendPairs(dst, begin, key, value)
	}
	return dst, nil
}

// appendPairs appends what a value is in a form that begins at begin.
func appendPairs(dst []byte, begin int, name string, v mapping.Value) []byte {
	switch {
	case v.IsObject():
		for key, value := range v.Members() {
			dst = appendPairs(dst, begin, name+"["+key+"]", value)
		}
	case v.IsArray():
		for i, item := range v.Items() {
			dst = appendPairs(dst, begin, name+"["+strconv.Itoa(i)+"]", item)
		}
	default:
		if len(dst) > begin {
			dst = append(dst, '&')
		}
		text, _ := mapping.Text(v)
		dst = append(appendFormEncoded(dst, name), '=')
		dst = appendFormEncoded(dst, text)
	}
	return dst
}

// appendFormEncoded is the application/x-www-form-urlencoded byte serializer of the URL
// standard: unlike in a path, * stays and ~ does not.
func appendFormEncoded(dst []byte, s string) []byte {
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			dst = append(dst, '+')
		}
		dst = appendEncoded(dst, word, ofForms)
	}
	return dst
}
