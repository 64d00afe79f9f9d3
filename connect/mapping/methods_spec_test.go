package mapping_test

import (
	"strings"
	"testing"

	"holdfast/connect/mapping"
)

// contracts are the methods as the language's document has them, apart from the package's own table.
func contracts() map[string]struct {
	input       string // the kinds it works on: n(ull) b(oolean) # number s(tring) a(rray) o(bject)
	parens      string // "", "()" and "(x)", with x missing and with x null: ok, a value; -, missing; P, a problem of its own
	withoutArgs string
	missing     string
	null        string
} {
	const anything = "nb#sao"
	return map[string]struct{ input, parens, withoutArgs, missing, null string }{
		"echo":          {anything, "P", "P", "-", "ok"},
		"map":           {anything, "P", "P", "-", "ok"},
		"match":         {anything, "P", "P", "P", "P"},
		"first":         {"sa", "P", "ok", "P", "P"},
		"last":          {"sa", "P", "ok", "P", "P"},
		"slice":         {"sa", "ok", "ok", "ok", "ok"},
		"size":          {"sao", "P", "ok", "P", "P"},
		"get":           {"sao", "P", "P", "-", "P"},
		"entries":       {"o", "P", "ok", "P", "P"},
		"filter":        {anything, "P", "P", "P", "P"},
		"find":          {anything, "P", "P", "P", "P"},
		"joinNotNull":   {"nb#sa", "P", "P", "P", "P"},
		"jsonParse":     {"s", "P", "ok", "P", "P"},
		"jsonStringify": {anything, "P", "ok", "P", "P"},
		"toString":      {"nb#s", "ok", "ok", "P", "P"},
		"parseInt":      {"#s", "ok", "ok", "-", "P"},
		"eq":            {anything, "P", "P", "-", "ok"},
		"ne":            {anything, "P", "P", "-", "ok"},
		"in":            {anything, "P", "P", "-", "P"},
		"contains":      {"a", "P", "P", "-", "ok"},
		"gt":            {"#s", "P", "P", "-", "P"},
		"gte":           {"#s", "P", "P", "-", "P"},
		"lt":            {"#s", "P", "P", "-", "P"},
		"lte":           {"#s", "P", "P", "-", "P"},
		"and":           {"b", "ok", "P", "-", "P"},
		"or":            {"b", "ok", "P", "-", "P"},
		"not":           {"b", "P", "ok", "P", "P"},
		"add":           {"#", "ok", "P", "P", "P"},
		"sub":           {"#", "ok", "P", "P", "P"},
		"mul":           {"#", "ok", "P", "P", "P"},
		"div":           {"#", "ok", "P", "P", "P"},
		"mod":           {"#", "ok", "P", "P", "P"},
		"as":            {anything, "ok P", "ok P", "ok P", "ok P"},
	}
}

// outcome says what a mapping of one path comes to.
func outcome(t *testing.T, src string, v mapping.Value) string {
	t.Helper()
	got := mapping.MustParse(src).Apply(v, nil)
	var words []string
	if !got.Value.IsMissing() {
		words = append(words, "ok")
	}
	for _, p := range got.Problems {
		if p.Code == mapping.MethodFailed {
			words = append(words, "P")
		}
	}
	if words == nil {
		return "-"
	}
	return strings.Join(words, " ")
}

func TestMethodsWithoutArguments(t *testing.T) {
	inputs := map[byte]mapping.Value{
		'n': parseJSON(t, `null`), 'b': parseJSON(t, `true`), '#': parseJSON(t, `1`), 's': parseJSON(t, `"1"`), 'a': parseJSON(t, `[1]`),
		'o': parseJSON(t, `{"1":1}`),
	}
	decisive := map[string]string{"and": "true", "or": "false"} // the value for which an argument is looked at
	for name, m := range contracts() {
		t.Run(name, func(t *testing.T) {
			in := inputs[m.input[len(m.input)-1]]
			if value := decisive[name]; value != "" {
				in = parseJSON(t, value)
			}
			for args, want := range map[string]string{"": m.withoutArgs, "()": m.parens, "($(null)?)": m.missing, "(null)": m.null} {
				if got := outcome(t, "$->"+name+args, in); got != want {
					t.Errorf("%s->%s%s: got %s, want %s", in, name, args, got, want)
				}
			}
		})
	}
}

func TestMethodsRefuseOtherInput(t *testing.T) {
	args := map[string]string{
		"echo": "(1)", "map": "(1)", "match": "([@, 1])", "get": "(0)", "filter": "(true)", "find": "(true)", "joinNotNull": `("")`, "eq": "(1)",
		"ne": "(1)", "in": "([])", "contains": "(1)", "gt": "(@)", "gte": "(@)", "lt": "(@)", "lte": "(@)", "and": "(true)", "or": "(true)",
		"add": "(1)", "sub": "(1)", "mul": "(1)", "div": "(1)", "mod": "(1)", "as": "($v)",
	}
	inputs := map[string]string{"n": `null`, "b": `true`, "#": `1`, "s": `"1"`, "a": `[1]`, "o": `{"1":1}`}
	for name, m := range contracts() {
		t.Run(name, func(t *testing.T) {
			for kind, text := range inputs {
				arg := args[name]
				if name == "get" && kind == "o" {
					arg = `("1")`
				}
				want := "P"
				switch {
				case strings.Contains(m.input, kind):
					want = "ok"
				case name == "first" || name == "last":
					want = "ok P" // the input comes back
				}
				if got := outcome(t, "$->"+name+arg, parseJSON(t, text)); got != want {
					t.Errorf("%s->%s%s: got %s, want %s", text, name, arg, got, want)
				}
			}
			if got := mapping.MustParse("$.x?->"+name+args[name]).Apply(parseJSON(t, `{}`), nil); !got.Value.IsMissing() || got.Problems != nil {
				t.Errorf("of nothing: got %s, %v", got.Value, got.Problems)
			}
		})
	}
	if n := len(contracts()); n != len(mapping.Methods()) {
		t.Errorf("%d methods", n)
	}
}

// What is surplus is not even evaluated.
func TestSurplusArguments(t *testing.T) {
	run(t, map[string]evaluation{
		"echo":        {`$.a->echo(1, x)`, `{"a":1}`, `1`, nil},
		"map":         {`$.a->map(@, x)`, `{"a":[1]}`, `[1]`, nil},
		"slice":       {`$.a->slice(0, 1, x)`, `{"a":[1,2]}`, `[1]`, nil},
		"get":         {`$.a->get(0, x)`, `{"a":[1]}`, `1`, nil},
		"filter":      {`$.a->filter(true, x)`, `{"a":[1]}`, `[1]`, nil},
		"find":        {`$.a->find(true, x)`, `{"a":[1]}`, `1`, nil},
		"joinNotNull": {`$.a->joinNotNull("", x)`, `{"a":[1]}`, `"1"`, nil},
		"lte":         {`$.a->lte(1, x)`, `{"a":1}`, `true`, nil},
		"but not eq":  {`$.a->eq(1, x)`, `{"a":1}`, ``, failed("a.->eq")},
	})
}

func TestMethodsSayWhy(t *testing.T) {
	for src, want := range map[string]string{
		`$(1->div(0))`: "->div: division by zero", `$(1->mod(0))`: "->mod: division by zero", `$(1.5->mod(0.0))`: "->mod: division by zero",
		`$(9223372036854775807->add(1))`: "->add: the result is no integer of 64 bits", `$(1->add("x"))`: "->add: an argument is string and no number",
		`$("x"->add(1))`: "->add: cannot work with string", `$([1]->first())`: "->first: the method takes no arguments", `$(1->eq)`: "->eq: the method takes one argument",
		`$([1]->get(1))`: "->get: the index is out of range", `$(1->gt("x"))`: "->gt: cannot compare number with string", `$(1->echo)`: "->echo: an argument is missing",
	} {
		got := mapping.MustParse(src).Apply(mapping.NullValue(), nil).Problems
		if len(got) != 1 || got[0].Message != want || !got[0].Method {
			t.Errorf("%s: got %v, want %s", src, got, want)
		}
	}
}

func TestMethodsToTheLetter(t *testing.T) {
	run(t, map[string]evaluation{
		"names of methods have one case":              {`$.a->First`, `{"a":[1]}`, ``, failed("a.->First")},
		"map of null gives a list of one":             {`$.a->map(@)`, `{"a":null}`, `[null]`, nil},
		"map of an object gives a list of one":        {`$.a->map(@.x)`, `{"a":{"x":1}}`, `[1]`, nil},
		"match of a pair behind a step is none":       {`$.a->match([1, 2]->first, [@, 3])`, `{"a":1}`, `3`, nil},
		"match takes pairs with computed parts":       {`$.a->match([$.k, $.v])`, `{"a":1,"k":1,"v":[2]}`, `[2]`, nil},
		"match ends at the first hit":                 {`$.a->match([@, x?], [@, 1])`, `{"a":1}`, ``, nil},
		"match compares lists in order":               {`$.a->match([[2, 1], "no"], [[1, 2], "yes"])`, `{"a":[1,2]}`, `"yes"`, nil},
		"match is strict inside too":                  {`$.a->match([[1.0], "no"], [@, "yes"])`, `{"a":[1]}`, `"yes"`, nil},
		"match knows ids beyond floats":               {`$.a->match([9007199254740993, "no"], [9007199254740992, "yes"])`, `{"a":9007199254740992}`, `"yes"`, nil},
		"first of a list of null":                     {`x: a->first`, `{"a":[null]}`, `{"x":null}`, nil},
		"slice ends where it begins":                  {`$.a->slice(1, 1)`, `{"a":[1,2]}`, `[]`, nil},
		"slice of all below zero":                     {`$.a->slice(-3, -1)`, `{"a":[1,2]}`, `[]`, nil},
		"slice by whole decimals":                     {`$.a->slice(1.0)`, `{"a":[1,2]}`, `[2]`, nil},
		"slice refuses null":                          {`$.a->slice`, `{"a":null}`, ``, failed("a.->slice")},
		"get by a whole decimal":                      {`$.a->get(1.0)`, `{"a":[1,2]}`, `2`, nil},
		"get by a fraction":                           {`$.a->get(0.5)`, `{"a":[1,2]}`, ``, failed("a.->get")},
		"get a key of a list":                         {`$.a->get("x")`, `{"a":[{"x":1}]}`, ``, failed("a.->get")},
		"get an item of an object":                    {`$.a->get(0)`, `{"a":{"0":1}}`, ``, failed("a.->get")},
		"get an unknown key":                          {`$.a->get("y")`, `{"a":{"x":1}}`, ``, failed("a.->get")},
		"get beyond the end":                          {`$.a->get(2)`, `{"a":"é😀"}`, ``, failed("a.->get")},
		"get before the beginning":                    {`$.a->get(-3)`, `{"a":"é😀"}`, ``, failed("a.->get")},
		"get the smallest index":                      {`$.a->get(-9223372036854775808)`, `{"a":[1]}`, ``, failed("a.->get")},
		"get null":                                    {`x: a->get(0)`, `{"a":[null]}`, `{"x":null}`, nil},
		"get a key that is null":                      {`x: a->get("k")`, `{"a":{"k":null}}`, `{"x":null}`, nil},
		"entries keep the order":                      {`$.a->entries`, `{"a":{"z":1,"b":null}}`, `[{"key":"z","value":1},{"key":"b","value":null}]`, nil},
		"entries of nothing in it":                    {`$.a->entries`, `{"a":{}}`, `[]`, nil},
		"filter of null":                              {`$.a->filter(true)`, `{"a":null}`, `[null]`, nil},
		"filter of none":                              {`$.a->filter(x)`, `{"a":[]}`, `[]`, nil},
		"a condition that is null voids the list":     {`x: a->filter(@.b)`, `{"a":[{"b":true},{"b":null}]}`, `{}`, failed("a.->filter")},
		"find null":                                   {`x: a->find(@->eq(null))`, `{"a":[1,null]}`, `{"x":null}`, nil},
		"joinNotNull keeps literals":                  {`$.a->joinNotNull("")`, `{"a":[1.50,12345678901234567890,1E+2]}`, `"1.5012345678901234567890` + `1E+2"`, nil},
		"joinNotNull by nothing":                      {`$.a->joinNotNull(x)`, `{"a":[1]}`, ``, []string{"MISSING_KEY x", "METHOD_FAILED a.->joinNotNull"}},
		"joinNotNull of nulls alone":                  {`$.a->joinNotNull(",")`, `{"a":[null,null]}`, `""`, nil},
		"toString of an exponent is verbatim":         {`$.a->toString`, `{"a":1E+2}`, `"1E+2"`, nil},
		"jsonStringify of a text":                     {`$.a->jsonStringify`, `{"a":"é\n"}`, `"\"é\\n\""`, nil},
		"jsonParse of a scalar":                       {`$.a->jsonParse`, `{"a":" 1.50 "}`, `1.50`, nil},
		"jsonParse of nothing in it":                  {`$.a->jsonParse`, `{"a":""}`, ``, failed("a.->jsonParse")},
		"jsonParse 128 deep":                          {`$.a->jsonParse->size`, `{"a":"` + strings.Repeat("[", 128) + strings.Repeat("]", 128) + `"}`, `1`, nil},
		"parseInt of the largest":                     {`$("9223372036854775807"->parseInt)`, `{}`, `9223372036854775807`, nil},
		"parseInt of a sign alone":                    {`$("-"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of two signs":                       {`$("+-1"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of an exponent in a text":           {`$("1e2"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of a digit beyond its base":         {`$("2"->parseInt(2))`, `{}`, ``, failed("->parseInt")},
		"parseInt of digits that are not ASCII":       {`$("١"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt to base 0":                          {`$("0x1f"->parseInt(0))`, `{}`, ``, failed("->parseInt")},
		"parseInt of a number to a base that is none": {`$(10->parseInt(37))`, `{}`, ``, failed("->parseInt")},
		"parseInt ignores the base of a number":       {`$(10->parseInt(16))`, `{}`, `10`, nil},
		"parseInt of a number below the range":        {`$(-9223372036854775809->parseInt)`, `{}`, ``, failed("->parseInt")},
		"eq of minus zero":                            {`$(0->eq(-0.0))`, `{}`, `true`, nil},
		"eq of objects in another order":              {`$({a: 1, b: 2}->eq({b: 2, a: 1}))`, `{}`, `true`, nil},
		"eq is strict inside objects":                 {`$({a: 1}->eq({a: 1.0}))`, `{}`, `false`, nil},
		"ne of nothing is nothing":                    {`$(1->ne(x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"contains is strict inside":                   {`$([[1]]->contains([1.0]))`, `{}`, `false`, nil},
		"contains null":                               {`$([null]->contains(null))`, `{}`, `true`, nil},
		"in is strict inside":                         {`$([1]->in([[1.0]]))`, `{}`, `false`, nil},
		"in with a missing one of two is nothing":     {`$(1->in(1, x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"in an empty list":                            {`$(1->in([]))`, `{}`, `false`, nil},
		"null in a list":                              {`$(null->in([1, null]))`, `{}`, `true`, nil},
		"code points decide, not UTF-16":              {`$("～"->lt("😀"))`, `{}`, `true`, nil},
		"gt beyond floats":                            {`$(9007199254740993->gt(9007199254740992.0))`, `{}`, `true`, nil},
		"lt of exponents":                             {`$.a->lt(1)`, `{"a":1e-400}`, `true`, nil},
		"and needs its first argument only":           {`$(true->and(false, 1))`, `{}`, `false`, nil},
		"or with a problem before a decision":         {`$(false->or("x", true))`, `{}`, ``, failed("->or")},
		"sums go from left to right":                  {`$([10->sub(1, 2, 3), 100->div(5, 2), 17->mod(10, 4)])`, `{}`, `[4,10.0,3]`, nil},
		"one decimal makes the rest decimal":          {`$(1->add(0.5, 0.5))`, `{}`, `2.0`, nil},
		"an overflow on the way is one":               {`$(9223372036854775807->add(1, -1))`, `{}`, ``, failed("->add")},
		"a third is the shortest float":               {`$([1->div(3), 2->div(3), 0.1->div(3)])`, `{}`, `[0.3333333333333333,0.6666666666666666,0.03333333333333333]`, nil},
		"mod of a decimal keeps the sign":             {`$([-7.5->mod(2), 7.5->mod(-2), 0.3->mod(0.1)])`, `{}`, `[-1.5,1.5,0.09999999999999998]`, nil},
		"sums of money":                               {`$([19.99->mul(3), 0.1->add(0.1, 0.1), 100->sub(0.01)])`, `{}`, `[59.97,0.3,99.99]`, nil},
		"trailing zeros are kept":                     {`$([1.50->add(1.50), 2.0->mul(2)])`, `{}`, `[3.00,4.0]`, nil},
		"half to even at the 35th digit":              {`$([1->add(0.00000000000000000000000000000000050), 1->add(0.00000000000000000000000000000000150)])`, `{}`, `[1.000000000000000000000000000000000,1.000000000000000000000000000000002]`, nil},
		"add of null is a problem":                    {`$(1->add(null))`, `{}`, ``, failed("->add")},
		"0 by 0":                                      {`$([0->div(0), 0.0->mod(0.0), 0->mod(0)])`, `{}`, `[null,null,null]`, []string{"METHOD_FAILED ->div", "METHOD_FAILED ->mod", "METHOD_FAILED ->mod"}},
		"as leaves the input, whatever its arguments": {`$.a->as()->as(1, 2)->as($v, 1, 2)`, `{"a":[1]}`, `[1]`, []string{"METHOD_FAILED a.->as", "METHOD_FAILED a.->as.->as", "METHOD_FAILED a.->as.->as.->as"}},
		"as with a list is no plain name":             {`$.a->as([$v])->echo($v)`, `{"a":1}`, ``, []string{"METHOD_FAILED a.->as", "UNDEFINED_VARIABLE $v"}},
		"as with a ? is no plain name":                {`$.a->as($v?)`, `{"a":1}`, `1`, failed("a.->as")},
		"as with @ of its own input":                  {`$.l->as($l)->map(@->add($l->size))`, `{"l":[1,2]}`, `[3,4]`, nil},
	})
}
