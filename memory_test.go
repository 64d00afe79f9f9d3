package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestMemoryIsBounded asks the program, built as users build it, for much more than it may keep, and reads what its
// process took at most.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "graph", "things.graphqls"), `
extend schema @source(name: "things", http: { baseURL: "https://things.test" }) @cache(source: "things", fresh: "1h")
type Thing { id: ID! name: String }
type Query { thing(id: ID!): Thing @connect(source: "things", http: { GET: "/{$args.id}" }, selection: "id name") }
`)
	writeFile(t, filepath.Join(dir, "holdfast.yaml"), "")
	small, large := 400, 16 // how many operations
	if *long {
		small, large = 1200, 32
	}
	few := `,"unread":"` + strings.Repeat("x", 4000) + `"`
	many := fmt.Sprintf(`,"unread":[%s{"id":0}]`, strings.Repeat(`{"id":12345,"key":"a key","value":"something about this long"},`, 6_000_000/64))
	tests := map[string]struct {
		memory, bodies int    // MiB
		rest           string // of each object
		operations     int
		fields         int // of each operation
		atOnce         int
	}{
		"answers of 4 KB, where there is room for 2,000": {8, 64, few, small, 50, 4},
		"answers of 6 MB at once":                        {64, 64, many, large, 1, large},
		"answers of 6 MB at once, with little room":      {8, 16, many, large, 1, large},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			api := httptest.NewServer(things(tt.rest))
			defer api.Close()
			command := exec.Command(built(t), "-listen", "127.0.0.1:0", "-sandbox", "off", "-data", "none", "-schema", "graph",
				"-set", "sources.things.url="+api.URL,
				"-set", "sources.things.timeout=2m",
				"-set", "sources.things.quota.concurrent=32",
				"-set", "cache.memory="+strconv.Itoa(tt.memory<<20),
				"-set", "gateway.bodies="+strconv.Itoa(tt.bodies<<20))
			command.Dir = dir
			p := begin(t, command)
			idle := p.rss("VmHWM")
			good, overload := p.askForThings(tt.operations, tt.fields, tt.atOnce)
			most := busy((tt.memory+tt.bodies)*3/2 + 64)
			t.Logf("VmHWM %d MiB, VmRSS %d MiB, at the beginning %d MiB, want %d at most; %d answers, %d times OVERLOAD",
				p.rss("VmHWM"), p.rss("VmRSS"), idle, most, good, overload)
			if got := p.rss("VmHWM"); got > most {
				t.Errorf("took %d MiB, want %d at most", got, most)
			}
			if asked := tt.operations * tt.fields; good+overload != asked || good == 0 {
				t.Errorf("of %d questions %d were answered, %d were too much", asked, good, overload)
			}
		})
	}
}

// builds is where programs that tests have built are; "" before the first. TestMain removes it.
var builds string

var buildOnce = sync.OnceValues(func() (program string, err error) {
	if builds, err = os.MkdirTemp("", "hf"); err != nil {
		return "", err
	}
	program = filepath.Join(builds, "holdfast")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
})

// built is the program as users build it: once, of packages that are built for the tests, too.
func built(tb testing.TB) string {
	tb.Helper()
	program, err := buildOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return program
}

// busy is what a process may take that was to take most MiB: the runtime gives collecting half of the processors'
// time at most, and on a busy machine is late.
func busy(most int) int {
	if *long {
		return most
	}
	return most * 5 / 4
}

// things is an API of things that have more about them than anybody asks for.
func things(rest string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := path.Base(r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%s,"name":"thing %s"%s}`, id, id, rest)
	})
}

// askForThings asks for things that nobody asked for before, and counts how many came.
func (p *process) askForThings(operations, fields, atOnce int) (good, overload int) {
	p.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for op := range operations {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			var q strings.Builder
			for i := range fields {
				fmt.Fprintf(&q, `f%d: thing(id: "%d") { id name } `, i, op*fields+i+1)
			}
			got := p.post("{" + q.String() + "}")
			mu.Lock()
			defer mu.Unlock()
			good += strings.Count(got, `"name":"`)
			overload += strings.Count(got, `"OVERLOAD"`)
			if strings.Contains(got, `"errors"`) && !strings.Contains(got, "OVERLOAD") {
				p.t.Errorf("%.400s", got)
			}
		})
	}
	all.Wait()
	return good, overload
}

func (p *process) post(query string) string {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		p.t.Error(err)
	}
	res, err := http.Post(p.url+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Error(err)
		return ""
	}
	defer res.Body.Close()
	var text bytes.Buffer
	_, _ = text.ReadFrom(res.Body)
	return text.String()
}

// rss is a figure of the process's memory in MiB.
func (p *process) rss(name string) int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		p.t.Skip("no /proc here")
	}
	for line := range strings.Lines(string(text)) {
		var kB int
		if n, _ := fmt.Sscanf(line, name+": %d kB", &kB); n == 1 {
			return kB >> 10
		}
	}
	p.t.Fatalf("no %s", name)
	return 0
}

func TestTheLimitOfAContainer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"max\n": 0, "": 0, "268435456\n": 256 << 20, "9223372036854771712": 9223372036854771712, "-1": 0} {
		if got := limitIn(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	for limit, want := range map[int64]int64{256 << 20: 216 << 20, 64 << 20: 32 << 20} {
		if got := withoutProgram(limit); got != want {
			t.Errorf("%d: %d, want %d", limit, got, want)
		}
	}
}
