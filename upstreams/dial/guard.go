package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// errForbidden says that a name led to an address that no public API has.
var errForbidden = errors.New("the address is not public; permit it by naming it literally in the source's url")

// forbidden returns the prefixes that no public API lives in: private, shared, local, documentation,
// multicast and reserved networks, cloud metadata, and those that wrap other addresses (IANA's special
// purpose registries, RFC 6890). The predicates of netip miss half of them.
func forbidden() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32",               // the metadata of a cloud at a public address
		"::/96",                          // unspecified, loopback and IPv4-compatible
		"64:ff9b::/96", "64:ff9b:1::/48", // NAT64
		"100::/64", "100:0:0:1::/64",
		"2001::/23", // Teredo, benchmarks, ORCHID
		"2001:db8::/32",
		"2002::/16", // 6to4
		"3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// guard opens connections to public addresses and to the permitted ones. It looks at the address that
// a name led to, at the moment of dialling: a name that changes its mind is of no use.
type guard struct {
	permitted map[string]bool // as given to dial: a literal IP or localhost, and a port
	forbidden []netip.Prefix
	resolver  *net.Resolver
	places    places
}

// newGuard permits the hosts of urls that are literal IP addresses or localhost: each with its port,
// and by that text only, never by another name for it.
func newGuard(urls ...string) *guard {
	g := &guard{permitted: map[string]bool{}, forbidden: forbidden(), resolver: net.DefaultResolver}
	for _, text := range urls {
		if u, err := url.Parse(text); err == nil && literal(u.Hostname()) {
			g.permitted[hostPort(u)] = true
		}
	}
	return g
}

// literal reports whether host says itself where it is.
func literal(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, "localhost")
}

// hostPort is what a transport dials for u.
func hostPort(u *url.URL) string {
	p := u.Port()
	if p == "" {
		switch u.Scheme {
		case "https":
			p = "443"
		case "socks5", "socks5h":
			p = "1080"
		default:
			p = "80"
		}
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), p)
}

// dial is for [http.Transport].DialContext.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, Control: g.control, Resolver: g.resolver}
	if g.permitted[strings.ToLower(address)] {
		d.Control = nil
		if host, _, _ := net.SplitHostPort(address); strings.EqualFold(host, "localhost") {
			d.Control = onlyLoopback // whatever a resolver says
		}
	}
	c, err := d.DialContext(ctx, network, address)
	if err == nil {
		g.places.note(address, c)
	}
	return c, err
}

// control refuses an address that is about to be dialled.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !g.public(at.Addr()) {
		return fmt.Errorf("dial %s: %w", address, errForbidden)
	}
	return nil
}

// public reports whether a is in none of the forbidden prefixes.
func (g *guard) public(a netip.Addr) bool {
	a = a.Unmap().WithZone("") // a prefix contains no address with a zone
	for _, p := range g.forbidden {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// allows reports whether a request for u may be handed to a proxy, which dials where no control of ours
// sees it: only what the URL itself says can be judged.
func (g *guard) allows(u *url.URL) bool {
	host := u.Hostname()
	if !literal(host) || g.permitted[hostPort(u)] {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && g.public(a)
}

func onlyLoopback(_, address string, _ syscall.RawConn) error {
	if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("dial %s for localhost: %w", address, errForbidden)
	}
	return nil
}
