package admin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/upstreams/credential"
)

// certificate makes files of a certificate for names, and of its key.
func certificate(t *testing.T, names ...string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestACertificateSecuresAnAddress(t *testing.T) {
	cert, key := certificate(t, "admin.example")
	tokens := map[string]credential.Secret{"deploy": {Text: strings.Repeat("d", 32)}, "ops": {Text: strings.Repeat("o", 32)}}
	r := serve(t, Address{TCP: "127.0.0.1:0"}, Config{Tokens: tokens, Cert: cert, Key: key}, "")
	c := client(t, Dial{Address: r.address, Token: tokens["ops"].Text, TLS: true, CA: cert})
	if err := c.Get(t.Context(), "/v1/cache", new(any)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.log.String(), "who=ops") {
		t.Errorf("no name in %s", r.log)
	}
	if err := client(t, Dial{Address: r.address, Token: tokens["ops"].Text}).Get(t.Context(), "/v1/cache", new(any)); err == nil {
		t.Error("it answers without TLS")
	}
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	cert, key := certificate(t)
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"nothing":          {Config{}, ""},
		"a pair":           {Config{Cert: cert, Key: key}, ""},
		"half a pair":      {Config{Cert: cert}, "cert: needs key"},
		"the other half":   {Config{Key: key}, "key: needs cert"},
		"files of nothing": {Config{Cert: "no/such", Key: key}, "cert: cannot be used"},
		"a short token":    {Config{Tokens: map[string]credential.Secret{"a": {Text: "short"}}}, "tokens.a: has 5 bytes"},
		"an empty token":   {Config{Tokens: map[string]credential.Secret{"a": {}}}, "tokens.a: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.config.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
