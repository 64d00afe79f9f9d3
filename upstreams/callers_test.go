package upstreams_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/quota"
)

// desk is a source that answers each caller with his token, and with what is said of him or of a path.
type desk struct {
	mu   sync.Mutex
	says map[string]no // by token
	down bool
	slow map[string]time.Duration // by path: how long it takes, after it looked
}

// no is what it says in place of a good answer; the header is pairs of name and value.
type no struct {
	status int
	header []string
}

func says(status int, header ...string) no { return no{status, header} }

// RoundTrip implements [http.RoundTripper].
func (d *desk) RoundTrip(req *http.Request) (*http.Response, error) {
	token := req.Header.Get("Authorization")
	d.mu.Lock()
	said, down, slow := d.says[token], d.down, d.slow[req.URL.Path]
	d.mu.Unlock()
	time.Sleep(slow)
	switch {
	case down:
		return nil, errors.New("connection refused")
	case said.status != 0:
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(said.header); i += 2 {
			h.Set(said.header[i], said.header[i+1])
		}
		return &http.Response{StatusCode: said.status, Header: h, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
	}
	items := map[string]string{}
	for key := range strings.SplitSeq(req.URL.Query().Get("ids"), ",") {
		items[key] = token
	}
	body, err := json.Marshal(items)
	h := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, err
}

func (d *desk) set(change func(*desk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// a caller asks the desk, for one thing or for some at once.
type caller struct {
	token    string
	built    bool // the token is in the request as built, and not forwarded
	batch    bool
	language string
}

// ask returns why the thing called key could not be had.
func (c caller) ask(ctx context.Context, u *upstreams.Client, key string) error {
	ctx = upstreams.WithCaller(ctx, http.Header{"Authorization": {c.token}})
	header, scope := http.Header{"Accept-Language": {c.language}}, "language "+c.language
	if c.built {
		header.Set("Authorization", c.token)
		scope += " token " + c.token
	}
	accept := func(r upstreams.Reply) (any, error) {
		if err := r.Err(); err != nil {
			return nil, err
		}
		if !strings.Contains(string(r.Body), `"`+c.token+`"`) {
			return nil, fmt.Errorf("what %s got is another's: %s", c.token, r.Body)
		}
		return r.Body, nil
	}
	if !c.batch {
		_, err := u.Read(ctx, &upstreams.Request{
			Connector: "Query.thing", Method: http.MethodGet, URL: "https://desk.test/" + key + "?ids=" + key,
			Header: header, Scope: scope, AsCaller: c.built, Slot: "Query.thing#1", Policy: policy(), Accept: accept,
		})
		return err
	}
	return u.ReadBatch(ctx, &upstreams.Batch{
		Connector: "Thing", Scope: scope, AsCaller: c.built, Slot: "Thing#1", Policy: policy(), Keys: []string{key},
		Build: func(keys []string) (*upstreams.Request, error) {
			return &upstreams.Request{Method: http.MethodGet, URL: "https://desk.test/" + keys[0] + "?ids=" + strings.Join(keys, ","), Header: header}, nil
		},
		Split: func(r upstreams.Reply, _ []string) (map[string][]byte, error) {
			var items map[string]json.RawMessage
			if err := r.Err(); err != nil {
				return nil, err
			}
			err := json.Unmarshal(r.Body, &items)
			all := map[string][]byte{}
			for key, item := range items {
				all[key] = item
			}
			return all, err
		},
		Accept: accept,
	})[0].Err
}

// TestWhatANoDropsForACaller has a caller ask for two things, hear something, and ask again in an outage.
func TestWhatANoDropsForACaller(t *testing.T) {
	tests := map[string]struct {
		hears                 no
		keepsThis, keepsOther bool // after that
	}{
		"a 401 ends what the credential gave": {says(401), false, false},
		"a 403 ends the thing":                {says(403), false, true},
		"a 403 that says when is a limit":     {says(403, "Retry-After", "1"), true, true},
		"a 403 with nothing left is a limit":  {says(403, "X-RateLimit-Limit", "9", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"), true, true},
		"a 429 is a limit":                    {says(429, "Retry-After", "1"), true, true},
		"a 409 is about the request":          {says(409), true, true},
		"a 503 is an outage":                  {says(503), true, true},
	}
	for name, tt := range tests {
		for _, built := range []bool{false, true} {
			for _, batch := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, built %v, batch %v", name, built, batch), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						api := &desk{}
						cfg := upstreams.Config{Name: "desk", Retry: upstreams.Retry{Max: new(0)}}
						if !built {
							cfg.Auth.Forward = []string{"Authorization"}
						}
						s := open(t, upstreams.Config{}, nil) // for its cache
						u := upstreams.New(cfg, s.cache, api)
						defer u.Close(t.Context())
						me, you := caller{token: "me", built: built, batch: batch}, caller{token: "you", built: built, batch: batch}
						for _, c := range []caller{me, you} {
							for _, key := range []string{"this", "other"} {
								if err := c.ask(t.Context(), u, key); err != nil {
									t.Fatal(err)
								}
							}
						}
						time.Sleep(time.Hour)
						api.set(func(d *desk) { d.says = map[string]no{"me": tt.hears} })
						_ = me.ask(t.Context(), u, "this")
						time.Sleep(time.Minute)
						api.set(func(d *desk) { d.says, d.down = nil, true })
						for range 2 {
							if err := me.ask(t.Context(), u, "this"); (err == nil) != tt.keepsThis {
								t.Errorf("this: %v", err)
							}
							if err := me.ask(t.Context(), u, "other"); (err == nil) != tt.keepsOther {
								t.Errorf("other: %v", err)
							}
						}
						for _, key := range []string{"this", "other"} {
							if err := you.ask(t.Context(), u, key); err != nil {
								t.Errorf("another caller: %v", err)
							}
						}
						api.set(func(d *desk) { d.down = false })
						time.Sleep(time.Minute)
						if err := me.ask(t.Context(), u, "this"); err != nil {
							t.Errorf("welcome again: %v", err)
						}
						api.set(func(d *desk) { d.down = true })
						time.Sleep(time.Hour)
						if err := me.ask(t.Context(), u, "this"); err != nil {
							t.Errorf("what came afterwards is remembered: %v", err)
						}
						if err := me.ask(t.Context(), u, "other"); (err == nil) != tt.keepsOther {
							t.Errorf("what came before: %v", err)
						}
					})
				})
			}
		}
	}
}

func deskOf(t *testing.T, api http.RoundTripper, learned *upstreams.Learned, s source) *upstreams.Client {
	t.Helper()
	cfg := upstreams.Config{
		Name: "desk", Auth: credential.Auth{Forward: []string{"Authorization"}}, Retry: upstreams.Retry{Max: new(0)},
		Quota: quota.Config{Concurrent: 1000}, Breaker: upstreams.Breaker{Off: new(true)},
	}
	u := upstreams.New(cfg, s.cache, api, upstreams.WithLearned(learned))
	t.Cleanup(func() { _ = u.Close(context.WithoutCancel(t.Context())) })
	return u
}

// TestAnAnswerUnderWayWhenTheNoCame holds that what left before a 401 came is not remembered, whichever
// settings it left with, and that no other connector's scope hides what the credential gave.
func TestAnAnswerUnderWayWhenTheNoCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &desk{slow: map[string]time.Duration{"/slow": 2 * time.Second}}
		s, learned := open(t, upstreams.Config{}, nil), upstreams.NewLearned(nil)
		before, after := deskOf(t, api, learned, s), deskOf(t, api, learned, s)
		me := caller{token: "me"}
		var all sync.WaitGroup
		all.Go(func() {
			if err := me.ask(t.Context(), before, "slow"); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		api.set(func(d *desk) { d.says = map[string]no{"me": says(401)} })
		_ = caller{token: "me", language: "de"}.ask(t.Context(), after, "this")
		all.Wait()
		api.set(func(d *desk) { d.down = true })
		for _, u := range []*upstreams.Client{before, after} {
			if err := me.ask(t.Context(), u, "slow"); err == nil {
				t.Error("it stands in")
			}
		}
	})
}

// TestStrangersDropNothing has many come with credentials that were never good, during an outage and before.
func TestStrangersDropNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &desk{says: map[string]no{}}
		u := deskOf(t, api, upstreams.NewLearned(nil), open(t, upstreams.Config{}, nil))
		me := caller{token: "me"}
		if err := me.ask(t.Context(), u, "this"); err != nil {
			t.Fatal(err)
		}
		strangers := func() {
			for n := range 3000 {
				token := fmt.Sprint("stranger ", n)
				api.set(func(d *desk) { d.says[token] = says(401) })
				if err := (caller{token: token}).ask(t.Context(), u, "this"); err == nil {
					t.Error("a stranger got something")
				}
			}
		}
		strangers()
		if err := (caller{}).ask(t.Context(), u, "nobody"); err != nil {
			t.Fatal(err)
		}
		api.set(func(d *desk) { d.says[""] = says(401) })
		_ = caller{}.ask(t.Context(), u, "private") // who has no credential is asked for one
		api.set(func(d *desk) { d.down = true })
		strangers()
		time.Sleep(time.Hour)
		if err := me.ask(t.Context(), u, "this"); err != nil {
			t.Errorf("a caller: %v", err)
		}
		if err := (caller{}).ask(t.Context(), u, "nobody"); err != nil {
			t.Errorf("what is for everybody: %v", err)
		}
	})
}

// sharing is a gateway of its own over a store and a journal that others have, too.
func sharing(t *testing.T, store cache.Store, journal cache.Journal, api http.RoundTripper) *upstreams.Client {
	t.Helper()
	c, err := cache.New(cache.Config{Memory: 1 << 20}, store, cache.WithJournal(journal))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	time.Sleep(2 * time.Second)
	return deskOf(t, api, upstreams.NewLearned(nil), source{cache: c})
}

// TestANoHoldsElsewhere has a caller hear a no at one gateway, and ask another one, which may have begun since: what the
// no ended does not stand in there either.
func TestANoHoldsElsewhere(t *testing.T) {
	tests := map[string]struct {
		hears      int
		anew       bool // the other begins after the no
		atOther    bool // the no comes at the other
		keepsOther bool // that the caller also asked for at the other, before
	}{
		"a 401, where he is known, too":                   {hears: 401},
		"a 401, after a restart":                          {hears: 401, anew: true},
		"a 401, after a restart and before anything good": {hears: 401, anew: true, atOther: true},
		"a 403, where he is known, too":                   {hears: 403, keepsOther: true},
		"a 403, after a restart":                          {hears: 403, anew: true},
		"a 403, after a restart and before anything good": {hears: 403, anew: true, atOther: true},
		"a 429 is none, and leaves all where he is known": {hears: 429, keepsOther: true},
		"a 401 at the other, where he is known here, too": {hears: 401, atOther: true},
		"a 403 at the other, where it is known here, too": {hears: 403, atOther: true, keepsOther: true},
		"a 409 at the other is about the request":         {hears: 409, atOther: true, keepsOther: true},
	}
	for name, tt := range tests {
		for _, batch := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, batch %v", name, batch), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					api, store, journal := &desk{}, cache.NewSharedMemory(0), cache.NewMemoryJournal()
					me := caller{token: "me", batch: batch}
					ask := func(u *upstreams.Client, key string) error { return me.ask(t.Context(), u, key) }
					one := sharing(t, store, journal, api)
					other := one
					if !tt.anew {
						other = sharing(t, store, journal, api)
					}
					for _, u := range []*upstreams.Client{one, other} {
						for _, key := range []string{"this", "other"} {
							if err := ask(u, key); err != nil {
								t.Fatal(err)
							}
						}
					}
					time.Sleep(time.Hour)
					if tt.anew {
						other = sharing(t, store, journal, api)
					}
					hearing, hearsNot := one, other
					if tt.atOther {
						hearing, hearsNot = other, one
					}
					if tt.anew {
						hearsNot = other
					}
					api.set(func(d *desk) { d.says = map[string]no{"me": says(tt.hears)} })
					_ = ask(hearing, "this")
					api.set(func(d *desk) { d.says = nil })
					time.Sleep(time.Second)
					if err := ask(hearsNot, "third"); err != nil { // he is welcome
						t.Error(err)
					}
					api.set(func(d *desk) { d.down = true })
					keepsThis := tt.hears == 429 || tt.hears == 409
					if err := ask(hearsNot, "this"); (err == nil) != keepsThis {
						t.Errorf("this: %v", err)
					}
					if err := ask(hearsNot, "other"); (err == nil) != tt.keepsOther {
						t.Errorf("other: %v", err)
					}
					if err := ask(hearsNot, "third"); err != nil {
						t.Errorf("what came afterwards: %v", err)
					}
				})
			})
		}
	}
}

// TestRefusedAgainAndAgain holds that a caller who has nothing any more bumps nothing, as strangers.
func TestRefusedAgainAndAgain(t *testing.T) {
	for _, status := range []int{401, 403} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &desk{}
				s := open(t, upstreams.Config{}, nil)
				u := deskOf(t, api, upstreams.NewLearned(nil), s)
				me := caller{token: "me"}
				if err := me.ask(t.Context(), u, "this"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				api.set(func(d *desk) { d.says = map[string]no{"me": says(status)} })
				_ = me.ask(t.Context(), u, "this")
				was := s.cache.Stats().Bumps.Tags
				for n := range 10 {
					_ = me.ask(t.Context(), u, "this")
					_ = me.ask(t.Context(), u, fmt.Sprint("another ", n))
				}
				if is := s.cache.Stats().Bumps.Tags; is != was || was == 0 {
					t.Errorf("%d tags were bumped, and then %d", was, is)
				}
			})
		})
	}
}
