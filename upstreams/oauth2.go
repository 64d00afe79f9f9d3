package upstreams

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// OAuth2 gets access tokens from a token endpoint (RFC 6749): with refreshToken by that (§6), else by our
// own name and secret (§4.4, client credentials). A token is asked for once for all who need it, and again
// behind before it runs out. One that the source answers with 401 is given up, and the request sent once
// more with the next; that happens at most every ten seconds.
//
// When the endpoint rotates refresh tokens, the new one is on disk before its access token is used; the
// configured one only begins the grant. Only one process may hold a grant.
type OAuth2 struct {
	// TokenURL is the token endpoint. A literal IP address or localhost in it is permission to dial exactly
	// that. It is asked through the source's tls and proxy, and left alone for a while (up to 30s) after it
	// failed.
	TokenURL string `yaml:"tokenURL"`
	// ClientID is our name there.
	ClientID Secret `yaml:"clientID"`
	// ClientSecret may be empty.
	ClientSecret Secret `yaml:"clientSecret"`
	// RefreshToken begins a grant that somebody gave us.
	RefreshToken Secret `yaml:"refreshToken"`
	// Scopes are what we ask for. Default: what the endpoint gives by itself.
	Scopes []string `yaml:"scopes"`
	// Params are sent along, such as audience. Only with client credentials.
	Params map[string]string `yaml:"params"`
	// ClientAuth says how our name and secret travel: "header" (Basic, default) or "body".
	ClientAuth string `yaml:"clientAuth"`
}

// check returns what is wrong with o.
func (o *OAuth2) check() *FieldError {
	at, err := url.Parse(o.TokenURL)
	switch {
	case o.TokenURL == "":
		return &FieldError{"auth.oauth2.tokenURL", "is missing"}
	case err != nil || at.Hostname() == "" || at.Scheme != "https" && at.Scheme != "http":
		return &FieldError{"auth.oauth2.tokenURL", "is not an http or https URL"}
	case o.ClientID == (Secret{}):
		return &FieldError{"auth.oauth2.clientID", "is missing"}
	case o.ClientAuth != "" && o.ClientAuth != "header" && o.ClientAuth != "body":
		return &FieldError{"auth.oauth2.clientAuth", `must be "header" or "body"`}
	case o.RefreshToken != (Secret{}) && len(o.Params) > 0:
		return &FieldError{"auth.oauth2.params", "is for client credentials, and there is a refreshToken"}
	}
	return firstError(
		o.ClientID.check("auth.oauth2.clientID"),
		o.ClientSecret.check("auth.oauth2.clientSecret"),
		o.RefreshToken.check("auth.oauth2.refreshToken"),
	)
}

// openTokens gets ready to ask for tokens if the source wants them. The endpoint is asked through the
// transport that the client was given, or through one that may dial it as the client's may dial the source.
func (u *Client) openTokens() {
	o := u.cfg.Auth.OAuth2
	if o == nil {
		return
	}
	rt := u.rt
	if u.ours != nil {
		rt = u.dialer(o.TokenURL)
	}
	if u.grants == nil {
		u.grants = NewGrants("")
	}
	e := newEndpoint(u.cfg.Name, o, &u.secrets, u.grants, rt)
	u.tokens = newTokens(e.ask, u.log.With("source", u.cfg.Name))
}

// endpoint asks one token endpoint.
type endpoint struct {
	source  string
	cfg     *OAuth2
	secrets *safe
	grants  *Grants
	client  *http.Client
}

func newEndpoint(source string, cfg *OAuth2, secrets *safe, grants *Grants, rt http.RoundTripper) *endpoint {
	return &endpoint{
		source: source, cfg: cfg, secrets: secrets, grants: grants,
		client: &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // our secret follows to no other place
		}},
	}
}

// ask asks for a token. The error is an *[Error] that says nothing of the source.
func (e *endpoint) ask(ctx context.Context) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, e.client)
	token, err := e.exchange(ctx)
	if err == nil && !httpguts.ValidHeaderFieldValue(token.AccessToken) {
		err = &Error{Kind: Contract, Reason: ReasonContract, Err: errors.New("token endpoint: a token that a header cannot carry")}
	}
	if err == nil {
		return token, nil
	}
	own := tokenError(err)
	own.Source, own.left = e.source, true
	return nil, own
}

func (e *endpoint) exchange(ctx context.Context) (*oauth2.Token, error) {
	id, err := e.secrets.open(e.cfg.ClientID)
	if err != nil {
		return nil, err
	}
	secret, err := e.secrets.open(e.cfg.ClientSecret)
	if err != nil {
		return nil, err
	}
	first, err := e.secrets.open(e.cfg.RefreshToken)
	if err != nil {
		return nil, err
	}
	style := oauth2.AuthStyleInHeader
	if e.cfg.ClientAuth == "body" {
		style = oauth2.AuthStyleInParams
	}
	if first == "" {
		params := url.Values{}
		for name, value := range e.cfg.Params {
			params.Set(name, value)
		}
		grant := clientcredentials.Config{
			ClientID: id, ClientSecret: secret, TokenURL: e.cfg.TokenURL, Scopes: e.cfg.Scopes,
			EndpointParams: params, AuthStyle: style,
		}
		return grant.Token(ctx)
	}
	grant := oauth2.Config{
		ClientID: id, ClientSecret: secret, Scopes: e.cfg.Scopes,
		Endpoint: oauth2.Endpoint{TokenURL: e.cfg.TokenURL, AuthStyle: style},
	}
	var token *oauth2.Token
	err = e.grants.renew(e.source, first, func(refresh string) (string, error) {
		var err error
		if token, err = grant.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token(); err != nil {
			return "", err
		}
		return token.RefreshToken, nil
	})
	return token, err
}

// tokenError says what it means that there is no token. Its text holds nothing that the endpoint said but
// the error code: some echo what they were sent.
func tokenError(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok && said.Response != nil {
		return tokenStatus(said)
	}
	e := &Error{Kind: Unavailable, Reason: ReasonUnreachable, Err: fmt.Errorf("token endpoint: %w", err)}
	if at, ok := errors.AsType[*url.Error](err); ok {
		e.Err = fmt.Errorf("token endpoint: %w", at.Err)
		if at.Timeout() {
			e.Reason = ReasonTimeout
		}
	} else if strings.HasPrefix(err.Error(), "oauth2: ") {
		e.Kind, e.Reason, e.Err = Contract, ReasonContract, errors.New("token endpoint: an answer without a token")
	}
	return e
}

func tokenStatus(said *oauth2.RetrieveError) *Error {
	status := said.Response.StatusCode
	e := StatusError(status, said.Response.Header)
	if e == nil {
		e = &Error{Kind: Contract, Reason: ReasonContract}
	}
	e.Status = 0 // it is not the source's
	code := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c == '_' {
			return c
		}
		return -1
	}, said.ErrorCode)
	e.Err = fmt.Errorf("token endpoint: status %d %s", status, code[:min(len(code), 40)])
	return e
}

// lifetime returns when token ends, and when to ask for the next: a minute before, or a quarter of its
// life if it is short. Zero is never.
func lifetime(token *oauth2.Token, now time.Time) (ends, renew time.Time) {
	if token.Expiry.IsZero() {
		return ends, renew
	}
	early := min(time.Minute, token.Expiry.Sub(now)/4)
	return token.Expiry, token.Expiry.Add(-early)
}
