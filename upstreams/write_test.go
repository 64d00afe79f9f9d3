package upstreams_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

func TestReadsAfterAWriteSeeIt(t *testing.T) {
	tests := map[string]struct {
		write upstreamtest.Step
		read  upstreamtest.Step
		want  string
		calls int
	}{
		"what was fresh is asked for again": {
			write: upstreamtest.Answer(200, `{}`), read: upstreamtest.Answer(200, `"new"`), want: `"new"`, calls: 3,
		},
		"also when nobody knows what became of the write": {
			write: upstreamtest.Answer(502, ``), read: upstreamtest.Answer(200, `"new"`), want: `"new"`, calls: 3,
		},
		"a plain no is not covered": {
			write: upstreamtest.Answer(200, `{}`), read: upstreamtest.Answer(403, ``), want: ``, calls: 3,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := upstreamtest.Play(upstreamtest.Answer(200, `"old"`), test.write, test.read)
				c, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close(context.Background()) }()
				u := upstreams.New(upstreams.Config{Name: "shop"}, c, api)
				defer u.Close(t.Context())
				read := &upstreams.Request{
					Connector: "Query.order", Method: http.MethodGet, URL: "https://shop.example.com/orders/1",
					Policy: freshness.Policy{Fresh: new(time.Hour)},
				}
				for range 2 {
					if _, err := u.Read(t.Context(), read); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Second)
				_, _ = u.Write(t.Context(), &upstreams.Request{Connector: "Mutation.pay", Method: http.MethodPost, URL: "https://shop.example.com/pay"})
				time.Sleep(time.Second)
				a, err := u.Read(t.Context(), read)
				got := ""
				if err == nil {
					reply, _ := a.Value.(upstreams.Reply)
					got = string(reply.Body)
				}
				if got != test.want || len(api.Log()) != test.calls {
					t.Errorf("got %q after %d calls (%v), want %q after %d", got, len(api.Log()), err, test.want, test.calls)
				}
			})
		})
	}
}

// changing is a write that says what it changes.
type changing struct{ before, after []string }

func (c changing) Before() []string                { return c.before }
func (c changing) After(upstreams.Effect) []string { return c.after }

func TestAWriteMayLeaveFreshWhatItDoesNotChange(t *testing.T) {
	source := []string{"source:shop"}
	tests := map[string]struct {
		changes upstreams.Changes
		calls   int
	}{
		"of what says nothing the whole source": {nil, 2},
		"what has none of the tags":             {changing{[]string{"Payment:1"}, []string{"Payment:1"}}, 1},
		"with nothing changed, all":             {changing{}, 1},
		"not what is changed before":            {changing{before: source}, 2},
		"nor what turns out to be":              {changing{after: source}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := upstreamtest.Play(upstreamtest.Answer(200, `"old"`), upstreamtest.Answer(200, `{}`), upstreamtest.Answer(200, `"new"`))
				c, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close(context.Background()) }()
				u := upstreams.New(upstreams.Config{Name: "shop"}, c, api)
				defer u.Close(t.Context())
				read := &upstreams.Request{
					Connector: "Query.order", Method: http.MethodGet, URL: "https://shop.example.com/orders/1",
					Policy: freshness.Policy{Fresh: new(time.Hour)},
				}
				if _, err := u.Read(t.Context(), read); err != nil {
					t.Fatal(err)
				}
				if _, err := u.Write(t.Context(), &upstreams.Request{
					Connector: "Mutation.pay", Method: http.MethodPost, URL: "https://shop.example.com/pay", Changes: test.changes,
				}); err != nil {
					t.Fatal(err)
				}
				if _, err := u.Read(t.Context(), read); err != nil {
					t.Fatal(err)
				}
				if reads := len(api.Log()) - 1; reads != test.calls {
					t.Errorf("read %d times, want %d", reads, test.calls)
				}
			})
		})
	}
}

func TestNobodyJoinsACallThatLeftBeforeAnyWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := upstreamtest.After(time.Second, upstreamtest.Answer(200, `"old"`))
		api := upstreamtest.Play(slow, upstreamtest.Answer(200, `{}`), upstreamtest.Answer(200, `"new"`))
		u := upstreams.New(upstreams.Config{Name: "shop"}, nil, api)
		defer u.Close(t.Context())
		read := &upstreams.Request{Connector: "Query.order", Method: http.MethodGet, URL: "https://shop.example.com/orders/1"}
		go func() { _, _ = u.Read(t.Context(), read) }()
		synctest.Wait()
		if _, err := u.Write(t.Context(), &upstreams.Request{
			Connector: "Mutation.pay", Method: http.MethodPost, URL: "https://shop.example.com/pay",
			Changes: changing{after: []string{"Order:1"}}, // which the answer under way may have
		}); err != nil {
			t.Fatal(err)
		}
		a, err := u.Read(t.Context(), read)
		if err != nil {
			t.Fatal(err)
		}
		if reply, _ := a.Value.(upstreams.Reply); string(reply.Body) != `"new"` {
			t.Errorf("got %s, want what left after the write", reply.Body)
		}
	})
}
