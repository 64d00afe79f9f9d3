package upstreams

// SealKey is a key to seal what is given to callers of this source and comes back from them: see
// [credential.Credential.Key].
func (u *Client) SealKey() [32]byte { return u.credential.Key() }

// SecretParameter is the query parameter that carries the source's credential; "" where none does. An API may
// repeat it in URLs that it gives.
func (u *Client) SecretParameter() string { return u.cfg.Auth.Parameter() }
