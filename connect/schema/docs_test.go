package schema_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/schema"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// Examples in the documentation are fenced blocks. What stands behind the fence
// says how they are tested:
//
//	graphql   SDL that is read. A comment that begins with a code, such as
//	          # UNKNOWN_METHOD, is a finding on that line; there are no others,
//	          those of check's costs included. A block without a @source has one
//	          called shop, and one without Query some field.
//	mapping   a mapping, the input, the output, and the problems, with --- between.
//	          Lines "$args = …" before the input are variables; no output is "nothing".
//	evaluate  lines "expression → value", or "→ nothing"; "(problem)" behind it
//	          says that there is one.
//	request   the fields of http, the values of $args and $config as above, and the
//	          request that is sent to the source at https://shop.example.com/v2, or
//	          why none is.
//
// The others (text, yaml, console, sdl, json) are not tested. sdl is what is refused or read
// elsewhere.
var docs = []string{"../../docs/connectors.md", "../../docs/from-apollo-connectors.md"}

// A block is one example.
type block struct{ place, info, text string }

func docsBlocks(t *testing.T, info string) []block {
	t.Helper()
	var all []block
	known := []string{"graphql", "mapping", "evaluate", "request", "text", "yaml", "console", "sdl", "json"}
	for _, name := range docs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?ms)^```(.*?)\n(.*?)^```$").FindAllSubmatchIndex(text, -1) {
			b := block{
				place: fmt.Sprintf("%s:%d", filepath.Base(name), 1+strings.Count(string(text[:m[0]]), "\n")),
				info:  string(text[m[2]:m[3]]), text: string(text[m[4]:m[5]]),
			}
			if !slices.Contains(known, b.info) {
				t.Errorf("%s: no such kind of example: %q", b.place, b.info)
			}
			if b.info == info {
				all = append(all, b)
			}
		}
	}
	if all == nil {
		t.Fatalf("no examples of kind %s", info)
	}
	return all
}

// parts are what stands between the lines ---.
func (b block) parts(t *testing.T, least int) []string {
	t.Helper()
	parts := strings.Split(b.text, "---\n")
	if len(parts) < least {
		t.Fatalf("%d parts, want %d", len(parts), least)
	}
	return parts
}

func TestDocsSchemas(t *testing.T) {
	for _, b := range docsBlocks(t, "graphql") {
		t.Run(b.place, func(t *testing.T) {
			read, findings := readExample(b.text)
			if !findings.Failed() {
				findings = findings.With(read.Costs())
			}
			var got, want []string
			for _, f := range findings {
				got = append(got, fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Code))
			}
			for i, line := range strings.Split(b.text, "\n") {
				for _, m := range regexp.MustCompile(`# ([A-Z]+(?:_[A-Z]+)+)`).FindAllStringSubmatch(line, -1) {
					want = append(want, fmt.Sprintf("example:%d: %s", i+1, m[1]))
				}
			}
			if diff := gocmp.Diff(want, slices.Compact(got)); diff != "" {
				t.Errorf("-want +got:\n%s\n%s", diff, findings)
			}
		})
	}
}

func readExample(text string) (*schema.Schema, schema.Findings) {
	sources := []*ast.Source{{Name: "example", Input: text}}
	if !strings.Contains(text, "@source(") {
		sources = append(sources, &ast.Source{Name: "source", Input: `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com/v2"})`})
	}
	if !strings.Contains(text, "type Query") {
		sources = append(sources, &ast.Source{Name: "query", Input: `type Query { n: Int @connect(http: {GET: "https://n.example.com"}, selection: "$.n") }`})
	}
	return schema.Read(sources, schema.Options{Values: []string{"Money"}})
}

func TestDocsMappings(t *testing.T) {
	for _, b := range docsBlocks(t, "mapping") {
		t.Run(b.place, func(t *testing.T) {
			parts := b.parts(t, 3)
			m, err := mapping.Parse(parts[0])
			if err != nil {
				t.Fatal(err)
			}
			vars, input := variablesOf(t, parts[1])
			result := m.Apply(valueOf(t, input), vars)
			if got, want := shown(result.Value), shown(valueOf(t, parts[2])); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			var problems strings.Builder
			for _, p := range result.Problems {
				problems.WriteString(p.String() + "\n")
			}
			if want := strings.Join(parts[3:], ""); problems.String() != want {
				t.Errorf("problems:\n%swant:\n%s", &problems, want)
			}
		})
	}
}

// variablesOf takes the variables from the front of an input.
func variablesOf(t *testing.T, text string) (vars mapping.Vars, rest string) {
	t.Helper()
	vars = mapping.Vars{}
	for strings.HasPrefix(text, "$") {
		line, below, _ := strings.Cut(text, "\n")
		name, value, _ := strings.Cut(line, " = ")
		vars[name], text = valueOf(t, value), below
	}
	return vars, text
}

// valueOf is the value of JSON, or nothing.
func valueOf(t *testing.T, text string) mapping.Value {
	t.Helper()
	if strings.TrimSpace(text) == "nothing" {
		return mapping.Value{}
	}
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func shown(v mapping.Value) string { return cmp.Or(v.String(), "nothing") }

func TestDocsExpressions(t *testing.T) {
	used := map[string]bool{}
	for _, b := range docsBlocks(t, "evaluate") {
		for line := range strings.Lines(b.text) {
			expr, want, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " → ")
			m, err := mapping.Parse("$(" + expr + ")")
			if !ok || err != nil {
				t.Errorf("%s: %s: %v", b.place, line, err)
				continue
			}
			result := m.Apply(mapping.NullValue(), nil)
			got := shown(result.Value)
			if len(result.Problems) > 0 {
				got += " (problem)"
			}
			if got != strings.TrimSpace(want) {
				t.Errorf("%s: %s is %s, want %s", b.place, expr, got, want)
			}
			for _, name := range regexp.MustCompile(`->(\w+)`).FindAllStringSubmatch(expr, -1) {
				used[name[1]] = true
			}
		}
	}
	for _, m := range mapping.Methods() {
		if !used[m.Name] {
			t.Errorf("->%s has no example", m.Name)
		}
	}
}

func TestDocsRequests(t *testing.T) {
	for _, b := range docsBlocks(t, "request") {
		t.Run(b.place, func(t *testing.T) {
			parts := b.parts(t, 3)
			vars, _ := variablesOf(t, parts[1])
			if diff := gocmp.Diff(parts[2], requested(t, parts[0], vars)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// requested is the request that a connector with these fields of http sends, or
// why it sends none.
func requested(t *testing.T, fields string, vars mapping.Vars) string {
	t.Helper()
	declared := map[string]bool{"any: Any": true}
	for _, m := range regexp.MustCompile(`\$args\.(\w+)`).FindAllStringSubmatch(fields, -1) {
		declared[m[1]+": Any"] = true
	}
	read, findings := readExample(fmt.Sprintf(`type Query { f(%s): Any @connect(source: "shop", http: {%s}, selection: "$") } scalar Any`,
		strings.Join(slices.Collect(maps.Keys(declared)), " "), fields))
	if findings.Failed() {
		t.Fatal(findings)
	}
	con := read.Connectors[0]
	api := upstreamtest.Play(upstreamtest.Answer(http.StatusOK, "{}"))
	source := call.Source{Name: "shop", BaseURL: "https://shop.example.com/v2"}
	config, _ := vars["$config"].Any().(map[string]any)
	shop, err := source.Open(upstreams.New(upstreams.Config{Name: "shop"}, nil, api), call.Settings{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	args := vars["$args"]
	if args.IsMissing() {
		args = mapping.ObjectValue()
	}
	req, err := shop.Connect(&con.Connector).Ask(&call.Inputs{Args: args})
	if err == nil {
		req.Accept = func(upstreams.Reply) (any, error) { return 0, nil }
		_, err = shop.Read(t.Context(), req)
	}
	if up, ok := errors.AsType[*upstreams.Error](err); ok && up.Kind == upstreams.BadInput {
		return "BAD_USER_INPUT: " + up.Message + "\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	return sent(api.Log()[0])
}

// sent is a request as the documentation shows it: without what every request has.
func sent(c upstreamtest.Call) string {
	var b strings.Builder
	b.WriteString(c.Method + " " + strings.TrimPrefix(c.URL, "https://shop.example.com") + "\n")
	var headers []string
	for name, values := range c.Header {
		if !slices.Contains([]string{"Accept", "Accept-Encoding", "User-Agent", "Traceparent"}, name) {
			headers = append(headers, strings.ToLower(name)+": "+strings.Join(values, ", ")+"\n")
		}
	}
	slices.Sort(headers)
	b.WriteString(strings.Join(headers, ""))
	if c.Body != "" {
		b.WriteString("\n" + c.Body + "\n")
	}
	return b.String()
}

// TestDocsLinks follows the links to other places of the documentation.
func TestDocsLinks(t *testing.T) {
	for _, name := range docs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^):]*)\)`).FindAllSubmatch(text, -1) {
			file, anchor, _ := strings.Cut(string(link[1]), "#")
			to := filepath.Join(filepath.Dir(name), cmp.Or(file, filepath.Base(name)))
			if headings := headings(t, to); anchor != "" && !slices.Contains(headings, anchor) {
				t.Errorf("%s: nothing is at %s", name, link[1])
			}
		}
	}
}

// headings are the anchors of the headings of a page.
func headings(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllSubmatch(text, -1) {
		words := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(string(m[1])), "")
		all = append(all, strings.ReplaceAll(words, " ", "-"))
	}
	return all
}

// TestDocsTables keeps the tables of methods and codes to what is in the code.
func TestDocsTables(t *testing.T) {
	name := docs[0]
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for mark, table := range map[string]string{"methods": methodTable(), "codes": codeTable()} {
		from, to := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
		before, rest, ok1 := strings.Cut(want, from)
		_, after, ok2 := strings.Cut(rest, to)
		if !ok1 || !ok2 {
			t.Fatalf("%s lacks the marks %s and %s", name, from, to)
		}
		want = before + from + table + to + after
	}
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s is not current: go test ./connect/schema -run Docs -update", name)
	}
}

func methodTable() string {
	var b strings.Builder
	b.WriteString("| method | works on | yields | |\n|---|---|---|---|\n")
	for _, m := range mapping.Methods() {
		fmt.Fprintf(&b, "| `%s%s` | %s | %s | %s |\n", m.Name, m.Args, kinds(m.Input), kinds(m.Result), m.Doc)
	}
	return b.String()
}

// kinds is a set of kinds in words.
func kinds(set mapping.Kinds) string {
	if set&mapping.AnyKind == mapping.AnyKind {
		return "anything"
	}
	var words []string
	for k := mapping.Null; k <= mapping.Object; k++ {
		if set.Has(k) {
			words = append(words, strings.Replace(k.String(), "array", "list", 1))
		}
	}
	return strings.Join(words, ", ")
}

func codeTable() string {
	var b strings.Builder
	b.WriteString("| code | what is wrong | what to do |\n|---|---|---|\n")
	for _, c := range schema.Codes() {
		code := "`" + c.Code + "`"
		if c.Warning {
			code += " (warning)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code, c.Meaning, c.Fix)
	}
	return b.String()
}

// TestDocsCodes compares the codes in the table with those in the source, and with
// how severe the findings in testdata are.
func TestDocsCodes(t *testing.T) {
	source, severe := codesInSource(t), severities(t)
	for _, c := range schema.Codes() {
		if !source[c.Code] {
			t.Errorf("%s is in the table, and nothing reports it", c.Code)
		}
		delete(source, c.Code)
		if s := severe[c.Code]; c.Warning == s {
			t.Errorf("%s: warning %v, but testdata has errors: %v", c.Code, c.Warning, s)
		}
	}
	for code := range source {
		t.Errorf("%s is not in the table: add it to codes.go", code)
	}
}

func codesInSource(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "codes.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([A-Z]+(?:_[A-Z]+)+)"`).FindAllSubmatch(text, -1) {
			codes[string(m[1])] = true
		}
	}
	return codes
}

// severities says of every code in testdata whether it is ever an error.
func severities(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	severe := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:[^ ]+:\d+:\d+: )?(warning: )?([A-Z]+(?:_[A-Z]+)+): `).FindAllSubmatch(text, -1) {
			severe[string(m[2])] = severe[string(m[2])] || len(m[1]) == 0
		}
	}
	return severe
}
