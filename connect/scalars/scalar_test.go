package scalars_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/mapping"
	"holdfast/connect/scalars"
)

func valueOf(tb testing.TB, text string) mapping.Value {
	tb.Helper()
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestWhatIsBuiltInTakesWhatItsTypeTakes(t *testing.T) {
	tests := map[string]map[string]string{ // a value, and who takes it as what
		`"a"`:                  {"String": `"a"`, "ID": `"a"`},
		`""`:                   {"String": `""`, "ID": `""`},
		`"a\"\u0001\né"`:       {"String": `"a\"\u0001\né"`, "ID": `"a\"\u0001\né"`},
		`"RED"`:                {"String": `"RED"`, "ID": `"RED"`, "Colour": `"RED"`},
		`"1"`:                  {"String": `"1"`, "ID": `"1"`},
		`1`:                    {"ID": `"1"`, "Int": `1`, "Float": `1`},
		`-1`:                   {"ID": `"-1"`, "Int": `-1`, "Float": `-1`},
		`-0`:                   {"ID": `"0"`, "Int": `0`, "Float": `-0`},
		`1.0`:                  {"ID": `"1"`, "Int": `1`, "Float": `1`},
		`1.5`:                  {"Float": `1.5`},
		`1e2`:                  {"ID": `"100"`, "Int": `100`, "Float": `100`},
		`1000000`:              {"ID": `"1000000"`, "Int": `1000000`, "Float": `1e+06`},
		`2147483647`:           {"ID": `"2147483647"`, "Int": `2147483647`, "Float": `2.147483647e+09`},
		`2147483648`:           {"ID": `"2147483648"`, "Float": `2.147483648e+09`},
		`-2147483649`:          {"ID": `"-2147483649"`, "Float": `-2.147483649e+09`},
		`98765432109876543210`: {"ID": `"98765432109876543210"`, "Float": `9.876543210987654e+19`},
		`1e999`:                {},
		`true`:                 {"Boolean": `true`},
		`false`:                {"Boolean": `false`},
		`[]`:                   {},
		`{}`:                   {},
	}
	known := scalars.New()
	all := map[string]*scalars.Scalar{"Colour": scalars.Enum("Colour", []string{"RED", "BLUE"})}
	for _, name := range []string{"String", "ID", "Int", "Float", "Boolean"} {
		all[name] = known.Of(name)
	}
	for text, takes := range tests {
		for name, s := range all {
			want, fits := takes[name]
			got, ok := s.Decode([]byte("x"), valueOf(t, text))
			if ok != fits || string(got) != "x"+want {
				t.Errorf("%s of %s: got %s, %v, want %s, %v", name, text, got[1:], ok, want, fits)
			}
		}
	}
}

// An answer that is written from a record reads as one that gqlgen writes.
func TestWhatIsBuiltInIsWrittenAsGqlgenDoes(t *testing.T) {
	write := func(m graphql.Marshaler) string {
		var b bytes.Buffer
		m.MarshalGQL(&b)
		return b.String()
	}
	decode := func(name, text string) string {
		got, ok := scalars.New().Of(name).Decode(nil, valueOf(t, text))
		if !ok {
			t.Errorf("%s does not take %s", name, text)
		}
		return string(got)
	}
	for _, text := range []string{`0`, `-0`, `1e6`, `1e5`, `999999`, `1234567.5`, `1e20`, `1e21`, `1e-4`, `1e-5`, `0.1`, `5e-324`, `1.7976931348623157e308`} {
		f, _ := valueOf(t, text).Float64()
		if got, want := decode("Float", text), write(graphql.MarshalFloat(f)); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
	for _, s := range []string{"", "a", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "é\u2028<>&", "\U0001f600"} {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got, want string
		if json.Unmarshal([]byte(decode("String", string(text))), &got) != nil || json.Unmarshal([]byte(write(graphql.MarshalString(s))), &want) != nil || got != want {
			t.Errorf("%q is written %q, want %q", s, got, want)
		}
	}
}

func TestAnyJSONPassesWhereNothingIsKnown(t *testing.T) {
	s := scalars.New().Of("Nobodys")
	for _, text := range []string{`"a"`, `1.50`, `{"b":[1E+2,null],"a":{}}`, `false`} {
		if got, ok := s.Decode(nil, valueOf(t, text)); !ok || string(got) != text {
			t.Errorf("%s became %s, %v", text, got, ok)
		}
	}
	if s.Input != nil || s.IsObject() {
		t.Error("more is known of it than nothing")
	}
}

// A code is a Go type that decodes itself: letters, in upper case.
type code string

func (c *code) UnmarshalConnect(v mapping.Value) error {
	s, ok := v.Str()
	if !ok {
		return errors.New("no text")
	}
	return c.UnmarshalGQL(s)
}

func (c *code) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return errors.New("no text")
	}
	*c = code(strings.ToUpper(s))
	return nil
}

func (c code) MarshalGQL(w io.Writer) { graphql.MarshalString(string(c)).MarshalGQL(w) }

func TestScalarsOfGoTypes(t *testing.T) {
	s := scalars.Of[code]("Code", "1")
	if got, ok := s.Decode([]byte("x"), valueOf(t, `"ab"`)); !ok || string(got) != `x"AB"` {
		t.Errorf("got %s, %v", got, ok)
	}
	if got, ok := s.Decode([]byte("x"), valueOf(t, `7`)); ok || string(got) != "x" {
		t.Errorf("of a number: %s, %v", got, ok)
	}
	// what it writes is in the form in which all texts are written: keys are compared as bytes
	if got, ok := s.Decode(nil, valueOf(t, `"a\u001fb\b"`)); !ok || string(got) != `"A\u001fB\b"` {
		t.Errorf("escapes: %s, %v", got, ok)
	}
	if got, err := s.Input(valueOf(t, `"ab"`)); err != nil || got.String() != `"AB"` {
		t.Errorf("of an input: %s, %v", got, err)
	}
	if _, err := s.Input(valueOf(t, `7`)); err == nil {
		t.Error("no error for an input that is none")
	}
}

// A pair is an object that is decoded as a whole.
type pair struct{ a, b string }

func (p *pair) UnmarshalConnect(v mapping.Value) error {
	s, _ := v.Str()
	var ok bool
	if p.a, p.b, ok = strings.Cut(s, "-"); !ok {
		return errors.New("no pair")
	}
	return nil
}

func TestValueObjectsOfGoTypes(t *testing.T) {
	s := scalars.ObjectOf[pair]("Pair", "1",
		scalars.FieldOf[pair]{Name: "b", Type: "String", Append: func(dst []byte, p pair) []byte { return append(dst, p.b...) }},
		scalars.FieldOf[pair]{Name: "a", Type: "ID", Append: func(dst []byte, p pair) []byte { return append(dst, p.a...) }})
	text, ends, ok := s.Object.Decode([]byte("x"), []int{0}, valueOf(t, `"12-345"`))
	if !ok || string(text) != "x34512" || !slices.Equal(ends, []int{0, 4, 6}) {
		t.Errorf("got %s, %v, %v", text, ends, ok)
	}
	if text, ends, ok := s.Object.Decode([]byte("x"), []int{0}, valueOf(t, `7`)); ok || string(text) != "x" || len(ends) != 1 {
		t.Errorf("of a number: %s, %v, %v", text, ends, ok)
	}
	if o := s.Object; o.Field("a", "ID") != 1 || o.Field("a", "String") != -1 || o.Field("c", "ID") != -1 {
		t.Error("fields are found wrongly")
	}
}

func TestARegistryKnowsItsOwn(t *testing.T) {
	object := scalars.ObjectOf[pair]("Pair", "1")
	r := scalars.New(scalars.Of[code]("Code", "1"), object, scalars.Of[code]("ID", "2"))
	if !slices.Equal(r.Names(), []string{"Code", "ID", "Pair"}) {
		t.Errorf("names %v", r.Names())
	}
	if r.Of("ID").Version != "2" || scalars.New().Of("ID").Version != "1" {
		t.Error("an own scalar does not stand in for one that is built in")
	}
	if r.Value("Pair") == nil || r.Value("Code") != nil || r.Value("String") != nil {
		t.Error("value objects are found wrongly")
	}
	if got, ok := r.Of("Pair").Decode(nil, valueOf(t, `{"a":1}`)); !ok || string(got) != `{"a":1}` {
		t.Errorf("a scalar of a value object's name: %s, %v", got, ok)
	}
	var zero scalars.Registry
	if zero.Of("Int").Version == "" || zero.Value("Int") != nil || zero.Names() != nil {
		t.Error("the zero registry does not know what is built in")
	}
}
