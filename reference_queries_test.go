package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What we show people to ask is within the limits that hold unless set.
func TestEveryQueryWeShowIsWithinTheLimits(t *testing.T) {
	p := startReference(t)
	asked := 0
	for name, bodies := range shownQueries(t) {
		for _, body := range bodies {
			answer, err := p.firstAnswer(body)
			if err != nil || bytes.Contains(answer, []byte(`"QUERY_LIMIT"`)) || bytes.Contains(answer, []byte(`"BAD_REQUEST"`)) {
				t.Errorf("%s: %s: %s, %v", name, body, answer, err)
			}
			asked++
		}
	}
	if asked < 15 {
		t.Errorf("only %d queries were found", asked)
	}
}

// firstAnswer is the answer to a body, or the first one of those that go on.
func (p *program) firstAnswer(body string) ([]byte, error) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/graphql", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return io.ReadAll(res.Body)
	}
	events := bufio.NewReader(res.Body)
	if _, err := events.ReadBytes('\n'); err != nil {
		return nil, err
	}
	return events.ReadBytes('\n')
}

// shownQueries are the queries of the manual and the page, as bodies to post, by
// file.
func shownQueries(t *testing.T) map[string][]string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "graph/examples/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	query, posted := regexp.MustCompile(`(?:query=|explain )'?(\{[^']+)'`), regexp.MustCompile(`-d '(\{\s*"query"[^']+)'`)
	shown := map[string][]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		queries := query.FindAllStringSubmatch(string(text), -1)
		if filepath.Ext(name) == ".graphql" {
			queries = [][]string{{"", string(text)}}
		}
		for _, q := range queries {
			body, err := json.Marshal(map[string]string{"query": q[1]})
			if err != nil {
				t.Fatal(err)
			}
			shown[name] = append(shown[name], string(body))
		}
		for _, body := range posted.FindAllStringSubmatch(string(text), -1) {
			shown[name] = append(shown[name], body[1])
		}
	}
	return shown
}
