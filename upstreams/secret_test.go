package upstreams_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/field"
)

func TestAuthFromYAML(t *testing.T) {
	const file = `
auth:
  oauth2: {tokenURL: "https://auth.test/token", clientID: id, clientSecret: {file: s}, scopes: [a, b], params: {audience: x}, clientAuth: body}
headers: {X-Key: {file: k}, X-Team: red}
tls: {ca: ca, cert: c, key: k, serverName: n}
proxy: http://proxy.test:3128
`
	var got upstreams.Config
	if err := yaml.UnmarshalWithOptions([]byte(file), &got, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	want := upstreams.Config{
		Auth: credential.Auth{OAuth2: &credential.OAuth2{
			TokenURL: "https://auth.test/token", ClientID: text("id"), ClientSecret: credential.Secret{File: "s"},
			Scopes: []string{"a", "b"}, Params: map[string]string{"audience": "x"}, ClientAuth: "body",
		}},
		Headers: map[string]credential.Secret{"X-Key": {File: "k"}, "X-Team": text("red")},
		TLS:     dial.TLS{CA: "ca", Cert: "c", Key: "k", ServerName: "n"},
		Proxy:   text("http://proxy.test:3128"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	other := upstreams.Config{Auth: credential.Auth{Bearer: text("x")}, TLS: dial.TLS{CA: "x"}, Proxy: text("x")}
	if diff := cmp.Diff(want, want.Or(other)); diff != "" {
		t.Errorf("takes a default: %s", diff)
	}
	if diff := cmp.Diff(want, upstreams.Config{}.Or(want)); diff != "" {
		t.Errorf("does not take all defaults: %s", diff)
	}
}

func TestValidateCredentials(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("empty"), "\n")
	write(t, in("broken"), "a\nb")
	write(t, in("text"), "no certificate")
	oauth2 := func(change func(*credential.OAuth2)) upstreams.Config { return withOAuth2(change) }
	bearer := func(file string) upstreams.Config {
		return upstreams.Config{Auth: credential.Auth{Bearer: credential.Secret{File: in(file)}}}
	}
	tests := map[string]struct {
		cfg  upstreams.Config
		path string
	}{
		"a file that is not there":        {bearer("gone"), "auth.bearer.file"},
		"an empty file":                   {bearer("empty"), "auth.bearer.file"},
		"a file with two lines":           {bearer("broken"), "auth.bearer"},
		"a header's file is gone":         {upstreams.Config{Headers: map[string]credential.Secret{"A": {File: in("gone")}}}, "headers.A.file"},
		"no token endpoint":               {oauth2(func(o *credential.OAuth2) { o.TokenURL = "" }), "auth.oauth2.tokenURL"},
		"a token endpoint without a host": {oauth2(func(o *credential.OAuth2) { o.TokenURL = "https:///x" }), "auth.oauth2.tokenURL"},
		"no client":                       {oauth2(func(o *credential.OAuth2) { o.ClientID = credential.Secret{} }), "auth.oauth2.clientID"},
		"an unknown way":                  {oauth2(func(o *credential.OAuth2) { o.ClientAuth = "jwt" }), "auth.oauth2.clientAuth"},
		"parameters of another grant": {oauth2(func(o *credential.OAuth2) {
			o.RefreshToken, o.Params = text("r"), map[string]string{"a": "b"}
		}), "auth.oauth2.params"},
		"nothing is wrong":              {oauth2(nil), ""},
		"a certificate without its key": {upstreams.Config{TLS: dial.TLS{Cert: in("text")}}, "tls.cert"},
		"a key without its certificate": {upstreams.Config{TLS: dial.TLS{Key: in("text")}}, "tls.key"},
		"no certificate":                {upstreams.Config{TLS: dial.TLS{Cert: in("text"), Key: in("text")}}, "tls.cert"},
		"no authority":                  {upstreams.Config{TLS: dial.TLS{CA: in("text")}}, "tls.ca"},
		"no such authority":             {upstreams.Config{TLS: dial.TLS{CA: in("gone")}}, "tls.ca"},
		"a proxy that is no URL":        {upstreams.Config{Proxy: text("proxy.test:3128")}, "proxy"},
		"a proxy of an unknown kind":    {upstreams.Config{Proxy: text("ftp://proxy.test")}, "proxy"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := ""
			if got, ok := errors.AsType[*field.Error](tt.cfg.Validate()); ok {
				path = got.Path
			}
			if path != tt.path {
				t.Errorf("wrong field %q, want %q", path, tt.path)
			}
		})
	}
}

// TestSecretsStayIn prints everything that could print a secret, of every kind of credential, with sources
// that fail in every way that quotes something.
func TestSecretsStayIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	write(t, file, canary+"\n")
	for name, cfg := range map[string]upstreams.Config{
		"bearer":  {Auth: credential.Auth{Bearer: text(canary)}},
		"file":    {Auth: credential.Auth{Bearer: credential.Secret{File: file}}},
		"basic":   {Auth: credential.Auth{Basic: &credential.BasicAuth{User: text(canary), Password: text(canary)}}},
		"query":   {Auth: credential.Auth{Query: &credential.NamedAuth{Name: "key", Value: text(canary)}}},
		"bad":     {Auth: credential.Auth{Header: &credential.NamedAuth{Name: "key", Value: text(canary + "\n")}}},
		"forward": {Auth: credential.Auth{Forward: []string{"Authorization"}}},
		"proxy":   {Proxy: text("http://user:" + canary + "@127.0.0.1:1")},
		"odd":     {Proxy: text("http://user:" + canary + "\x7f@127.0.0.1:1")},
		"oauth2": {Auth: credential.Auth{OAuth2: &credential.OAuth2{
			TokenURL: "http://127.0.0.1:1/token", ClientID: text(canary), ClientSecret: text(canary), RefreshToken: text(canary),
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(slog.NewJSONHandler(&out, nil))
			spans := tracetest.NewSpanRecorder()
			cfg.Name, cfg.URL, cfg.Headers = name, "http://127.0.0.1:1/orders", map[string]credential.Secret{"X-Key": text(canary)}
			u := upstreams.New(cfg, nil, nil, upstreams.WithLogger(log),
				upstreams.WithTracer(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
			ctx := upstreams.WithCaller(t.Context(), http.Header{"Authorization": {canary}})
			r := order()
			r.URL = cfg.URL // nobody listens on the first port
			_, err := u.Read(ctx, r)
			_, write := u.Write(ctx, r)
			r.URL = "http://" + canary + "\x7f/"
			_, malformed := u.Read(ctx, r)
			status, _ := json.Marshal(u.Status())
			fmt.Fprintf(&out, "%v %+v %#v %s %x %d %q %v %v %v %v %s\n", cfg, cfg, cfg, cfg.Auth.Bearer, cfg.Auth.Bearer,
				cfg.Auth.Bearer, cfg.Headers, cfg.Validate(), err, write, malformed, status)
			for _, s := range spans.Ended() {
				fmt.Fprintln(&out, s.Name(), s.Attributes(), s.Events(), s.Status())
			}
			log.Info("all", "config", cfg, "secret", text(canary), "status", u.Status(), "error", err)
			slog.New(slog.NewTextHandler(&out, nil)).Info("all", "config", cfg, "secret", text(canary))
			if err := u.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if i := strings.Index(out.String(), canary); i >= 0 {
				t.Errorf("a secret came out: …%s", out.String()[max(0, i-200):i])
			}
		})
	}
}
