package executor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/explain"
	"holdfast/connect/once"
	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/executor/executortest"
	"holdfast/gateway"
	"holdfast/graph/scalar"
	"holdfast/outbox"
)

var recordTo = flag.String("record", "", "folder for what was asked and answered, by graph")

var manyOperations = flag.Int("operations", 1000, "how many operations are made up at random, over all graphs")

// howMany are made up: fewer with -short.
func howMany() int {
	if testing.Short() {
		return min(*manyOperations, 200)
	}
	return *manyOperations
}

// A randomGraph is one of testdata/random.
type randomGraph struct {
	name   string
	sdl    []*ast.Source
	schema *schema.Schema
	served *ast.Schema
}

func randomGraphs(t *testing.T) []*randomGraph {
	t.Helper()
	files, err := filepath.Glob("../testdata/random/*.graphqls")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d graphs, %v", len(files), err)
	}
	var all []*randomGraph
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := &randomGraph{name: strings.TrimSuffix(filepath.Base(file), ".graphqls"), sdl: []*ast.Source{{Name: file, Input: string(text)}}}
		read, findings := schema.Read(g.sdl, schema.Options{Values: record.Values(g.sdl, scalar.Registry())})
		if findings.Failed() {
			t.Fatal(findings)
		}
		g.schema = read
		if g.served, err = gqlparser.LoadSchema(read.Public()...); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// public is what is served, as SDL.
func (g *randomGraph) public() string {
	var b strings.Builder
	for _, s := range g.schema.Public() {
		if !s.BuiltIn {
			b.WriteString(s.Input + "\n")
		}
	}
	return b.String()
}

// A recording gateway asks a Recorder.
type recording struct{ *recorder }

type recorder = executor.Recorder

// Plan implements [gateway.Planner].
func (r recording) Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (gateway.Planned, error) {
	return r.recorder.Plan(doc, op, vars)
}

// An asked operation, what the engine had for it, and what it answered.
type asked struct {
	Op     *executortest.Operation `json:"op"`
	Faults uint64                  `json:"faults"`
	After  time.Duration           `json:"after"`
	Tree   any                     `json:"tree,omitempty"`
	Answer struct {
		Data       json.RawMessage `json:"data"`
		Errors     []gqlError      `json:"errors"`
		Extensions struct {
			Freshness []part `json:"freshness"`
		} `json:"extensions"`
	} `json:"answer"`
	Calls int64 `json:"calls"`
}

type gqlError struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

type part struct {
	Path              []any
	Source, Connector string
	State, Reason     string
	AgeSeconds        int
}

// perWorld is how many operations share what is remembered.
const perWorld = 25

// play has the engine answer n operations: APIs are well or not, what was remembered is
// fresh or old, and some operations are asked again.
func (g *randomGraph) play(t *testing.T, n int) []*asked {
	t.Helper()
	var all []*asked
	for from := 0; from < n; from += perWorld {
		synctest.Test(t, func(t *testing.T) {
			all = append(all, g.playWorld(t, from, min(perWorld, n-from))...)
		})
	}
	return all
}

func (g *randomGraph) playWorld(t *testing.T, from, n int) []*asked {
	t.Helper()
	apis := executortest.NewFake(g.schema)
	apis.Hangs = true
	set := map[string]executortest.Settings{}
	for _, s := range g.schema.Sources {
		set[s.Name] = executortest.Settings{Fresh: "1m", Stale: "1h"}
	}
	w := executortest.NewWorld(t, apis, set)
	var r *executor.Recorder
	box := outbox.New(outbox.Config{}, outbox.NewMemory(outbox.Bounds{}))
	t.Cleanup(func() { _ = box.Close(context.Background()) })
	e := executortest.Engine{SDL: g.sdl, Scalars: scalar.Registry(), Once: once.New(box)}
	w.Serve(func(w *executortest.World) (executortest.Graph, error) {
		s, err := e.Serve(func(source string) executortest.Settings { return w.Settings(source) }, w.Client)
		if err != nil {
			return executortest.Graph{}, err
		}
		r = executor.Record(s)
		return executortest.Graph{Schema: recording{r}}, nil
	})
	ops := &executortest.Random{Schema: g.served, Values: map[string][]any{"after": cursors(t, g, w)}}
	var all []*asked
	for i := range n {
		seed := uint64(from + i)
		a := &asked{Op: ops.Next(seed)}
		if i%4 == 3 {
			a.Op = all[len(all)-1].Op // once more
		}
		if seed%3 == 2 {
			a.Faults = 1 + seed
		}
		if seed%5 == 4 {
			a.After = 2 * time.Minute // nothing is fresh
		}
		a.ask(t, w, apis)
		a.Tree = r.Tree
		r.Tree = nil
		all = append(all, a)
	}
	return all
}

// ask asks it in a world.
func (a *asked) ask(t *testing.T, w *executortest.World, apis *executortest.Fake) {
	t.Helper()
	time.Sleep(a.After)
	apis.Faults.Store(a.Faults)
	before := apis.Calls.Load()
	rec := w.Ask(a.Op, "X-Holdfast-Trace", "1", "X-Who", "ann")
	synctest.Wait()
	a.Calls = apis.Calls.Load() - before
	if err := json.Unmarshal(rec.Body.Bytes(), &a.Answer); err != nil {
		t.Fatalf("%v: %s", err, rec.Body)
	}
}

// cursors are some that connections give out.
func cursors(t *testing.T, g *randomGraph, w *executortest.World) []any {
	t.Helper()
	var all []any
	for _, f := range g.served.Query.Fields {
		if f.Arguments.ForName("after") == nil {
			continue
		}
		a := &asked{}
		rec := w.Ask(&executortest.Operation{Query: "{ c: " + f.Name + "(first: 3) { edges { cursor } } }"})
		if err := json.Unmarshal(rec.Body.Bytes(), &a.Answer); err != nil {
			t.Fatal(err)
		}
		var data struct {
			C struct{ Edges []struct{ Cursor string } }
		}
		if err := json.Unmarshal(a.Answer.Data, &data); err != nil {
			t.Fatal(err)
		}
		for _, e := range data.C.Edges {
			all = append(all, e.Cursor)
		}
	}
	return all
}

// graphQLJS runs a script of testdata/graphqljs over lines and gives each line that it
// prints to got.
func graphQLJS(t *testing.T, script string, lines []any, got func(i int, line []byte)) {
	t.Helper()
	const dir = "testdata/graphqljs"
	if _, err := os.Stat(dir + "/node_modules/graphql"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("npm ci was not run in executor/" + dir)
	}
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	e.SetEscapeHTML(false)
	for _, line := range lines {
		if err := e.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Dir, cmd.Stdin = dir, &in
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	for i, line := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		got(i, line)
	}
}

// TestAnswersAreThoseOfGraphQLJS has graphql-js execute operations made up at random
// over what the engine had: the same data, byte by byte, and errors at the same places.
func TestAnswersAreThoseOfGraphQLJS(t *testing.T) {
	graphs := randomGraphs(t)
	for _, g := range graphs {
		t.Run(g.name, func(t *testing.T) {
			all := g.play(t, howMany()/len(graphs))
			keep(t, g.name, all)
			lines := []any{map[string]any{"sdl": g.public()}}
			var run []*asked
			for _, a := range all {
				if a.Tree == nil {
					continue // a request error
				}
				run = append(run, a)
				lines = append(lines, map[string]any{"query": a.Op.Query, "variables": a.Op.Variables, "tree": a.Tree})
			}
			withErrors, bad := 0, 0
			graphQLJS(t, "execute.mjs", lines, func(i int, line []byte) {
				var want struct {
					Data   string
					Errors []any
				}
				if err := json.Unmarshal(line, &want); err != nil {
					t.Fatal(err)
				}
				a := run[i]
				if len(a.Answer.Errors) > 0 {
					withErrors++
				}
				wrong := ""
				if got := string(a.Answer.Data); got != want.Data && (want.Data != "null" || got != "") {
					wrong = fmt.Sprintf("data\n%s, graphql-js\n%s\n", got, want.Data)
				}
				if diff := cmp.Diff(paths(want.Errors), a.paths()); diff != "" {
					wrong += "errors (-graphql-js +engine):\n" + diff
				}
				if wrong != "" && bad < 5 {
					bad++
					t.Errorf("operation %d: %s\n%v, faults %d\n%s", i, a.Op.Query, a.Op.Variables, a.Faults, wrong)
				}
			})
			t.Logf("%d operations, %d with errors", len(run), withErrors)
			if withErrors*20 < len(run) {
				t.Error("hardly anything fails")
			}
		})
	}
}

// keep writes what was asked and answered to a file, for other graphs to be compared.
func keep(t *testing.T, name string, all []*asked) {
	t.Helper()
	if *recordTo == "" {
		return
	}
	f, err := os.Create(filepath.Join(*recordTo, name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := json.NewEncoder(f)
	e.SetEscapeHTML(false)
	for _, a := range all {
		line := *a
		line.Tree = nil
		if err := e.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
}

// paths are those of errors, as texts in their order.
func paths(errs []any) []string {
	out := []string{}
	for _, path := range errs {
		out = append(out, fmt.Sprint(path))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *asked) paths() []string {
	var all []any
	for _, e := range a.Answer.Errors {
		if more, ok := e.Extensions["paths"].([]any); ok {
			all = append(all, more...)
			continue
		}
		all = append(all, e.Path)
	}
	return paths(all)
}

// TestRandomOperationsAskForNoMoreThanExplained compares what operations made up at random ask for
// with what explain counts, whatever is remembered and whatever fails.
func TestRandomOperationsAskForNoMoreThanExplained(t *testing.T) {
	graphs := randomGraphs(t)
	for _, g := range graphs {
		t.Run(g.name, func(t *testing.T) {
			bad := 0
			for i, a := range g.play(t, howMany()/len(graphs)) {
				p, err := explain.Explain(explain.Question{
					Schema: g.schema, Name: "q", Query: a.Op.Query, Variables: a.Op.Variables, Rows: executortest.MostItems,
				})
				if err != nil {
					continue // variables that are refused
				}
				if a.Faults > 0 && strings.Contains(a.Op.Query, "rate") {
					continue // has alternatives, which are explained as one
				}
				most := 0
				for _, s := range p.Sources {
					most += s.Calls
				}
				if a.Calls > int64(most) && bad < 5 {
					bad++
					t.Errorf("operation %d: %d calls, explained are %d: %s %v", i, a.Calls, most, a.Op.Query, a.Op.Variables)
				}
			}
		})
	}
}

var _ graphql.ExecutableSchema = recording{}
