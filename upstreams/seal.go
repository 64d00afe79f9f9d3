package upstreams

import "net/http"

// SealKey is a key to seal what is given to callers of this source and comes back from them: see
// [credential.Credential.Key].
func (u *Client) SealKey() [32]byte { return u.credential.Key() }

// SecretParameter is the query parameter that carries the source's credential; "" where none does. An API may
// repeat it in URLs that it gives.
func (u *Client) SecretParameter() string { return u.cfg.Auth.Parameter() }

// HostName is the host, with a port if there is one, that the settings give the source's requests in headers.Host;
// "" where that of the URL stands there. An API calls itself by it in what it says of its next page.
func (u *Client) HostName() string {
	for name, value := range u.cfg.Headers {
		if http.CanonicalHeaderKey(name) == "Host" {
			text, _ := value.Load()
			return text
		}
	}
	return ""
}
