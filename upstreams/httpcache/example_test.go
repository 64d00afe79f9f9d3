package httpcache_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"

	"holdfast/cache"
	"holdfast/upstreams/httpcache"
)

// A client that remembers what it was told it may.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, "order 1001")
	}))
	defer api.Close()

	memory, err := cache.New(cache.Config{}, nil)
	if err != nil {
		panic(err)
	}
	defer memory.Close()
	transport := httpcache.New(nil, memory, httpcache.Options{Name: "example"})
	defer transport.Close()

	client := &http.Client{Transport: transport}
	for range 2 {
		resp, err := client.Get(api.URL + "/orders/1001")
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(resp.Body) // to its end: else it is not stored
		_ = resp.Body.Close()
		hit := resp.Header.Get("Age") != ""
		fmt.Println(string(body), hit, err)
	}
	// Output:
	// order 1001 false <nil>
	// order 1001 true <nil>
}

// A caching reverse proxy that serves an old answer while the API is down, because the API allowed it.
func Example_reverseProxy() {
	down := false
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "max-age=0, stale-if-error=86400")
		_, _ = io.WriteString(w, "order 1001")
	}))
	defer api.Close()
	target, err := url.Parse(api.URL)
	if err != nil {
		panic(err)
	}

	memory, err := cache.New(cache.Config{}, nil)
	if err != nil {
		panic(err)
	}
	defer memory.Close()
	transport := httpcache.New(nil, memory, httpcache.Options{Shared: true})
	defer transport.Close()
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
	})
	defer proxy.Close()

	for _, down = range []bool{false, true} {
		resp, err := http.Get(proxy.URL)
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode, string(body), err)
	}
	// Output:
	// 200 order 1001 <nil>
	// 200 order 1001 <nil>
}

// One private cache for many users: each sees only what was answered to them.
func ExampleOptions_scope() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, max-age=60")
		_, _ = io.WriteString(w, "the orders of "+r.Header.Get("X-User"))
	}))
	defer api.Close()

	memory, err := cache.New(cache.Config{}, nil)
	if err != nil {
		panic(err)
	}
	defer memory.Close()
	transport := httpcache.New(nil, memory, httpcache.Options{
		Scope: func(r *http.Request) string { return r.Header.Get("X-User") },
	})
	defer transport.Close()

	client := &http.Client{Transport: transport}
	for _, user := range []string{"Ann", "Bob"} {
		req, err := http.NewRequest(http.MethodGet, api.URL, nil)
		if err != nil {
			panic(err)
		}
		req.Header.Set("X-User", user)
		resp, err := client.Do(req)
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(string(body), err)
	}
	// Output:
	// the orders of Ann <nil>
	// the orders of Bob <nil>
}
