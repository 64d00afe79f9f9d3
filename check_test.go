package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/settings"
)

// files writes files to a new folder and returns its name.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The types are called as those of the graph that is built in are, and are others.
const otherSDL = `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com"})
type Query {
  items: [Item] @connect(source: "shop", http: {GET: "/items"}, selection: "id price { value unit } maker: m { id: @ }")
}
type Item { id: ID! price: Money maker: Maker }
type Money { value: Float unit: String }
type Maker @connect(source: "shop", http: {GET: "/makers/{$this.id}"}, selection: "id name") { id: ID! name: String }
`

const brokenSDL = `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com"})
type Query {
  order(id: ID!): Order @connect(source: "shoop", http: {GET: "/o/{$args.id}"}, selection: "id")
}
type Order { id: ID! }
`

func TestCheckReportsForEditors(t *testing.T) {
	dir := files(t, map[string]string{"good.graphqls": otherSDL, "bad.graphql": brokenSDL, "none.graphqls": "type A { }\n", "lost.graphqls": "extend schema @source(name: \"shop\", http: )\n", "h.yaml": "sources:\n  shop:\n    timeout: soon\n"})
	tests := map[string]struct {
		args     []string
		findings []reported
		summary  summary
		err      string
		isFlag   bool // or a setting: exit status 2
	}{
		"a mistake in the SDL": {
			args: []string{"-schema", dir + "/bad.graphql"},
			findings: []reported{{
				File: dir + "/bad.graphql", Line: 3, Col: 42, EndLine: 3, EndCol: 49, Code: "SOURCE_NAME_MISMATCH", Coordinate: "Query.order",
				Message: `no source is called "shoop"`, Hint: "did you mean shop?", Severity: "error",
			}},
			summary: summary{Files: 1, Sources: 1, Errors: 1, Connectors: 1},
			err:     "the SDL cannot be served; the settings were not looked at",
		},
		"a warning, and a mistake in the settings": {
			args: []string{"-schema", dir + "/good.graphqls", "-config", dir + "/h.yaml"},
			findings: []reported{
				{
					File: dir + "/good.graphqls", Line: 5, Col: 34, EndLine: 5, EndCol: 39, Code: "ONE_CALL_PER_ROW", Coordinate: "Item.maker",
					Message:  "each Maker of a list costs a call: GET /makers/{$this.id} of shop",
					Hint:     "ask for many at once with a @connect over $batch on type Maker, or select all of it where the list is selected",
					Severity: "warning",
				},
				{File: dir + "/h.yaml", Line: 3, Col: 14, Code: "INVALID_SETTINGS", Message: "expected a duration such as 300ms, 10s or 24h, got a text", Severity: "error"},
			},
			summary: summary{Files: 1, Sources: 1, Connectors: 2, Errors: 1, Warnings: 1, Settings: true},
			err:     dir + "/h.yaml:3:14: expected a duration such as 300ms, 10s or 24h, got a text", isFlag: true,
		},
		"mistakes in the SDL and in the settings": {
			args: []string{"-schema", dir + "/bad.graphql", "-config", dir + "/h.yaml"},
			findings: []reported{
				{
					File: dir + "/bad.graphql", Line: 3, Col: 42, EndLine: 3, EndCol: 49, Code: "SOURCE_NAME_MISMATCH", Coordinate: "Query.order",
					Message: `no source is called "shoop"`, Hint: "did you mean shop?", Severity: "error",
				},
				{File: dir + "/h.yaml", Line: 3, Col: 14, Code: "INVALID_SETTINGS", Message: "expected a duration such as 300ms, 10s or 24h, got a text", Severity: "error"},
			},
			summary: summary{Files: 1, Sources: 1, Connectors: 1, Errors: 2, Settings: true},
			err:     "the SDL cannot be served\n" + dir + "/h.yaml:3:14: expected a duration such as 300ms, 10s or 24h, got a text", isFlag: true,
		},
		"SDL that is no GraphQL, and a warning beside it": {
			args: []string{"-schema", dir + "/good.graphqls", "-schema", dir + "/none.graphqls", "-config", dir + "/h.yaml"},
			findings: []reported{
				{
					File: dir + "/good.graphqls", Line: 5, Col: 34, EndLine: 5, EndCol: 39, Code: "ONE_CALL_PER_ROW", Coordinate: "Item.maker",
					Message:  "each Maker of a list costs a call: GET /makers/{$this.id} of shop",
					Hint:     "ask for many at once with a @connect over $batch on type Maker, or select all of it where the list is selected",
					Severity: "warning",
				},
				{File: dir + "/none.graphqls", Line: 1, Col: 10, EndLine: 1, EndCol: 11, Code: "INVALID_SDL", Message: "expected at least one definition, found }", Severity: "error"},
				{File: dir + "/h.yaml", Line: 3, Col: 14, Code: "INVALID_SETTINGS", Message: "expected a duration such as 300ms, 10s or 24h, got a text", Severity: "error"},
			},
			summary: summary{Files: 2, Sources: 1, Connectors: 2, Errors: 2, Warnings: 1, Settings: true},
			err:     "the SDL cannot be served\n" + dir + "/h.yaml:3:14: expected a duration such as 300ms, 10s or 24h, got a text", isFlag: true,
		},
		"a source that is no GraphQL, which settings may name": {
			args:     []string{"-schema", dir + "/lost.graphqls", "-config", dir + "/h.yaml"},
			findings: []reported{{File: dir + "/lost.graphqls", Line: 1, Col: 43, EndLine: 1, EndCol: 44, Code: "INVALID_SDL", Message: "Unexpected )", Severity: "error"}},
			summary:  summary{Files: 1, Errors: 1},
			err:      "the SDL cannot be served; the settings were not looked at",
		},
		"no files": {
			args:     []string{"-schema", dir + "/none/*"},
			findings: []reported{{Code: "INVALID_SETTINGS", Coordinate: "-schema " + dir + "/none/*", Message: "no such files", Severity: "error"}},
			summary:  summary{Errors: 1},
			err:      "-schema " + dir + "/none/*: no such files", isFlag: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), shop(), append([]string{"check", "-format", "json"}, test.args...), os.LookupEnv, &out, io.Discard)
			if errorText(err) != test.err {
				t.Errorf("error %v, want %s", err, test.err)
			}
			if _, ok := errors.AsType[*settings.Error](err); ok != test.isFlag {
				t.Errorf("a mistake in flags or settings: %v, want %v", ok, test.isFlag)
			}
			var got report
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(report{Findings: test.findings, Summary: test.summary}, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

const taggedSDL = `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com"})
type Query {
  item(id: ID!): Item @connect(source: "shop", http: {GET: "/items/{$args.id}"}, selection: "id")
  items: [Item] @connect(source: "shop", http: {GET: "/items"}, selection: "id") @cache(tags: ["items", "page:{$.page}"])
}
type Mutation {
  add: Item @connect(source: "shop", http: {POST: "/items"}, selection: "id") @invalidates(tags: ["items", "Item:{$.id}"])
  sell(id: ID!): Item @connect(source: "shop", http: {POST: "/items/{$args.id}"}, selection: "id") @invalidates(tags: "Item:{$args.id}")
  move: Item @connect(source: "shop", http: {POST: "/move"}, selection: "id")
  name: Item @connect(source: "shop", http: {POST: "/name"}, selection: "id") @invalidates(tags: "connector:Query.item")
}
type Item @key(fields: "id", resolvable: false) { id: ID! }
`

func TestCheckListsTags(t *testing.T) {
	file := files(t, map[string]string{"a.graphqls": taggedSDL}) + "/a.graphqls"
	var out bytes.Buffer
	if err := run(t.Context(), shop(), []string{"check", "-tags", "-schema", file}, os.LookupEnv, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	want := `TAG                   OF ANSWERS TO            INVALIDATED BY
Item:{id}             Query.item, Query.items  Mutation.add, Mutation.sell
connector:Query.item  Query.item               Mutation.name
items                 Query.items              Mutation.add
page:{$.page}         Query.items              -
source:shop           Query.item, Query.items  Mutation.move
`
	if got, ok := strings.CutSuffix(out.String(), "ok: 1 file, 1 source, 6 connectors; no settings looked at: name them with -config\n"); !ok || got != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if err := run(t.Context(), shop(), []string{"check", "-tags", "-format", "json", "-schema", file}, os.LookupEnv, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	tags := []reportedTag{
		{"Item:{id}", []string{"Query.item", "Query.items"}, []string{"Mutation.add", "Mutation.sell"}},
		{"connector:Query.item", []string{"Query.item"}, []string{"Mutation.name"}},
		{"items", []string{"Query.items"}, []string{"Mutation.add"}},
		{"page:{$.page}", []string{"Query.items"}, []string{}},
		{"source:shop", []string{"Query.item", "Query.items"}, []string{"Mutation.move"}},
	}
	if d := cmp.Diff(tags, got.Tags); d != "" {
		t.Error(d)
	}
}

func TestCheckTakesAnySDL(t *testing.T) {
	dir := files(t, map[string]string{"a.graphqls": otherSDL, "b.graphql": "extend type Item { colour: Colour }\nenum Colour { RED }\n", "c.txt": "no SDL"})
	const rest = "no settings looked at: name them with -config\n"
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a folder":     {[]string{"-schema", dir}, "CONNECTORS_UNRESOLVED_FIELD: Item.colour"},
		"one file":     {[]string{"-schema", dir + "/a.graphqls"}, "ok: 1 file, 1 source, 2 connectors, 1 warning; " + rest},
		"a pattern":    {[]string{"-schema", dir + "/*.graphqls"}, "ok: 1 file, "},
		"two patterns": {[]string{"-schema", dir + "/a.*", "-schema", dir + "/b.*"}, "CONNECTORS_UNRESOLVED_FIELD: Item.colour"},
		"a file twice": {[]string{"-schema", dir + "/a.*", "-schema", dir + "/*.graphqls"}, "ok: 1 file, "},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), shop(), append([]string{"check"}, test.args...), os.LookupEnv, &out, io.Discard)
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("%v, got\n%swant %q in it", err, out.String(), test.want)
			}
		})
	}
}

func TestCheckWritesNothing(t *testing.T) {
	dir := files(t, map[string]string{"a.graphqls": otherSDL})
	if err := run(t.Context(), shop(), []string{"check", "-schema", dir}, os.LookupEnv, io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}
