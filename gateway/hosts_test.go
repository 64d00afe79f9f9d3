package gateway_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"holdfast/gateway"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hosts    []string
		loopback bool
		path     string // default /graphql
		host     string
		status   int
	}{
		"on loopback a foreign name is misdirected": {loopback: true, host: "evil.example", status: 421},
		"with a port too":                           {loopback: true, host: "evil.example:8080", status: 421},
		"a name that begins as ours is not ours":    {loopback: true, host: "localhost.evil.example", status: 421},
		"nor one that ends like ours":               {loopback: true, host: "notlocalhost", status: 421},
		"nor one that begins with an address":       {loopback: true, host: "127.0.0.1.evil.example", status: 421},
		"nor an address as nobody writes it":        {loopback: true, host: "0x7f.1", status: 421},
		"no name is none of ours":                   {loopback: true, host: "", status: 421},
		"the page is not shown either":              {loopback: true, path: "/", host: "evil.example", status: 421},
		"nor the status":                            {loopback: true, path: "/status", host: "evil.example", status: 421},
		"probes are answered under every name":      {loopback: true, path: "/healthz", host: "evil.example", status: 200},
		"that of readiness too":                     {loopback: true, path: "/readyz", host: "evil.example", status: 200},
		"and metrics":                               {loopback: true, path: "/metrics", host: "evil.example", status: 404}, // there are none here
		"localhost is ours":                         {loopback: true, host: "localhost", status: 200},
		"at a port, in capitals, with its last dot": {loopback: true, host: "LocalHost.:8080", status: 200},
		"names below localhost are ours":            {loopback: true, host: "app.localhost:8080", status: 200},
		"an address cannot be made to lead here":    {loopback: true, host: "127.0.0.1:8080", status: 200},
		"whichever it is":                           {loopback: true, host: "192.0.2.7", status: 200},
		"nor one of IPv6":                           {loopback: true, host: "[::1]:8080", status: 200},
		"without a port too":                        {loopback: true, host: "[2001:db8::1]", status: 200},
		"a name that is listed is ours":             {loopback: true, hosts: []string{"Graph.example"}, host: "graph.example.:443", status: 200},
		"one below it is not":                       {loopback: true, hosts: []string{"graph.example"}, host: "a.graph.example", status: 421},
		"every name can be listed":                  {loopback: true, hosts: []string{"*"}, host: "evil.example", status: 200},
		"elsewhere every name is ours":              {host: "evil.example", status: 200},
		"unless some are listed":                    {hosts: []string{"graph.example"}, host: "evil.example", status: 421},
		"then those are":                            {hosts: []string{"graph.example"}, host: "graph.example", status: 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := serve(t, gateway.Config{Hosts: test.hosts, Loopback: test.loopback}, map[string]resolver{"Query.hello": always("world")})
			r := query(t, "{hello}")
			if test.path != "" {
				r = httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.path, nil)
			}
			r.Host = test.host
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if w.Code != test.status {
				t.Errorf("status %d, want %d: %s", w.Code, test.status, w.Body)
			}
		})
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true,
		"0.0.0.0:1": false, "[::]:1": false, "192.0.2.1:1": false,
	} {
		tcp, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := gateway.IsLoopback(tcp); got != want {
			t.Errorf("IsLoopback(%s) = %v", address, got)
		}
	}
}
