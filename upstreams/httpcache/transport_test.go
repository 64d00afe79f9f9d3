package httpcache_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"holdfast/cache"
	"holdfast/upstreams/httpcache"
)

// open returns a cache in front of next.
func open(t *testing.T, next roundTrip, opts httpcache.Options) *httpcache.Transport {
	t.Helper()
	c, err := cache.New(cache.Config{Memory: 1 << 20}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	tr := httpcache.New(next, c, opts)
	t.Cleanup(tr.Close)
	return tr
}

func get(t *testing.T, lines ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://api.test/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = headers(lines)
	return req
}

// answer is a response as a RoundTripper makes it.
func answer(status int, body string, lines ...string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: headers(lines), ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

func read(t *testing.T, tr http.RoundTripper, req *http.Request) string {
	t.Helper()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fail returns the error of a request that should have one.
func fail(tr http.RoundTripper, req *http.Request) error {
	resp, err := tr.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

func TestARequestIsLeftAsItWas(t *testing.T) {
	tr := open(t, func(*http.Request) (*http.Response, error) {
		return answer(200, "one", "Cache-Control: max-age=0", `ETag: "1"`), nil
	}, httpcache.Options{})
	for range 2 {
		req := get(t, "X-A: 1")
		read(t, tr, req)
		if len(req.Header) != 1 {
			t.Error(req.Header)
		}
	}
}

func TestAnAnswerThatCrossesAWriteIsNotStored(t *testing.T) {
	var tr *httpcache.Transport
	wrote := false
	tr = open(t, func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && !wrote {
			wrote = true
			post := get(t)
			post.Method = http.MethodPost
			read(t, tr, post)
			return answer(200, "before", "Cache-Control: max-age=60"), nil
		}
		return answer(200, "after", "Cache-Control: max-age=60"), nil
	}, httpcache.Options{})
	read(t, tr, get(t))
	if got := read(t, tr, get(t)); got != "after" {
		t.Errorf("%q was stored although it was written meanwhile", got)
	}
}

func TestTheNewerOfTwoThatCrossIsKept(t *testing.T) {
	var tr *httpcache.Transport
	calls := 0
	tr = open(t, func(*http.Request) (*http.Response, error) {
		if calls++; calls == 1 {
			read(t, tr, get(t)) // overtakes
			return answer(200, "old", "Cache-Control: max-age=60", "Date: -5s"), nil
		}
		return answer(200, "new", "Cache-Control: max-age=60", "Date: +0s"), nil
	}, httpcache.Options{})
	if got := read(t, tr, get(t)); got != "old" {
		t.Errorf("got %q", got)
	}
	if got := read(t, tr, get(t)); got != "new" {
		t.Errorf("kept %q", got)
	}
}

func TestACallerThatLeavesGetsNoOldAnswer(t *testing.T) {
	tr := open(t, func(r *http.Request) (*http.Response, error) {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return answer(200, "one", "Cache-Control: max-age=0, stale-if-error=60"), nil
	}, httpcache.Options{})
	read(t, tr, get(t))
	if err := fail(tr, get(t).WithContext(expired(t))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSharedAndPrivateDoNotMeet(t *testing.T) {
	c, err := cache.New(cache.Config{Memory: 1 << 20}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	calls := 0
	next := roundTrip(func(*http.Request) (*http.Response, error) {
		calls++
		return answer(200, strconv.Itoa(calls), "Cache-Control: max-age=60"), nil
	})
	mine := httpcache.New(next, c, httpcache.Options{})
	defer mine.Close()
	ours := httpcache.New(next, c, httpcache.Options{Shared: true})
	defer ours.Close()
	read(t, mine, get(t))
	if got := read(t, ours, get(t)); got != "2" {
		t.Errorf("the shared cache answered %q from the private one", got)
	}
}

func TestVariantsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		tr := open(t, func(*http.Request) (*http.Response, error) {
			calls++
			return answer(200, "one", "Cache-Control: max-age=60", "Vary: X-A"), nil
		}, httpcache.Options{})
		for n := range 40 {
			read(t, tr, get(t, "X-A: "+strconv.Itoa(n)))
			synctest.Wait() // memory admits a little later
		}
		calls = 0
		read(t, tr, get(t, "X-A: 39"))
		read(t, tr, get(t, "X-A: 8"))
		if calls != 0 {
			t.Error("one of the last 32 is gone")
		}
		read(t, tr, get(t, "X-A: 7"))
		if calls != 1 {
			t.Error("more than 32 are kept")
		}
	})
}

func TestHostAndURLBothCount(t *testing.T) {
	tr := open(t, func(r *http.Request) (*http.Response, error) {
		return answer(200, r.URL.Host+" "+r.Host, "Cache-Control: max-age=60"), nil
	}, httpcache.Options{})
	for _, pair := range [][2]string{{"a.test", ""}, {"a.test", "b.test"}, {"b.test", "a.test"}, {"b.test", ""}} {
		for range 2 {
			req := get(t)
			req.URL.Host, req.Host = pair[0], pair[1]
			if got := read(t, tr, req); got != pair[0]+" "+pair[1] {
				t.Errorf("%v got the answer of %q", pair, got)
			}
		}
	}
}

// Many read and write at once; whoever reads after a write was answered sees it.
func TestTogether(t *testing.T) {
	var version atomic.Int64
	tr := open(t, func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			version.Add(1)
			return answer(204, ""), nil
		}
		return answer(200, strconv.FormatInt(version.Load(), 10), "Cache-Control: max-age=60, stale-while-revalidate=60", "Vary: X-A", `ETag: "x"`), nil
	}, httpcache.Options{})
	var done sync.WaitGroup
	for worker := range 8 {
		done.Go(func() {
			for n := range 200 {
				if n%20 == worker {
					post := get(t)
					post.Method = http.MethodPost
					read(t, tr, post)
				}
				least := version.Load() - 8 // those that are being written
				got, err := strconv.ParseInt(read(t, tr, get(t, "X-A: "+strconv.Itoa(n%3))), 10, 64)
				if err != nil || got < least {
					t.Errorf("read %d after %d was written: %v", got, least, err)
				}
			}
		})
	}
	done.Wait()
}
