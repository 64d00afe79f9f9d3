package httpcache

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"

	"holdfast/freshness"
)

// serve makes a response of s: 304 if the client says that it has it.
func (t *Transport) serve(x *exchange, s *stored, status freshness.CacheStatus) *http.Response {
	resp := &http.Response{
		StatusCode:    s.Status,
		Header:        s.Header.Clone(),
		Body:          http.NoBody,
		ContentLength: int64(len(s.entry.Body)),
	}
	resp.Header["Age"] = []string{strconv.Itoa(int(s.Age(time.Now()) / time.Second))}
	switch {
	case s.NotModified(x.req.Header):
		resp.StatusCode, resp.ContentLength = http.StatusNotModified, 0
		resp.Header = notModified(resp.Header)
	case !x.head():
		resp.Body = io.NopCloser(bytes.NewReader(s.entry.Body))
	}
	return t.finish(x, resp, status)
}

// notModified returns what a 304 carries of h (RFC 9110 §15.4.5).
func notModified(h http.Header) http.Header {
	kept := http.Header{}
	for _, name := range []string{
		"Age", "Cache-Control", "Cache-Status", "Content-Location", "Date", "Etag", "Expires", "Last-Modified", "Vary",
	} {
		if values, ok := h[name]; ok {
			kept[name] = values
		}
	}
	return kept
}

// unavailable is the answer to only-if-cached where nothing stored can be used.
func (t *Transport) unavailable(x *exchange, why freshness.Forward) *http.Response {
	return t.finish(x, &http.Response{
		StatusCode: http.StatusGatewayTimeout,
		Header:     http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body:       http.NoBody,
	}, freshness.CacheStatus{Detail: "only-if-cached, " + string(why)})
}

// finish fills in what every response of ours has.
func (t *Transport) finish(x *exchange, resp *http.Response, status freshness.CacheStatus) *http.Response {
	resp.Status = strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	resp.Proto, resp.ProtoMajor, resp.ProtoMinor = "HTTP/1.1", 1, 1
	resp.Request = x.req
	t.mark(resp, status)
	return resp
}

// mark adds our member to Cache-Status.
func (t *Transport) mark(resp *http.Response, status freshness.CacheStatus) {
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	status.Cache = t.opts.Name
	resp.Header.Add("Cache-Status", status.String())
}

// ttl returns how long s stays fresh from now.
func (t *Transport) ttl(s *stored) freshness.Seconds {
	return freshness.Seconds{Set: true, For: t.rules.Lifetime(s.Stored) - s.Age(time.Now())}
}

func ttl(v freshness.Verdict) freshness.Seconds { return freshness.Seconds{Set: true, For: v.TTL} }
