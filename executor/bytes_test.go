package executor

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// One long text, asked for by many names, takes one call. What is written of it ends
// near the limit, not when the object around it ends.
func TestAnAnswerIsMeasuredWhileItIsWritten(t *testing.T) {
	const text, limit = 1 << 20, 2 << 20
	w := newWorld(t, `
		extend schema @source(name: "a", http: {baseURL: "https://a.test"})
		type Query {
			text: String @connect(source: "a", http: {GET: "/text"}, selection: "$.t")
			object: Text @connect(source: "a", http: {GET: "/text"}, selection: "t ts: l")
		}
		type Mutation { text: String @connect(source: "a", http: {POST: "/text"}, selection: "$.t") }
		type Text { t: String ts: [String] }
	`, map[string]string{
		"GET /text":  `{"t":"` + strings.Repeat("x", text) + `","l":["` + strings.Repeat("x", text) + `"]}`,
		"POST /text": `{"t":"` + strings.Repeat("x", text) + `"}`,
	}, func(c *Config) { c.Bytes = limit })
	var fields, lists strings.Builder
	for i := range 60 {
		fmt.Fprintf(&fields, "a%d: %%[1]s ", i)
		fmt.Fprintf(&lists, "b%d: ts ", i)
	}
	for name, query := range map[string]string{
		"root fields":         "{ " + strings.ReplaceAll(fields.String(), "%[1]s", "text") + "}",
		"fields of an object": "{ object { " + strings.ReplaceAll(fields.String(), "%[1]s", "t") + "} }",
		"lists of an object":  "{ object { " + lists.String() + "} }",
	} {
		if got := w.do("{ text object { t ts } }", nil); !strings.HasPrefix(got, "null\n") { // what is asked for is remembered
			t.Fatalf("%s: %.100s", name, got)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := w.do(query, nil)
		runtime.ReadMemStats(&after)
		if !strings.HasPrefix(got, "null\n") || !strings.Contains(got, fmt.Sprint("more than ", limit, " bytes")) {
			t.Errorf("%s: %.100s", name, got)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 45*text { // all of it would be 60 at least; pools lose some under the race detector
			t.Errorf("%s: it took %d MiB", name, took>>20)
		}
	}
	w.calls()
	if got := w.do("mutation { a: text b: text c: text d: text }", nil); !strings.HasPrefix(got, "null\n") {
		t.Errorf("changes: %.100s", got)
	}
	if got := w.calls(); len(got) != 2 { // which is more than the answer may have
		t.Errorf("%v were sent", got)
	}
}
