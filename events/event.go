package events

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"holdfast/internal/wire"
)

// Event is one thing that a source told of. It is not changed.
type Event struct {
	Source string
	ID     string // by which the source tells its events apart
	Type   string // what happened, in the source's words; "": it does not say
	// Received is when it came, by the clock of the process By which took it in.
	Received time.Time
	By       string
	// Header is that of its delivery, without credentials and what is too long.
	Header http.Header
	// Body is the event as JSON: what was delivered, or an element of it. Of one with a problem it is as it came.
	Body []byte
	// Problem is what is wrong with a delivery that is signed as it should be: nobody knows what it tells of. It repeats
	// nothing of that; "": nothing is.
	Problem string
}

// Name returns the name that the event has in a journal.
func (e *Event) Name() Name { return NameOf(e.Source, e.ID) }

const (
	magic   = "hfev"
	version = 1
)

var errRecord = errors.New("its record was made by another version, or is damaged")

// encode is the record of e in a journal.
func (e *Event) encode() []byte {
	b := wire.Begin(magic, version, len(e.Body)+512)
	for _, text := range []string{e.Source, e.ID, e.Type, e.By, e.Problem} {
		b = wire.AppendText(b, text)
	}
	b = wire.AppendTime(b, e.Received)
	b = wire.AppendHeader(b, e.Header)
	return wire.Seal(wire.AppendText(b, e.Body))
}

func decode(record []byte) (*Event, error) {
	v, r, ok := wire.Open(magic, record)
	if !ok || v != version {
		return nil, errRecord
	}
	e := &Event{}
	for _, text := range []*string{&e.Source, &e.ID, &e.Type, &e.By, &e.Problem} {
		*text = r.Text()
	}
	e.Received, e.Header, e.Body = r.Time(), r.Header(), bytes.Clone(r.Bytes())
	if !r.Done() {
		return nil, errRecord
	}
	return e, nil
}

// mostHeader is how much of a delivery's header is kept.
const mostHeader = 2 << 10

// kept is of a header what is kept: no credentials, and of the rest what fits, in the order of its names.
func kept(h http.Header) http.Header {
	left := mostHeader
	some := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		switch name {
		case "Authorization", "Proxy-Authorization", "Cookie":
			continue
		}
		size := len(name)
		for _, value := range h[name] {
			size += len(value)
		}
		if size <= left {
			some[name] = h[name]
			left -= size
		}
	}
	return some
}
