package settings

import (
	"net"
	"regexp"
	"strconv"
	"strings"

	"holdfast/cache"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/field"
)

// Cache is what is remembered of answers, in memory and in the store.
type Cache struct {
	cache.Config `yaml:",inline"`

	// Disk is the number of bytes of answers kept in the data directory (default 1 GiB, 1073741824). The oldest go
	// when it is used up; what is still read is written again in time. Without effect where the store is elsewhere.
	Disk int64 `yaml:"disk"`
	// Store says where answers are kept beside memory: in the data directory unless nats names a cluster.
	Store Store `yaml:"store"`
	// Shrink says whether an answer that lost nearly all it had (a list of ten or more that is empty, an object without
	// four fifths of its fields) is asked for once more before it is believed (default true). Until then the one
	// before is served, with the reason SHRUNK.
	Shrink *bool `yaml:"shrink"`
	// Jitter is the share of fresh, from 0 to 0.5, by which it is shortened at most, for each answer by another part,
	// so that what was filled at once does not expire at once (default 0.15; 0: not at all).
	Jitter *float64 `yaml:"jitter"`
}

// Store is where answers are kept that several gateways share.
type Store struct {
	// NATS are the servers of a NATS cluster with JetStream, as HOST or HOST:PORT (default port 4222). One that answers is
	// enough to begin with, and tells of the others; name all, for one that is cut off from the others tells of none, and
	// is left for them. holdfast store init makes its streams. Default: none; the store is embedded, in the data directory.
	NATS []string `yaml:"nats"`
	// Name begins the names of the streams (HF_NAME_answers) and subjects, so that several graphs can share a
	// cluster (default holdfast): letters, digits, - and _.
	Name string `yaml:"name"`
	// Credentials is the file with the user's credentials for the cluster, as nsc makes it (.creds). It is read again for
	// every connection, as are the files of tls.
	Credentials string `yaml:"credentials"`
	// TLS is how the cluster's servers are known, and we to them. Any key of it turns TLS on; servers that
	// demand it get it anyway.
	TLS dial.TLS `yaml:"tls"`
	// Key encrypts what the embedded store writes to disk: a text of at least 32 bytes, or its file. A directory
	// that was made with another key, or without one, is refused, and nothing in it is touched. Of a cluster, its own
	// settings say that.
	Key credential.Secret `yaml:"key"`
}

// leastKey is the least length of [Store.Key] in bytes.
const leastKey = 32

const (
	defaultDisk   = 1 << 30
	leastDisk     = 16 << 20
	defaultJitter = 0.15
	mostJitter    = 0.5
)

// DiskBytes is Disk or its default.
func (c Cache) DiskBytes() int64 {
	if c.Disk == 0 {
		return defaultDisk
	}
	return c.Disk
}

// Shrinks is Shrink or its default.
func (c Cache) Shrinks() bool { return c.Shrink == nil || *c.Shrink }

// JitterShare is Jitter or its default.
func (c Cache) JitterShare() float64 {
	if c.Jitter == nil {
		return defaultJitter
	}
	return *c.Jitter
}

// Validate returns [field.Errors], one for each field that makes no sense, nil if there are none.
func (c Cache) Validate() error {
	var wrong field.Errors
	if c.Memory < 0 {
		wrong.Add(field.Wrong("memory", "must not be below zero"))
	}
	if c.Disk != 0 && c.Disk < leastDisk {
		wrong.Add(field.Wrong("disk", "must be at least 16 MiB ("+strconv.Itoa(leastDisk)+")"))
	}
	if j := c.JitterShare(); !(j >= 0 && j <= mostJitter) {
		wrong.Add(field.Wrong("jitter", "must be from 0 to 0.5"))
	}
	c.Store.check(&wrong)
	return wrong.Err()
}

var storeName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

func (s Store) check(wrong *field.Errors) {
	if s.Name != "" && !storeName.MatchString(s.Name) {
		wrong.Add(field.Wrong("store.name", "expected up to 32 letters, digits, - and _"))
	}
	for i, server := range s.NATS {
		if reason := wrongServer(server); reason != "" {
			wrong.Add(field.Wrong("store.nats."+strconv.Itoa(i), reason))
		}
	}
	if s.NATS == nil {
		s.checkEmbedded(wrong)
		return
	}
	if len(s.NATS) == 0 {
		wrong.Add(field.Wrong("store.nats", "expected a server at least"))
	}
	if s.Credentials != "" {
		if err := (credential.Secret{File: s.Credentials}).Check("store.credentials"); err != nil {
			wrong.Add(field.Wrong("store.credentials", err.Reason))
		}
	}
	if err := s.TLS.Check(); err != nil {
		wrong.Add(field.Wrong("store."+err.Path, err.Reason))
	}
	if s.Key != (credential.Secret{}) {
		wrong.Add(field.Wrong("store.key", "is for the embedded store: a cluster is encrypted by its own settings"))
	}
}

// checkEmbedded looks at what only one of the two kinds of store has.
func (s Store) checkEmbedded(wrong *field.Errors) {
	if s.Credentials != "" {
		wrong.Add(field.Wrong("store.credentials", "is for a cluster: there is no store.nats"))
	}
	if s.TLS != (dial.TLS{}) {
		wrong.Add(field.Wrong("store.tls", "is for a cluster: there is no store.nats"))
	}
	if s.Key == (credential.Secret{}) {
		return
	}
	if err := s.Key.Check("store.key"); err != nil {
		wrong.Add(err)
		return
	}
	if text, _ := s.Key.Load(); len(text) < leastKey {
		wrong.Add(field.Wrong("store.key", "expected at least 32 bytes, such as those of: openssl rand -hex 32"))
	}
}

// wrongServer is what is wrong with HOST or HOST:PORT.
func wrongServer(server string) string {
	if strings.Contains(server, "://") || strings.ContainsAny(server, "/@ ") {
		return "expected HOST or HOST:PORT, without a scheme and user"
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		host, port = strings.Trim(server, "[]"), "4222"
	}
	if n, err := strconv.Atoi(port); host == "" || err != nil || n < 1 || n > 65535 {
		return "expected HOST or HOST:PORT, without a scheme and user"
	}
	return ""
}
