package gateway

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"holdfast/upstreams/field"
)

// CORS says which pages of other origins may use the graph, by the protocol of
// https://fetch.spec.whatwg.org/#http-cors-protocol. The zero value allows none.
// What keeps other sites from using a reader's browser against us holds for
// allowed origins too: POST takes JSON, GET the header GraphQL-Require-Preflight.
type CORS struct {
	// Origins are those pages' origins, written as browsers do:
	// https://shop.example.com. "*" is every origin; like the "*" of the lists
	// below it is not possible with credentials.
	Origins []string `yaml:"origins"`
	// Headers are the request headers they may send, beside Accept, Content-Type,
	// GraphQL-Require-Preflight and X-Holdfast-Trace: Authorization, for one.
	Headers []string `yaml:"headers"`
	// Expose are the response headers they may read, beside Age, Cache-Status and
	// Retry-After.
	Expose []string `yaml:"expose"`
	// Credentials says that their requests may carry cookies (default false).
	Credentials bool `yaml:"credentials"`
	// MaxAge is how long a browser may remember all this, in whole seconds
	// (default 10m; browsers have limits of their own).
	MaxAge time.Duration `yaml:"maxAge"`
}

// every stands for all there are, where no credentials are sent.
const every = "*"

func (c CORS) check(wrong *field.Errors) {
	for _, list := range []struct {
		name, expected string
		values         []string
		fits           func(string) bool
	}{
		{"origins", "an origin as browsers write it, such as https://shop.example.com or http://localhost:3000", c.Origins, isOrigin},
		{"headers", "the name of a header", c.Headers, httpguts.ValidHeaderFieldName},
		{"expose", "the name of a header", c.Expose, httpguts.ValidHeaderFieldName},
	} {
		for i, value := range list.values {
			path := fmt.Sprintf("cors.%s.%d", list.name, i)
			switch {
			case value == every && c.Credentials:
				wrong.Add(field.Wrong(path, `with credentials "*" is not possible: list what is allowed`))
			case value != every && !list.fits(value):
				wrong.Add(field.Wrong(path, "expected "+list.expected))
			}
		}
	}
	if c.MaxAge < 0 {
		wrong.Add(field.Wrong("cors.maxAge", "must not be below zero"))
	}
}

// isOrigin reports whether text is an origin in the one form that browsers send:
// a scheme and a host in lower-case ASCII, and a port only where it is not the
// scheme's.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || text != u.Scheme+"://"+u.Host || text != strings.ToLower(text) {
		return false
	}
	if !isHostName(u.Hostname()) && !strings.Contains(u.Hostname(), ":") { // IPv6 has colons
		return false
	}
	standard := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return !strings.HasSuffix(u.Host, ":") && (u.Port() == "" || u.Port() != standard)
}

// cors tells browsers what [CORS] allows.
type cors struct {
	origins        []string
	methods        string
	headers, shown string // as header values
	credentials    bool
	maxAge         string
}

func newCORS(c CORS) cors {
	age := c.MaxAge
	if age == 0 {
		age = 10 * time.Minute
	}
	headers := append([]string{"Accept", "Content-Type", "GraphQL-Require-Preflight", traceHeader}, c.Headers...)
	shown := append([]string{"Age", "Cache-Status", "Retry-After"}, c.Expose...)
	return cors{
		origins:     c.Origins,
		methods:     "GET, POST",
		headers:     strings.Join(headers, ", "),
		shown:       strings.Join(shown, ", "),
		credentials: c.Credentials,
		maxAge:      strconv.FormatInt(int64(math.Ceil(age.Seconds())), 10),
	}
}

// around answers the questions browsers ask beforehand, and marks the answers of
// next for the origins that may read them. Without origins it is next.
func (c cors) around(next http.Handler) http.Handler {
	if len(c.origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		asks := r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != ""
		allowed := c.allow(w.Header(), origin)
		switch {
		case !asks:
			next.ServeHTTP(w, r)
		case !allowed:
			refuse(w, plainJSON, &refusal{
				status:  http.StatusForbidden,
				message: "this origin may not use the graph: gateway.cors.origins lists those that may",
			})
		default:
			w.Header().Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
			w.Header().Set("Access-Control-Allow-Methods", c.methods)
			w.Header().Set("Access-Control-Allow-Headers", c.headers)
			w.Header().Set("Access-Control-Max-Age", c.maxAge)
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

// allow writes what an allowed origin needs to read the answer.
func (c cors) allow(h http.Header, origin string) bool {
	switch {
	case origin == "":
		return false
	case slices.Contains(c.origins, every):
		origin = every
	case !slices.Contains(c.origins, origin):
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", c.shown)
	if c.credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	return true
}
