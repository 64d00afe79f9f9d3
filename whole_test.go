package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"holdfast/graph/scalar"
)

// TestAWholeSchemaServesARecordedAPI serves testdata/whole/graph, in which every
// argument of every directive is in use. Each archive in testdata/whole/recorded is an
// operation, its answer, and all that the APIs are asked for it.
func TestAWholeSchemaServesARecordedAPI(t *testing.T) {
	api := &recordedAPI{}
	server := httptest.NewServer(api)
	defer server.Close()
	t.Setenv("API", server.URL)
	t.Setenv("MUSEUM_REGION", "eu north")
	t.Setenv("MUSEUM_TICKETS", strings.TrimPrefix(server.URL, "http://"))

	whole := folder{
		files: os.DirFS("."), sdl: "testdata/whole/graph/*.graphqls",
		scalars: scalar.Registry(), examples: fstest.MapFS{},
	}
	p := startGraph(t, whole, "-config", "testdata/whole/holdfast.yaml", "-sandbox", "off")
	for _, name := range glob(t, "testdata/whole/recorded/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a := archive(t, name)
			api.play(a)
			got := p.post(t, a["operation.graphql"], a["headers"])
			if diff := cmp.Diff(parsed(t, a["answer.json"]), got); diff != "" {
				t.Errorf("the answer (-want +got):\n%s", diff)
			}
			problems := api.problems()
			for end := time.Now().Add(time.Minute); api.waits() && time.Now().Before(end); problems = api.problems() {
				<-time.After(10 * time.Millisecond) // what is sent, and looked for, behind
			}
			for _, problem := range problems {
				t.Error(problem)
			}
		})
	}
}

// post asks with headers, one in each line, and returns data and errors.
func (p *program) post(t *testing.T, operation, headers string) any {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": operation})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(line, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := parsed(t, string(text)).(map[string]any)
	if !ok {
		t.Fatalf("no answer: %s", text)
	}
	delete(got, "extensions")
	list, _ := got["errors"].([]any)
	for _, e := range list {
		e, _ := e.(map[string]any)
		if told, _ := e["extensions"].(map[string]any); told["write"] != nil {
			told["write"] = "a secret"
		}
	}
	return got
}

// A recordedAPI answers the requests of one archive and refuses all others. A
// request is known by every byte of it, but for headers that every client sends.
type recordedAPI struct {
	mu      sync.Mutex
	answers map[string]string
	asked   map[string]bool
	unknown []string
}

// play makes the API that of an archive: 1.request is answered by 1.response, and
// so on.
func (a *recordedAPI) play(archive map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers, a.asked, a.unknown = map[string]string{}, map[string]bool{}, nil
	for name, request := range archive {
		if number, ok := strings.CutSuffix(name, ".request"); ok {
			a.answers[strings.TrimSpace(request)] = archive[number+".response"]
		}
	}
}

// waits says whether requests did not come yet, and none came that is wrong.
func (a *recordedAPI) waits() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked) < len(a.answers) && len(a.unknown) == 0
}

// problems are the requests that were not recorded, and those that did not come.
func (a *recordedAPI) problems() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, request := range a.unknown {
		all = append(all, "not recorded:\n"+request)
	}
	for _, request := range slices.Sorted(maps.Keys(a.answers)) {
		if !a.asked[request] {
			all = append(all, "was not asked:\n"+request)
		}
	}
	return all
}

// ServeHTTP implements [http.Handler].
func (a *recordedAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := requestText(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	answer, ok := a.answers[request]
	if !ok {
		a.unknown = append(a.unknown, request)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.asked[request] = true
	head, body, _ := strings.Cut(answer, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		w.Header().Add(name, strings.TrimSpace(value))
	}
	status, err := strconv.Atoi(lines[0])
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.TrimSuffix(body, "\n"))
}

// requestText is the method and target, the headers by name, and the body.
func requestText(r *http.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.RequestURI)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if slices.Contains([]string{"Accept-Encoding", "Content-Length", "Traceparent", "User-Agent"}, name) {
			continue
		}
		for _, value := range r.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", textproto.CanonicalMIMEHeaderKey(name), value)
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, "\n%s", body)
	}
	return strings.TrimSpace(b.String())
}

// archive is the sections of a txtar file.
func archive(t *testing.T, name string) map[string]string {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, f := range a.Files {
		sections[f.Name] = string(f.Data)
	}
	return sections
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no such files, %v", pattern, err)
	}
	return names
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
