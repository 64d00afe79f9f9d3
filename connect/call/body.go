package call

import (
	"bytes"
	"errors"
	"mime"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// errType is a body of a type that cannot be read.
var errType = errors.New("content type is neither JSON nor text/plain")

// Parse reads a body by its content type. An empty one is null. What is slightly
// wrong with it is counted, and costs nothing. Its texts are parts of the whole: who
// keeps one makes a copy.
func (o *Opened) Parse(reply upstreams.Reply) (mapping.Value, error) {
	in, problems, err := parse(reply, o.API.JSONAlways())
	counted := map[string]bool{}
	for _, p := range problems {
		if place := "response: " + p.Message; !counted[place] {
			counted[place] = true
			o.drift(place)
		}
	}
	return in, err
}

// parse reads a body as JSON or text; with always, as JSON whatever its type is.
func parse(reply upstreams.Reply, always bool) (mapping.Value, []mapping.Problem, error) {
	if len(reply.Body) == 0 {
		return mapping.NoBody(), nil, nil
	}
	contentType := reply.Header.Get("Content-Type")
	mediaType, params, err := mime.ParseMediaType(contentType)
	known := err == nil || errors.Is(err, mime.ErrInvalidMediaParameter) // the type alone can be read
	switch {
	case always || contentType == "" || known && isJSON(mediaType):
		return mapping.ParseJSON(decoded(reply.Body, params["charset"]), mapping.JSONLimits{Shared: true})
	case known && mediaType == "text/plain":
		text := decoded(reply.Body, params["charset"])
		v := mapping.StringValue(string(text))
		if s, _ := v.Str(); s != string(text) {
			return v, []mapping.Problem{{Code: mapping.BrokenText, Message: mapping.BrokenTextMessage, Path: []any{}}}, nil
		}
		return v, nil, nil
	}
	return mapping.Value{}, nil, errType
}

func isJSON(mediaType string) bool {
	return strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

// decoded is a body in UTF-8, without a byte order mark. A charset that nobody
// knows is taken for UTF-8, which JSON is in (RFC 8259 §8.1); one that is not said,
// for UTF-16 where every other of the first bytes says so.
func decoded(body []byte, charset string) []byte {
	if charset == "" {
		charset = guessed(body)
	}
	encoding, err := htmlindex.Get(charset) // as on the web: Latin-1 is Windows-1252
	if err == nil && !strings.EqualFold(charset, "utf-8") {
		if text, err := encoding.NewDecoder().Bytes(body); err == nil {
			body = text
		}
	}
	return bytes.TrimPrefix(body, []byte("\ufeff"))
}

// guessed is the charset of a text whose first character is one of ASCII, or a byte
// order mark.
func guessed(body []byte) string {
	switch {
	case len(body) < 2:
	case body[0] == 0xFE && body[1] == 0xFF, body[0] == 0 && body[1] != 0:
		return "utf-16be"
	case body[0] == 0xFF && body[1] == 0xFE, body[0] != 0 && body[1] == 0:
		return "utf-16le"
	}
	return "utf-8"
}
