package scalar_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
	"holdfast/graph/scalar"
)

// gqlgen.yml says by which names the types of this package are known to models, and
// the registry to records.
func TestTheRegistryHasTheNamesOfTheModels(t *testing.T) {
	for _, path := range []string{"../../gqlgen.yml", "../../testdata/shop/gqlgen.yml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var settings struct {
			Models map[string]struct{ Model string } `yaml:"models"`
		}
		if err := yaml.Unmarshal(text, &settings); err != nil {
			t.Fatal(err)
		}
		var bound []string
		for name, entry := range settings.Models {
			if entry.Model == "holdfast/graph/scalar."+name {
				bound = append(bound, name)
			}
		}
		slices.Sort(bound)
		if diff := cmp.Diff(bound, scalar.Registry().Names()); diff != "" {
			t.Errorf("%s (-bound +registry):\n%s", path, diff)
		}
	}
}

// answers are what APIs send for any of the types, and what they should not.
func answers() []string {
	return []string{
		`"2024-02-29T12:00:00+01:00"`, `"2024-02-29T12:00:00.120Z"`, `"2024-02-29T11:00:00"`, `1709204400`, `1709204400.5`, `-1`, `0`, `1e30`, `1e2`,
		`"12.50"`, `12.5`, `1e3`, `"1e-3"`, `"x"`, `""`, `"9223372036854775807"`, `9223372036854775808`, `true`, `[]`, `{}`, `"eur"`, `"EURO"`, `"US1"`,
		`" Ada@Example.COM "`, `"a b@c"`, `"https://example.com/?q=1&r=\"x\""`, `"ftp://x"`, `"a &amp; b &lt;i&gt; \"q\" \u0001 \u2028 é"`,
		`{"amount":"12.5","currency":"eur"}`, `{"amountMinor":5,"currency":"KWD"}`, `{"amountMinor":-5,"currency":"JPY","amount":null}`, `{"amount":1}`,
	}
}

// A record has of every answer what a model would be written as, and no other.
func TestTheRegistryDecodesAsTheTypesDo(t *testing.T) {
	for name, written := range map[string]func(mapping.Value) (string, bool){
		"DateTime": written[scalar.DateTime], "Decimal": written[scalar.Decimal], "Int64": written[scalar.Int64],
		"CurrencyCode": written[scalar.CurrencyCode], "EmailAddress": written[scalar.EmailAddress], "URL": written[scalar.URL],
		"PlainText": written[scalar.PlainText],
	} {
		s := scalar.Registry().Of(name)
		for _, answer := range answers() {
			want, fits := written(valueOf(t, answer))
			got, ok := s.Decode([]byte("x"), valueOf(t, answer))
			if !ok && string(got) != "x" {
				t.Errorf("%s of %s: %s is left of what does not fit", name, answer, got)
			}
			if ok != fits || ok && !sameJSON(t, string(got[1:]), want) {
				t.Errorf("%s of %s: got %s, %v, want %s, %v", name, answer, got[1:], ok, want, fits)
			}
		}
	}
}

func written[T interface{ MarshalGQL(w io.Writer) }, P interface {
	*T
	UnmarshalConnect(v mapping.Value) error
}](v mapping.Value) (string, bool) {
	var x T
	if P(&x).UnmarshalConnect(v) != nil {
		return "", false
	}
	var b bytes.Buffer
	x.MarshalGQL(&b)
	return b.String(), true
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		t.Errorf("no JSON: %s, %s", a, b)
	}
	return cmp.Equal(x, y)
}

func TestTheRegistryDecodesTheFieldsOfMoney(t *testing.T) {
	o := scalar.Registry().Value("Money").Object
	for _, answer := range answers() {
		var m scalar.Money
		fits := m.UnmarshalConnect(valueOf(t, answer)) == nil
		text, ends, ok := o.Decode(nil, nil, valueOf(t, answer))
		if ok != fits {
			t.Errorf("%s: %v, want %v", answer, ok, fits)
		}
		if !ok {
			continue
		}
		want := []string{graphqlText(m.Amount()), graphqlText(m.AmountMinor), graphqlText(m.Currency)}
		got := []string{string(text[:ends[0]]), string(text[ends[0]:ends[1]]), string(text[ends[1]:ends[2]])}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", answer, diff)
		}
	}
}

func TestTheRegistryTakesInputs(t *testing.T) {
	tests := map[string]struct{ name, in, want string }{
		"an address in lower case":    {"EmailAddress", `" Ada@Example.com"`, `"ada@example.com"`},
		"what is no address":          {"EmailAddress", `"ada"`, ``},
		"a date in UTC":               {"DateTime", `"2024-02-29T12:00:00+01:00"`, `"2024-02-29T11:00:00Z"`},
		"a number as a decimal":       {"Decimal", `12.50`, `"12.50"`},
		"an integer of 64 bits":       {"Int64", `"9223372036854775807"`, `9223372036854775807`},
		"a text as it is, with marks": {"PlainText", `"a &amp; b"`, `"a \u0026amp; b"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := scalar.Registry().Of(test.name).Input(valueOf(t, test.in))
			if test.want == "" {
				if err == nil {
					t.Errorf("got %s", got)
				}
				return
			}
			if err != nil || !got.Equal(valueOf(t, test.want)) {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestRefusalsOfInputsNameKindsOfJSON(t *testing.T) {
	tests := map[string]struct{ name, in, want string }{
		"a number for a text":      {"EmailAddress", `5`, "EmailAddress: want a string, got number"},
		"an object for a text":     {"PlainText", `{"a":1}`, "PlainText: want a string, got object"},
		"a list for a decimal":     {"Decimal", `[1]`, "Decimal: want a string or a number, got array"},
		"a boolean for an integer": {"Int64", `true`, "Int64: want an integer, got boolean"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := scalar.Registry().Of(test.name).Input(valueOf(t, test.in))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
