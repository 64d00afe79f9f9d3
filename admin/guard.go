package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
)

// A peer is the other end of a connection.
type peer struct {
	socket bool // a Unix socket
	uid    int
	known  bool // uid is
	err    error
}

type (
	peerKey struct{}
	whoKey  struct{}
)

func withPeer(ctx context.Context, c net.Conn) context.Context {
	var p peer
	if p.socket = c.LocalAddr().Network() == "unix"; p.socket {
		p.uid, p.known, p.err = peerOf(c)
	}
	return context.WithValue(ctx, peerKey{}, p)
}

// whoOf is who was let in.
func whoOf(ctx context.Context) string {
	who, _ := ctx.Value(whoKey{}).(string)
	return who
}

// known lets in whom we know: on a socket our own user and root, elsewhere who has a token. Nothing is remembered of
// a caller: there are no cookies, and no page of another origin is told anything, for which CORS would be.
func (s *Server) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, refused := s.identify(r)
		if refused != nil {
			if refused.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="holdfast admin"`)
			}
			reply(w, refused.Status, envelope{refused})
			s.audit(r, who, refused.Status, slog.String("refused", refused.Message), slog.String("remote", r.RemoteAddr))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, who)))
	})
}

// identify is who asks.
func (s *Server) identify(r *http.Request) (string, *RefusedError) {
	p, _ := r.Context().Value(peerKey{}).(peer)
	if p.socket {
		return p.identify(os.Getuid())
	}
	if refused := s.misdirected(r); refused != nil {
		return "unknown", refused
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "unknown", &RefusedError{Status: http.StatusUnauthorized, Code: "UNAUTHENTICATED", Message: "expected Authorization: Bearer TOKEN"}
	}
	if name := named(s.tokens(), token); name != "" {
		return name, nil
	}
	return "unknown", &RefusedError{Status: http.StatusUnauthorized, Code: "UNAUTHENTICATED", Message: "the token is not one of ours"}
}

// misdirected is what is said to who asks under a name that is not ours. A socket has none.
func (s *Server) misdirected(r *http.Request) *RefusedError {
	if p, _ := r.Context().Value(peerKey{}).(peer); p.socket || s.answersTo(r.Host, r.TLS) {
		return nil
	}
	return &RefusedError{Status: http.StatusMisdirectedRequest, Code: "MISDIRECTED", Message: "the admin listener does not answer to that host name: " +
		"expected an IP address, localhost or a name that its certificate is for"}
}

// identify lets in the user with the number ours, and root.
func (p peer) identify(ours int) (string, *RefusedError) {
	switch {
	case p.err != nil:
		return "unknown", &RefusedError{Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "the system does not say which user asks"}
	case !p.known:
		return "who may open the socket", nil
	case p.uid != ours && p.uid != 0:
		return uidName(p.uid), &RefusedError{Status: http.StatusForbidden, Code: "FORBIDDEN", Message: fmt.Sprintf("user %d may not: this is for the gateway's own user, %d, and root", p.uid, ours)}
	}
	return uidName(p.uid), nil
}

func uidName(uid int) string { return fmt.Sprintf("uid %d", uid) }

// named is the name of a token, "" for none of ours. All are compared, so that time tells nothing of them.
func named(tokens map[string]string, token string) string {
	found, given := "", sha256.Sum256([]byte(token))
	for name, text := range tokens {
		if sum := sha256.Sum256([]byte(text)); subtle.ConstantTimeCompare(sum[:], given[:]) == 1 {
			found = name
		}
	}
	return found
}

// answersTo reports whether requests for host are ours: a name that DNS leads here, for a page in a browser to read
// what we answer, is none that our certificate has.
func (s *Server) answersTo(host string, secured *tls.ConnectionState) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || host == "localhost" {
		return true
	}
	if secured == nil {
		return false
	}
	c := s.config()
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return false
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	return err == nil && leaf.VerifyHostname(host) == nil
}
