package credential

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"holdfast/upstreams/field"
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
func (o *OAuth2) check() *field.Error {
	at, err := url.Parse(o.TokenURL)
	switch {
	case o.TokenURL == "":
		return field.Wrong("auth.oauth2.tokenURL", "is missing")
	case err != nil || at.Hostname() == "" || at.Scheme != "https" && at.Scheme != "http":
		return field.Wrong("auth.oauth2.tokenURL", "is not an http or https URL")
	case o.ClientID == (Secret{}):
		return field.Wrong("auth.oauth2.clientID", "is missing")
	case o.ClientAuth != "" && o.ClientAuth != "header" && o.ClientAuth != "body":
		return field.Wrong("auth.oauth2.clientAuth", `must be "header" or "body"`)
	case o.RefreshToken != (Secret{}) && len(o.Params) > 0:
		return field.Wrong("auth.oauth2.params", "is for client credentials, and there is a refreshToken")
	}
	return field.First(
		o.ClientID.Check("auth.oauth2.clientID"),
		o.ClientSecret.Check("auth.oauth2.clientSecret"),
		o.RefreshToken.Check("auth.oauth2.refreshToken"),
	)
}

// endpoint asks one token endpoint.
type endpoint struct {
	source  string
	cfg     *OAuth2
	secrets *Safe
	grants  *Grants
	client  *http.Client
}

func newEndpoint(source string, cfg *OAuth2, secrets *Safe, grants *Grants, rt http.RoundTripper) *endpoint {
	return &endpoint{
		source: source, cfg: cfg, secrets: secrets, grants: grants,
		client: &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // our secret follows to no other place
		}},
	}
}

// ask asks for a token. The error is an *[Error], or that a secret cannot be read or a grant not be kept.
func (e *endpoint) ask(ctx context.Context) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, e.client)
	token, err := e.exchange(ctx)
	if err != nil {
		return nil, tokenError(err)
	}
	if !httpguts.ValidHeaderFieldValue(token.AccessToken) {
		return nil, &Error{Status: http.StatusOK, Err: errors.New("a token that a header cannot carry")}
	}
	return token, nil
}

func (e *endpoint) exchange(ctx context.Context) (*oauth2.Token, error) {
	id, err := e.secrets.Open(e.cfg.ClientID)
	if err != nil {
		return nil, err
	}
	secret, err := e.secrets.Open(e.cfg.ClientSecret)
	if err != nil {
		return nil, err
	}
	first, err := e.secrets.Open(e.cfg.RefreshToken)
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

// lifetime returns when token ends, and when to ask for the next: a minute before, or a quarter of its
// life if it is short. Zero is never.
func lifetime(token *oauth2.Token, now time.Time) (ends, renew time.Time) {
	if token.Expiry.IsZero() {
		return ends, renew
	}
	early := min(time.Minute, token.Expiry.Sub(now)/4)
	return token.Expiry, token.Expiry.Add(-early)
}
