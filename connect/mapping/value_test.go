package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

func TestParseJSON(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":%d`, i, i)
	}
	tests := map[string]struct {
		text, want string
		problems   []string
		err        error
		fails      bool
	}{
		"scalars":                       {text: ` [null, true, false, "", 0] `, want: `[null,true,false,"",0]`},
		"literals stay":                 {text: `[1.0, -0, 1E+2, 12345678901234567890.10]`, want: `[1.0,-0,1E+2,12345678901234567890.10]`},
		"order stays":                   {text: `{"b":1,"a":{"d":2,"c":3}}`, want: `{"b":1,"a":{"d":2,"c":3}}`},
		"escapes":                       {text: `"\u00e9\ud83d\ude00\n\/"`, want: `"é😀\n/"`},
		"escapes in keys":               {text: `{"\u0061":1}`, want: `{"a":1}`},
		"empty arrays and objects":      {text: `[[],{},[{}]]`, want: `[[],{},[{}]]`},
		"the last of equal keys wins":   {text: `{"a":1,"b":2,"a":3}`, want: `{"a":3,"b":2}`, problems: []string{"REPEATED_KEY a"}},
		"each repetition is reported":   {text: `{"a":1,"a":2,"a":3}`, want: `{"a":3}`, problems: []string{"REPEATED_KEY a", "REPEATED_KEY a"}},
		"where it is":                   {text: `[0,{"x":[{"a":1,"a":2}]}]`, want: `[0,{"x":[{"a":2}]}]`, problems: []string{"REPEATED_KEY 1.x.0.a"}},
		"among many keys":               {text: `{"k7":null,` + strings.Join(many, ",") + `,"k7":true}`, want: `{"k7":true,` + strings.Join(slices.Delete(slices.Clone(many), 7, 8), ",") + `}`, problems: []string{"REPEATED_KEY k7", "REPEATED_KEY k7"}},
		"128 deep":                      {text: strings.Repeat("[", 128) + strings.Repeat("]", 128), want: strings.Repeat("[", 128) + strings.Repeat("]", 128)},
		"129 deep":                      {text: strings.Repeat("[", 129) + strings.Repeat("]", 129), err: mapping.ErrDepth},
		"objects 129 deep":              {text: strings.Repeat(`{"a":`, 129) + "1" + strings.Repeat("}", 129), err: mapping.ErrDepth},
		"nothing":                       {text: ` `, err: io.ErrUnexpectedEOF},
		"an open array":                 {text: `[1`, err: io.ErrUnexpectedEOF},
		"an open string":                {text: `"a`, err: io.ErrUnexpectedEOF},
		"something after the value":     {text: `1 2`, fails: true},
		"garbage after the value":       {text: `{} x`, fails: true},
		"a trailing comma":              {text: `[1,]`, fails: true},
		"a leading zero":                {text: `01`, fails: true},
		"not JSON":                      {text: `<html>`, fails: true},
		"a single quote":                {text: `'a'`, fails: true},
		"a key that is no string":       {text: `{1:2}`, fails: true},
		"a key without a value":         {text: `{"a"}`, fails: true},
		"bytes that are not UTF-8":      {text: "[1,\"a\xffb\"]", want: `[1,"a�b"]`, problems: []string{"BROKEN_TEXT 1"}},
		"and after an escape":           {text: "\"\\n\xff\"", want: `"\n�"`, problems: []string{"BROKEN_TEXT"}},
		"keys that are not UTF-8":       {text: "{\"\xff\":1}", want: `{"�":1}`, problems: []string{"BROKEN_TEXT"}},
		"half of a surrogate pair":      {text: `{"a":"\ud83d!"}`, want: `{"a":"�!"}`, problems: []string{"BROKEN_TEXT a"}},
		"not a number":                  {text: `[NaN]`, fails: true},
		"a control character in a text": {text: "\"a\nb\"", fails: true},
		"a byte order mark":             {text: "\ufeff1", fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v, problems, err := mapping.ParseJSON([]byte(test.text), mapping.JSONLimits{})
			if test.fails || test.err != nil {
				if err == nil || test.err != nil && !errors.Is(err, test.err) {
					t.Fatalf("got %v, %v", v, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if v.String() != test.want {
				t.Errorf("got %s, want %s", v, test.want)
			}
			if diff := cmp.Diff(test.problems, problemTexts(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJSONLimits(t *testing.T) {
	if _, _, err := mapping.ParseJSON([]byte(`[[]]`), mapping.JSONLimits{Depth: 1}); !errors.Is(err, mapping.ErrDepth) {
		t.Errorf("got %v", err)
	}
	if _, _, err := mapping.ParseJSON([]byte(`[1, {"a": 2}]`), mapping.JSONLimits{Values: 4}); err != nil {
		t.Errorf("as many values as allowed: %v", err)
	}
	if _, _, err := mapping.ParseJSON([]byte(`[1, {"a": [2]}]`), mapping.JSONLimits{Values: 4}); !errors.Is(err, mapping.ErrValues) {
		t.Errorf("one value too many: %v", err)
	}
	if _, _, err := mapping.ParseJSON([]byte("["+strings.Repeat("0,", 4<<20)+"0]"), mapping.JSONLimits{}); !errors.Is(err, mapping.ErrValues) {
		t.Errorf("millions of values: %v", err)
	}
	repeated := `{` + strings.Repeat(`"a":1,`, 5000) + `"a":2}`
	v, problems, err := mapping.ParseJSON([]byte(repeated), mapping.JSONLimits{})
	if err != nil || v.String() != `{"a":2}` || len(problems) != 100 {
		t.Errorf("got %s, %d problems, %v", v, len(problems), err)
	}
}

func TestParseJSONCopies(t *testing.T) {
	data := []byte(`{"key":"value"}`)
	v, _, err := mapping.ParseJSON(data, mapping.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	copy(data, strings.Repeat("x", len(data)))
	if v.String() != `{"key":"value"}` {
		t.Errorf("the value changed to %s", v)
	}
}

func TestSizeOfValue(t *testing.T) {
	if size := unsafe.Sizeof(mapping.Value{}); size > 32 {
		t.Errorf("a Value has %d bytes", size)
	}
}

func TestAccessors(t *testing.T) {
	v := parseJSON(t, `{"n":null,"t":true,"i":5,"s":"x","a":[1,2],"o":{"k":1},"d":1.5}`)
	var missing mapping.Value
	if !missing.IsMissing() || missing.IsNull() || missing.String() != "" || missing.Any() != nil || missing.Len() != 0 {
		t.Error("the zero value is not missing")
	}
	for key, kind := range map[string]mapping.Kind{
		"n": mapping.Null, "t": mapping.Bool, "i": mapping.Number, "s": mapping.String, "a": mapping.Array, "o": mapping.Object, "?": mapping.Missing,
	} {
		if got := v.Get(key).Kind(); got != kind {
			t.Errorf("%s is %s, want %s", key, got, kind)
		}
	}
	if b, ok := v.Get("t").Bool(); !b || !ok {
		t.Error("t is not true")
	}
	if s, ok := v.Get("s").Str(); s != "x" || !ok {
		t.Error("s is not x")
	}
	if l, ok := v.Get("d").Literal(); l != "1.5" || !ok {
		t.Error("d is not 1.5")
	}
	for key, value := range v.Members() {
		_, isBool := value.Bool()
		_, isStr := value.Str()
		_, isNumber := value.Literal()
		_, isFloat := value.Float64()
		if isBool != (key == "t") || isStr != (key == "s") || isNumber != (key == "i" || key == "d") || isNumber != isFloat {
			t.Errorf("%s has a value of another kind", key)
		}
		if value.IsNull() != (key == "n") || value.IsArray() != (key == "a") || value.IsObject() != (key == "o") {
			t.Errorf("%s is of another kind", key)
		}
	}
	a := v.Get("a")
	if a.Len() != 2 || a.At(1).String() != "2" || !a.At(2).IsMissing() || !a.At(-1).IsMissing() || !v.At(0).IsMissing() {
		t.Error("items are wrong")
	}
	if !a.Get("k").IsMissing() || v.Len() != 7 {
		t.Error("members are wrong")
	}
	for i, item := range a.Items() {
		if !item.Equal(mapping.IntValue(int64(i + 1))) {
			t.Errorf("item %d is %s", i, item)
		}
	}
	for range v.Items() {
		t.Error("an object has items")
	}
	for range a.Members() {
		t.Error("an array has members")
	}
	for range v.Members() {
		break
	}
	if got := mapping.Kind(99).String(); got != "unknown" {
		t.Errorf("kind 99 is %s", got)
	}
}

func TestMarshalJSON(t *testing.T) {
	type answer struct {
		Data mapping.Value `json:"data"`
		More mapping.Value `json:"more,omitzero"`
	}
	for want, in := range map[string]answer{
		`{"data":null}`: {},
		`{"data":{"z":1.50,"a":[null,"<"]},"more":null}`: {parseJSON(t, `{"z":1.50,"a":[null,"<"]}`), mapping.NullValue()},
	} {
		var text strings.Builder
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(in); err != nil || strings.TrimSpace(text.String()) != want {
			t.Errorf("got %s, %v, want %s", text.String(), err, want)
		}
	}
}

func TestKeyMapsOverArrays(t *testing.T) {
	v := parseJSON(t, `[{"x":1},{},[{"x":2}],3]`)
	if got := v.Key("x").String(); got != `[1,null,[2],null]` {
		t.Errorf("got %s", got)
	}
	if got := v.At(0).Key("x").String(); got != `1` {
		t.Errorf("got %s", got)
	}
}

func TestLargeObjects(t *testing.T) {
	var members []mapping.Member
	for i := range 1000 {
		members = append(members, mapping.Member{Key: fmt.Sprint("k", i), Value: mapping.IntValue(int64(i))})
	}
	members = append(members, mapping.Member{Key: "k5", Value: mapping.NullValue()}, mapping.Member{Key: "k6"})
	v := mapping.ObjectValue(members...)
	if v.Len() != 1000 || !v.Get("k5").IsNull() || v.Get("k6").String() != "6" || v.Get("k999").String() != "999" {
		t.Errorf("%d members, k5 is %s", v.Len(), v.Get("k5"))
	}
	for _, key := range []string{"", "k", "k1000", "z"} {
		if !v.Get(key).IsMissing() {
			t.Errorf("found %q", key)
		}
	}
}

func TestMakeValues(t *testing.T) {
	items := []mapping.Value{{}, mapping.IntValue(1)}
	a := mapping.ArrayValue(items...)
	items[1] = mapping.NullValue()
	if a.String() != `[null,1]` {
		t.Errorf("got %s", a)
	}
	if got := mapping.StringValue("a\xffb").String(); got != `"a�b"` {
		t.Errorf("got %s", got)
	}
	for literal, ok := range map[string]bool{
		"0": true, "-1.50e+3": true, "1E9": true, "": false, "-": false, "01": false, "1.": false, ".5": false, "1e": false,
		"1e+": false, "+1": false, "1x": false, "0x1": false, "NaN": false, " 1": false, "1.5.2": false,
	} {
		if v := mapping.NumberValue(literal); v.IsMissing() == ok {
			t.Errorf("%q became %q", literal, v)
		}
	}
}

func TestFromAny(t *testing.T) {
	type status string
	type count uint8
	five := 5
	tests := map[string]struct {
		in   any
		want string
	}{
		"nil":                     {nil, `null`},
		"booleans":                {true, `true`},
		"strings":                 {"a\"", `"a\""`},
		"integers":                {int64(math.MinInt64), `-9223372036854775808`},
		"unsigned integers":       {uint64(math.MaxUint64), `18446744073709551615`},
		"small integers":          {[]any{int8(-1), uint16(2), five}, `[-1,2,5]`},
		"floats":                  {[]float64{1, 1.5, 1e21, 1e-7, -1e-12, math.MaxFloat64}, `[1,1.5,1e+21,1e-7,-1e-12,1.7976931348623157e+308]`},
		"json.Number":             {json.Number("1.50"), `1.50`},
		"values":                  {mapping.IntValue(1), `1`},
		"missing values":          {[]mapping.Value{{}}, `[null]`},
		"slices":                  {[]any{1, "a", nil}, `[1,"a",null]`},
		"slices of strings":       {[]string{"a"}, `["a"]`},
		"arrays":                  {[2]int{1, 2}, `[1,2]`},
		"nil slices":              {[]string(nil), `null`},
		"maps, sorted":            {map[string]any{"b": 1, "a": map[string]string{"x": "y"}}, `{"a":{"x":"y"},"b":1}`},
		"members that are none":   {map[string]mapping.Value{"a": {}}, `{}`},
		"keys that are not UTF-8": {map[string]int{"a\xff": 1}, "{\"a\uFFFD\":1}"},
		"nil maps":                {map[string]any(nil), `null`},
		"pointers":                {&five, `5`},
		"nil pointers":            {(*int)(nil), `null`},
		"named types":             {map[status]count{"open": 3}, `{"open":3}`},
		"named booleans":          {struct{ B mybool }{true}.B, `true`},
		"what writes itself":      {time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), `"2024-02-29T00:00:00Z"`},
		"nil that would":          {(*time.Time)(nil), `null`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := mapping.FromAny(test.in)
			if err != nil || v.String() != test.want {
				t.Errorf("got %s, %v, want %s", v, err, test.want)
			}
		})
	}
}

type mybool bool

func TestFromAnyRefuses(t *testing.T) {
	cycle := []any{nil}
	cycle[0] = cycle
	for name, in := range map[string]any{
		"structs":                struct{}{},
		"functions":              func() {},
		"channels in slices":     []any{make(chan int)},
		"maps by numbers":        map[int]string{1: "a"},
		"functions in maps":      map[string]any{"a": func() {}},
		"what is not a number":   math.NaN(),
		"infinity":               float32(math.Inf(1)),
		"numbers that are none":  json.Number("x"),
		"what contains itself":   cycle,
		"what cannot be written": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := mapping.FromAny(in); err == nil {
				t.Errorf("became %s", v)
			}
		})
	}
	if _, err := mapping.FromAny(cycle); !errors.Is(err, mapping.ErrDepth) {
		t.Errorf("got %v", err)
	}
}

func TestAny(t *testing.T) {
	got := parseJSON(t, `{"a":[null,true,1.50,"x"],"o":{}}`).Any()
	want := map[string]any{"a": []any{nil, true, json.Number("1.50"), "x"}, "o": map[string]any{}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIntegers(t *testing.T) {
	for literal, want := range map[string]string{
		"0": "0", "-0": "0", "1.0": "1", "1e2": "100", "120e-1": "12", "1.25e2": "125", "-9223372036854775808": "-9223372036854775808",
		"9223372036854775807": "9223372036854775807", "9223372036854775807.000": "9223372036854775807", "0.0e99999999999999999999": "0",
		"0.000000000000000000000001e24": "1",
		"9223372036854775808":           "no", "1.5": "no", "1e19": "no", "1e-1": "no", "1e99999999999999999999": "no", "1e-99999999999999999999": "no",
		"-9223372036854775809": "no",
	} {
		got := "no"
		if n, ok := mapping.NumberValue(literal).Int64(); ok {
			got = strconv.FormatInt(n, 10)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", literal, got, want)
		}
	}
	if _, ok := mapping.StringValue("1").Int64(); ok {
		t.Error("a string is an integer")
	}
	if _, ok := mapping.NumberValue("1e400").Float64(); ok {
		t.Error("1e400 is a float")
	}
}

func TestEqual(t *testing.T) {
	tests := map[string]struct {
		a, b  string
		equal bool
	}{
		"null":                     {`null`, `null`, true},
		"missing":                  {``, ``, true},
		"missing and null":         {``, `null`, false},
		"booleans":                 {`true`, `false`, false},
		"strings":                  {`"a"`, `"\u0061"`, true},
		"integers":                 {`-0`, `0`, true},
		"an integer and a decimal": {`1`, `1.0`, false},
		"decimals":                 {`1.0`, `1.00`, true},
		"exponents":                {`1e2`, `100.0`, true},
		"an exponent is a decimal": {`1e2`, `100`, false},
		"signs":                    {`-1.5`, `1.5`, false},
		"beyond floats":            {`9007199254740993`, `9007199254740992`, false},
		"fractions beyond floats":  {`0.10000000000000000001`, `0.1`, false},
		"arrays":                   {`[1,[2]]`, `[1,[2]]`, true},
		"arrays in another order":  {`[1,2]`, `[2,1]`, false},
		"arrays of another length": {`[1]`, `[1,2]`, false},
		"objects in another order": {`{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"d":3,"c":2},"a":1}`, true},
		"objects of other keys":    {`{"a":1}`, `{"b":1}`, false},
		"objects with more keys":   {`{"a":1}`, `{"a":1,"b":1}`, false},
		"objects of other values":  {`{"a":1}`, `{"a":2}`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := parseJSON(t, test.a), parseJSON(t, test.b)
			if a.Equal(b) != test.equal || b.Equal(a) != test.equal {
				t.Errorf("%s and %s: want %t", a, b, test.equal)
			}
		})
	}
}

// TestNoBody holds that an answer without a body is null, and that none of its keys is looked for in vain.
func TestNoBody(t *testing.T) {
	for _, path := range []string{"$.data", "$.data.items", "$.data.items->first", "$.data { id }"} {
		r := mapping.MustParse(path).Apply(mapping.NoBody(), nil)
		if !r.Value.IsMissing() && !r.Value.IsNull() || r.Value.IsNotFound() || len(r.Problems) > 0 {
			t.Errorf("%s: %v, problems %v", path, r.Value, r.Problems)
		}
	}
	if v := mapping.NoBody(); !v.IsNull() || !v.Key("data").IsMissing() || v.Key("data").IsNotFound() {
		t.Errorf("%v", v)
	}
	if v := mapping.NullValue().Key("data"); !v.IsNotFound() {
		t.Errorf("a key of a literal null: %v", v)
	}
}
