package scalar_test

import (
	"encoding/json"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/graph/scalar"
)

func TestJSONOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"objects keep their order":      {answer: `{"b": [1, {"z": true, "a": null}], "a": {}}`, want: `{"b":[1,{"z":true,"a":null}],"a":{}}`},
		"numbers keep their digits":     {answer: `[12345678901234567890, 1.50, 1E+2]`, want: `[12345678901234567890,1.50,1E+2]`},
		"texts are written as they are": {answer: `"a\"\u00e9"`, want: `"a\"é"`},
		"and so are truths":             {answer: `false`, want: `false`},
	}, graphqlText[scalar.JSON])
}

func TestJSONOfInput(t *testing.T) {
	tests := map[string]struct {
		in   any
		want string
	}{
		"variables keep their digits": {map[string]any{"n": json.Number("12345678901234567890")}, `{"n":12345678901234567890}`},
		"keys are sorted":             {map[string]any{"b": 1, "a": []any{"x", nil, true}}, `{"a":["x",null,true],"b":1}`},
		"an empty list is no null":    {map[string]any{"a": []any(nil)}, `{"a":[]}`},
		"literals":                    {[]any{int64(7), 1.5, "x"}, `[7,1.5,"x"]`},
		"what a program gives":        {mapping.IntValue(3), `3`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var j scalar.JSON
			if err := j.UnmarshalGQL(test.in); err != nil || j.String() != test.want {
				t.Errorf("got %s, %v, want %s", j, err, test.want)
			}
		})
	}
	for name, in := range map[string]any{"a function": func() {}, "in a list": []any{struct{}{}}, "in an object": map[string]any{"a": struct{}{}}} {
		t.Run(name+" is refused", func(t *testing.T) {
			if err := new(scalar.JSON).UnmarshalGQL(in); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestJSONValues(t *testing.T) {
	a, b := scalar.NewJSON(valueOf(t, `{"a":1,"b":2}`)), scalar.NewJSON(valueOf(t, `{"b":2,"a":1}`))
	if !a.Equal(b) || a.Equal(scalar.JSON{}) || graphqlText(scalar.JSON{}) != "null" {
		t.Error("values are compared or written wrongly")
	}
	if a.Value().Get("b").String() != "2" {
		t.Error("the value is another")
	}
}

func valueOf(t *testing.T, text string) mapping.Value {
	t.Helper()
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
