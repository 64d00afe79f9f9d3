package admin

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"holdfast/upstreams/credential"
)

// PageToken is the name that the token of a page has in the log.
const PageToken = "page"

// NewToken returns a token by chance, which may stand in a URL.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ForPage returns settings that let in who has token, and nobody else.
func ForPage(token string) Config {
	return Config{Tokens: map[string]credential.Secret{PageToken: {Text: token}}}
}

// PageURL returns where the page is on a listener at the address HOST:PORT, with a token that it finds there. No server sees
// what stands behind the #.
func PageURL(address, token string) string {
	return (&url.URL{Scheme: "http", Host: address, Path: "/", Fragment: token}).String()
}

// Forward returns a server that asks c what it is asked, once it knows who asks: it brings another listener to where a
// browser comes. Its token stays here. c is the caller's to close.
func Forward(c *Client, config func() Config, log *slog.Logger) *Server {
	s := New(config, "", log)
	s.routes = &httputil.ReverseProxy{
		Transport: c.http,
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		Rewrite: func(r *httputil.ProxyRequest) {
			scheme, host, _ := strings.Cut(c.base, "://")
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = scheme, host, host
			r.Out.Header.Del("Authorization")
			if c.token != "" {
				r.Out.Header.Set("Authorization", "Bearer "+c.token)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return // who asked has left
			}
			reply(w, http.StatusBadGateway, envelope{&RefusedError{Code: "UNAVAILABLE", Message: "the gateway does not answer: " + cause(err).Error()}})
		},
	}
	s.handler = s.open(s.known(s.routes))
	return s
}
