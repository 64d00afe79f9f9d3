package dial

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	lookEvery = 15 * time.Second // between looks at where names lead now
	lookFor   = 5 * time.Second  // at most, for all names
)

// places remembers where names led when connections were made. Connections that are in use are kept for
// ever, and names change their minds: a source that moved would be asked at its old place as long as
// somebody answers there. The zero value is ready for use.
type places struct {
	mu  sync.Mutex
	led map[string]map[netip.Addr]bool // by host
}

// note remembers that address, which host was in, led to c.
func (p *places) note(address string, c net.Conn) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || literal(host) {
		return
	}
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.led == nil {
		p.led = map[string]map[netip.Addr]bool{}
	}
	if p.led[host] == nil {
		p.led[host] = map[netip.Addr]bool{}
	}
	p.led[host][at.Addr().Unmap()] = true
}

// moved reports whether a name no longer leads to where we are connected. A lookup that fails says nothing.
func (p *places) moved(ctx context.Context, r *net.Resolver) bool {
	p.mu.Lock()
	hosts := make(map[string][]netip.Addr, len(p.led))
	for host, all := range p.led {
		for at := range all {
			hosts[host] = append(hosts[host], at)
		}
	}
	p.mu.Unlock()
	for host, then := range hosts {
		now, err := r.LookupNetIP(ctx, "ip", host)
		if err != nil || len(now) == 0 {
			continue
		}
		leads := map[netip.Addr]bool{}
		for _, at := range now {
			leads[at.Unmap()] = true
		}
		for _, at := range then {
			if !leads[at] {
				return true
			}
		}
	}
	return false
}
