package upstreams_test

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

const canary = "s3cr3t-canary"

func TestAuth(t *testing.T) {
	tests := map[string]struct {
		auth   credential.Auth
		header string
		want   string
		url    string
	}{
		"none":   {header: "Authorization"},
		"bearer": {auth: credential.Auth{Bearer: text(canary)}, header: "Authorization", want: "Bearer " + canary},
		"basic": {
			auth:   credential.Auth{Basic: &credential.BasicAuth{User: text("ck"), Password: text("cs")}},
			header: "Authorization", want: "Basic Y2s6Y3M=",
		},
		"a header": {
			auth:   credential.Auth{Header: &credential.NamedAuth{Name: "as-api-key", Value: text(canary)}},
			header: "As-Api-Key", want: canary,
		},
		"a query parameter": {
			auth: credential.Auth{Query: &credential.NamedAuth{Name: "key", Value: text("a&b")}},
			url:  "https://shop.test/orders/1?page=2&key=a%26b",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, upstreams.Config{Auth: tt.auth}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
			r := order()
			r.URL += "?page=2"
			r.Header = http.Header{"Authorization": {"built"}}
			if tt.want == "" {
				r.Header = nil
			}
			if _, err := s.Read(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			sent := s.api.Log()[0]
			if got := sent.Header.Get(tt.header); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.header, got, tt.want)
			}
			if tt.url != "" && sent.URL != tt.url {
				t.Errorf("sent to %s, want %s", sent.URL, tt.url)
			}
		})
	}
}

func TestHeadersThatAreSent(t *testing.T) {
	s := open(t, upstreams.Config{Headers: map[string]credential.Secret{"x-version": text("1"), "x-team": text("red")}},
		upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	r := order()
	r.Method, r.Body = http.MethodPost, []byte(`{"q":1}`)
	r.Header = http.Header{"X-Version": {"2"}}
	if _, err := s.Read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	want := upstreamtest.Call{Method: "POST", URL: r.URL, Body: `{"q":1}`, Header: http.Header{
		"X-Version": {"2"}, "X-Team": {"red"}, "User-Agent": {"holdfast"}, "Accept-Encoding": {"gzip, br, zstd"},
	}}
	if diff := cmp.Diff(want, s.api.Log()[0]); diff != "" {
		t.Error(diff)
	}
}

// TestReplyIsTheSameFromMemory holds that a mapping sees the same headers when the answer is old, and no
// cookies ever.
func TestReplyIsTheSameFromMemory(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{}`,
		"Link", "<next>", "Set-Cookie", "a=b", "Connection", "X-Hop", "X-Hop", "1")))
	var seen []upstreams.Reply
	for _, slot := range []string{"first", "second"} {
		r := order()
		r.Slot, r.Accept = slot, func(reply upstreams.Reply) (any, error) {
			seen = append(seen, reply)
			return nil, nil
		}
		if _, err := s.Read(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	want := upstreams.Reply{Status: 200, Body: []byte(`{}`), Header: http.Header{
		"Content-Type": {"application/json"}, "Link": {"<next>"},
	}}
	if diff := cmp.Diff([]upstreams.Reply{want, want}, seen, cmpopts.IgnoreUnexported(upstreams.Reply{})); diff != "" {
		t.Error(diff)
	}
}

// TestRealSockets has what only a real server can do: compress, lie about lengths, redirect, go away.
func TestRealSockets(t *testing.T) {
	tests := map[string]struct {
		serve  http.HandlerFunc
		reason upstreams.Reason
		kind   upstreams.Kind
	}{
		"gzip is decoded": {serve: func(w http.ResponseWriter, _ *http.Request) { zip(w, `{"n":1}`) }},
		"a gzip bomb is cut": {
			serve: func(w http.ResponseWriter, _ *http.Request) { zip(w, strings.Repeat(" ", 10<<20)) },
			kind:  upstreams.Contract, reason: upstreams.ReasonOversize,
		},
		"50 MB are not read": {
			serve: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", strconv.Itoa(50<<20))
			},
			kind: upstreams.Contract, reason: upstreams.ReasonOversize,
		},
		"a body shorter than promised": {
			serve: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = w.Write([]byte(`{"n":1}`))
			},
			kind: upstreams.Unavailable, reason: upstreams.ReasonUnreachable,
		},
		"a chunked body cut short": {
			serve: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"n":1}`))
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			},
			kind: upstreams.Unavailable, reason: upstreams.ReasonUnreachable,
		},
		"a redirect": {
			serve: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
			kind:  upstreams.Contract, reason: upstreams.ReasonContract,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			u := upstreams.New(upstreams.Config{Name: "shop", URL: server.URL, Retry: upstreams.Retry{Max: new(0)}}, nil, nil)
			r := order()
			r.URL = server.URL
			_, err := u.Read(t.Context(), r)
			if kindOf(err) != tt.kind || reasonOf(err) != tt.reason {
				t.Errorf("got %v, want %v %s", err, tt.kind, tt.reason)
			}
			if err := u.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLengthsThatAreSent holds that a source always knows how long the body of a change is.
func TestLengthsThatAreSent(t *testing.T) {
	tests := map[string]struct{ method, body, want string }{
		"POST without a body":   {"POST", "", "0"},
		"PUT without a body":    {"PUT", "", "0"},
		"PATCH without a body":  {"PATCH", "", "0"},
		"DELETE without a body": {"DELETE", "", ""},
		"GET without a body":    {"GET", "", ""},
		"POST with one":         {"POST", `{"q":1}`, "7"},
		"GET with one":          {"GET", `{}`, "2"},
		"DELETE with one":       {"DELETE", `null`, "4"},
	}
	for _, http2 := range []bool{false, true} {
		for name, tt := range tests {
			t.Run(fmt.Sprint(name, ", HTTP/2: ", http2), func(t *testing.T) {
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = fmt.Fprintf(w, `{"n":%d,"of":%q,"chunked":%t}`, r.ProtoMajor, r.Header.Get("Content-Length"), len(r.TransferEncoding) > 0)
				}))
				server.EnableHTTP2 = http2
				server.StartTLS()
				defer server.Close()
				u := upstreams.New(upstreams.Config{Name: "shop", URL: server.URL}, nil, server.Client().Transport)
				r := order()
				r.Method, r.URL, r.Body = tt.method, server.URL, []byte(tt.body)
				r.Accept = func(reply upstreams.Reply) (any, error) { return string(reply.Body), nil }
				a, err := u.Read(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				proto := map[bool]int{false: 1, true: 2}[http2]
				if want := fmt.Sprintf(`{"n":%d,"of":%q,"chunked":false}`, proto, tt.want); a.Value != want {
					t.Errorf("got %v, want %s", a.Value, want)
				}
				if err := u.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func zip(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write([]byte(body))
	_ = z.Close()
}

func TestReportOfCalls(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(503, ``), upstreamtest.Answer(200, `{"n":1}`)))
	report := upstreams.NewReport()
	ctx := upstreams.WithReport(t.Context(), report)
	for range 2 {
		if _, err := s.Read(ctx, order()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{"shop": 2}, report.Calls()); diff != "" {
		t.Error(diff)
	}
}

func text(s string) credential.Secret { return credential.Secret{Text: s} }
