package gateway

import (
	"bytes"
	"encoding/json"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// eventStream is the media type of server-sent events (https://html.spec.whatwg.org/#server-sent-events).
const eventStream = "text/event-stream"

// events sends answers as server-sent events, each stream over a request of its own: the protocol of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md in its mode of distinct connections.
type events struct{ *outlet }

func (e *events) begin() error { return e.outlet.begin(eventStream + "; charset=utf-8") }

// next is one line.
func (e *events) next(body []byte) error {
	if bytes.ContainsAny(body, "\r\n") { // between parts of JSON as an API wrote it
		var line bytes.Buffer
		if err := json.Compact(&line, body); err != nil {
			return err
		}
		body = line.Bytes()
	}
	return e.write([]byte("event: next\ndata: "), body, []byte("\n\n"))
}

func (e *events) beat() error { return e.write([]byte(":\n\n")) }

func (e *events) fail(errs gqlerror.List) error { return last(e, errorsOf(errs)) }

func (e *events) complete() error { return e.write([]byte("event: complete\ndata: \n\n")) }

// again ends without a word: clients take that for a connection that broke, and come again.
func (e *events) again() error { return nil }
