package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// Whatever a client sends, what becomes of it fits the type: it is coerced to itself.
func FuzzCoercion(f *testing.F) {
	types := []string{"Int", "Float!", "ID", "String", "Color", "[Int]", "[[Int!]!]", "In", "[In!]", "One", "Any", "Boolean"}
	for i, value := range []string{`1e2`, `-0.0`, `"5"`, `{"need":1,"in":{"need":2}}`, `[[1],[2]]`, `{"a":1}`, `1e999999999`, `0.00e-99999999999999999999`, `[1,[2,{"x":null}]]`} {
		f.Add(i, value)
	}
	c := coercing(f)
	f.Fuzz(func(t *testing.T, which int, text string) {
		var value any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&value) != nil {
			t.Skip()
		}
		before, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		typ := types[uint(which)%uint(len(types))] //nolint:gosec // any will do
		values, wrong := coerced(t, c, typ, "", map[string]any{"v": value})
		if after, err := json.Marshal(value); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: %s is changed to %s", typ, before, after)
		}
		if len(wrong) > 0 {
			return
		}
		sent, err := json.Marshal(values["v"])
		if err != nil {
			t.Fatalf("%s: %s cannot be sent: %v", typ, text, err)
		}
		again, wrong := coerced(t, c, typ, "", map[string]any{"v": parsed(t, string(sent))})
		if len(wrong) > 0 || !reflect.DeepEqual(again, values) && typ != "Any" {
			t.Errorf("%s: %s is %s, and then %v %v", typ, text, sent, again, wrong)
		}
	})
}
