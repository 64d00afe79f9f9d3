package upstreams

import (
	"net"
	"net/http"
	"time"
)

// Transport returns a transport for calling APIs: connections are kept and shared, the environment's
// proxy is not used (it would hide who is called), gzip is asked for and decoded. Deadlines come with
// each request. One transport serves all clients; who made it calls CloseIdleConnections.
func Transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}
