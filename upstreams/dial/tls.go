package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
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

// FieldError says which field of a [TLS] is wrong.
type FieldError struct {
	Field  string // its key: "ca"
	Reason string
}

// Error returns field and reason.
func (e *FieldError) Error() string { return "tls." + e.Field + ": " + e.Reason }

// Validate returns what is wrong with t and its files, nil for nothing.
func (t TLS) Validate() *FieldError {
	_, err := t.config()
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

// config reads the files.
func (t TLS) config() (*tls.Config, *FieldError) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, &FieldError{"ca", "cannot be read: " + reason(err)}
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &FieldError{"ca", "holds no certificate in PEM"}
		}
	}
	switch {
	case t.Cert != "" && t.Key == "":
		return nil, &FieldError{"cert", "needs tls.key"}
	case t.Cert == "" && t.Key != "":
		return nil, &FieldError{"key", "needs tls.cert"}
	case t.Cert == "":
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, &FieldError{"cert", "is no certificate with its key: " + reason(err)}
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// reason is what the system says of a file, without its name again.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
