package signature

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Spec describes a scheme of another sender. Headers are named as they are sent; members of a body are named by a path
// such as data.id.
type Spec struct {
	Header   string // that has the signature
	Prefix   string // of the signature
	Encoding string // hex (the default) or base64
	// Signed is what is signed: a text with {method}, {url}, {body}, {timestamp} and {id}; "": {body}.
	Signed string
	// Timestamp is the header that has the time of signing, and Unit how: s (the default), ms or rfc3339.
	Timestamp, Unit string
	Tolerance       time.Duration // how far that may be from now; 0: five minutes
	IDHeader, ID    string        // where an event's id is: a header, or a member; neither: its content tells it apart
	TypeHeader      string        // where its type is: a header
	Type            string        // or a member
}

// Custom returns the scheme that a spec describes. The error says which part of it is wrong.
func Custom(spec Spec) (*Scheme, error) {
	s := &Scheme{
		header: http.CanonicalHeaderKey(spec.Header), prefix: spec.Prefix, secret: asShown,
		identify: func(t *told) (string, string) {
			return t.either(spec.IDHeader, spec.ID), t.either(spec.TypeHeader, spec.Type)
		},
	}
	if spec.Header == "" {
		return nil, errors.New("header: which header has the signature?")
	}
	var err error
	if s.encoding, err = oneOf(spec.Encoding, "encoding", map[string]encoding{"": inHex, "hex": inHex, "base64": inBase64}); err != nil {
		return nil, err
	}
	if s.clock.unit, err = oneOf(spec.Unit, "unit", map[string]unit{"": seconds, "s": seconds, "ms": milliseconds, "rfc3339": iso}); err != nil {
		return nil, err
	}
	if s.signed, err = template(spec.Signed); err != nil {
		return nil, err
	}
	if slices.Contains(s.signed, id) {
		if spec.IDHeader == "" {
			return nil, errors.New("signed: {id} is the value of idHeader, which is missing")
		}
		s.id = spec.IDHeader
	}
	switch has := slices.Contains(s.signed, timestamp); {
	case has && spec.Timestamp == "":
		return nil, errors.New("signed: {timestamp} is the value of the header that timestamp names, which is missing")
	case !has && spec.Timestamp != "":
		return nil, errors.New("timestamp: it is not part of what is signed, so it proves nothing: add {timestamp} to signed, or leave it out")
	case spec.Tolerance < 0:
		return nil, errors.New("tolerance: expected a time")
	case has:
		s.clock.header, s.clock.tolerance = http.CanonicalHeaderKey(spec.Timestamp), spec.Tolerance
		if s.clock.tolerance == 0 {
			s.clock.tolerance = usual
		}
	}
	return s, nil
}

// either is what a header has, else a member.
func (t *told) either(header, path string) string {
	if header != "" {
		return t.header(header)
	}
	return t.text(path)
}

func oneOf[T any](text, name string, values map[string]T) (T, error) {
	v, ok := values[text]
	if !ok {
		var names []string
		for n := range values {
			if n != "" {
				names = append(names, n)
			}
		}
		slices.Sort(names)
		return v, fmt.Errorf("%s: expected %s, got %q", name, strings.Join(names, " or "), text)
	}
	return v, nil
}

// template reads what is signed.
func template(text string) ([]part, error) {
	if text == "" {
		return []part{body}, nil
	}
	known := []part{method, url, body, timestamp, id}
	var parts []part
	for text != "" {
		at := strings.IndexByte(text, '{')
		if at < 0 {
			at = len(text)
		}
		if at > 0 {
			parts = append(parts, part(text[:at]))
			text = text[at:]
			continue
		}
		end := strings.IndexByte(text, '}') + 1
		if p := part(text[:end]); slices.Contains(known, p) {
			parts = append(parts, p)
			text = text[end:]
			continue
		}
		if end == 0 {
			end = len(text)
		}
		return nil, fmt.Errorf("signed: %s is none of {method}, {url}, {body}, {timestamp} and {id}", text[:end])
	}
	if !slices.Contains(parts, body) {
		return nil, errors.New("signed: without {body} anybody could change it")
	}
	return parts, nil
}
