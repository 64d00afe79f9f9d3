package upstreams_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// encoded returns body in encoding.
func encoded(tb testing.TB, encoding, body string) string {
	tb.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "bare deflate":
		bare, err := flate.NewWriter(&b, flate.DefaultCompression)
		if err != nil {
			tb.Fatal(err)
		}
		w = bare
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			tb.Fatal(err)
		}
		w = z
	default:
		return body
	}
	if _, err := io.WriteString(w, body); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// TestEncodings has every encoding told truly, too large, cut short, followed by something, and not at all.
func TestEncodings(t *testing.T) {
	const body = `{"n":1}`
	good := func(reply upstreams.Reply) bool {
		return string(reply.Body) == body && reply.Header.Get("Content-Encoding") == "" && reply.Header.Get("Content-Length") == ""
	}
	for _, encoding := range []string{"gzip", "x-gzip", "br", "zstd", "GZIP", "deflate"} {
		plain := strings.ToLower(encoding)
		tests := map[string]struct {
			body   string
			kind   upstreams.Kind
			reason upstreams.Reason
		}{
			"told truly": {body: encoded(t, plain, body)},
			"a bomb": {
				body: encoded(t, plain, strings.Repeat(" ", 10<<20)), // more than is allowed
				kind: upstreams.Contract, reason: upstreams.ReasonOversize,
			},
			"cut short": {
				body: encoded(t, plain, body)[:len(encoded(t, plain, body))-3],
				kind: upstreams.Unavailable, reason: upstreams.ReasonUnreachable,
			},
			"something follows": {
				body: encoded(t, plain, body) + strings.Repeat("\xff", 20),
				kind: upstreams.Contract, reason: upstreams.ReasonContract,
			},
			"plain all the same": {body: `{"n":1, "more": "than a header"}`, kind: upstreams.Contract, reason: upstreams.ReasonContract},
		}
		for name, tt := range tests {
			t.Run(encoding+" "+name, func(t *testing.T) {
				got, err := fetch(t, encoding, tt.body)
				if kindOf(err) != tt.kind || reasonOf(err) != tt.reason {
					t.Fatalf("got %v", err)
				}
				if err == nil && !good(got) {
					t.Errorf("got %+v", got)
				}
			})
		}
	}
}

func TestOtherEncodings(t *testing.T) {
	endless := string(binary.LittleEndian.AppendUint32([]byte("\x50\x2a\x4d\x18"), 1<<20)) + strings.Repeat(" ", 1<<20)
	tests := map[string]struct {
		encoding, body string
		reason         upstreams.Reason
	}{
		"identity":                         {"identity", `{}`, ""},
		"nothing, in an encoding":          {"zstd", ``, ""},
		"one that nobody knows":            {"compress", `{}`, upstreams.ReasonContract},
		"deflate without its wrapping":     {"deflate", encoded(t, "bare deflate", `{}`), ""},
		"and with something behind it":     {"deflate", encoded(t, "bare deflate", `{}`) + "x", upstreams.ReasonContract},
		"and a bomb":                       {"deflate", encoded(t, "bare deflate", strings.Repeat(" ", 50<<20)), upstreams.ReasonOversize},
		"two, in their order":              {"gzip, br", encoded(t, "br", encoded(t, "gzip", `{}`)), ""},
		"two, in the wrong order":          {"br, gzip", encoded(t, "br", encoded(t, "gzip", `{}`)), upstreams.ReasonContract},
		"two and one that is none":         {"deflate, identity, gzip", encoded(t, "gzip", encoded(t, "deflate", `{}`)), ""},
		"the same one twice":               {"gzip, gzip", encoded(t, "gzip", encoded(t, "gzip", `{}`)), ""},
		"a bomb in a bomb":                 {"zstd, gzip", encoded(t, "gzip", strings.Repeat(endless, 10)), upstreams.ReasonOversize},
		"something behind the inner one":   {"deflate, gzip", encoded(t, "gzip", encoded(t, "deflate", `{}`)+"x"), upstreams.ReasonContract},
		"the outer one cut short":          {"deflate, gzip", encoded(t, "gzip", encoded(t, "deflate", `{}`))[:22], upstreams.ReasonUnreachable},
		"more than anybody needs":          {"gzip, gzip, gzip, gzip", encoded(t, "gzip", `{}`), upstreams.ReasonContract},
		"much that decodes to nothing":     {"zstd", strings.Repeat(endless, 10), upstreams.ReasonOversize},
		"a window larger than RFC 9659's":  {"zstd", "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", upstreams.ReasonContract},
		"two gzip members are one content": {"gzip", encoded(t, "gzip", "{") + encoded(t, "gzip", "}"), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := fetch(t, tt.encoding, tt.body); reasonOf(err) != tt.reason {
				t.Errorf("got %v", err)
			}
		})
	}
}

func fetch(t *testing.T, encoding, body string) (upstreams.Reply, error) {
	t.Helper()
	s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}},
		upstreamtest.Play(upstreamtest.Answer(200, body, "Content-Encoding", encoding, "Content-Length", "9")))
	r := order()
	r.Accept = nil
	a, err := s.Read(t.Context(), r)
	if err != nil {
		return upstreams.Reply{}, err
	}
	got, _ := a.Value.(upstreams.Reply)
	return got, nil
}

// TestHeadIsNotDecoded has an answer to HEAD that says how long and how encoded the body would be.
func TestHeadIsNotDecoded(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Encoding": {"gzip"}}, ContentLength: 100, Body: http.NoBody, Request: req,
		}, nil
	}))
	r := order()
	r.Method, r.Accept = http.MethodHead, nil
	if _, err := s.Read(t.Context(), r); err != nil {
		t.Error(err)
	}
}

// FuzzAnswer sends arbitrary headers and bodies as an answer: whatever comes, it is an answer or a typed
// error, and no larger than the limit.
func FuzzAnswer(f *testing.F) {
	for _, encoding := range []string{"", "gzip", "br", "zstd", "deflate"} {
		f.Add(200, encoding, "1", "max-age=1", "Wed, 21 Oct 2099 07:28:00 GMT", encoded(f, encoding, `{"n":1}`))
	}
	f.Add(200, "gzip, deflate", "1", "max-age=1", "", encoded(f, "deflate", encoded(f, "gzip", `{"n":1}`)))
	f.Add(429, "gzip,", "99999999999999999999", "no-store, max-age=-1", "0", "")
	f.Fuzz(func(t *testing.T, status int, encoding, retryAfter, cacheControl, expires, body string) {
		const most = 1 << 10
		api := upstreamtest.Play(upstreamtest.Answer(100+(status&0x1ff), body, "Content-Encoding", encoding,
			"Retry-After", retryAfter, "Cache-Control", cacheControl, "Expires", expires))
		u := upstreams.New(upstreams.Config{Name: "shop", MaxBody: most, Retry: upstreams.Retry{Max: new(0)}}, nil, api)
		r := order()
		r.Accept = nil
		a, err := u.Read(t.Context(), r)
		switch {
		case err != nil && kindOf(err) == 0:
			t.Errorf("an error of no kind: %v", err)
		case err == nil:
			if got, ok := a.Value.(upstreams.Reply); !ok || len(got.Body) > most {
				t.Errorf("%d bytes", len(got.Body))
			}
		}
		if err := u.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
