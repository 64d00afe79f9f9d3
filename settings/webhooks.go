package settings

import (
	"fmt"
	"net/url"
	"sync"
	"time"

	"holdfast/events"
	"holdfast/events/signature"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/field"
)

// Webhooks is how a source signs what it tells of by webhooks. The zero value is none.
type Webhooks struct {
	// Scheme is how the source signs its webhooks, by the name of who does so: aftership, easypost, hubspot, mastodon, square,
	// standard (Standard Webhooks), stripe, woocommerce or zendesk. They are sent to /webhooks/NAME. See docs/events.md.
	Scheme string `yaml:"scheme"`
	// Custom describes how, where no scheme does.
	Custom CustomScheme `yaml:"custom"`
	// Secrets are those that the source may sign with, as it shows them: the current one, and while it is being replaced
	// the previous one, too.
	Secrets []credential.Secret `yaml:"secrets"`
	// URL is the address that the source calls, as it is registered there, where that is signed (hubspot, square).
	URL string `yaml:"url"`
}

// CustomScheme is how webhooks are signed, by HMAC-SHA-256. The zero value is none.
type CustomScheme struct {
	// Header has the signature.
	Header string `yaml:"header"`
	// Prefix is what stands in front of the signature in it, such as sha256=.
	Prefix string `yaml:"prefix"`
	// Encoding is how the signature is written: hex (the default) or base64.
	Encoding string `yaml:"encoding"`
	// Signed is what is signed, with {method}, {url}, {body}, {timestamp} and {id} (default {body}).
	Signed string `yaml:"signed"`
	// Timestamp is the header that has the time of signing; without it a delivery may be sent again for ever.
	Timestamp string `yaml:"timestamp"`
	// Unit is how that is written: s (Unix seconds, the default), ms or rfc3339.
	Unit string `yaml:"unit"`
	// Tolerance is how far that may be from now (default 5m).
	Tolerance time.Duration `yaml:"tolerance"`
	// IDHeader is the header that tells events apart; or ID is the member of the body that does, such as data.id.
	IDHeader string `yaml:"idHeader"`
	ID       string `yaml:"id"`
	// TypeHeader is the header that has an event's type; or Type is the member of the body that has it.
	TypeHeader string `yaml:"typeHeader"`
	Type       string `yaml:"type"`
}

// Are reports whether there are any.
func (w Webhooks) Are() bool {
	return w.Scheme != "" || w.Custom != (CustomScheme{}) || len(w.Secrets) > 0 || w.URL != ""
}

func (w Webhooks) scheme() (*signature.Scheme, *field.Error) {
	switch {
	case w.Scheme != "" && w.Custom != (CustomScheme{}):
		return nil, field.Wrong("webhooks.custom", "there is a scheme already: leave one")
	case w.Custom != (CustomScheme{}):
		s, err := signature.Custom(signature.Spec(w.Custom))
		if err != nil {
			return nil, field.Wrong("webhooks.custom", err.Error())
		}
		return s, nil
	case w.Scheme == "":
		return nil, field.Wrong("webhooks.scheme", "is missing: expected "+field.Either(signature.Names()))
	}
	if s := signature.Named(w.Scheme); s != nil {
		return s, nil
	}
	return nil, field.Wrong("webhooks.scheme", fmt.Sprintf("unknown scheme %q: expected %s, or custom", w.Scheme, field.Either(signature.Names())))
}

// mostSecrets is how many there may be: each costs a hash of every delivery.
const mostSecrets = 5

// Validate returns [field.Errors], one for each field that makes no sense, nil if there are none.
// Their paths are those in a [Source].
func (w Webhooks) Validate() error {
	var wrong field.Errors
	if !w.Are() {
		return nil
	}
	s, bad := w.scheme()
	if bad != nil {
		wrong.Add(bad)
		return wrong.Err()
	}
	switch n := len(w.Secrets); {
	case n == 0:
		wrong.Add(field.Wrong("webhooks.secrets", "is missing: without one nobody knows who calls"))
	case n > mostSecrets:
		wrong.Add(field.Wrong("webhooks.secrets", fmt.Sprintf("at most %d", mostSecrets)))
	}
	for i, secret := range w.Secrets {
		path := fmt.Sprintf("webhooks.secrets.%d", i)
		if bad := secret.Check(path); bad != nil {
			wrong.Add(bad)
			continue
		}
		text, err := secret.Load()
		if err == nil {
			_, err = s.Key(text)
		}
		if err != nil {
			wrong.Add(field.Wrong(path, err.Error()))
		}
	}
	switch u, err := url.Parse(w.URL); {
	case w.URL == "" && s.NeedsURL():
		wrong.Add(field.Wrong("webhooks.url", "is missing: it is part of what is signed, as it is registered at the source"))
	case w.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == ""):
		wrong.Add(field.Wrong("webhooks.url", "expected https://HOST/webhooks/NAME, as it is registered at the source"))
	}
	return wrong.Err()
}

// Source is the source of that name to who takes its webhooks in; nil if there are none. Settings that Validate refuses
// have none.
func (w Webhooks) Source(name string) *events.Source {
	s, bad := w.scheme()
	if !w.Are() || bad != nil {
		return nil
	}
	r := &keyring{scheme: s, secrets: w.Secrets}
	return &events.Source{Name: name, Scheme: s, Keys: r.keys, URL: w.URL}
}

// A keyring is the keys of secrets, of which those in files may change. It is safe for concurrent use.
type keyring struct {
	scheme  *signature.Scheme
	secrets []credential.Secret

	mu    sync.Mutex
	known []signature.Key
	until time.Time
}

// keyLife is how long keys are used until the files are read again.
const keyLife = time.Second

// keys are those of now. Where a file cannot be read, as while it is being replaced, they are as before.
func (r *keyring) keys() []signature.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.until) {
		return r.known
	}
	r.until = now.Add(keyLife)
	var keys []signature.Key
	for _, secret := range r.secrets {
		text, err := secret.Load()
		if err != nil {
			return r.known
		}
		if key, err := r.scheme.Key(text); err == nil {
			keys = append(keys, key)
		}
	}
	r.known = keys
	return keys
}

// Events is what is kept of what sources tell of by webhooks, for seven days.
type Events struct {
	// Count is how many are kept (default 100,000), and Bytes how many bytes they may take (default 256 MiB, 268435456; without
	// a data directory 16 MiB). Where there is no room, another one is worked off at once, and cannot be shown or replayed.
	Count int64 `yaml:"count"`
	Bytes int64 `yaml:"bytes"`
}

const leastEventBytes = 1 << 20

// Validate returns [field.Errors], one for each field that makes no sense, nil if there are none.
func (e Events) Validate() error {
	var wrong field.Errors
	if e.Count < 0 {
		wrong.Add(field.Wrong("count", "must not be below zero"))
	}
	if e.Bytes != 0 && e.Bytes < leastEventBytes {
		wrong.Add(field.Wrong("bytes", "must be at least 1 MiB (1048576)"))
	}
	return wrong.Err()
}
