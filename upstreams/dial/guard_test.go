package dial

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestPublicAddresses(t *testing.T) {
	tests := map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true,
		"100.128.0.0": true, "169.253.0.1": true, "223.255.255.255": true, "192.0.1.1": true, "198.20.0.0": true,
		"2606:4700::1111": true, "2a00:1450:4001::1": true, "2001:200::1": true, "::ffff:1.1.1.1": true,

		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "100.100.100.200": false,
		"127.0.0.1": false, "127.255.0.1": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.0.0.192": false, "192.168.0.1": false, "192.0.2.1": false, "198.18.0.1": false, "198.19.255.255": false,
		"198.51.100.7": false, "203.0.113.9": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"168.63.129.16": false, "192.88.99.1": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false,
		"100::1": false, "3fff::1": false, "5f00::1": false,
	}
	g := newGuard()
	for text, want := range tests {
		if got := g.public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public is %v", text, got)
		}
	}
}

// TestDialControl dials a server of ours under many names; only the one that the source's url says is
// permitted.
func TestDialControl(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	tests := map[string]struct {
		permit, ask string
		ok          bool
	}{
		"a literal address, as configured": {"http://127.0.0.1:" + port + "/v1", "http://127.0.0.1:" + port, true},
		"localhost, as configured":         {"http://LOCALHOST:" + port, "http://localhost:" + port, true},
		"nothing is configured":            {"", "http://127.0.0.1:" + port, false},
		"a name is no permission":          {"http://shop.test:" + port, "http://127.0.0.1:" + port, false},
		"another port":                     {"http://127.0.0.1:1", "http://127.0.0.1:" + port, false},
		"another loopback address":         {"http://127.0.0.2:" + port, "http://127.0.0.1:" + port, false},
		"localhost for an address":         {"http://127.0.0.1:" + port, "http://localhost:" + port, false},
		"an address for localhost":         {"http://localhost:" + port, "http://127.0.0.1:" + port, false},
		"a mapped address":                 {"http://127.0.0.1:" + port, "http://[::ffff:127.0.0.1]:" + port, false},
		"the unspecified address":          {"http://127.0.0.1:" + port, "http://0.0.0.0:" + port, false},
		"localhost with a dot":             {"http://localhost:" + port, "http://localhost.:" + port, false},
		"cloud metadata":                   {"http://127.0.0.1:" + port, "http://169.254.169.254/latest", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tr := New(Config{URL: tt.permit})
			defer tr.Close()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.ask, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tr.RoundTrip(req)
			if err == nil {
				err = resp.Body.Close()
			}
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, errForbidden) {
				// "localhost." may be a name that nobody knows
				if dns, unknown := errors.AsType[*net.DNSError](err); tt.ok || !unknown || !dns.IsNotFound {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

// TestProxyCannotReachInside holds that a URL whose host is a literal inside address is not handed to a
// proxy, which could reach it.
func TestProxyCannotReachInside(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.URL.Host) }))
	defer proxy.Close()
	tr := New(Config{
		URL:   "http://10.1.2.3:80/v1",
		Proxy: func() (string, error) { return strings.Replace(proxy.URL, "http://", "http://user:pass@", 1), nil },
	})
	defer tr.Close()
	for host, ok := range map[string]bool{
		"shop.test": true, "10.1.2.3": true, "1.1.1.1": true,
		"10.1.2.4": false, "169.254.169.254": false, "localhost": false, "[::1]": false,
	} {
		resp, err := tr.RoundTrip(&http.Request{Method: http.MethodGet, Header: http.Header{}, URL: &url.URL{Scheme: "http", Host: host}})
		if err == nil {
			err = resp.Body.Close()
		}
		if (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(asked) != 3 {
		t.Errorf("the proxy was asked for %v", asked)
	}
}
