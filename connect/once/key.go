package once

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A Key is what a caller calls a change that he wants made once. The zero value is none.
type Key struct {
	Text   string
	Caller string // who asks; "": whoever the API is shown, and all are one where it is shown nobody. Others are told nothing
}

// Where a request has the key: a header, or a member of its extensions.
const (
	Header    = "Idempotency-Key"
	Extension = "idempotencyKey"
)

const mostKey = 255 // bytes, as at most vendors

// KeyOf is the text of a request's key, "" if it has none: that of the header, as it is or as a structured string
// (draft-ietf-httpapi-idempotency-key-header), or that of the request's extensions. The error says what is wrong, and
// repeats nothing of it.
func KeyOf(h http.Header, extensions map[string]any) (string, error) {
	var found []string
	for _, text := range h.Values(Header) {
		found = append(found, unquoted(strings.TrimSpace(text)))
	}
	if v, ok := extensions[Extension]; ok && v != nil {
		text, isText := v.(string)
		if !isText {
			return "", errors.New("extensions." + Extension + " must be a string")
		}
		found = append(found, text)
	}
	for _, text := range found {
		switch {
		case text != found[0]:
			return "", errors.New("the request has two idempotency keys that differ: send one")
		case text == "" || len(text) > mostKey || strings.IndexFunc(text, unprintable) >= 0:
			return "", errors.New("an idempotency key has 1 to " + strconv.Itoa(mostKey) + " printable ASCII characters")
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	return found[0], nil
}

// unquoted is what a structured string says, or text as it is.
func unquoted(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text[1 : len(text)-1])
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// of is the key that the SDL says c's changes have, if it says so and there is one. The error is that of a change that
// is not sent.
func (k *Key) of(c *call.Opened, in *call.Inputs) error {
	says := c.Connector.Write
	if says.Key != nil {
		text, err := textOf(says.Key.Apply(mapping.NullValue(), mapping.Vars{"$args": in.Args}).Value)
		if err != nil {
			return call.BadInput("@idempotent(key: %q): %v", says.Key.Source, err)
		}
		if text != "" {
			k.Text = text
		}
	}
	if says.Required && k.Text == "" {
		return &upstreams.Error{
			Kind: upstreams.BadInput, Source: c.API.Name(), Connector: string(c.ID), Effect: upstreams.EffectNone,
			Message: "This change needs an idempotency key, so that it is made once: nothing was sent",
		}
	}
	return nil
}

// textOf is a key as a mapping yields it, "" for none.
func textOf(v mapping.Value) (string, error) {
	if v.IsMissing() || v.IsNull() {
		return "", nil
	}
	text, ok := mapping.Text(v)
	if !ok {
		return "", errors.New("yields neither text nor number")
	}
	if len(text) > mostKey {
		return "", errors.New("yields more than " + strconv.Itoa(mostKey) + " bytes")
	}
	return text, nil
}
