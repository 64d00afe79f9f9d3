package credential

import (
	"log/slog"
	"net/http"
	"net/url"
)

// Credential puts the credential of one source on the requests that leave for it. It is safe for concurrent
// use; whoever made it closes it.
type Credential struct {
	auth    Auth
	secrets Safe
	tokens  *tokens // nil: the source wants none
}

// New returns the credential that auth describes, for the source of that name. Where it is OAuth 2, the token
// endpoint is asked through rt, rotated refresh tokens are kept in grants (nil: in memory, for this credential
// only), and log is told when the endpoint begins and ceases to fail; else all three are not used.
func New(source string, auth Auth, grants *Grants, rt http.RoundTripper, log *slog.Logger) *Credential {
	c := &Credential{auth: auth}
	if auth.OAuth2 != nil {
		if grants == nil {
			grants = NewGrants("")
		}
		c.tokens = newTokens(newEndpoint(source, auth.OAuth2, &c.secrets, grants, rt).ask, log.With("source", source))
	}
	return c
}

// Open returns the text of another secret of the source, as [Safe.Open] does.
func (c *Credential) Open(s Secret) (string, error) { return c.secrets.Open(s) }

// Put puts the credential on a request that is about to leave. It wins over what is there. The error is an
// *[Error] where there is no access token, and that of the request's context when it ends meanwhile.
func (c *Credential) Put(req *http.Request) error {
	switch a := c.auth; {
	case a.Bearer != (Secret{}):
		token, err := c.Open(a.Bearer)
		req.Header.Set("Authorization", "Bearer "+token)
		return err
	case a.Basic != nil:
		user, err := c.Open(a.Basic.User)
		if err != nil {
			return err
		}
		password, err := c.Open(a.Basic.Password)
		req.SetBasicAuth(user, password)
		return err
	case a.Header != nil:
		value, err := c.Open(a.Header.Value)
		req.Header.Set(a.Header.Name, value)
		return err
	case a.Query != nil:
		value, err := c.Open(a.Query.Value)
		addQuery(req.URL, a.Query.Name, value)
		return err
	case a.OAuth2 != nil:
		token, err := c.tokens.get(req.Context())
		if err == nil {
			req.Header.Set("Authorization", authorization(token))
		}
		return err
	}
	return nil
}

func addQuery(u *url.URL, name, value string) {
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

// Rejected is told that the source answered req with 401, and reports whether another token may help: not
// when there are none, or the last one was given up a moment ago.
func (c *Credential) Rejected(req *http.Request) bool { return c.tokens != nil && c.tokens.reject(req) }

// Status returns how the tokens are doing; nil where there are none.
func (c *Credential) Status() *TokenStatus {
	if c.tokens == nil {
		return nil
	}
	return c.tokens.status()
}

// Close ends the call of the token endpoint under way, if any, and waits for it. No token is asked for
// afterwards.
func (c *Credential) Close() {
	if c.tokens != nil {
		c.tokens.close()
	}
}
