package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// mostEvents is how many events one delivery may tell of.
const mostEvents = 1000

// Ping reports whether d only tries whether we are here: it is answered, and tells of nothing. Some are not signed.
func (s *Scheme) Ping(d *Delivery) bool { return s.ping != nil && s.ping(d) }

// Events returns what d tells of, which was verified. The error says what is wrong with its form, and repeats nothing of
// it.
func (s *Scheme) Events(d *Delivery) ([]Event, error) {
	var found []Event
	for i, text := range s.bodies(d.Body) {
		if i == mostEvents {
			return nil, fmt.Errorf("more than %d events in one delivery", mostEvents)
		}
		t := &told{headers: d.Header, body: text}
		if err := t.read(); err != nil {
			return nil, err
		}
		if s.check != nil {
			if err := s.check(t); err != nil {
				return nil, err
			}
		}
		id, kind := s.identify(t)
		if id == "" || len(id) > mostText { // then what it says is what it is
			sum := sha256.Sum256(text)
			id = "sha256:" + base64.RawURLEncoding.EncodeToString(sum[:])
		}
		if len(kind) > mostText {
			kind = ""
		}
		found = append(found, Event{ID: id, Type: kind, Body: text})
	}
	if len(found) == 0 {
		return nil, errors.New("expected an array of events")
	}
	return found, nil
}

// bodies are those of the events in a delivery's.
func (s *Scheme) bodies(body []byte) [][]byte {
	if !s.batched {
		if len(bytes.TrimSpace(body)) == 0 {
			return [][]byte{[]byte("null")}
		}
		return [][]byte{body}
	}
	var all []json.RawMessage
	if json.Unmarshal(body, &all) != nil {
		return nil
	}
	bodies := make([][]byte, len(all))
	for i, text := range all {
		bodies[i] = text
	}
	return bodies
}

// told is one event as it is told of.
type told struct {
	headers http.Header
	body    []byte
	members map[string]json.RawMessage
}

func (t *told) read() error {
	if err := json.Unmarshal(t.body, &t.members); err != nil {
		return errors.New("expected a JSON object")
	}
	return nil
}

func (t *told) header(name string) string { return only(t.headers, name) }

// text is a member's text, or its JSON if it is a number; "" else.
func (t *told) text(path string) string {
	members := t.members
	for {
		name, rest, more := strings.Cut(path, ".")
		value := members[name]
		if more {
			members = nil
			if json.Unmarshal(value, &members) != nil {
				return ""
			}
			path = rest
			continue
		}
		var text string
		switch {
		case json.Unmarshal(value, &text) == nil && len(value) > 0 && value[0] == '"':
			return text
		case len(value) > 0 && (value[0] == '-' || '0' <= value[0] && value[0] <= '9'):
			return string(value)
		}
		return ""
	}
}

// members identifies events by members of their bodies; "": there is none.
func members(id, kind string) func(*told) (string, string) {
	return func(t *told) (string, string) {
		if id == "" {
			return "", t.text(kind)
		}
		return t.text(id), t.text(kind)
	}
}

// headers identifies events by headers of their deliveries.
func headers(id, kind string) func(*told) (string, string) {
	return func(t *told) (string, string) { return t.header(id), t.header(kind) }
}

// changes identifies HubSpot's events, whose eventId alone is not unique.
func changes(t *told) (id, kind string) {
	var parts []string
	for _, name := range []string{"eventId", "objectId", "occurredAt"} {
		parts = append(parts, string(t.members[name]))
	}
	if parts[0] != "" {
		id = strings.Join(parts, "/")
	}
	return id, t.text("subscriptionType")
}

// subscribed identifies Zendesk's events. The body of a webhook that a trigger calls is its author's own, and its id may
// be that of a ticket: then the call is what is told apart.
func subscribed(t *told) (id, kind string) {
	if kind = t.text("type"); strings.HasPrefix(kind, "zen:event-type:") {
		return t.text("id"), kind
	}
	return t.header("X-Zendesk-Webhook-Invocation-Id"), kind
}

// whole refuses Stripe's thin events, which have another form.
func whole(t *told) error {
	if t.text("object") != "event" {
		return errors.New(`expected an event with "object": "event": let Stripe send snapshot events, not thin ones`)
	}
	return nil
}

// saved recognises what WooCommerce sends when somebody saves a webhook: a form, and not signed.
func saved(d *Delivery) bool {
	kind, _, err := mime.ParseMediaType(d.Header.Get("Content-Type"))
	number, ok := strings.CutPrefix(string(d.Body[:min(len(d.Body), mostText)]), "webhook_id=")
	return err == nil && ok && kind == "application/x-www-form-urlencoded" && number != "" &&
		strings.Trim(number, "0123456789") == "" && d.Header.Get("X-WC-Webhook-Signature") == ""
}
