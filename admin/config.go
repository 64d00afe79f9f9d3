package admin

import (
	"crypto/tls"
	"fmt"
	"maps"
	"slices"

	"holdfast/upstreams/credential"
	"holdfast/upstreams/field"
)

// leastToken is the least length of a token in bytes.
const leastToken = 32

// Config says who may use an admin listener on an address. A Unix socket needs none of it: who may open it is asked
// of the system.
type Config struct {
	// Tokens are what callers must show as Authorization: Bearer, at least 32 bytes each, by a name that the log
	// has in every call's line. HOLDFAST_ADMIN_TOKEN in the environment is one more. A file is read at every call.
	Tokens map[string]credential.Secret `yaml:"tokens"`
	// Cert is the file of the listener's certificate, with its chain; needed beyond loopback addresses. Needs key. It
	// is read again for every connection.
	Cert string `yaml:"cert"`
	// Key is the file of the certificate's private key. Needs cert.
	Key string `yaml:"key"`
}

// Validate returns [field.Errors], one for each field that makes no sense, nil if there are none.
func (c Config) Validate() error {
	var wrong field.Errors
	for _, name := range slices.Sorted(maps.Keys(c.Tokens)) {
		path := "tokens." + name
		if err := c.Tokens[name].CheckHeader(path); err != nil {
			wrong.Add(err)
			continue
		}
		if text, err := c.Tokens[name].Load(); err == nil && len(text) < leastToken {
			wrong.Add(field.Wrong(path, tooShort(text)))
		}
	}
	switch {
	case c.Cert != "" && c.Key == "":
		wrong.Add(field.Wrong("cert", "needs key"))
	case c.Cert == "" && c.Key != "":
		wrong.Add(field.Wrong("key", "needs cert"))
	case c.Cert != "":
		if _, err := tls.LoadX509KeyPair(c.Cert, c.Key); err != nil {
			wrong.Add(field.Wrong("cert", "cannot be used: "+field.Reason(err)))
		}
	}
	return wrong.Err()
}

func tooShort(token string) string {
	return fmt.Sprintf("has %d bytes: expected at least %d, such as those of: openssl rand -hex 32", len(token), leastToken)
}
