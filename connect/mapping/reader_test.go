package mapping

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// What the reader takes, the parser takes too, and makes the same of it without a
// problem. What the reader leaves to it, it refuses or has a problem with.
func checkReader(t *testing.T, data string, lim JSONLimits) {
	t.Helper()
	want, problems, err := parseJSON([]byte(data), lim, utf8.ValidString(data))
	if !utf8.ValidString(data) {
		return
	}
	got, fine := readFine([]byte(data), lim)
	if fine != (err == nil && problems == nil) {
		t.Fatalf("%q: fine is %v, the parser says %v, %v", data, fine, problems, err)
	}
	if fine && (got.String() != want.String() || weight(got) != weight(want) || !got.Equal(want)) {
		t.Fatalf("%q: read as %s, parsed as %s", data, got, want)
	}
}

// texts are JSON, or nearly so.
func texts() []string {
	wide := func(keys int, repeated string) string {
		var b strings.Builder
		for i := range keys {
			fmt.Fprintf(&b, `"key%d": %d,`, (i*7)%keys, i)
		}
		return "{" + b.String() + `"` + repeated + `": 0}`
	}
	return []string{
		`{"a":[1,2.50,-0,1e5,"x\u00e9\n",true,null,{}]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, `"\ud83d"`, ` [ ] `, `1 2`, `[[[`, `{"a":}`,
		`[1,]`, `{"a":1,}`, `[,1]`, `{,}`, `[1 2]`, `{"a" 1}`, `{a:1}`, `tru`, `nulll`, `-`, `01`, `1.`, `.5`, `1e`, `1E+2`, `+1`, `NaN`, `"a`, `"\`, `"\x"`,
		"\"\n\"", "\"\x7f\"", ``, ` `, "\t\r\n1\n", "\ufeff1", `{"a":{"b":{"c":[{"d":1}]}}}`, `[[[[[1]]]]]`, `[{"a":1},{"a":1},{"b":1,"a":2},{"b":1,"a":2}]`,
		wide(30, "other"), wide(30, "key3"), "[" + wide(20, "x") + "," + wide(20, "x") + "," + wide(20, "y") + "," + wide(20, "key1") + "]",
		`{"a":1,"\u0061":2}`, `[{"a":1,"b":2},{"a":1,"c":2}]`,
	}
}

func TestTheReaderReadsAsTheParserDoes(t *testing.T) {
	for _, text := range texts() {
		for _, lim := range []JSONLimits{{Depth: 128, Values: 1000}, {Depth: 3, Values: 1000}, {Depth: 128, Values: 4}, {Depth: 128, Values: 1000, Shared: true}} {
			checkReader(t, text, lim)
		}
	}
}

// Large answers have texts of their own, unless nobody keeps a part of them.
func TestTextsAreSharedWhereTheyMayBe(t *testing.T) {
	data := []byte(`{"short":"` + strings.Repeat("x", 10) + `","n":12345,"long":"` + strings.Repeat("y", SharedText) + `"}`)
	for name, lim := range map[string]JSONLimits{"own": {}, "shared": {Shared: true}} {
		allocs := testing.AllocsPerRun(10, func() {
			if v, _, err := ParseJSON(data, lim); err != nil || v.Get("short").text != "xxxxxxxxxx" {
				t.Fatal(v, err)
			}
		})
		if few := allocs <= 8; few != lim.Shared {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		f.Add(text, 128, 1000)
		f.Add(text, 2, 5)
	}
	f.Fuzz(func(t *testing.T, data string, depth, values int) {
		checkReader(t, data, JSONLimits{Depth: max(1, depth%200), Values: max(1, values%5000)})
	})
}
