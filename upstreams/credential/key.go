package credential

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
)

// Key is a key to seal what is given to callers and comes back from them. It is made of the secret, so that all
// who hold one, other gateways and this one after a restart, have one key, and nobody else. Where there is no
// secret, or it cannot be read, it is the process's own.
func (c *Credential) Key() [32]byte {
	secret := processKey()
	if text, err := c.Open(c.auth.secret()); err == nil && text != "" {
		secret = []byte(text)
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("holdfast: what callers bring back"))
	return [32]byte(h.Sum(nil))
}

var processKey = sync.OnceValue(func() []byte { //nolint:gochecknoglobals // constant for the process
	key := make([]byte, 32)
	_, _ = rand.Read(key) // which never fails
	return key
})

// secret is what of the credential nobody else knows, and stays while it is in use.
func (a Auth) secret() Secret {
	switch {
	case a.Bearer != (Secret{}):
		return a.Bearer
	case a.Basic != nil && a.Basic.Password == (Secret{}): // the user is the secret, as at Stripe
		return a.Basic.User
	case a.Basic != nil:
		return a.Basic.Password
	case a.Header != nil:
		return a.Header.Value
	case a.Query != nil:
		return a.Query.Value
	case a.OAuth2 != nil:
		return a.OAuth2.ClientSecret
	}
	return Secret{}
}

// Parameter is the query parameter that carries the credential; "" where none does.
func (a Auth) Parameter() string {
	if a.Query == nil {
		return ""
	}
	return a.Query.Name
}
