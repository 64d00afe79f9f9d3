package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// hosts are the names that a server answers to. A page of a site whose name is
// made to lead here, by DNS, is a page of our origin to its browser and may read
// every answer; only the Host of its requests gives it away (RFC 9110 §7.2).
//
// An IP address cannot be made to lead elsewhere, and browsers look up localhost
// nowhere: both are always answered to.
type hosts struct {
	any   bool
	names map[string]bool
}

// newHosts reads [Config.Hosts]; loopback says that only this machine reaches us.
func newHosts(names []string, loopback bool) hosts {
	h := hosts{any: len(names) == 0 && !loopback, names: make(map[string]bool, len(names))}
	for _, name := range names {
		h.any = h.any || name == every
		h.names[plainHost(name)] = true
	}
	return h
}

// answers reports whether requests for host, as a Host header has it, are ours.
func (h hosts) answers(host string) bool {
	if h.any {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	name := plainHost(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || h.names[name] {
		return true
	}
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	return err == nil
}

// plainHost is a name as it is compared.
func plainHost(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// isHostName reports whether text can be the name in a Host header.
func isHostName(text string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-._"
	return text != "" && strings.Trim(strings.ToLower(text), letters) == ""
}

// misdirected refuses what was meant for another server (RFC 9110 §15.5.20).
var misdirected = &refusal{ //nolint:gochecknoglobals // constant
	status:  http.StatusMisdirectedRequest,
	message: "this server does not answer to that host name: gateway.hosts lists those it answers to",
}

// only is next for requests whose Host is ours. Probes come by whatever address
// an orchestrator has, and tell nothing: they are not checked.
func (h hosts) only(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isProbe(r) || h.answers(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		refuse(w, plainJSON, misdirected)
	})
}

// Loopback is next for requests to an IP address or localhost: what a server that
// only its own machine reaches should answer.
func Loopback(next http.Handler) http.Handler { return newHosts(nil, true).only(next) }

// IsLoopback reports whether a server that listens on address is reached from its
// own machine only.
func IsLoopback(address net.Addr) bool {
	at, err := netip.ParseAddrPort(address.String())
	return err == nil && at.Addr().IsLoopback()
}
