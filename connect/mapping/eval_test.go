package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

// evaluation is one row of a table: a mapping over data gives a value ("" is missing) and problems,
// each "CODE path" with the path joined by dots.
type evaluation struct {
	mapping, data string
	want          string
	problems      []string
}

func (e evaluation) check(t *testing.T) {
	t.Helper()
	m, err := mapping.Parse(e.mapping)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Apply(parseJSON(t, e.data), testVars(t))
	if got.Value.String() != e.want {
		t.Errorf("value: got %s, want %s", got.Value, e.want)
	}
	if diff := cmp.Diff(e.problems, problemTexts(got.Problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func run(t *testing.T, tests map[string]evaluation) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.check(t) })
	}
}

func parseJSON(t *testing.T, text string) mapping.Value {
	t.Helper()
	if text == "" {
		return mapping.Value{}
	}
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func testVars(t *testing.T) mapping.Vars {
	t.Helper()
	return mapping.Vars{
		"$args":    parseJSON(t, `{"id":"7","limit":2,"none":null,"list":[1,2]}`),
		"$config":  parseJSON(t, `{}`),
		"$request": parseJSON(t, `{"headers":{"x-tenant":["a","b"]}}`),
		"$status":  mapping.IntValue(404),
	}
}

func problemTexts(problems []mapping.Problem) []string {
	var texts []string
	for _, p := range problems {
		path := make([]string, len(p.Path))
		for i, step := range p.Path {
			path[i] = fmt.Sprint(step)
		}
		texts = append(texts, strings.TrimSpace(p.Code+" "+strings.Join(path, ".")))
	}
	return texts
}

func TestItems(t *testing.T) {
	run(t, map[string]evaluation{
		"a key contributes itself":                  {`id`, `{"id":1,"x":2}`, `{"id":1}`, nil},
		"an alias renames":                          {`a: id`, `{"id":1}`, `{"a":1}`, nil},
		"a quoted key is a key":                     {`"k-1" x: "k-1"`, `{"k-1":true}`, `{"k-1":true,"x":true}`, nil},
		"words are keys in items":                   {`x: true null`, `{"true":1,"null":2}`, `{"x":1,"null":2}`, nil},
		"items keep the mapping's order":            {`b a`, `{"a":1,"b":2}`, `{"b":2,"a":1}`, nil},
		"an alias of nothing contributes nothing":   {`a: x b`, `{"b":1}`, `{"b":1}`, []string{"MISSING_KEY x"}},
		"null is contributed":                       {`a`, `{"a":null}`, `{"a":null}`, nil},
		"a key with a group is one key":             {`a { b }`, `{"a":{"b":1,"c":2}}`, `{"a":{"b":1}}`, nil},
		"a key with ? and a group too":              {`a? { b } c`, `{"a":{"b":1},"c":2}`, `{"a":{"b":1},"c":2}`, nil},
		"an alias regroups the current object":      {`x: { a b }`, `{"a":1,"b":2}`, `{"x":{"a":1,"b":2}}`, nil},
		"a spliced path joins its keys":             {`id $.r { x }`, `{"id":1,"r":{"x":2}}`, `{"id":1,"x":2}`, nil},
		"a spliced path of keys too":                {`id r.s { x }`, `{"id":1,"r":{"s":{"x":2}}}`, `{"id":1,"x":2}`, nil},
		"a spliced method too":                      {`id r->first { x }`, `{"id":1,"r":[{"x":2}]}`, `{"id":1,"x":2}`, nil},
		"a spliced null makes all null":             {`id $.r { x }`, `{"id":1,"r":null}`, `null`, []string{"MISSING_KEY r.x"}},
		"unless it is optional":                     {`id $.r? { x }`, `{"id":1,"r":null}`, `{"id":1}`, nil},
		"a spliced nothing is a problem":            {`id $.r { x }`, `{"id":1}`, `{"id":1}`, []string{"MISSING_KEY r", "MISSING_KEY"}},
		"a spliced array is a problem":              {`id $.r { x }`, `{"id":1,"r":[{"x":2}]}`, `{"id":1}`, []string{"TYPE_CONFLICT"}},
		"a splice alone is the value":               {`$.r { x }`, `{"r":[{"x":1},{"x":2}]}`, `[{"x":1},{"x":2}]`, nil},
		"an anonymous path is the value":            {`$.a`, `{"a":[1]}`, `[1]`, nil},
		"so is a path of keys":                      {`a.b`, `{"a":{"b":1}}`, `1`, nil},
		"so is an expression":                       {`$("x")`, `{}`, `"x"`, nil},
		"inside a group too":                        {`x: { a.b }`, `{"a":{"b":{"c":1}}}`, `{"x":{"c":1}}`, nil},
		"where it had better be an object":          {`x: { a.b }`, `{"a":{"b":1}}`, `{"x":1}`, []string{"TYPE_CONFLICT"}},
		"or null":                                   {`x: { a.b }`, `{"a":{"b":null}}`, `{"x":null}`, nil},
		"an anonymous path of nothing is missing":   {`$.a`, `{}`, ``, []string{"MISSING_KEY a"}},
		"an empty mapping of an object is empty":    {``, `{"a":1}`, `{}`, nil},
		"an empty group too":                        {`a { }`, `{"a":{"b":1}}`, `{"a":{}}`, nil},
		"comments and blanks stand between tokens":  {"a # one\n . b\r\n\t-> first # end", `{"a":{"b":[1]}}`, `1`, nil},
		"an empty mapping of a primitive is itself": {``, `5`, `5`, nil},
	})
}

func TestMerging(t *testing.T) {
	run(t, map[string]evaluation{
		"objects merge by key":              {`o: a o: b`, `{"a":{"x":1,"y":2},"b":{"y":3,"z":4}}`, `{"o":{"x":1,"y":3,"z":4}}`, nil},
		"arrays merge by index":             {`o: a o: b`, `{"a":[1,2,3],"b":[9,8]}`, `{"o":[9,8,3]}`, nil},
		"the longer gives the tail":         {`o: a o: b`, `{"a":[1],"b":[9,8]}`, `{"o":[9,8]}`, nil},
		"the last scalar wins":              {`o: a o: b`, `{"a":1,"b":2.5}`, `{"o":2.5}`, nil},
		"null wins first":                   {`o: a o: b`, `{"a":null,"b":2}`, `{"o":null}`, nil},
		"null wins last":                    {`o: a o: b`, `{"a":{"x":1},"b":null}`, `{"o":null}`, nil},
		"types in conflict are a problem":   {`o: a o: b`, `{"a":1,"b":"x"}`, `{"o":"x"}`, []string{"TYPE_CONFLICT o"}},
		"also deep inside":                  {`o: a o: b`, `{"a":{"x":[1]},"b":{"x":[{}]}}`, `{"o":{"x":[{}]}}`, []string{"TYPE_CONFLICT o.x.0"}},
		"spliced objects merge":             {`$.a { x: k } $.b { y: k }`, `{"a":{"k":1},"b":{"k":2}}`, `{"x":1,"y":2}`, nil},
		"spliced objects merge deeply":      {`$.a { o: { x } } $.b { o: { y } }`, `{"a":{"x":1},"b":{"y":2}}`, `{"o":{"x":1,"y":2}}`, nil},
		"null of one splice beats the rest": {`$.a { x } y`, `{"a":null,"y":2}`, `null`, []string{"MISSING_KEY a.x"}},
	})
}

func TestGroups(t *testing.T) {
	run(t, map[string]evaluation{
		"a group maps each item of an array":       {`l { x }`, `{"l":[{"x":1},{"x":2}]}`, `{"l":[{"x":1},{"x":2}]}`, nil},
		"and of arrays in arrays":                  {`l { x }`, `{"l":[[{"x":1}],[]]}`, `{"l":[[{"x":1}],[]]}`, nil},
		"bare items at the root too":               {`x y: x`, `[{"x":1},{"x":2}]`, `[{"x":1,"y":1},{"x":2,"y":2}]`, nil},
		"a single key at the root too":             {`x`, `[{"x":1},{}]`, `[{"x":1},{}]`, []string{"MISSING_KEY 1.x"}},
		"primitives without keys stay":             {`id name`, `"t"`, `"t"`, []string{"MISSING_KEY id", "MISSING_KEY name"}},
		"null stays":                               {`id name`, `null`, `null`, []string{"MISSING_KEY id", "MISSING_KEY name"}},
		"null with a key becomes an object":        {`ok: $(true)`, `null`, `{"ok":true}`, nil},
		"a key of null is null":                    {`a { x }`, `{"a":null}`, `{"a":null}`, []string{"MISSING_KEY a.x"}},
		"@ in a group is its value":                {`customer: customer_id { id: @ }`, `{"customer_id":5}`, `{"customer":{"id":5}}`, nil},
		"@ in a group over an array is the item":   {`l: ids { id: @ }`, `{"ids":[1,2]}`, `{"l":[{"id":1},{"id":2}]}`, nil},
		"$ in a group is its object":               {`a { x: $.b }`, `{"a":{"b":1},"b":2}`, `{"a":{"x":1}}`, nil},
		"a key in a group starts there":            {`a { b }`, `{"a":{},"b":2}`, `{"a":{}}`, []string{"MISSING_KEY a.b"}},
		"an anonymous path maps each item":         {`l: l { $.x }`, `{"l":[{"x":{"y":1}},{}]}`, `{"l":[{"y":1},null]}`, []string{"MISSING_KEY l.1.x"}},
		"an object without the keys becomes empty": {`a { x? }`, `{"a":{}}`, `{"a":{}}`, nil},
		"a group after a literal":                  {`x: $({a: 1, b: 2} { a })`, `{}`, `{"x":{"a":1}}`, nil},
		"missing data is missing":                  {`$`, ``, ``, nil},
	})
}

func TestKeysAndQuestions(t *testing.T) {
	run(t, map[string]evaluation{
		"a missing key is a problem":           {`$.a.b`, `{"a":{}}`, ``, []string{"MISSING_KEY a.b"}},
		"a key of a scalar too":                {`$.a.b`, `{"a":1}`, ``, []string{"MISSING_KEY a.b"}},
		"a key maps over an array":             {`$.l.x`, `{"l":[{"x":1},{"x":2}]}`, `[1,2]`, nil},
		"an item without it becomes null":      {`$.l.x`, `{"l":[{"x":1},{},3]}`, `[1,null,null]`, []string{"MISSING_KEY l.1.x", "MISSING_KEY l.2.x"}},
		"it maps over arrays in arrays":        {`$.l.x`, `{"l":[[{"x":1}],[]]}`, `[[1],[]]`, nil},
		"a method gets the mapped array":       {`l.x->first`, `{"l":[{"x":1},{"x":2}]}`, `1`, nil},
		"a quoted key as a step":               {`$."a-b".'c d'`, `{"a-b":{"c d":1}}`, `1`, nil},
		"? makes null missing":                 {`a?`, `{"a":null}`, `{}`, nil},
		"? leaves other values":                {`a?`, `{"a":0}`, `{"a":0}`, nil},
		"? silences the absence of its key":    {`x: a?.b`, `{}`, `{}`, nil},
		"but not of the next":                  {`x: a?.b`, `{"a":{}}`, `{}`, []string{"MISSING_KEY a.b"}},
		"nor of the one before":                {`x: a.b?`, `{}`, `{}`, []string{"MISSING_KEY a"}},
		"? skips the rest of the path":         {`x: a?->size`, `{"a":null}`, `{}`, nil},
		"? does not reach into items":          {`x: a.b?`, `{"a":[{"b":1},{}]}`, `{"x":[1,null]}`, []string{"MISSING_KEY a.1.b"}},
		"? after a method":                     {`x: a->first?.y`, `{"a":[null]}`, `{}`, nil},
		"equal problems count once":            {`x: l->map(n)`, `{"l":[1,2]}`, `{"x":[null,null]}`, []string{"MISSING_KEY n"}},
		"a problem has its variable":           {`x: $args.y.z`, `{}`, `{}`, []string{"MISSING_KEY $args.y"}},
		"a problem has its method":             {`x: a->first.y`, `{"a":[{}]}`, `{}`, []string{"MISSING_KEY a.->first.y"}},
		"variables have values":                {`$args.id`, `{}`, `"7"`, nil},
		"headers are lists":                    {`$request.headers.'x-tenant'->first`, `{}`, `"a"`, nil},
		"an undefined variable is a problem":   {`$nope.id`, `{}`, ``, []string{"UNDEFINED_VARIABLE $nope"}},
		"a path after a missing value is calm": {`x: a.b.c->size`, `{}`, `{}`, []string{"MISSING_KEY a"}},
	})
}

func TestExpressions(t *testing.T) {
	run(t, map[string]evaluation{
		"a literal string":                          {`$('it\'s \\ "\n')`, `{}`, `"it's \\ \"\n"`, nil},
		"literal words":                             {`$([true, false, null])`, `{}`, `[true,false,null]`, nil},
		"a word that only begins so is a key":       {`$(nullable)`, `{"nullable":1}`, `1`, nil},
		"literal numbers":                           {`$([1, -2, 3.50, .5, 1., -.5, 007])`, `{}`, `[1,-2,3.50,0.5,1.0,-0.5,7]`, nil},
		"a literal object leaves out what is not":   {`$({a: x, b: 1, "c": null,})`, `{}`, `{"b":1,"c":null}`, []string{"MISSING_KEY x"}},
		"the last of equal properties wins":         {`$({a: 1, a: 2})`, `{}`, `{"a":2}`, nil},
		"a literal array puts null for what is not": {`$([x, 1])`, `{}`, `[null,1]`, []string{"MISSING_KEY x"}},
		"literals take steps":                       {`$("abc"->first)`, `{}`, `"a"`, nil},
		"a literal number takes a key":              {`x: $(1 .a)`, `{}`, `{}`, []string{"MISSING_KEY a"}},
		"a quoted key needs a $":                    {`$($."k-1")`, `{"k-1":1}`, `1`, nil},
		"steps follow an expression":                {`$(a ?? b).x`, `{"b":{"x":1}}`, `1`, nil},
		"?? skips null":                             {`$(a ?? b)`, `{"a":null,"b":1}`, `1`, nil},
		"?? skips nothing, and drops its problems":  {`$(x.y ?? b)`, `{"b":1}`, `1`, nil},
		"?? keeps the problems of what it takes":    {`$(x ?? [y])`, `{}`, `[null]`, []string{"MISSING_KEY y"}},
		"?? keeps earlier problems":                 {`$({a: y, b: x ?? 1})`, `{}`, `{"b":1}`, []string{"MISSING_KEY y"}},
		"?? that ends in null is null":              {`$(x ?? a)`, `{"a":null}`, `null`, nil},
		"?? that ends in nothing is missing":        {`$(a ?? x ?? y)`, `{"a":null}`, ``, []string{"MISSING_KEY x", "MISSING_KEY y"}},
		"?? leaves false and zero":                  {`$([a ?? 1, b ?? 1])`, `{"a":false,"b":0}`, `[false,0]`, nil},
		"?! takes null":                             {`$(x ?! a ?! 1)`, `{"a":null}`, `null`, nil},
		"?! of nothing is missing":                  {`$(x ?! y)`, `{}`, ``, []string{"MISSING_KEY x", "MISSING_KEY y"}},
		"? and ?? together":                         {`$(a? ?? 1)`, `{"a":null}`, `1`, nil},
		"an argument may have operators":            {`$(1)->add(a ?? 2)`, `{}`, `3`, nil},
		"$ in an argument is the outer object":      {`l->map(n)`, `{"n":9,"l":[{"n":1},{"n":2}]}`, `[9,9]`, nil},
		"@ in an argument is the item":              {`l->map(@.n)`, `{"n":9,"l":[{"n":1},{"n":2}]}`, `[1,2]`, nil},
		"a literal after ?! keeps null":             {`$(null ?! 1)`, `{}`, `null`, nil},
		"an empty object and array":                 {`$([{}, []])`, `{}`, `[{},[]]`, nil},
	})
}

func TestLimits(t *testing.T) {
	double := `$([1,2,3,4,5,6,7,8])` + strings.Repeat(`->echo([@,@,@,@,@,@,@,@])`, 40)
	tests := map[string]string{
		"a tree that doubles":     double,
		"and is written out":      double + `->jsonStringify`,
		"and is compared":         double + `->as($a)->eq($a)`,
		"text that doubles":       `$("0123456789abcdef")` + strings.Repeat(`->echo([@,@,@,@,@,@,@,@])->joinNotNull("")`, 12),
		"a loop in a loop":        `l->map(l->map(l->map(l->map(@))))`,
		"a loop that makes none":  `l->filter(l->filter(l->filter(l->filter(@->eq(0))->size->eq(0))->size->eq(1))->size->eq(0))`,
		"merges of merges":        strings.Repeat(`o: l `, 12000),
		"a separator that grows":  `$("0123456789")` + strings.Repeat(`->echo([@,@,@,@])->joinNotNull("xxxxxxxxxxxxxxxx")`, 20),
		"parsing again and again": `l->map(l->map(l->map($.text->jsonParse)))`,
	}
	data := map[string]any{"l": make([]int, 100), "text": "[" + strings.Repeat(" ", 100_000) + "]"}
	v, err := mapping.FromAny(data)
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			got := mapping.MustParse(src).Apply(v, nil)
			if n := len(got.Problems); n == 0 || got.Problems[n-1].Code != mapping.LimitExceeded || !got.Problems[n-1].Method {
				t.Errorf("want the last problem to be %s, got %v", mapping.LimitExceeded, problemTexts(got.Problems))
			}
			if !got.Value.IsMissing() {
				t.Error("a value came out")
			}
		})
	}
}

func TestLargeGroups(t *testing.T) {
	var src, want strings.Builder
	for i := range 50 {
		fmt.Fprintf(&src, "k%d: $(%d) ", i, i)
		fmt.Fprintf(&want, `,"k%d":%d`, i, i)
	}
	twice := src.String() + src.String()
	run(t, map[string]evaluation{
		"many keys":           {src.String(), `{}`, "{" + want.String()[1:] + "}", nil},
		"many keys, repeated": {twice, `{}`, "{" + want.String()[1:] + "}", nil},
	})
}

func TestApplyAtOnce(t *testing.T) {
	t.Parallel()
	m, data := mapping.MustParse(`id l: l->map({id: @}) { x: id }`), parseJSON(t, `{"id":1,"l":[1,2]}`)
	for range 8 {
		t.Run("reader", func(t *testing.T) {
			t.Parallel()
			for range 100 {
				if got := m.Apply(data, nil).Value.String(); got != `{"id":1,"l":[{"x":1},{"x":2}]}` {
					t.Fatal(got)
				}
			}
		})
	}
}

func TestProblemsAreBounded(t *testing.T) {
	got := mapping.MustParse(`$.x`).Apply(parseJSON(t, `[`+strings.Repeat(`{},`, 5000)+`{}]`), nil)
	if len(got.Problems) != 1000 {
		t.Errorf("got %d problems", len(got.Problems))
	}
}

func TestProblemPosition(t *testing.T) {
	src := `a: x.y->get( "k" )`
	got := mapping.MustParse(src).Apply(parseJSON(t, `{"x":{"y":{}}}`), nil)
	want := []mapping.Problem{{
		Code: mapping.MethodFailed, Message: "->get: there is no such key", Path: []any{"x", "y", "->get"},
		Span: mapping.Span{Start: 8, End: 11}, Method: true,
	}}
	if diff := cmp.Diff(want, got.Problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPathApply(t *testing.T) {
	m := mapping.MustParse(`x: a->first { n }`)
	got := m.Root.Items[0].Path.Apply(parseJSON(t, `{"a":[{"n":1,"m":2}]}`), nil)
	if got.Value.String() != `{"n":1}` || got.Problems != nil {
		t.Errorf("got %s, %v", got.Value, got.Problems)
	}
}
