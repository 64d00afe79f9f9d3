package executortest

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/upstreams/upstreamtest"
)

// A scripted answer is one line of a section of answers:
//
//	METHOD URL [BODY] -> ANSWER
//
// URL is that of the whole request, or what follows the host; one that ends in *
// is the beginning of one. The first that fits answers. Of several for one request
// each answers once, and the last from then on. ANSWER is
//
//	STATUS [(Header: value; Header: value)] BODY
//	hang | reset | html | truncate BODY | after DURATION ANSWER
//
// and goes on in the lines below that are indented.
type scripted struct {
	method, url, body string
	step              upstreamtest.Step
	etag              string
}

func (s scripted) same(o scripted) bool {
	return s.method == o.method && s.url == o.url && s.body == o.body
}

func (s scripted) fits(method, url, rest, body string) bool {
	if s.method != method || s.body != "" && s.body != body {
		return false
	}
	if begin, ok := strings.CutSuffix(s.url, "*"); ok {
		return strings.HasPrefix(rest, begin) || strings.HasPrefix(url, begin)
	}
	return s.url == rest || s.url == url
}

func parseAnswers(t *testing.T, text string) []scripted {
	t.Helper()
	var all []scripted
	for entry := range strings.SplitSeq(strings.ReplaceAll(text, "\n ", " "), "\n") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		request, answer, ok := strings.Cut(entry, " -> ")
		words := strings.SplitN(request, " ", 3)
		if !ok || len(words) < 2 {
			t.Fatalf("%q is no answer: expected METHOD URL -> STATUS BODY", entry)
		}
		s := scripted{method: words[0], url: words[1]}
		if len(words) == 3 {
			s.body = words[2]
		}
		s.step, s.etag = parseAnswer(t, strings.TrimSpace(answer))
		all = append(all, s)
	}
	return all
}

func parseAnswer(t *testing.T, text string) (step upstreamtest.Step, etag string) {
	t.Helper()
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "hang":
		return upstreamtest.Hang(), ""
	case "reset":
		return upstreamtest.Fail(io.ErrUnexpectedEOF), ""
	case "html":
		return upstreamtest.Answer(200, "<p>maintenance</p>", "Content-Type", "text/html"), ""
	case "truncate":
		return upstreamtest.Truncate(200, rest), ""
	case "after":
		wait, then, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(wait)
		if err != nil {
			t.Fatal(err)
		}
		step, etag = parseAnswer(t, then)
		return upstreamtest.After(d, step), etag
	}
	status, err := strconv.Atoi(word)
	if err != nil {
		t.Fatalf("%q is no answer: %v", text, err)
	}
	var header []string
	if inside, body, ok := strings.Cut(strings.TrimPrefix(rest, "("), ") "); ok && strings.HasPrefix(rest, "(") {
		rest = body
		for h := range strings.SplitSeq(inside, "; ") {
			name, value, _ := strings.Cut(h, ": ")
			header = append(header, name, value)
			if name == "ETag" {
				etag = value
			}
		}
	}
	return upstreamtest.Answer(status, rest, header...), etag
}

// api answers as scripted and writes down what it is asked. What no line is for is
// not found.
type api struct {
	mu      sync.Mutex
	answers []scripted
	asked   []string
}

// now puts answers before those that are there, in place of those for the same
// requests.
func (a *api) now(answers []scripted) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers = slices.Concat(answers, slices.DeleteFunc(a.answers, func(old scripted) bool {
		return slices.ContainsFunc(answers, old.same)
	}))
}

// look takes what was asked since the last look, in the order of texts. What reads is
// there once, unless all is counted: places of one operation that need the same at
// the same time may or may not share a call.
func (a *api) look(count bool) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := a.asked
	a.asked = nil
	slices.Sort(asked)
	if count {
		return asked
	}
	var once []string
	for i, r := range asked {
		if i > 0 && r == asked[i-1] && strings.HasPrefix(r, "GET ") {
			continue
		}
		once = append(once, r)
	}
	return once
}

// RoundTrip implements [http.RoundTripper].
func (a *api) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	s := a.answerOf(req, string(body))
	if s == nil {
		return upstreamtest.Answer(http.StatusNotFound, `{}`)(req)
	}
	if s.etag != "" && req.Header.Get("If-None-Match") == s.etag {
		return upstreamtest.Answer(http.StatusNotModified, "", "ETag", s.etag)(req)
	}
	return s.step(req)
}

func (a *api) answerOf(req *http.Request, body string) *scripted {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, requestText(req, body))
	url := req.URL.String()
	for i := range a.answers {
		s := a.answers[i]
		if !s.fits(req.Method, url, req.URL.RequestURI(), body) {
			continue
		}
		if i+1 < len(a.answers) && a.answers[i+1].same(s) {
			a.answers = slices.Delete(slices.Clone(a.answers), i, i+1)
		}
		return &s
	}
	return nil
}

// requestText is method and URL, then the headers that not every request has, and
// the body.
func requestText(req *http.Request, body string) string {
	var b strings.Builder
	b.WriteString(req.Method + " " + req.URL.String())
	var headers []string
	for name, values := range req.Header {
		if slices.Contains([]string{"Accept", "Accept-Encoding", "Content-Length", "Traceparent", "User-Agent"}, name) {
			continue
		}
		for _, value := range values {
			headers = append(headers, "\n  "+name+": "+value)
		}
	}
	slices.Sort(headers)
	b.WriteString(strings.Join(headers, ""))
	if body != "" {
		b.WriteString("\n  " + body)
	}
	return b.String()
}
