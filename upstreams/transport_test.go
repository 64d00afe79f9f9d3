package upstreams_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/field"
	"holdfast/upstreams/upstreamtest"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	as := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, as, as, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

// issue writes NAME.crt and NAME.key into dir.
func (a authority) issue(t *testing.T, dir, name string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	as := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"shop.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, as, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name+".crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, filepath.Join(dir, name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})))
}

func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func (a authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS asks a server that wants a client certificate, over HTTP/2.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := newAuthority(t), newAuthority(t)
	ours.issue(t, dir, "server", time.Now().Add(time.Hour))
	ours.issue(t, dir, "client", time.Now().Add(time.Hour))
	ours.issue(t, dir, "old", time.Now().Add(-time.Minute))
	theirs.issue(t, dir, "stranger", time.Now().Add(time.Hour))
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("ca"), ours.pem())
	write(t, in("other"), theirs.pem())

	tests := map[string]struct {
		server string
		tls    dial.TLS
		ok     bool
	}{
		"with all that is wanted":           {"server", dial.TLS{CA: in("ca"), Cert: in("client.crt"), Key: in("client.key"), ServerName: "shop.test"}, true},
		"without a client certificate":      {"server", dial.TLS{CA: in("ca"), ServerName: "shop.test"}, false},
		"with a stranger's certificate":     {"server", dial.TLS{CA: in("ca"), Cert: in("stranger.crt"), Key: in("stranger.key"), ServerName: "shop.test"}, false},
		"with the system's authorities":     {"server", dial.TLS{Cert: in("client.crt"), Key: in("client.key"), ServerName: "shop.test"}, false},
		"with another authority":            {"server", dial.TLS{CA: in("other"), Cert: in("client.crt"), Key: in("client.key"), ServerName: "shop.test"}, false},
		"under a name that it has not":      {"server", dial.TLS{CA: in("ca"), Cert: in("client.crt"), Key: in("client.key")}, false},
		"when its certificate is past date": {"old", dial.TLS{CA: in("ca"), Cert: in("client.crt"), Key: in("client.key"), ServerName: "shop.test"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := serveTLS(t, ours, in(tt.server))
			cfg := upstreams.Config{Name: "shop", URL: server.URL, TLS: tt.tls, Retry: upstreams.Retry{Max: new(0)}}
			if err := cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			_, err := ask(t, cfg, server.URL)
			if tt.ok && err != nil || !tt.ok && reasonOf(err) != upstreams.ReasonUnreachable {
				t.Errorf("got %v", err)
			}
		})
	}
}

func serveTLS(t *testing.T, clients authority, files string) *httptest.Server {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(files+".crt", files+".key")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("spoke %s", r.Proto)
		}
		_, _ = w.Write([]byte(`{"n":1}`))
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients.pool()}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// ask reads an order from url with a client of its own.
func ask(t *testing.T, cfg upstreams.Config, url string, options ...upstreams.Option) (*upstreams.Answer, error) {
	t.Helper()
	u := upstreams.New(cfg, nil, nil, options...)
	defer func() {
		if err := u.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	r := order()
	r.URL = url
	return u.Read(t.Context(), r)
}

// TestCertificatesAreReadAgain replaces an authority's file and a client certificate while a client runs.
func TestCertificatesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	first, second := newAuthority(t), newAuthority(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	first.issue(t, dir, "client", time.Now().Add(time.Hour))
	write(t, in("ca"), first.pem())
	second.issue(t, dir, "server", time.Now().Add(time.Hour))
	server := serveTLS(t, second, in("server"))
	u := upstreams.New(upstreams.Config{
		Name: "shop", URL: server.URL, Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Off: new(true)},
		TLS: dial.TLS{CA: in("ca"), Cert: in("client.crt"), Key: in("client.key"), ServerName: "shop.test"},
	}, nil, nil)
	r := order()
	r.URL = server.URL
	if _, err := u.Read(t.Context(), r); reasonOf(err) != upstreams.ReasonUnreachable {
		t.Fatalf("a server of an unknown authority: %v", err)
	}
	write(t, in("ca"), second.pem()+"\n")
	second.issue(t, dir, "client", time.Now().Add(2*time.Hour))
	ok := false
	for end := time.Now().Add(time.Minute); !ok && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		_, err := u.Read(t.Context(), r)
		ok = err == nil
	}
	if !ok {
		t.Error("the new files are not used")
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSecretFile rotates a token by the swap of a link, as mounted secrets are.
func TestSecretFile(t *testing.T) { synctest.Test(t, testSecretFile) }

func testSecretFile(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1"), "first\n")
	write(t, filepath.Join(dir, "2"), "second\n")
	write(t, filepath.Join(dir, "3"), "")
	name := filepath.Join(dir, "token")
	link(t, "1", name)
	var seen []string
	api := upstreamtest.Play(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Get("Authorization"))
		return upstreamtest.Answer(200, `{"n":1}`)(r)
	})
	cfg := upstreams.Config{Name: "shop", Auth: credential.Auth{Bearer: credential.Secret{File: name}}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	u := upstreams.New(cfg, nil, api)
	r := order()
	for _, file := range []string{"1", "2", "3", "gone"} {
		link(t, file, name)
		time.Sleep(time.Second)
		if _, err := u.Read(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(seen, ", "); got != "Bearer first, Bearer second, Bearer second, Bearer second" {
		t.Errorf("sent %s", got)
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got, ok := errors.AsType[*field.Error](cfg.Validate()); !ok || got.Path != "auth.bearer.file" {
		t.Errorf("a secret whose file is gone: %v", got)
	}
}

// link makes name a link to target in one step.
func link(t *testing.T, target, name string) {
	t.Helper()
	next := name + ".next"
	if err := os.Symlink(target, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, name); err != nil {
		t.Fatal(err)
	}
}

// TestProxy goes through a proxy that wants a password, to a host that only the proxy can find.
func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "shop.test" || r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwYXNz" {
			t.Errorf("proxy was asked for %s with %v", r.URL, r.Header)
		}
		_, _ = w.Write([]byte(`{"n":1}`))
	}))
	defer proxy.Close()
	name := filepath.Join(t.TempDir(), "proxy")
	write(t, name, strings.Replace(proxy.URL, "http://", "http://user:pass@", 1)+"\n")
	cfg := upstreams.Config{Name: "shop", Proxy: credential.Secret{File: name}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, cfg, "http://shop.test/orders/1"); err != nil {
		t.Error(err)
	}
}

// TestLongHeaders has a source that answers with more header than body.
func TestLongHeaders(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := range 400 {
			w.Header().Add("X-Long", strings.Repeat("x", 1000)+string(rune('a'+i%26)))
		}
	}))
	defer server.Close()
	cfg := upstreams.Config{Name: "shop", URL: server.URL, Retry: upstreams.Retry{Max: new(0)}}
	if _, err := ask(t, cfg, server.URL); reasonOf(err) != upstreams.ReasonUnreachable {
		t.Errorf("got %v", err)
	}
}

// TestRedirectsAreNotFollowed holds that nothing, and no credential, follows a redirect.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+elsewhere.Addr().String()+"/", status)
		}))
		cfg := upstreams.Config{Name: "shop", URL: server.URL, Auth: credential.Auth{Header: &credential.NamedAuth{Name: "X-Api-Key", Value: text(canary)}}}
		if _, err := ask(t, cfg, server.URL); kindOf(err) != upstreams.Refused && kindOf(err) != upstreams.Contract {
			t.Errorf("%d: %v", status, err)
		}
		server.Close()
	}
	if listener, ok := elsewhere.(*net.TCPListener); !ok || listener.SetDeadline(time.Now()) != nil {
		t.Fatal("no deadline")
	}
	if c, err := elsewhere.Accept(); err == nil {
		t.Error("somebody came", c.Close())
	}
}
