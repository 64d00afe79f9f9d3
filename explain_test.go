package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/explain"
)

// explained are the calls of each source that explain says a query can cost.
func explained(t *testing.T, query string) map[string]int {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), shop(), []string{"explain", "-config", shopSettings, "-format", "json", query}, os.LookupEnv, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var plan explain.Plan
	if err := json.Unmarshal(out.Bytes(), &plan); err != nil {
		t.Fatal(err)
	}
	calls := map[string]int{}
	for _, s := range plan.Sources {
		calls[s.Name] = s.Calls
	}
	return calls
}

// TestExplainKnowsWhatQueriesCost asks the real program, which remembers nothing,
// and compares what the sandbox counts with what explain said before.
func TestExplainKnowsWhatQueriesCost(t *testing.T) {
	var cold []string
	for _, source := range []string{"woocommerce", "stripe", "zendesk"} {
		cold = append(cold, "-set", "sources."+source+".cache.fresh=0s", "-set", "sources."+source+".cache.stale=0s")
	}
	p := start(t, cold...)
	first := p.ask(`{ orders(first: 7) { pageInfo { endCursor } } }`)
	cursor, _ := at(t, first.Data, "orders", "pageInfo", "endCursor").(string)
	p.calls()
	tests := map[string]struct {
		query string
		exact bool // else it may cost less: parents share keys, or lack them
	}{
		"three levels, batched":              {`{ orders(first: 20) { edges { node { customer { displayName supportUser { name } } } } } }`, true},
		"three levels of one order":          {`{ order(id: "1001") { number payment { status refunds(first: 5) { edges { node { id } } } } customer { email supportUser { name tickets { edges { node { id } } } } } } }`, true},
		"pages":                              {`{ orders(first: 250) { totalCount } }`, true},
		"the default of an argument":         {`{ orders { edges { cursor } } }`, true},
		"no number at all":                   {`{ orders(first: null) { edges { cursor } } }`, true},
		"backwards":                          {`{ orders(first: null, last: 5, before: "` + cursor + `") { edges { cursor } } }`, false},
		"after a cursor":                     {`{ orders(first: 150, after: "` + cursor + `") { edges { cursor } } }`, false},
		"an alias with the same keys":        {`{ order(id: "1001") { a: customer { email } b: payment { status } c: payment { createdAt } } }`, true},
		"stubs":                              {`{ orders(first: 20) { edges { node { customer { id } payment { id } } } } }`, true},
		"introspection":                      {`{ __typename __schema { queryType { name } } }`, true},
		"what is left out":                   {`{ order(id: "1001") { number customer @skip(if: true) { email } ... @include(if: false) { payment { status } } } }`, true},
		"a call for each row":                {`{ orders(first: 30) { edges { node { payment { status refunds { edges { node { id payment { status } } } } } } } } }`, false},
		"a list below a list":                {`{ orders(first: 5) { edges { node { customer { orders(first: 4) { edges { node { payment { status } customer { displayName supportUser { name } } } } } } } } } }`, false},
		"first and last, which are refused":  {`{ orders(first: 3, last: 3) { totalCount } }`, true},
		"more than there may be, so refused": {`{ orders(first: 1001) { totalCount } }`, true},
		"last beside the default of first":   {`{ orders(last: 3, before: "` + cursor + `") { totalCount } }`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			most := explained(t, test.query)
			p.ask(test.query)
			counted := p.calls()
			if d := cmp.Diff(most, counted); test.exact && d != "" {
				t.Errorf("(-explained +counted):\n%s", d)
			}
			for source, n := range counted {
				if n > most[source] {
					t.Errorf("%s was asked %d times, explain said at most %d", source, n, most[source])
				}
			}
		})
	}
}

func TestExplainReadsWhatItIsGiven(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "q.graphql")
	if err := os.WriteFile(file, []byte("query A { order(id: 1) { id } }\nquery B($n: Int) { orders(first: $n) { totalCount } }"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args []string
		want string // in what is printed
		err  string
	}{
		"a query before the flags":          {args: []string{"{ orders { totalCount } }", "-config", shopSettings}, want: "query: 1 call\n"},
		"a file, an operation, variables":   {args: []string{"-operation", "B", "-variables", `{"n": 300}`, "@" + file}, want: "query B: at most 3 calls\n"},
		"settings win over the SDL":         {args: []string{"-set", "sources.stripe.cache.fresh=7s", `{ order(id: "1") { payment { status } } }`}, want: "fresh 7s (" + shopSettings + "), stale 24h"},
		"no query":                          {err: "holdfast explain: which query? see holdfast explain -h"},
		"two queries":                       {args: []string{"{ a }", "{ b }"}, err: "{ b }: unexpected argument"},
		"a file that is not there":          {args: []string{"@" + dir + "/none"}, err: dir + "/none:1:1: cannot be read: no such file or directory"},
		"a mistake in a file":               {args: []string{"@" + file, "-operation", "C"}, err: file + `:1:1: there is no operation called "C": there is A or B`},
		"variables that are no JSON":        {args: []string{"-variables", "{\"a\":\n }", "{ a }"}, err: "-variables:2:2: invalid character '}' looking for beginning of value"},
		"variables that are no object":      {args: []string{"-variables", "[1]", "{ a }"}, err: "-variables:1:1: expected a JSON object"},
		"variables that end too early":      {args: []string{"-variables", `{"a"`, "{ a }"}, err: "-variables:1:5: it ends too early"},
		"a config that is not there":        {args: []string{"-config", dir + "/no.yaml", "{ orders { totalCount } }"}, err: dir + "/no.yaml:1:1: cannot be read: no such file or directory"},
		"no rows":                           {args: []string{"-rows", "0", "{ a }"}, err: "-rows: expected a number from 1"},
		"a field that is not in the schema": {args: []string{"{\n  order(id: 1) { nam }\n}"}, err: `query:2:18: Cannot query field "nam" on type "Order".`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), shop(), append([]string{"explain", "-config", shopSettings}, test.args...), os.LookupEnv, &out, io.Discard)
			if got := errorText(err); got != test.err {
				t.Errorf("error %q, want %q", got, test.err)
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("got\n%s\nwant %q in it", out.String(), test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestEachCommandHasHelp(t *testing.T) {
	for command, want := range map[string][]string{
		"":        {"holdfast check", "holdfast explain", "-listen", "Examples:"},
		"check":   {"holdfast check [flags]", "-schema", "-format", "Examples:"},
		"explain": {"holdfast explain [flags] QUERY", "-variables", "-rows", "Examples:"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), shop(), append(strings.Fields(command), "-h"), os.LookupEnv, &out, io.Discard); err != nil {
			t.Errorf("%s -h: %v", command, err)
		}
		for _, word := range want {
			if !strings.Contains(out.String(), word) {
				t.Errorf("%s -h does not say %q:\n%s", command, word, out.String())
			}
		}
	}
}

// What explain assumes is what the gateway's limit assumes.
func TestExplainAssumesWhatTheGatewayDoes(t *testing.T) {
	dir := t.TempDir()
	sdl, config := filepath.Join(dir, "shop.graphqls"), filepath.Join(dir, "shop.yaml")
	writeFile(t, sdl, `extend schema @source(name: "shop", http: {baseURL: "https://shop.example.com"})
type Query { orders: [Order] @connect(source: "shop", http: {GET: "/orders"}, selection: "id") }
type Order { id: ID! note: String @connect(source: "shop", http: {GET: "/notes/{$this.id}"}, selection: "$.text") }
`)
	writeFile(t, config, "gateway: {assumedList: 7}\n")
	tests := map[string]struct {
		args []string
		want string
	}{
		"by default":               {nil, `"rows": 10`},
		"as the settings say":      {[]string{"-config", config}, `"rows": 7`},
		"as the flag says":         {[]string{"-config", config, "-rows", "3"}, `"rows": 3`},
		"with a setting on top":    {[]string{"-config", config, "-set", "gateway.assumedList=8"}, `"rows": 8`},
		"so many calls come of it": {[]string{"-config", config}, `"calls": 8`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			args := append([]string{"explain", "-schema", sdl, "-format", "json", "{ orders { note } }"}, test.args...)
			if err := run(t.Context(), shop(), args, os.LookupEnv, &out, io.Discard); err != nil || !strings.Contains(out.String(), test.want) {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}
