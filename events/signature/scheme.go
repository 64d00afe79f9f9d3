package signature

import (
	"maps"
	"slices"
	"time"
)

// Scheme is one way in which deliveries are signed and tell of events. It is safe for concurrent use, and does not
// change. All schemes sign by HMAC-SHA-256 (RFC 2104).
type Scheme struct {
	header   string   // that has the signatures
	form     form     // how they stand there
	prefix   string   // of each
	encoding encoding // of each
	signed   []part   // what is signed
	id       string   // header of what is signed as the delivery's id
	clock    clock    // when it was signed; zero: that is not part of it
	secret   func(string) ([]byte, error)
	ping     func(*Delivery) bool // a delivery that only tries us; nil: there are none
	batched  bool                 // a body is an array of events
	identify func(*told) (id, kind string)
	check    func(*told) error // nil: every object is an event
}

// A form is how signatures stand in a header.
type form uint8

const (
	alone  form = iota // one in each
	listed             // t=TIME,v1=SIGNATURE,v1=SIGNATURE
	spaced             // v1,SIGNATURE v1,SIGNATURE
)

type encoding uint8

const (
	inHex encoding = iota
	inBase64
)

// A part of what is signed: one of these, or a text as it stands here.
type part string

const (
	method    part = "{method}"
	url       part = "{url}"
	body      part = "{body}"
	timestamp part = "{timestamp}" // as it is sent
	id        part = "{id}"
)

// A clock says where the time of signing is, and how it is written.
type clock struct {
	header    string // "": in that of the signatures, if its form has one
	unit      unit
	tolerance time.Duration // to both sides; 0: no time is signed
}

type unit uint8

const (
	seconds unit = iota
	milliseconds
	iso // RFC 3339
)

const usual = 5 * time.Minute // of tolerance

// NeedsURL says that the public URL is part of what is signed.
func (s *Scheme) NeedsURL() bool { return slices.Contains(s.signed, url) }

// Named returns the scheme of that name; nil: there is none.
func Named(name string) *Scheme { return schemes()[name] }

// Names are those of all schemes, in order.
func Names() []string { return slices.Sorted(maps.Keys(schemes())) }

// schemes are those of senders that we know, as they document them.
func schemes() map[string]*Scheme {
	return map[string]*Scheme{
		// docs.stripe.com/webhooks#verify-manually: the secret is used with its whsec_.
		"stripe": {
			header: "Stripe-Signature", form: listed, signed: []part{timestamp, ".", body},
			clock: clock{tolerance: usual}, secret: asShown, identify: members("id", "type"), check: whole,
		},
		// woocommerce.com/document/webhooks: without a time, so only the id of the delivery tells a replay.
		"woocommerce": {
			header: "X-WC-Webhook-Signature", encoding: inBase64, signed: []part{body}, secret: asShown,
			identify: headers("X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Topic"), ping: saved,
		},
		// developers.hubspot.com, "validating requests", version 3: the older ones are not keyed.
		"hubspot": {
			header: "X-HubSpot-Signature-v3", encoding: inBase64, signed: []part{method, url, body, timestamp},
			clock:  clock{"X-HubSpot-Request-Timestamp", milliseconds, usual},
			secret: asShown, batched: true, identify: changes,
		},
		// developer.zendesk.com, "verifying webhooks": the time is signed as it is written.
		"zendesk": {
			header: "X-Zendesk-Webhook-Signature", encoding: inBase64, signed: []part{timestamp, body},
			clock:  clock{"X-Zendesk-Webhook-Signature-Timestamp", iso, usual},
			secret: asShown, identify: subscribed,
		},
		// docs.easypost.com/docs/webhooks: the secret is normalised.
		"easypost": {
			header: "X-Hmac-Signature", prefix: "hmac-sha256-hex=", signed: []part{body},
			secret: decomposed, identify: members("id", "description"),
		},
		// developer.squareup.com, "validate and reproduce webhook events".
		"square": {
			header: "X-Square-HmacSha256-Signature", encoding: inBase64, signed: []part{url, body},
			secret: asShown, identify: members("event_id", "type"),
		},
		// aftership.com/docs/tracking, "webhook signature".
		"aftership": {
			header: "AfterShip-Hmac-Sha256", encoding: inBase64, signed: []part{body},
			secret: asShown, identify: members("event_id", "event"),
		},
		// docs.joinmastodon.org/admin, webhooks; the form of WebSub (w3.org/TR/websub).
		"mastodon": {
			header: "X-Hub-Signature", prefix: "sha256=", signed: []part{body},
			secret: asShown, identify: members("", "event"),
		},
		// github.com/standard-webhooks/standard-webhooks, the specification.
		"standard": {
			header: "Webhook-Signature", form: spaced, encoding: inBase64, signed: []part{id, ".", timestamp, ".", body},
			id: "Webhook-Id", clock: clock{"Webhook-Timestamp", seconds, usual},
			secret: standard, identify: func(t *told) (string, string) { return t.header("Webhook-Id"), t.text("type") },
		},
	}
}
