package dial

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"holdfast/upstreams/field"
)

// TLS says how a source proves who it is, and how we do. Files are in PEM and are read again when they
// change: new connections use what they hold then. The zero value is the system's roots and no client
// certificate.
type TLS struct {
	// CA is the file of the certificates that the source's must lead to, in place of the system's.
	CA string `yaml:"ca"`
	// Cert is the file of our client certificate, with its chain. Needs key.
	Cert string `yaml:"cert"`
	// Key is the file of the client certificate's private key. Needs cert.
	Key string `yaml:"key"`
	// ServerName is the name that the source's certificate must be for. Default: the host of the URL.
	ServerName string `yaml:"serverName"`
}

// Check returns what is wrong with t and its files; nil if nothing is.
func (t TLS) Check() *field.Error {
	_, err := t.Config()
	return err
}

// files returns the files that t is made of.
func (t TLS) files() []string {
	var all []string
	for _, name := range []string{t.CA, t.Cert, t.Key} {
		if name != "" {
			all = append(all, name)
		}
	}
	return all
}

// Config is what t says to a client, its files read now.
func (t TLS) Config() (*tls.Config, *field.Error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, field.Wrong("tls.ca", "cannot be read: "+field.Reason(err))
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, field.Wrong("tls.ca", "holds no certificate in PEM")
		}
	}
	switch {
	case t.Cert != "" && t.Key == "":
		return nil, field.Wrong("tls.cert", "needs tls.key")
	case t.Cert == "" && t.Key != "":
		return nil, field.Wrong("tls.key", "needs tls.cert")
	case t.Cert == "":
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, field.Wrong("tls.cert", "is no certificate with its key: "+field.Reason(err))
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}
