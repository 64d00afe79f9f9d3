package upstreams_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/field"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// echo answers who asked, in a way that others must not see.
func echo(header ...string) upstreamtest.Step {
	return func(req *http.Request) (*http.Response, error) {
		body := fmt.Sprintf(`{"who":%q}`, req.Header.Get("Authorization"))
		return upstreamtest.After(time.Millisecond, upstreamtest.Answer(200, body, header...))(req)
	}
}

func forwarding() upstreams.Config {
	return upstreams.Config{Auth: credential.Auth{Forward: []string{"authorization"}}, Quota: quota.Config{Concurrent: 1000}}
}

// as asks as somebody and returns the raw answer.
func as(t *testing.T, s source, token string) (*upstreams.Answer, string) {
	t.Helper()
	r := order()
	r.Accept = func(reply upstreams.Reply) (any, error) { return string(reply.Body), nil }
	a, err := s.Read(upstreams.WithCaller(t.Context(), http.Header{"Authorization": {token}, "Cookie": {canary}}), r)
	if err != nil {
		t.Error(err)
		return &upstreams.Answer{}, ""
	}
	body, _ := a.Value.(string)
	return a, body
}

// TestCallersAreKeptApart has a hundred callers who ask the same at once, again, and while the source is
// down: nobody ever sees another's answer.
func TestCallersAreKeptApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := forwarding()
		s := open(t, cfg, upstreamtest.Play(echo()))
		round := func() {
			var all sync.WaitGroup
			for i := range 300 {
				all.Go(func() {
					token := fmt.Sprintf("Bearer %d", i%100)
					if a, got := as(t, s, token); got != fmt.Sprintf(`{"who":%q}`, token) || a.Shared {
						t.Errorf("%s got %s, shared %v", token, got, a.Shared)
					}
				})
			}
			all.Wait()
		}
		round()
		if calls := s.api.Calls(); calls != 100 {
			t.Errorf("%d calls for 100 callers", calls)
		}
		round()
		time.Sleep(2 * time.Minute)
		s.api.Now(upstreamtest.Refuse())
		round()
		sent := s.api.Log()[0].Header
		if sent.Get("Cookie") != "" || sent.Get("Authorization") == "" {
			t.Errorf("sent %v", sent)
		}
	})
}

// TestForwardedBatch is the same for batches, and for writes.
func TestForwardedBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, forwarding(), upstreamtest.Play(echo()))
		b := &upstreams.Batch{
			Connector: "User", Slot: "User#1", Policy: policy(), Keys: []string{"1"},
			Build: func([]string) (*upstreams.Request, error) {
				return &upstreams.Request{Method: http.MethodGet, URL: "https://shop.test/users"}, nil
			},
			Split: func(r upstreams.Reply, keys []string) (map[string][]byte, error) {
				return map[string][]byte{keys[0]: r.Body}, nil
			},
			Accept: func(r upstreams.Reply) (any, error) { return string(r.Body), nil },
		}
		for range 2 {
			for _, token := range []string{"Bearer a", "Bearer b"} {
				ctx := upstreams.WithCaller(t.Context(), http.Header{"Authorization": {token}})
				got := s.ReadBatch(ctx, b)[0]
				if got.Err != nil || got.Value != fmt.Sprintf(`{"who":%q}`, token) {
					t.Errorf("%s got %+v", token, got)
				}
			}
		}
		if s.api.Calls() != 2 {
			t.Errorf("%d calls", s.api.Calls())
		}
		w := order()
		w.Accept = nil
		a, err := s.Write(upstreams.WithCaller(t.Context(), http.Header{"Authorization": {"Bearer c"}}), w)
		if err != nil || a.Shared || s.api.Log()[2].Header.Get("Authorization") != "Bearer c" {
			t.Errorf("a write as %v: %v", s.api.Log()[2].Header, err)
		}
	})
}

// TestForwardingIsStrict holds that what a source says of keeping answers counts where they are somebody's
// own, and that the operator may say otherwise.
func TestForwardingIsStrict(t *testing.T) {
	for respect, stands := range map[freshness.Respect]bool{"": false, freshness.Strict: false, freshness.StandIn: true} {
		synctest.Test(t, func(t *testing.T) {
			cfg := forwarding()
			cfg.Cache.Respect = respect
			s := open(t, cfg, upstreamtest.Play(echo("Cache-Control", "no-store")))
			as(t, s, "Bearer a")
			time.Sleep(2 * time.Minute)
			s.api.Now(upstreamtest.Refuse())
			ctx := upstreams.WithCaller(t.Context(), http.Header{"Authorization": {"Bearer a"}})
			r := order()
			r.Accept = nil
			if _, err := s.Read(ctx, r); (err == nil) != stands {
				t.Errorf("respect %q: %v", respect, err)
			}
		})
	}
}

// spy is a store that remembers all it was given.
type spy struct {
	cache.Store

	mu   sync.Mutex
	seen strings.Builder
}

// Save implements [cache.Store].
func (s *spy) Save(ctx context.Context, changes []cache.Change) ([]cache.Revision, error) {
	s.mu.Lock()
	for _, ch := range changes {
		fmt.Fprintf(&s.seen, "%s %s\n", ch.ID, ch.Value)
	}
	s.mu.Unlock()
	return s.Store.Save(ctx, changes)
}

// TestCredentialsAreNotKept looks for a caller's credential in what is stored.
func TestCredentialsAreNotKept(t *testing.T) {
	store := &spy{Store: cache.NewMemory(1 << 20)}
	c, err := cache.New(cache.Config{}, store)
	if err != nil {
		t.Fatal(err)
	}
	cfg := forwarding()
	cfg.Name = "shop"
	cfg.Headers = map[string]credential.Secret{"X-Key": text(canary)}
	u := upstreams.New(cfg, c, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	if _, err := u.Read(upstreams.WithCaller(t.Context(), http.Header{"Authorization": {canary}}), order()); err != nil {
		t.Fatal(err)
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
	_ = c.Close(context.Background()) // has the store have it
	store.mu.Lock()
	defer store.mu.Unlock()
	if kept := store.seen.String(); kept == "" || strings.Contains(kept, canary) {
		t.Errorf("kept %q", kept)
	}
}

func TestWhatCanBeForwarded(t *testing.T) {
	for name, ok := range map[string]bool{"Authorization": true, "x-tenant": true, "Cookie": true, "host": false, "Range": false, "a b": false, "": false} {
		err := upstreams.Config{Auth: credential.Auth{Forward: []string{name}}}.Validate()
		if field, _ := errors.AsType[*field.Error](err); (field == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}
