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

// form encodes an object as application/x-www-form-urlencoded, in its order:
// members of members are p[q], items p[0], and what holds nothing is left out.
func form(v mapping.Value) ([]byte, error) {
	if !v.IsObject() {
		return nil, BadInput("body: a form is made of an object")
	}
	var pairs []string
	for key, value := range v.Members() {
		pairs = formPairs(pairs, key, value)
	}
	return []byte(strings.Join(pairs, "&")), nil
}

func formPairs(pairs []string, name string, v mapping.Value) []string {
	switch {
	case v.IsObject():
		for key, value := range v.Members() {
			pairs = formPairs(pairs, name+"["+key+"]", value)
		}
	case v.IsArray():
		for i, item := range v.Items() {
			pairs = formPairs(pairs, name+"["+strconv.Itoa(i)+"]", item)
		}
	default:
		text, _ := mapping.Text(v)
		pairs = append(pairs, formEncode(name)+"="+formEncode(text))
	}
	return pairs
}

// formEncode is the application/x-www-form-urlencoded byte serializer of the URL
// standard: unlike in a path, * stays and ~ does not.
func formEncode(s string) string {
	return strings.ReplaceAll(encodeAllBut(s, "*-._ "), " ", "+")
}
