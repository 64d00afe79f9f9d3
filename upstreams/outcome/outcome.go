// Package outcome says what a complete HTTP answer means by its status, its headers and its form, before
// anybody reads what is in it. It is pure. The defaults are one table, in [Of]; what an operator knows
// better is [Rules].
package outcome

import (
	"bytes"
	"mime"
	"net/http"
)

// Outcome is what an answer means. The set is closed; zero is a good answer.
type Outcome uint8

// The outcomes.
const (
	Good       Outcome = iota
	Down               // the source is out of order
	Limited            // it was asked too often
	Unusable           // a page for people: a firewall, a maintenance page, a login; or a part of an answer
	Credential         // it does not take the service's own credential, which says nothing of the data
	Refused            // a no
	Absent             // there is no such thing
)

// Answer is what is known of an answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Own says that it was asked for with the service's own credential, or with none: with nothing that a
	// caller gave to show who he is.
	Own bool
	// Part says that the request was for a part, or was no read.
	Part bool
	// Spent says that its headers tell of a rate limit of which nothing is left.
	Spent bool
}

// Of returns what a means by default, and whether a write that is answered so was not made. The first line that
// fits counts; a status that no line has is a no.
func Of(a Answer) (is Outcome, notMade bool) {
	for _, d := range [...]struct {
		from, to int
		when     func(Answer) bool // nil: always
		is       Outcome
		notMade  func(Answer) bool // nil: as is says
	}{
		{from: 0, to: 199, is: Unusable},                             // no status that an answer ends with
		{from: 206, to: 206, when: Answer.unaskedPart, is: Unusable}, // not the whole (RFC 9110 §15.3.7)
		{from: 200, to: 299, is: Good},
		{from: 503, to: 503, is: Down, notMade: Answer.saysWhen},
		{from: 500, to: 999, is: Down},
		{from: 429, to: 429, is: Limited},
		{from: 403, to: 403, when: Answer.limited, is: Limited},
		{from: 401, to: 401, when: Answer.own, is: Credential},
		{from: 408, to: 408, is: Down},
		{from: 421, to: 421, is: Down, notMade: always}, // RFC 9110 §15.5.20: another connection may do
		{from: 425, to: 425, is: Down, notMade: always}, // RFC 8470 §5.2: it was too early
		{from: 301, to: 301, is: Refused},               // it has moved for good: the settings are wrong
		{from: 308, to: 308, is: Refused},
		{from: 300, to: 399, when: Answer.elsewhere, is: Unusable},
		{from: 400, to: 400, when: Answer.Page, is: Unusable},
		{from: 403, to: 403, when: Answer.Page, is: Unusable},
		{from: 404, to: 404, when: Answer.Page, is: Unusable},
		{from: 410, to: 410, when: Answer.Page, is: Unusable},
		{from: 404, to: 404, is: Absent},
		{from: 410, to: 410, is: Absent},
	} {
		if a.Status >= d.from && a.Status <= d.to && (d.when == nil || d.when(a)) {
			return d.is, d.is.notMade() || d.notMade != nil && d.notMade(a)
		}
	}
	return Refused, a.Status >= 400 // what sends elsewhere may have done it first
}

// notMade reports whether what ends so was not made, whatever the status is.
func (o Outcome) notMade() bool {
	switch o {
	case Limited, Credential, Refused, Absent:
		return true
	}
	return false
}

func always(Answer) bool { return true }

func (a Answer) own() bool { return a.Own }

// saysWhen reports whether the answer says when to come back.
func (a Answer) saysWhen() bool { return a.Header.Get("Retry-After") != "" }

// limited reports whether a no is one to asking so often.
func (a Answer) limited() bool { return a.Spent || a.saysWhen() }

func (a Answer) unaskedPart() bool { return !a.Part }

// elsewhere reports whether the answer sends browsers to some page for now.
func (a Answer) elsewhere() bool { return len(a.Body) == 0 || a.Page() }

// Page reports whether the body is HTML or XML, where JSON is spoken: by its first character, and where that
// could be of a text, by its type. JSON that goes by the name of HTML is JSON.
func (a Answer) Page() bool {
	body := bytes.TrimLeft(bytes.TrimPrefix(a.Body, []byte("\ufeff")), " \t\r\n")
	if len(body) == 0 {
		return false
	}
	switch body[0] {
	case '<':
		return true
	case '{', '[', '"':
		return false
	}
	mediaType, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}
