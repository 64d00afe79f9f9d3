package scalar_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/mapping"
	"holdfast/graph/scalar"
)

// gqlgen and generated code find these methods by name; here the compiler sees that they are there.
var (
	_ = []graphql.Marshaler{
		scalar.Decimal{}, scalar.DateTime{}, scalar.Int64(0), scalar.CurrencyCode(""), scalar.EmailAddress(""), scalar.URL(""), scalar.PlainText(""), scalar.JSON{},
	}
	_ = []graphql.Unmarshaler{
		new(scalar.Decimal), new(scalar.DateTime), new(scalar.Int64), new(scalar.CurrencyCode), new(scalar.EmailAddress), new(scalar.URL), new(scalar.PlainText), new(scalar.JSON),
	}
	_ = []decoder{
		new(scalar.Decimal), new(scalar.DateTime), new(scalar.Int64), new(scalar.CurrencyCode), new(scalar.EmailAddress), new(scalar.URL),
		new(scalar.PlainText), new(scalar.Money), new(scalar.JSON),
	}
)

type decoder interface {
	UnmarshalConnect(v mapping.Value) error
}

// decoding is one row: an answer gives a GraphQL text, or an error that contains fails.
type decoding struct {
	answer string
	want   string
	fails  string
}

func decodeAll[T any, P interface {
	*T
	decoder
}](t *testing.T, tests map[string]decoding, write func(T) string,
) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v, _, err := mapping.ParseJSON([]byte(test.answer), mapping.JSONLimits{})
			if err != nil {
				t.Fatal(err)
			}
			var got T
			err = P(&got).UnmarshalConnect(v)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("got %v, want an error with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s := write(got); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}

func graphqlText[T graphql.Marshaler](v T) string {
	var b bytes.Buffer
	v.MarshalGQL(&b)
	return b.String()
}

func TestDecimalOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"keeps trailing zeros":               {answer: `"12.50"`, want: `"12.50"`},
		"reads numbers digit by digit":       {answer: `12345678901234567890.10`, want: `"12345678901234567890.10"`},
		"is negative":                        {answer: `-0.05`, want: `"-0.05"`},
		"writes an exponent out":             {answer: `1.5e3`, want: `"1500"`},
		"writes an exponent out with digits": {answer: `1.2345e2`, want: `"123.45"`},
		"writes a negative exponent out":     {answer: `-1.5e-3`, want: `"-0.0015"`},
		"writes an exponent within":          {answer: `123.4e-1`, want: `"12.34"`},
		"writes the exponent of zero out":    {answer: `0e3`, want: `"0"`},
		"refuses a large exponent":           {answer: `1e101`, fails: "exponent"},
		"refuses a huge exponent":            {answer: `1e-99999999999999999999`, fails: "exponent"},
		"refuses many digits":                {answer: `"` + strings.Repeat("1", 101) + `"`, fails: "digits"},
		"refuses very many digits":           {answer: `"` + strings.Repeat("1", 1000) + `"`, fails: "digits"},
		"refuses many digits by exponent":    {answer: `11111e98`, fails: "digits"},
		"takes a hundred digits":             {answer: `"-` + strings.Repeat("1", 99) + `.1"`, want: `"-` + strings.Repeat("1", 99) + `.1"`},
		"refuses an empty string":            {answer: `""`, fails: "not a decimal"},
		"refuses a comma":                    {answer: `"12,50"`, fails: "not a decimal"},
		"refuses a plus":                     {answer: `"+1"`, fails: "not a decimal"},
		"refuses blanks":                     {answer: `" 1"`, fails: "not a decimal"},
		"refuses null":                       {answer: `null`, fails: "got null"},
		"refuses booleans":                   {answer: `true`, fails: "got boolean"},
	}, graphqlText[scalar.Decimal])
}

func TestDateTimeOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"in UTC":                      {answer: `"2024-02-29T12:00:00Z"`, want: `"2024-02-29T12:00:00Z"`},
		"in another zone":             {answer: `"2024-02-29T23:30:00-01:30"`, want: `"2024-03-01T01:00:00Z"`},
		"with a fraction":             {answer: `"2024-02-29T12:00:00.125Z"`, want: `"2024-02-29T12:00:00.125Z"`},
		"with an empty fraction":      {answer: `"2024-02-29T12:00:00.000Z"`, want: `"2024-02-29T12:00:00Z"`},
		"without a zone":              {answer: `"2024-02-29T12:00:00"`, want: `"2024-02-29T12:00:00Z"`},
		"a fraction without a zone":   {answer: `"2024-02-29T12:00:00.5"`, want: `"2024-02-29T12:00:00.5Z"`},
		"in seconds":                  {answer: `1709208000`, want: `"2024-02-29T12:00:00Z"`},
		"in seconds with an exponent": {answer: `1.709208e9`, want: `"2024-02-29T12:00:00Z"`},
		"in decimal seconds":          {answer: `1709208000.125`, want: `"2024-02-29T12:00:00.125Z"`},
		"finer than nanoseconds":      {answer: `0.1234567899`, want: `"1970-01-01T00:00:00.123456789Z"`},
		"before 1970":                 {answer: `-0.5`, want: `"1969-12-31T23:59:59.5Z"`},
		"in milliseconds":             {answer: `1709208000000`, fails: "seconds"},
		"in far too many seconds":     {answer: `1e30`, fails: "seconds"},
		"a fraction and an exponent":  {answer: `1.7e-3`, fails: "seconds"},
		"an empty string":             {answer: `""`, fails: "want a date"},
		"a date alone":                {answer: `"2024-02-29"`, fails: "want a date"},
		"no such day":                 {answer: `"2023-02-29T12:00:00Z"`, fails: "want a date"},
		"no such hour":                {answer: `"2024-02-29T24:00:00Z"`, fails: "want a date"},
		"a short hour":                {answer: `"2024-02-29T1:00:00Z"`, fails: "want a date"},
		"a blank for the T":           {answer: `"2024-02-29 12:00:00Z"`, fails: "want a date"},
		"a comma":                     {answer: `"2024-02-29T12:00:00,5Z"`, fails: "want a date"},
		"the year 0":                  {answer: `"0000-01-01T00:00:00Z"`, fails: "9999"},
		"a boolean":                   {answer: `false`, fails: "got boolean"},
	}, graphqlText[scalar.DateTime])
}

func TestInt64OfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"a number":              {answer: `9223372036854775807`, want: `9223372036854775807`},
		"the smallest":          {answer: `-9223372036854775808`, want: `-9223372036854775808`},
		"a whole decimal":       {answer: `12.0`, want: `12`},
		"a string":              {answer: `"12"`, want: `12`},
		"a number too large":    {answer: `9223372036854775808`, fails: "64 bits"},
		"a string too large":    {answer: `"9223372036854775808"`, fails: "64 bits"},
		"a fraction":            {answer: `1.5`, fails: "64 bits"},
		"a fraction as string":  {answer: `"1.0"`, fails: "64 bits"},
		"an empty string":       {answer: `""`, fails: "64 bits"},
		"null is not a number":  {answer: `null`, fails: "got null"},
		"a list is not either":  {answer: `[1]`, fails: "got array"},
		"a string with a blank": {answer: `" 1"`, fails: "64 bits"},
	}, graphqlText[scalar.Int64])
}

func TestCurrencyCodeOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"as it is":             {answer: `"EUR"`, want: `"EUR"`},
		"in small letters":     {answer: `"usd"`, want: `"USD"`},
		"too short":            {answer: `"EU"`, fails: "three letters"},
		"digits":               {answer: `"E1R"`, fails: "three letters"},
		"three bytes of other": {answer: `"ıA"`, fails: "three letters"},
		"empty":                {answer: `""`, fails: "three letters"},
		"a number":             {answer: `978`, fails: "got number"},
	}, graphqlText[scalar.CurrencyCode])
}

func TestEmailAddressOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"trimmed and in lower case": {answer: `" Ann.B+x@Example.COM "`, want: `"ann.b+x@example.com"`},
		"empty":                     {answer: `""`, fails: "empty"},
		"blank":                     {answer: `"  "`, fails: "empty"},
		"without an @":              {answer: `"ann"`, fails: "name@host"},
		"with two":                  {answer: `"a@b@c"`, fails: "name@host"},
		"without a name":            {answer: `"@b"`, fails: "name@host"},
		"without a host":            {answer: `"a@"`, fails: "name@host"},
		"with a blank within":       {answer: `"a b@c"`, fails: "name@host"},
		"with a line feed within":   {answer: `"a\n@c"`, fails: "name@host"},
		"too long":                  {answer: `"` + strings.Repeat("a", 250) + `@b.de"`, fails: "254"},
		"a number":                  {answer: `1`, fails: "got number"},
	}, graphqlText[scalar.EmailAddress])
}

func TestURLOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"https":             {answer: `"https://example.com/a?b=c#d"`, want: `"https://example.com/a?b=c#d"`},
		"http and a port":   {answer: `"http://localhost:80"`, want: `"http://localhost:80"`},
		"kept as it is":     {answer: `"https://EXAMPLE.com/%7e/../x"`, want: `"https://EXAMPLE.com/%7e/../x"`},
		"relative":          {answer: `"/a"`, fails: "absolute"},
		"without a host":    {answer: `"https:///a"`, fails: "absolute"},
		"a port alone":      {answer: `"https://:80"`, fails: "absolute"},
		"another scheme":    {answer: `"javascript:alert(1)"`, fails: "absolute"},
		"with a blank":      {answer: `"https://example.com/a b"`, fails: "not a URL"},
		"with a bad escape": {answer: `"https://example.com/%zz"`, fails: "not a URL"},
		"too long":          {answer: `"https://example.com/` + strings.Repeat("a", 8192) + `"`, fails: "8 KiB"},
		"empty":             {answer: `""`, fails: "absolute"},
		"an object":         {answer: `{}`, fails: "got object"},
	}, graphqlText[scalar.URL])
}

func TestMoneyOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"a decimal string":           {answer: `{"amount":"12.50","currency":"EUR"}`, want: "12.50 EUR = 1250"},
		"a number":                   {answer: `{"amount":12.5,"currency":"eur"}`, want: "12.50 EUR = 1250"},
		"a whole number":             {answer: `{"amount":12,"currency":"USD"}`, want: "12.00 USD = 1200"},
		"minor units":                {answer: `{"amountMinor":1250,"currency":"USD"}`, want: "12.50 USD = 1250"},
		"a few minor units":          {answer: `{"amountMinor":5,"currency":"USD"}`, want: "0.05 USD = 5"},
		"less than nothing":          {answer: `{"amountMinor":-5,"currency":"USD"}`, want: "-0.05 USD = -5"},
		"less than nothing, decimal": {answer: `{"amount":"-0.05","currency":"USD"}`, want: "-0.05 USD = -5"},
		"nothing":                    {answer: `{"amount":"-0.00","currency":"USD"}`, want: "0.00 USD = 0"},
		"no minor units":             {answer: `{"amount":"1250","currency":"JPY"}`, want: "1250 JPY = 1250"},
		"no minor units but zeros":   {answer: `{"amount":"1250.00","currency":"JPY"}`, want: "1250 JPY = 1250"},
		"three digits":               {answer: `{"amount":"1.25","currency":"KWD"}`, want: "1.250 KWD = 1250"},
		"four digits":                {answer: `{"amountMinor":1250,"currency":"CLF"}`, want: "0.1250 CLF = 1250"},
		"more digits that are zeros": {answer: `{"amount":"12.5000","currency":"EUR"}`, want: "12.50 EUR = 1250"},
		"the largest":                {answer: `{"amount":"92233720368547758.07","currency":"EUR"}`, want: "92233720368547758.07 EUR = 9223372036854775807"},
		"the smallest":               {answer: `{"amountMinor":-9223372036854775808,"currency":"EUR"}`, want: "-92233720368547758.08 EUR = -9223372036854775808"},
		"both that agree":            {answer: `{"amount":"12.5","amountMinor":1250,"currency":"EUR"}`, want: "12.50 EUR = 1250"},
		"null counts as absent":      {answer: `{"amount":null,"amountMinor":1250,"currency":"EUR"}`, want: "12.50 EUR = 1250"},
		"both that differ":           {answer: `{"amount":"12.51","amountMinor":1250,"currency":"EUR"}`, fails: "differ"},
		"too many digits":            {answer: `{"amount":"12.505","currency":"EUR"}`, fails: "2 digits"},
		"a fraction of a yen":        {answer: `{"amount":"12.5","currency":"JPY"}`, fails: "0 digits"},
		"too large":                  {answer: `{"amount":"92233720368547758.08","currency":"EUR"}`, fails: "too large"},
		"minor units too large":      {answer: `{"amountMinor":9223372036854775808,"currency":"EUR"}`, fails: "amountMinor: Int64"},
		"a fraction of minor units":  {answer: `{"amountMinor":1.5,"currency":"EUR"}`, fails: "amountMinor: Int64"},
		"no amount":                  {answer: `{"currency":"EUR"}`, fails: "neither"},
		"no currency":                {answer: `{"amount":"1"}`, fails: "currency: CurrencyCode: want a string, got missing"},
		"an amount that is none":     {answer: `{"amount":"x","currency":"EUR"}`, fails: "amount: Decimal"},
		"no object":                  {answer: `"12.50 EUR"`, fails: "got string"},
	}, func(m scalar.Money) string { return m.String() + " = " + m.AmountMinor.String() })
}

func TestInput(t *testing.T) {
	tests := map[string]struct {
		into  graphql.Unmarshaler
		in    any
		want  string
		fails bool
	}{
		"a decimal string":              {into: new(scalar.Decimal), in: "1.50", want: `"1.50"`},
		"a decimal in the variables":    {into: new(scalar.Decimal), in: json.Number("1.50"), want: `"1.50"`},
		"a decimal without a fraction":  {into: new(scalar.Decimal), in: int64(2), want: `"2"`},
		"a decimal of Go":               {into: new(scalar.Decimal), in: 2, want: `"2"`},
		"a decimal that is a float":     {into: new(scalar.Decimal), in: 1.5, fails: true},
		"a decimal that is a boolean":   {into: new(scalar.Decimal), in: true, fails: true},
		"a date":                        {into: new(scalar.DateTime), in: "2024-02-29T12:00:00+01:00", want: `"2024-02-29T11:00:00Z"`},
		"a date without a zone":         {into: new(scalar.DateTime), in: "2024-02-29T12:00:00", fails: true},
		"a date in seconds":             {into: new(scalar.DateTime), in: int64(5), fails: true},
		"an integer":                    {into: new(scalar.Int64), in: int64(5), want: `5`},
		"an integer of Go":              {into: new(scalar.Int64), in: 5, want: `5`},
		"an integer as string":          {into: new(scalar.Int64), in: "9223372036854775807", want: `9223372036854775807`},
		"an integer in the variables":   {into: new(scalar.Int64), in: json.Number("-5"), want: `-5`},
		"an integer that is a fraction": {into: new(scalar.Int64), in: json.Number("5.5"), fails: true},
		"an integer that is a float":    {into: new(scalar.Int64), in: 5.0, fails: true},
		"a currency":                    {into: new(scalar.CurrencyCode), in: "eur", want: `"EUR"`},
		"a currency that is a number":   {into: new(scalar.CurrencyCode), in: 1, fails: true},
		"an address":                    {into: new(scalar.EmailAddress), in: "A@b", want: `"a@b"`},
		"an address that is nil":        {into: new(scalar.EmailAddress), in: nil, fails: true},
		"a URL":                         {into: new(scalar.URL), in: "http://a/\"", want: `"http://a/\""`},
		"a URL that is relative":        {into: new(scalar.URL), in: "a", fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.into.UnmarshalGQL(test.in)
			if (err != nil) != test.fails {
				t.Fatalf("got error %v", err)
			}
			if m, ok := test.into.(graphql.Marshaler); !test.fails && (!ok || graphqlText(m) != test.want) {
				t.Errorf("got %s, want %s", test.into, test.want)
			}
		})
	}
}

func TestScalarsAsArguments(t *testing.T) {
	d, err := scalar.ParseDecimal("1.50")
	if err != nil {
		t.Fatal(err)
	}
	at := scalar.NewDateTime(time.Date(2024, 2, 29, 13, 0, 0, 0, time.FixedZone("", 3600)))
	v, err := mapping.FromAny([]any{d, &at, scalar.Int64(5), scalar.CurrencyCode("EUR")})
	if err != nil {
		t.Fatal(err)
	}
	if want := `["1.50","2024-02-29T12:00:00Z",5,"EUR"]`; v.String() != want {
		t.Errorf("got %s, want %s", v, want)
	}
}

func TestZeroAndEqual(t *testing.T) {
	zero, err := scalar.ParseDecimal("0")
	if err != nil || !zero.Equal(scalar.Decimal{}) {
		t.Errorf("the zero Decimal is %s, %v", scalar.Decimal{}, err)
	}
	at := time.Now()
	if !scalar.NewDateTime(at).Equal(scalar.NewDateTime(at.UTC())) || scalar.NewDateTime(at).Equal(scalar.DateTime{}) {
		t.Error("dates do not compare by the point in time")
	}
	if !scalar.NewDateTime(at).Time().Equal(at) {
		t.Error("a date changes the time")
	}
}

func TestErrorsAreSilentAboutValues(t *testing.T) {
	secret := mapping.StringValue("s3cret")
	for _, d := range []decoder{
		new(scalar.Decimal), new(scalar.DateTime), new(scalar.Int64), new(scalar.CurrencyCode), new(scalar.EmailAddress),
		new(scalar.URL), new(scalar.Money),
	} {
		if err := d.UnmarshalConnect(secret); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%T: %v", d, err)
		}
	}
}

func TestPlainTextOfAnAnswer(t *testing.T) {
	decodeAll(t, map[string]decoding{
		"has no entities":       {answer: `"Enamel Mug &ndash; Blue &amp; &#8220;White&#x201D;"`, want: `"Enamel Mug – Blue & “White”"`},
		"keeps what is none":    {answer: `"R&D & <b>"`, want: `"R&D & <b>"`},
		"is undone once":        {answer: `"&amp;lt;"`, want: `"&lt;"`},
		"is nothing but a text": {answer: `7`, fails: "want a string, got number"},
	}, graphqlText[scalar.PlainText])
}

// The manual shows the whole file, so that it can be copied.
func TestTheManualShowsPlainText(t *testing.T) {
	file, err := os.ReadFile("plaintext.go")
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../docs/adding-an-api.md")
	if err != nil || !strings.Contains(string(manual), string(file)) {
		t.Errorf("docs/adding-an-api.md (%v) does not have plaintext.go as it is", err)
	}
}
