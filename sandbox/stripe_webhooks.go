package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Topics of Stripe that happen here.
const (
	stripeRefundCreated = "refund.created"
	stripeRefundUpdated = "refund.updated"
	stripeRefunded      = "charge.refunded"
	stripeSucceeded     = "payment_intent.succeeded"
)

// tells is how Stripe tells of changes: it goes on for days where it fails, which are seconds here.
func (s *stripe) tells() *telling {
	return &telling{
		topics:  []string{stripeRefundCreated, stripeRefundUpdated, stripeRefunded, stripeSucceeded},
		retries: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second},
		again:   func(int) bool { return true },
		about:   s.about,
		message: stripeMessage,
	}
}

func (s *stripe) about(topic, id string) (news, bool) {
	switch topic {
	case stripeSucceeded:
		if p := s.payment(id); p != nil {
			return news{body: intentOf(p, nil)}, true
		}
	case stripeRefunded:
		if p := s.charged(id); p != nil {
			return news{body: chargeOf(p, nil)}, true
		}
	default:
		if r := find(s.refunds, func(r *refund) bool { return r.id == id }); r != nil {
			return news{body: refundOf(r, nil)}, true
		}
	}
	return news{}, false
}

// stripeMessage is an event as Stripe sends it, with its signature: t=TIME,v1=HMAC of TIME.BODY.
func stripeMessage(n news, secret string, at time.Time) (http.Header, []byte) {
	body := jsonOf(object{
		"id": stripeID("evt", n.serial), "object": "event", "api_version": stripeVersion, "created": n.at.Unix(),
		"data": object{"object": n.body}, "livemode": false, "pending_webhooks": 1,
		"request": object{"id": nil, "idempotency_key": nil}, "type": n.topic,
	})
	signed := strconv.FormatInt(at.Unix(), 10)
	return headers(
		"Content-Type", "application/json; charset=utf-8", "User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
		"Stripe-Signature", "t="+signed+",v1="+hex.EncodeToString(mac(secret, signed, ".", string(body))),
	), body
}

// mac is the HMAC-SHA-256 of parts, one after the other.
func mac(secret string, parts ...string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	for _, part := range parts {
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

func base64Of(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for pair := range slices.Chunk(pairs, 2) {
		h.Set(pair[0], pair[1])
	}
	return h
}
