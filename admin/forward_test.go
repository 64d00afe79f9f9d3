package admin

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// forwarded is a listener on a port of this machine that asks c.
func forwarded(t *testing.T, c *Client) (address, token string) {
	t.Helper()
	token = NewToken()
	s := Forward(c, func() Config { return ForPage(token) }, slog.New(slog.DiscardHandler))
	l, err := Listen(t.Context(), Address{TCP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(l); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, time.Minute) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), token
}

// fetch makes one request, with a token where that is not "", under a host name where that is not "".
func fetch(t *testing.T, method, url, token, host string) (status int, said string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(`{"tags": ["Order:1"]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Host = host
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var refused envelope
	if json.NewDecoder(res.Body).Decode(&refused) != nil || refused.Error == nil {
		return res.StatusCode, ""
	}
	return res.StatusCode, refused.Error.Message
}

func TestAListenerIsBroughtToAnother(t *testing.T) {
	theirs := strings.Repeat("t", 32)
	for name, secured := range map[string]bool{"a socket": false, "an address": true} {
		t.Run(name, func(t *testing.T) {
			at, ours := socket(t), ""
			if secured {
				at, ours = Address{TCP: "127.0.0.1:0"}, theirs
			}
			r := serve(t, at, Config{}, ours)
			address, token := forwarded(t, client(t, Dial{Address: r.address, Token: ours}))
			for name, test := range map[string]struct {
				method, path, token, host string
				status                    int
			}{
				"who has the token is told":            {"GET", "/v1/cache", token, "", 200},
				"and does":                             {"POST", "/v1/invalidate", token, "", 200},
				"what the other side refuses":          {"GET", "/v1/entries?limit=0", token, "", 400},
				"what it does not know":                {"GET", "/v1/none", token, "", 404},
				"nobody is let in without":             {"GET", "/v1/cache", "", "", 401},
				"nor with the other side's":            {"GET", "/v1/cache", theirs, "", 401},
				"nor under a name that DNS leads here": {"GET", "/v1/cache", token, "evil.example", 421},
				"the page is for all":                  {"GET", "/", "", "", 200},
				"but not under such a name":            {"GET", "/", "", "evil.example", 421},
			} {
				if status, said := fetch(t, test.method, "http://"+address+test.path, test.token, test.host); status != test.status {
					t.Errorf("%s: %d %s", name, status, said)
				}
			}
			if log := r.log.String(); !strings.Contains(log, "path=/v1/invalidate status=200") || strings.Contains(log, token) {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

func TestWhoIsForwardedHearsThatNobodyAnswers(t *testing.T) {
	r := serve(t, socket(t), Config{}, "")
	address, token := forwarded(t, client(t, Dial{Address: r.address}))
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if status, said := fetch(t, "GET", "http://"+address+"/v1/cache", token, ""); status != http.StatusBadGateway || !strings.Contains(said, "the gateway does not answer") {
		t.Errorf("%d %s", status, said)
	}
}

func TestATokenOfAPageStandsWhereNoServerSeesIt(t *testing.T) {
	token := NewToken()
	u, err := url.Parse(PageURL("127.0.0.1:7", token))
	if err != nil || u.Fragment != token || u.RequestURI() != "/" || u.Host != "127.0.0.1:7" {
		t.Errorf("%v, %v", u, err)
	}
	if token == NewToken() || len(token) < leastToken || ForPage(token).Validate() != nil {
		t.Errorf("%s is no token", token)
	}
}

func TestACallThatIsMadeAllTheTimeLeavesNoLine(t *testing.T) {
	log := &lockedBuffer{}
	fails := false
	s := New(func() Config { return Config{} }, "", slog.New(slog.NewTextHandler(log, nil)), Route{Pattern: "GET /v1/how", Quiet: true, Answer: func(*Call) (any, error) {
		if fails {
			return nil, Unavailable("not now")
		}
		return "well", nil
	}})
	var said string
	if err := s.Local().Get(t.Context(), "/v1/how", &said); err != nil || said != "well" || log.String() != "" {
		t.Errorf("%v %s, logged %s", err, said, log)
	}
	fails = true
	if err := s.Local().Get(t.Context(), "/v1/how", &said); err == nil || !strings.Contains(log.String(), "not now") {
		t.Errorf("%v, logged %s", err, log)
	}
}
