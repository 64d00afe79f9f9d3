package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

// Blanks and comments stand between any two tokens, but not inside one: $( and $name are one token each.
func TestBlanksStandBetweenTokens(t *testing.T) {
	sources := map[string]string{
		"items":       "a : b . c ? . 'd' -> first { e \"f\" : g } h : { i } $ . r ? { j }",
		"expressions": "$( a ?? b ? ?? -1.5 ) -> get ( -1 , ) -> match ( [ 1 , $x ] , [ @ , { k : null , \"l\" : [ ] , } ] )",
		"the other":   "x : $( null ?! @ . y ?! $args . z -> size ) -> as ( $v , true ) { w : $v }",
	}
	blanks := map[string]string{
		"blanks": " \t\r\n ", "comments": " # it's } ) \"\n", "an empty comment": "#\n", "several": "# a\r\n\t# b\n",
	}
	for name, src := range sources {
		want := mapping.MustParse(src).String()
		for kind, blank := range blanks {
			t.Run(name+" with "+kind, func(t *testing.T) {
				m, err := mapping.Parse(blank + strings.ReplaceAll(src, " ", blank) + blank)
				if err != nil || m.String() != want {
					t.Errorf("got %v, %v, want %s", m, err, want)
				}
			})
		}
	}
}

// Where the document has two readings, the row says which one is taken.
func TestItemsToTheLetter(t *testing.T) {
	run(t, map[string]evaluation{
		"a string begins a path of an item":          {`x: "a".b "c"`, `{"a":{"b":1},"c":2}`, `{"x":1,"c":2}`, nil},
		"a raw line feed in a key":                   {"\"a\nb\"", "{\"a\\nb\":1}", "{\"a\\nb\":1}", nil},
		"words in a group are keys":                  {`true { null false }`, `{"true":{"null":1,"false":2}}`, `{"true":{"null":1,"false":2}}`, nil},
		"a string in an argument is no key":          {`l->map("n")`, `{"l":[1],"n":2}`, `["n"]`, nil},
		"a literal object in an argument":            {`l->map({n: @})`, `{"l":[1]}`, `[{"n":1}]`, nil},
		"an alias of @, $ and a variable":            {`x: @.a y: $.a z: $args.id`, `{"a":1}`, `{"x":1,"y":1,"z":"7"}`, nil},
		"groups before operators":                    {`x: $(r { a } ?? s { a })`, `{"r":null,"s":{"a":1}}`, `{"x":{"a":1}}`, nil},
		"an alias whose ? finds null is left out":    {`x: a? y: b?`, `{"a":null}`, `{}`, nil},
		"a group of one alias is no sole value":      {`x: { y: a }`, `{"a":1}`, `{"x":{"y":1}}`, nil},
		"a sole splice in braces is the value":       {`x: { $.r { y } }`, `{"r":{"y":1}}`, `{"x":{"y":1}}`, nil},
		"a sole splice of a list in braces":          {`x: { $.r { y } }`, `{"r":[{"y":1}]}`, `{"x":[{"y":1}]}`, []string{"TYPE_CONFLICT"}},
		"a sole list in braces is a problem":         {`x: a { $.b }`, `{"a":{"b":[1]}}`, `{"x":[1]}`, []string{"TYPE_CONFLICT a"}},
		"a sole object in braces is none":            {`x: a { $.b }`, `{"a":{"b":{"c":1}}}`, `{"x":{"c":1}}`, nil},
		"a sole nothing in braces is left out":       {`x: a { $.b }`, `{"a":{}}`, `{}`, []string{"MISSING_KEY a.b"}},
		"a spliced scalar is a problem":              {`id $.r { x }`, `{"id":1,"r":"t"}`, `{"id":1}`, []string{"MISSING_KEY r.x", "TYPE_CONFLICT"}},
		"a spliced nothing of a method is a problem": {`id r->first { x }`, `{"id":1,"r":[]}`, `{"id":1}`, []string{"MISSING_KEY"}},
		"an optional nothing is none":                {`id $.r? { x }`, `{"id":1}`, `{"id":1}`, nil},
		"a splice with ? inside stays silent":        {`id $.r?.s { x }`, `{"id":1,"r":null}`, `{"id":1}`, nil},
		"a null splice after a conflict":             {`a: x a: y $.r { z }`, `{"x":1,"y":"t","r":null}`, `null`, []string{"TYPE_CONFLICT a", "MISSING_KEY r.z"}},
		"items after a null splice are evaluated":    {`$.r { x } y`, `{"r":null}`, `null`, []string{"MISSING_KEY r.x", "MISSING_KEY y"}},
		"one key three times":                        {`a: x a: y a: z`, `{"x":{"p":1},"y":{"q":2},"z":{"p":3}}`, `{"a":{"p":3,"q":2}}`, nil},
		"a key twice is merged with itself":          {`a { x } a { y }`, `{"a":{"x":1,"y":2}}`, `{"a":{"x":1,"y":2}}`, nil},
		"lists of objects merge by index":            {`l { x } l { y }`, `{"l":[{"x":1,"y":2},{"x":3,"y":4}]}`, `{"l":[{"x":1,"y":2},{"x":3,"y":4}]}`, nil},
		"null wins inside lists":                     {`o: a o: b`, `{"a":[1,null,3],"b":[null,2]}`, `{"o":[null,null,3]}`, nil},
		"null wins inside objects":                   {`o: a o: b`, `{"a":{"x":null,"y":1},"b":{"x":1,"y":null}}`, `{"o":{"x":null,"y":null}}`, nil},
		"null stays null":                            {`o: a o: b o: c`, `{"a":1,"b":null,"c":2}`, `{"o":null}`, nil},
		"integers and decimals are one type":         {`o: a o: b`, `{"a":1.5,"b":2}`, `{"o":2}`, nil},
		"true and false are one type":                {`o: a o: b`, `{"a":true,"b":false}`, `{"o":false}`, nil},
		"a list and an object are two":               {`o: a o: b`, `{"a":[1],"b":{"x":1}}`, `{"o":{"x":1}}`, []string{"TYPE_CONFLICT o"}},
		"a splice merges with a key before it":       {`o: a $.r { o }`, `{"a":{"x":1},"r":{"o":{"y":2}}}`, `{"o":{"x":1,"y":2}}`, nil},
		"the first place of a merged key stays":      {`b a: x a: y c`, `{"b":1,"x":2,"y":3,"c":4}`, `{"b":1,"a":3,"c":4}`, nil},
		"a splice stands where it is written":        {`a $.r { b } c`, `{"a":1,"r":{"b":2},"c":3}`, `{"a":1,"b":2,"c":3}`, nil},
		"an empty mapping of a list maps its items":  {``, `[{"a":1},2]`, `[{},2]`, nil},
		"an empty mapping of null is null":           {``, `null`, `null`, nil},
		"an empty group of null is null":             {`a {}`, `{"a":null}`, `{"a":null}`, nil},
	})
}

func TestEvaluationToTheLetter(t *testing.T) {
	run(t, map[string]evaluation{
		"$ at the top is all of the data":             {`x: $`, `{"a":1}`, `{"x":{"a":1}}`, nil},
		"$ in a group of an argument is its object":   {`x: l->map(@.o { p: $.q })`, `{"l":[{"o":{"q":1}}],"q":2}`, `{"x":[{"p":1}]}`, nil},
		"@ in a group of an argument is its object":   {`x: l->map(@.o { p: @.q })`, `{"l":[{"o":{"q":1}}]}`, `{"x":[{"p":1}]}`, nil},
		"$ in a group within an argument of a group":  {`a { x: l->map($.n) }`, `{"n":1,"a":{"n":2,"l":[0]}}`, `{"a":{"x":[2]}}`, nil},
		"@ of an argument ends with it":               {`a { x: l->map(@) y: @.n }`, `{"a":{"n":2,"l":[0]}}`, `{"a":{"x":[0],"y":2}}`, nil},
		"@ in $( … ) of an argument is the input":     {`x: l->map($(@.y ?? 0))`, `{"l":[{"y":1},{}]}`, `{"x":[1,0]}`, nil},
		"@ in an argument of an inner method":         {`x: a->echo([@, 5->add(@)])`, `{"a":1}`, `{"x":[1,10]}`, nil},
		"per item of a bare list, $ is the item":      {`x: $.a y: l->map($.a)`, `[{"a":1,"l":[0]},{"a":2,"l":[]}]`, `[{"x":1,"y":[1]},{"x":2,"y":[]}]`, nil},
		"a list of lists of nothing":                  {`l { x }`, `{"l":[[],[[]]]}`, `{"l":[[],[[]]]}`, nil},
		"a mix of items in a group":                   {`l { x }`, `{"l":[{"x":1},null,"t",{}]}`, `{"l":[{"x":1},null,"t",{}]}`, []string{"MISSING_KEY l.1.x", "MISSING_KEY l.2.x", "MISSING_KEY l.3.x"}},
		"a key of an empty list":                      {`$.l.x`, `{"l":[]}`, `[]`, nil},
		"a key of a key over lists":                   {`$.l.a.b`, `{"l":[{"a":{"b":1}},{"a":null},{}]}`, `[1,null,null]`, []string{"MISSING_KEY l.2.a", "MISSING_KEY l.a.1.b", "MISSING_KEY l.a.2.b"}},
		"a method after a key over lists runs once":   {`l.x->size`, `{"l":[{"x":[1,2]},{"x":[3]},{"x":[]}]}`, `3`, nil},
		"? over a list sees the list":                 {`x: l.a?.b`, `{"l":[{"a":null},{"a":{"b":1}}]}`, `{"x":[null,1]}`, []string{"MISSING_KEY l.a.0.b"}},
		"? of a key of null is silent":                {`x: a.b?`, `{"a":null}`, `{}`, nil},
		"? after $( … )":                              {`x: $(null)?.y`, `{}`, `{}`, nil},
		"? after a variable":                          {`x: $args.none?.y z: $args.nope?`, `{}`, `{}`, nil},
		"? does not silence an undefined variable":    {`x: $nope?`, `{}`, `{}`, []string{"UNDEFINED_VARIABLE $nope"}},
		"? before a group":                            {`x: a? { y }`, `{"a":null}`, `{}`, nil},
		"a missing value skips its group and methods": {`x: a->first { y }`, `{"a":[]}`, `{}`, nil},
		"?? takes an empty text":                      {`$(a ?? 1)`, `{"a":""}`, `""`, nil},
		"?? of one null is null":                      {`$(a ?? b)`, `{"a":null,"b":null}`, `null`, nil},
		"?? of null then nothing is missing":          {`x: $(a ?? b)`, `{"a":null}`, `{}`, []string{"MISSING_KEY b"}},
		"?? that ends in null forgets its problems":   {`x: $(y ?? [z]->match([1, 2]) ?? null)`, `{}`, `{"x":null}`, nil},
		"?? forgets what failed methods said":         {`x: $(a->parseInt ?? 0)`, `{"a":"x"}`, `{"x":0}`, nil},
		"?? does not evaluate what it does not need":  {`x: $(1 ?? y)`, `{}`, `{"x":1}`, nil},
		"?! takes false":                              {`x: $(y ?! false ?! z)`, `{}`, `{"x":false}`, nil},
		"?! forgets the problems of the skipped":      {`x: $(y ?! null)`, `{}`, `{"x":null}`, nil},
		"?! with null before nothing":                 {`x: $(a ?! y)`, `{"a":null}`, `{"x":null}`, nil},
		"a problem met before ?? stays":               {`x: y z: $(y ?? 1)`, `{}`, `{"z":1}`, []string{"MISSING_KEY y"}},
		"?? in ?? by $( … )":                          {`x: $($(a ?! b) ?? 1)`, `{"b":null}`, `{"x":1}`, nil},
		"one place met twice is one problem":          {`x: l->map($.y.z)`, `{"l":[1,2,3],"y":{}}`, `{"x":[null,null,null]}`, []string{"MISSING_KEY y.z"}},
		"two places with one key are two problems":    {`x: y z: y`, `{}`, `{}`, []string{"MISSING_KEY y", "MISSING_KEY y"}},
		"a property that is null stays":               {`$({a: null, b: x?})`, `{"x":null}`, `{"a":null}`, nil},
		"the last property counts where the first is": {`$({a: 1, b: 2, a: 3})`, `{}`, `{"a":3,"b":2}`, nil},
		"a missing last property leaves the first":    {`$({a: 1, a: x?})`, `{}`, `{"a":1}`, nil},
		"steps after literals":                        {`$({a: [1, 2]}.a->last)`, `{}`, `2`, nil},
		"a key of a literal list maps it":             {`$([{a: 1}, {a: 2}].a)`, `{}`, `[1,2]`, nil},
		"as is on the way, like any method":           {`x: a->as($v).b`, `{"a":{}}`, `{}`, []string{"MISSING_KEY a.->as.b"}},
		"as reaches an operand of its path only":      {`x: $(a->as($v)->echo($v) ?? $v)`, `{}`, `{}`, []string{"MISSING_KEY a", "UNDEFINED_VARIABLE $v"}},
		"as of an inner path ends there":              {`x: $(a->as($v))->echo($v)`, `{"a":1}`, `{}`, []string{"UNDEFINED_VARIABLE $v"}},
		"as of an argument ends with the argument":    {`x: a->echo(@->as($v))->echo($v)`, `{"a":1}`, `{}`, []string{"UNDEFINED_VARIABLE $v"}},
		"as hides a variable":                         {`x: a->as($args)->echo($args)`, `{"a":1}`, `{"x":1}`, nil},
		"as binds what is null":                       {`x: a->as($v)->echo([$v])`, `{"a":null}`, `{"x":[null]}`, nil},
		"as reaches groups in its group":              {`x: a->as($v) { b { c: $v.n } }`, `{"a":{"n":1,"b":{}}}`, `{"x":{"b":{"c":1}}}`, nil},
		"as does not change $ or @":                   {`a { x: b->as($v, 5)->echo([@, $.c, $v]) }`, `{"a":{"b":1,"c":2}}`, `{"a":{"x":[1,2,5]}}`, nil},
		"a problem behind a bound name says so":       {`x: a->as($v)->echo($v.b)`, `{"a":{}}`, `{}`, []string{"MISSING_KEY $v.b"}},
		"$status is a number":                         {`x: $status->eq(404)`, `{}`, `{"x":true}`, nil},
	})
}

// The guide to Connectors shows these.
func TestGuideExamples(t *testing.T) {
	run(t, map[string]evaluation{
		"a path with a selection over a list": {"$.results {\n  firstName: name.first\n  lastName: name.last\n}", `{"results":[{"name":{"first":"A","last":"B"}}]}`, `[{"firstName":"A","lastName":"B"}]`, nil},
		"a stub of an entity":                 {`id user: { id: userId }`, `{"id":1,"userId":2}`, `{"id":1,"user":{"id":2}}`, nil},
		"a literal number":                    {`$(1)`, `{}`, `1`, nil},
		"a literal boolean":                   {`$(true)`, `{}`, `true`, nil},
		"a literal text":                      {`$("hello")`, `{}`, `"hello"`, nil},
		"a literal object":                    {`$({"a": "b"})`, `{}`, `{"a":"b"}`, nil},
		"a body":                              {`$({ a: $args.id })`, `{}`, `{"a":"7"}`, nil},
		"a body of items":                     {`ids: $args.list`, `{}`, `{"ids":[1,2]}`, nil},
		"a selection of the root":             {`$ { id name }`, `{"id":1,"name":"x","y":2}`, `{"id":1,"name":"x"}`, nil},
		"an enum":                             {`state: state->match(["open", "OPEN"], [@, "OTHER"])`, `{"state":"x"}`, `{"state":"OTHER"}`, nil},
	})
}

func TestProblemsPointAtTheirPlace(t *testing.T) {
	tests := map[string]struct{ src, at, text string }{
		"a key":              {`x: a . "b c"`, `"b c"`, `MISSING_KEY at a."b c": there is no such key`},
		"a key of a scalar":  {`x: n.b`, `b`, `MISSING_KEY at n.b: a key of number, which is no object`},
		"an item":            {`x: l.b`, `b`, `MISSING_KEY at l.0.b: there is no such key`},
		"a variable":         {`x: $nope.b`, `$nope`, `UNDEFINED_VARIABLE at $nope: the variable has no value`},
		"a key of one":       {`x: $args.b`, `b`, `MISSING_KEY at $args.b: there is no such key`},
		"a method":           {`x: a->size->  id`, `id`, `METHOD_FAILED at a->size->id: ->id: there is no such method`},
		"a key after one":    {`x: l->first.b`, `b`, `MISSING_KEY at l->first.b: there is no such key`},
		"a conflict":         {`x: n  x: a`, `x`, `TYPE_CONFLICT at x: values of different types cannot be merged`},
		"a splice":           {`x: n  $.l { y? }`, `$.l { y? }`, `TYPE_CONFLICT at $: values of different types cannot be merged`},
		"an argument of one": {`x: l->map(@.b)`, `b`, `MISSING_KEY at l->map.0.b: there is no such key`},
	}
	data := parseJSON(t, `{"a":{},"n":1,"l":[{}]}`)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := mapping.MustParse(test.src).Apply(data, testVars(t)).Problems
			if len(got) != 1 {
				t.Fatalf("got %v", got)
			}
			if at := test.src[got[0].Start:got[0].End]; at != test.at {
				t.Errorf("points at %q, want %q", at, test.at)
			}
			if diff := cmp.Diff(test.text, got[0].String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An escape that the language does not have is an error for those who check, and the character for those who evaluate.
func TestUnknownEscapes(t *testing.T) {
	tests := map[string]struct{ src, at, want string }{
		"a letter":           {`$("a\tb")`, `\t`, `"atb"`},
		"in a key":           {`x: "\k"`, `\k`, `{"x":1}`},
		"a wide rune":        {`$('\é')`, `\é`, `"é"`},
		"a line feed":        {"$('\\\n')", "\\\n", `"\n"`},
		"the first of two":   {`$("\a\b")`, `\a`, `"ab"`},
		"a u is no number":   {`$("\u0041")`, `\u`, `"u0041"`},
		"beside a known one": {`$("\n\\\0")`, `\0`, `"\n\\0"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := mapping.Parse(test.src)
			syntax, ok := errors.AsType[*mapping.SyntaxError](err)
			if !ok || syntax.Code != mapping.InvalidEscape || test.src[syntax.Start:syntax.End] != test.at {
				t.Fatalf("got %v", err)
			}
			if got := m.Apply(parseJSON(t, `{"k":1}`), nil).Value.String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			template, err := mapping.ParseTemplate("/" + test.src + "{" + test.src + "}" + "/{x}")
			if syntax, ok := errors.AsType[*mapping.SyntaxError](err); !ok || syntax.Start != len(test.src)+2+strings.Index(test.src, test.at) {
				t.Fatalf("in a template: %v", err)
			}
			if n := len(template.Parts); n != 4 {
				t.Errorf("%d parts", n)
			}
		})
	}
	if m, err := mapping.Parse(`$("\t) x`); m != nil || err == nil {
		t.Errorf("an unknown escape and a string that does not end: %v, %v", m, err)
	}
}
