package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
)

// Grants keeps the refresh tokens of sources whose token endpoints rotate them: each may be used once,
// and the newest one is all that we have. One Grants serves all clients of a process, the old and the new
// ones of a reload too, so that no token is used twice. It is safe for concurrent use.
type Grants struct {
	dir string

	mu      sync.Mutex
	holders map[string]*holder // by source
}

// NewGrants returns grants that are kept in files in dir, which is made when it is needed. With "" they
// are kept in memory only and lost at the end of the process.
func NewGrants(dir string) *Grants { return &Grants{dir: dir, holders: map[string]*holder{}} }

// holder has one grant.
type holder struct {
	mu    sync.Mutex
	grant grant
	kept  bool // grant is on disk, or need not be
}

// grant is what a file holds.
type grant struct {
	Of    string `json:"of"` // the hash of the configured token that began it
	Token string `json:"token"`
}

// renew calls exchange with the newest refresh token of the grant that first began, and keeps the one that
// exchange returns. It returns nil only when that is safe; then what came with it may be used. A token that
// could not be kept is kept the next time, before anything else.
func (g *Grants) renew(source, first string, exchange func(refresh string) (string, error)) error {
	h := g.holder(source)
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := sha256.Sum256([]byte(first))
	if of := hex.EncodeToString(sum[:]); h.grant.Of != of {
		found, err := g.load(source)
		if err != nil {
			return err
		}
		if found.Of != of {
			found = grant{Of: of, Token: first}
		}
		h.grant, h.kept = found, true
	}
	if err := g.keep(source, h); err != nil {
		return err
	}
	next, err := exchange(h.grant.Token)
	if err != nil {
		return err
	}
	if next == h.grant.Token {
		return nil
	}
	h.grant.Token, h.kept = next, false
	return g.keep(source, h)
}

func (g *Grants) holder(source string) *holder {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.holders[source] == nil {
		g.holders[source] = &holder{}
	}
	return g.holders[source]
}

func (g *Grants) file(source string) string {
	return filepath.Join(g.dir, "grant-"+url.PathEscape(source)+".json")
}

// load reads what is kept; the zero grant if there is nothing. What cannot be read is an error: the token
// that began the grant may be long used.
func (g *Grants) load(source string) (grant, error) {
	if g.dir == "" {
		return grant{}, nil
	}
	b, err := os.ReadFile(g.file(source))
	if errors.Is(err, fs.ErrNotExist) {
		return grant{}, nil
	}
	if err != nil {
		return grant{}, fmt.Errorf("read the refresh token: %w", err)
	}
	var found grant
	if json.Unmarshal(b, &found) != nil {
		return grant{}, fmt.Errorf("read the refresh token: %s is malformed", g.file(source))
	}
	return found, nil
}

// keep writes h's grant unless that was done.
func (g *Grants) keep(source string, h *holder) error {
	if h.kept || g.dir == "" {
		return nil
	}
	b, err := json.Marshal(h.grant)
	if err == nil {
		err = replaceFile(g.file(source), b)
	}
	if err != nil {
		return fmt.Errorf("keep the refresh token: %w", err)
	}
	h.kept = true
	return nil
}

// replaceFile writes a file that only we may read. It is there as a whole, or as before, also when the
// machine stops.
func replaceFile(name string, content []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".grant-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
