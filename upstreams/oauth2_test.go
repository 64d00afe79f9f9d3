package upstreams_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
)

// vendor is a source and its token endpoint, without sockets. Its tokens live for an hour.
type vendor struct {
	mu       sync.Mutex
	asked    int // of the endpoint
	calls    int // of the source
	forms    []url.Values
	headers  []http.Header
	valid    string        // the access token that the source takes; "": none
	slow     time.Duration // how long the endpoint takes
	down     int           // status of the endpoint, 0: it works
	body     string        // of the endpoint when it is down
	rotating bool
	refresh  string // the refresh token that is good, when rotating
	silent   bool   // does not say how long tokens live
	deaf     bool   // takes no token at all
}

// RoundTrip implements [http.RoundTripper].
func (v *vendor) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "auth.test" {
		return v.token(req)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	if v.deaf || req.Header.Get("Authorization") != "Bearer "+v.valid {
		return reply(req, 401, `{}`), nil
	}
	return reply(req, 200, `{"n":1}`), nil
}

func (v *vendor) token(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	slow := v.slow
	v.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	v.forms, v.headers = append(v.forms, form), append(v.headers, req.Header.Clone())
	if v.down != 0 {
		return reply(req, v.down, v.body), nil
	}
	if v.rotating && form.Get("refresh_token") != v.refresh {
		return reply(req, 400, `{"error":"invalid_grant"}`), nil
	}
	v.valid = fmt.Sprintf("access-%d", v.asked)
	answer := `{"access_token":"` + v.valid + `","token_type":"bearer"`
	if !v.silent {
		answer += `,"expires_in":3600`
	}
	if v.rotating {
		v.refresh = fmt.Sprintf("refresh-%d", v.asked)
		answer += `,"refresh_token":"` + v.refresh + `"`
	}
	return reply(req, 200, answer+"}"), nil
}

func (v *vendor) counts() (asked, calls int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked, v.calls
}

func (v *vendor) set(change func(*vendor)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

func reply(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(body)), Request: req, ProtoMajor: 1, ProtoMinor: 1,
	}
}

func withOAuth2(change func(*credential.OAuth2)) upstreams.Config {
	o := &credential.OAuth2{TokenURL: "https://auth.test/token", ClientID: text("id"), ClientSecret: text(canary)}
	if change != nil {
		change(o)
	}
	return upstreams.Config{Name: "shop", Auth: credential.Auth{OAuth2: o}, Quota: quota.Config{Concurrent: 200}}
}

func client(t *testing.T, cfg upstreams.Config, rt http.RoundTripper, options ...upstreams.Option) *upstreams.Client {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	u := upstreams.New(cfg, nil, rt, options...)
	t.Cleanup(func() {
		if err := u.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return u
}

// readMany reads n different things at once and returns how many went wrong.
func readMany(t *testing.T, u *upstreams.Client, n int) int {
	t.Helper()
	all := make([]*upstreams.Request, n)
	for i := range all {
		all[i] = unremembered()
		all[i].URL += fmt.Sprintf("?n=%d", i)
	}
	bad := 0
	for _, got := range readers(t.Context(), u, all...)() {
		if got.err != nil {
			bad++
		}
	}
	return bad
}

func TestTokenIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{slow: time.Second}
		u := client(t, withOAuth2(func(o *credential.OAuth2) {
			o.Scopes, o.Params = []string{"a", "b"}, map[string]string{"audience": "shop"}
		}), v)
		if bad := readMany(t, u, 100); bad != 0 {
			t.Errorf("%d of 100 failed", bad)
		}
		if asked, calls := v.counts(); asked != 1 || calls != 100 {
			t.Errorf("%d tokens for %d calls", asked, calls)
		}
		if got := v.forms[0].Encode(); got != "audience=shop&grant_type=client_credentials&scope=a+b" {
			t.Errorf("asked with %s", got)
		}
		if id, secret, _ := (&http.Request{Header: v.headers[0]}).BasicAuth(); id != "id" || secret != canary {
			t.Errorf("asked as %s", id)
		}
	})
}

// TestTokenIsRenewedEarly holds that nobody waits for a token that can be renewed in time, and that one
// which cannot is used to its end.
func TestTokenIsRenewedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{}
		u := client(t, withOAuth2(func(o *credential.OAuth2) { o.ClientAuth = "body" }), v)
		readMany(t, u, 1)
		if got := v.forms[0].Get("client_secret"); got != canary {
			t.Error("the secret is not in the body")
		}
		v.set(func(v *vendor) { v.slow = 2 * time.Second })
		time.Sleep(59*time.Minute + time.Second)
		v.set(func(v *vendor) { v.down = 503 })
		began := time.Now()
		if bad := readMany(t, u, 10); bad != 0 || time.Since(began) > time.Second {
			t.Errorf("%d failed after %v", bad, time.Since(began))
		}
		time.Sleep(30 * time.Second)
		if bad := readMany(t, u, 1); bad != 0 {
			t.Error("a token that still lives is not used")
		}
		v.set(func(v *vendor) { v.down = 0 })
		time.Sleep(20 * time.Second)
		readMany(t, u, 1)
		time.Sleep(20 * time.Second)
		if bad := readMany(t, u, 10); bad != 0 {
			t.Errorf("%d failed with the next token", bad)
		}
	})
}

func TestWithdrawnToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{silent: true}
		u := client(t, withOAuth2(nil), v)
		readMany(t, u, 1)
		time.Sleep(time.Hour)
		v.set(func(v *vendor) { v.valid, v.slow = "", time.Second })
		if bad := readMany(t, u, 100); bad != 0 {
			t.Errorf("%d of 100 failed", bad)
		}
		if asked, calls := v.counts(); asked != 2 || calls < 102 || calls > 201 {
			t.Errorf("%d tokens, %d calls", asked, calls)
		}
		v.set(func(v *vendor) { v.deaf = true })
		for range 10 { // the source refuses whatever we come with
			if bad := readMany(t, u, 10); bad != 10 {
				t.Errorf("%d of 10 failed", bad)
			}
			time.Sleep(time.Second)
		}
		if asked, _ := v.counts(); asked > 4 {
			t.Errorf("%d tokens for a source that takes none", asked-2)
		}
		write := unremembered()
		write.Method = http.MethodPost
		time.Sleep(time.Minute)
		v.set(func(v *vendor) { v.deaf, v.valid = false, "" })
		if _, err := u.Write(t.Context(), write); err != nil {
			t.Errorf("a write with a withdrawn token: %v", err)
		}
	})
}

// TestTokenEndpointFails holds that it is left alone, that this says nothing of the source, and that what
// the endpoint said is told to nobody.
func TestTokenEndpointFails(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		kind   upstreams.Kind
		reason upstreams.Reason
	}{
		"out of order":       {503, canary, upstreams.Unavailable, upstreams.ReasonStatus},
		"not so fast":        {429, canary, upstreams.Unavailable, upstreams.ReasonRateLimited},
		"a no":               {400, `{"error":"invalid_client","error_description":"` + canary + `"}`, upstreams.Unavailable, upstreams.ReasonCredential},
		"a redirect":         {302, canary, upstreams.Contract, upstreams.ReasonContract},
		"no JSON":            {200, canary, upstreams.Contract, upstreams.ReasonContract},
		"no token":           {200, `{"` + canary + `":1}`, upstreams.Contract, upstreams.ReasonContract},
		"a token with break": {200, `{"access_token":"a\nb"}`, upstreams.Contract, upstreams.ReasonContract},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &vendor{down: tt.status, body: tt.body}
				u := client(t, withOAuth2(nil), v)
				_, err := u.Read(t.Context(), unremembered())
				if kindOf(err) != tt.kind || reasonOf(err) != tt.reason || strings.Contains(err.Error(), canary) {
					t.Errorf("got %v", err)
				}
				_, err = u.Read(t.Context(), unremembered())
				if reasonOf(err) != upstreams.ReasonBreakerOpen {
					t.Errorf("at once again: %v", err)
				}
				for range 60 {
					readMany(t, u, 20)
					time.Sleep(time.Second)
				}
				if asked, calls := v.counts(); asked < 4 || asked > 12 || calls != 0 {
					t.Errorf("the endpoint was asked %d times in a minute, the source %d", asked, calls)
				}
				if got := u.Status().Token; got == nil || got.Fails == 0 || got.Ends != nil {
					t.Errorf("status %+v", got)
				}
				if got := u.Status().Connectors["Query.order"].Breaker; got != "CLOSED" {
					t.Errorf("the source's breaker is %s", got)
				}
				v.set(func(v *vendor) { v.down = 0 })
				time.Sleep(31 * time.Second)
				if bad := readMany(t, u, 10); bad != 0 {
					t.Errorf("%d failed when it was well again", bad)
				}
				if got := u.Status().Token; got.Fails != 0 || time.Until(*got.Ends) < 59*time.Minute {
					t.Errorf("status %+v", got)
				}
			})
		})
	}
}

// TestTokenEndpointHangs holds that a caller's deadline counts, and that ours bounds the call.
func TestTokenEndpointHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{slow: time.Hour}
		u := client(t, withOAuth2(nil), v)
		began := time.Now()
		if _, err := u.Read(t.Context(), unremembered()); reasonOf(err) != upstreams.ReasonTimeout || time.Since(began) > 11*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// TestRefreshTokensRotate goes through reloads and a restart with an endpoint that takes each refresh
// token once.
func TestRefreshTokensRotate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{rotating: true, refresh: "begin"}
		cfg := withOAuth2(func(o *credential.OAuth2) { o.RefreshToken = text("begin") })
		grants := credential.NewGrants(dir)
		before, after := client(t, cfg, v, upstreams.WithLearned(upstreams.NewLearned(grants))), client(t, cfg, v, upstreams.WithLearned(upstreams.NewLearned(grants)))
		for range 3 {
			if bad := readMany(t, before, 3) + readMany(t, after, 3); bad != 0 {
				t.Errorf("%d failed", bad)
			}
			time.Sleep(2 * time.Hour)
		}
		restarted := client(t, cfg, v, upstreams.WithLearned(upstreams.NewLearned(credential.NewGrants(dir))))
		if bad := readMany(t, restarted, 3); bad != 0 {
			t.Errorf("%d failed after a restart", bad)
		}
		v.set(func(v *vendor) { v.refresh = "granted again" })
		cfg.Auth.OAuth2.RefreshToken = text("granted again")
		if bad := readMany(t, client(t, cfg, v, upstreams.WithLearned(upstreams.NewLearned(credential.NewGrants(dir)))), 3); bad != 0 {
			t.Errorf("%d failed with a new grant", bad)
		}
	})
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("left %v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read %v, %v", info, err)
	}
}

// TestRefreshTokenIsKeptBeforeUse has a disk that takes nothing for a while: the access token is not used,
// and the refresh token that came with it is not lost.
func TestRefreshTokenIsKeptBeforeUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	link(t, "nowhere", dir) // nothing is there, and nothing can be made
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{rotating: true, refresh: "begin"}
		u := client(t, withOAuth2(func(o *credential.OAuth2) { o.RefreshToken = text("begin") }), v, upstreams.WithLearned(upstreams.NewLearned(credential.NewGrants(dir))))
		for range 10 {
			if bad := readMany(t, u, 1); bad != 1 {
				t.Error("a token was used that is not kept")
			}
			time.Sleep(time.Minute)
		}
		if asked, calls := v.counts(); asked != 1 || calls != 0 {
			t.Errorf("%d tokens, %d calls", asked, calls)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if bad := readMany(t, u, 1); bad != 0 {
			t.Error("the grant is lost")
		}
	})
}
