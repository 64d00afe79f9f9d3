package admin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// A Client asks an admin listener. It is safe for concurrent use.
type Client struct {
	base  string
	token string
	http  http.RoundTripper
}

// Dial is how a client reaches a listener.
type Dial struct {
	Address Address
	Token   string // for an address: see [Config.Tokens]
	// TLS says that the listener has a certificate.
	TLS bool
	// CA is the file of the certificates that it must lead to, in place of the system's; "" for those.
	CA string
}

// NewClient returns a client. Nothing is asked yet.
func NewClient(d Dial) (*Client, error) {
	t := &http.Transport{ResponseHeaderTimeout: 5 * time.Minute} // to look at all that is stored takes its time
	c := &Client{base: "http://" + d.Address.TCP, token: d.Token, http: t}
	if path := d.Address.Socket; path != "" {
		c.base = "http://localhost"
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := net.Dialer{Timeout: 5 * time.Second}
			return d.DialContext(ctx, "unix", path)
		}
		return c, nil
	}
	if !d.TLS {
		if d.Token != "" && !loopbackText(d.Address.TCP) {
			return nil, fmt.Errorf("%s: the token would travel in clear: say https://%[1]s", d.Address.TCP)
		}
		return c, nil
	}
	c.base = "https://" + d.Address.TCP
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if d.CA == "" {
		return c, nil
	}
	text, err := os.ReadFile(d.CA)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", d.CA, cause(err))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: there is no certificate", d.CA)
	}
	t.TLSClientConfig.RootCAs = roots
	return c, nil
}

// Local returns a client in this process, which is let in as the user who runs it.
func (s *Server) Local() *Client {
	return &Client{base: "http://localhost", http: inProcess{s.routes, uidName(os.Getuid())}}
}

// Close gives up the client's connections.
func (c *Client) Close() {
	if t, ok := c.http.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// Get asks for path, such as /v1/cache, and decodes the answer into a pointer. The error is a [*RefusedError] where the other
// side said no.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, nil, into)
}

// Post sends body as JSON, and is Get otherwise.
func (c *Client) Post(ctx context.Context, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, text, into)
}

func (c *Client) do(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("the admin listener does not answer: %w", cause(err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("the answer of the admin listener ended early: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return refusal(res, text)
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber() // some are larger than a float64 tells apart
	if err := in.Decode(into); err != nil {
		return fmt.Errorf("the answer of the admin listener is none of ours: %w", err)
	}
	return nil
}

// refusal is the error of an answer that says no.
func refusal(res *http.Response, text []byte) error {
	var e envelope
	if json.Unmarshal(text, &e) != nil || e.Error == nil {
		return errors.New("the admin listener answers " + res.Status + ", and is none of ours")
	}
	e.Error.Status = res.StatusCode
	return e.Error
}

// inProcess is a connection to a handler in this process.
type inProcess struct {
	handler http.Handler
	who     string
}

// RoundTrip is part of [http.RoundTripper].
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &recorded{statusOnly: statusOnly{header: http.Header{}, status: http.StatusOK}}
	p.handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, p.who)))
	return &http.Response{
		StatusCode: w.status, Status: strings.TrimSpace(fmt.Sprint(w.status, " ", http.StatusText(w.status))),
		Header: w.header, Body: io.NopCloser(&w.text), Request: r,
	}, nil
}

// recorded is an answer that is kept.
type recorded struct {
	statusOnly

	text bytes.Buffer
}

func (r *recorded) Write(p []byte) (int, error) { return r.text.Write(p) }
