package call

import (
	"strings"
	"testing"

	"holdfast/connect/mapping"
)

func TestLeaves(t *testing.T) {
	const key = `{"id":"5","n":-1.50,"null":null,"o":{"id":"6","l":[{"id":"7"}]},"q\"":"x","s":"a\\\"},b","last":true}`
	tests := map[string]struct{ name, want string }{
		"the first":                     {"id", `"5"`},
		"a number":                      {"n", "-1.50"},
		"null":                          {"null", "null"},
		"an object":                     {"o", `{"id":"6","l":[{"id":"7"}]}`},
		"a text with quotes and braces": {"s", `"a\\\"},b"`},
		"the last":                      {"last", "true"},
		"none":                          {"x", ""},
		"what is only further down":     {"l", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := Key(key).Leaf(test.name)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, test.want)
			}
		})
	}
	for _, none := range []Key{"", "null", `"id"`, "[1]", "{}"} {
		if got, ok := none.Leaf("id"); ok {
			t.Errorf("%s: got %q", none, got)
		}
	}
}

func TestKeysOfOneShapeAreAlike(t *testing.T) {
	tests := map[Key]string{
		`{"id":"5","n":17}`:               `{"id":"0","n":0}`,
		`{"id":"a\"},b","n":-1e9}`:        `{"id":"0","n":0}`,
		`{"o":{"id":"5","n":1},"b":true}`: `{"o":{"id":"0","n":0},"b":"0"}`,
		`{"l":[1,{"a":2}],"x":null}`:      `{"l":"0","x":"0"}`,
		`{}`:                              `{}`,
		`"5"`:                             `"0"`,
	}
	for key, want := range tests {
		if got := string(key.like(nil)); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
}

// FuzzKey checks that what is found in a key's text is what its value has.
func FuzzKey(f *testing.F) {
	for _, key := range []string{`{"id":"5"}`, `{"a":{"b":[1,"}"]},"id":null}`, `{"id":"\\"}`, `{"\"":1,"id":"\u00e9"}`} {
		f.Add(key, "id")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
		if err != nil || !plainName.MatchString(name) {
			return
		}
		key := KeyOf(v)
		want := v.Get(name)
		got, ok := key.Leaf(name)
		if ok == want.IsMissing() || ok && got != want.String() {
			t.Errorf("%s: %s is %q, %t, want %s", key, name, got, ok, want)
		}
		if v, plain := leaf(key, []string{name}); plain && v.IsMissing() != want.IsMissing() || plain && !v.IsMissing() && !v.Equal(want) {
			t.Errorf("%s: %s is %s, want %s", key, name, v, want)
		}
		like := string(key.like(nil))
		if _, _, err := mapping.ParseJSON([]byte(like), mapping.JSONLimits{}); err != nil {
			t.Errorf("%s is like %s: %v", key, like, err)
		}
		if strings.Contains(like, "\x00") {
			t.Errorf("%s is like %q", key, like)
		}
	})
}
