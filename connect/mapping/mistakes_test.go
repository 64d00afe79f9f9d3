package mapping_test

import (
	"errors"
	"testing"

	"holdfast/connect/mapping"
)

// Each row is what people write who know another language, or who are tired: the message says where it is and what was
// expected there, the hint what to do.
func TestMistakes(t *testing.T) {
	tests := map[string]struct{ src, at, message, hint string }{
		"an operator after a key":                {`name ?? "x"`, `??`, `unexpected "??", want a key, $, @ or a variable`, `an operator stands inside $( … ) or the arguments of a method`},
		"an operator after an alias":             {`x: $.name ?? 1`, `??`, `unexpected "??", want a key, $, @ or a variable`, `an operator stands inside $( … ) or the arguments of a method`},
		"an operator at the beginning":           {`$(?? a)`, `??`, `unexpected "??", want a key, $, @ or a variable`, `an operator stands between two operands`},
		"two operators in a row":                 {`$(a ?? ?! b)`, `?!`, `unexpected "?!", want a key, $, @ or a variable`, `an operator stands between two operands`},
		"operators that mix":                     {`$(a ?? b ?! c)`, `?!`, `?? and ?! do not mix`, `put one of them in $( … )`},
		"an operator without its second operand": {`$(a ??)`, `)`, `unexpected ")", want a key, $, @ or a variable`, `something is missing before it`},
		"an index":                               {`x: a[0].b`, `[`, `unexpected "[", want a key, $, @ or a variable`, `->get(0) or ->first take an item out of an array`},
		"an index of $":                          {`$[0]`, `[`, `unexpected "[", want a key, $, @ or a variable`, `->get(0) or ->first take an item out of an array`},
		"an index after a point":                 {`$.[0]`, `[`, `unexpected "[", want a key`, `->get(0) or ->first take an item out of an array`},
		"a key in brackets":                      {`$['a']`, `[`, `unexpected "[", want a key, $, @ or a variable`, `a quoted key follows a point: .'key'`},
		"a number as a key":                      {`x: a.0`, `0`, `unexpected "0", want a key`, `a name or a quoted text follows a point; ->get takes an item, or a key that is computed`},
		"a comma between items":                  {`a, b`, `,`, `unexpected ",", want a key, $, @ or a variable`, `items are separated by blanks`},
		"a semicolon between items":              {`a;b`, `;`, `unexpected ";", want a key, $, @ or a variable`, `items are separated by blanks`},
		"a comma too much":                       {`$([1,, 2])`, `,`, `unexpected ",", want a key, $, @ or a variable`, `a comma stands after each part, and only there`},
		"a comma alone":                          {`a->f(,)`, `,`, `unexpected ",", want a key, $, @ or a variable`, `a comma stands after each part, and only there`},
		"no comma":                               {`a->match([1 2])`, `2`, `unexpected "2", want "]"`, `parts are separated by commas`},
		"two expressions":                        {`$(a, b)`, `,`, `unexpected ",", want ")"`, `$( … ) holds one expression; a list is written $([a, b])`},
		"==":                                     {`$(a == 1)`, `==`, `unexpected "==", want ")"`, `->eq and ->ne compare`},
		"!=":                                     {`x: a != 1`, `!=`, `unexpected "!=", want a key, $, @ or a variable`, `->eq and ->ne compare`},
		"a comparison":                           {`$(a >= 1)`, `>=`, `unexpected ">=", want ")"`, `->gt, ->gte, ->lt and ->lte compare`},
		"a sum":                                  {`x: a + b`, `+`, `unexpected "+", want a key, $, @ or a variable`, `->add, ->sub, ->mul, ->div and ->mod compute`},
		"a difference":                           {`$(a - b)`, `-`, `unexpected "-", want ")"`, `->add, ->sub, ->mul, ->div and ->mod compute`},
		"a product":                              {`$(a * b)`, `*`, `unexpected "*", want ")"`, `->add, ->sub, ->mul, ->div and ->mod compute`},
		"a conjunction":                          {`$(a && b)`, `&&`, `unexpected "&&", want ")"`, `->and, ->or and ->not combine`},
		"a negation":                             {`$(!a)`, `!`, `unexpected "!", want a key, $, @ or a variable`, `->and, ->or and ->not combine`},
		"a ternary":                              {`$(a ? b : c)`, `b`, `unexpected "b", want ")"`, `there is no ternary: write ->match([true, a], [false, b])`},
		"an arrow function":                      {`l->map(i => i.x)`, `=>`, `unexpected "=>", want ")"`, `there are no functions: @ is the item, as in ->map(@.key)`},
		"a leading point":                        {`.a`, `.`, `unexpected ".", want a key, $, @ or a variable`, `a path starts with $, @, a variable or a key`},
		"a leading point after an alias":         {`x: .a`, `.`, `unexpected ".", want a key, $, @ or a variable`, `a path starts with $, @, a variable or a key`},
		"two points":                             {`x: l..a`, `.`, `unexpected ".", want a key`, `a name or a quoted text follows a point; ->get takes an item, or a key that is computed`},
		"a wildcard":                             {`x: l.*.a`, `*`, `unexpected "*", want a key`, `a name or a quoted text follows a point; ->get takes an item, or a key that is computed`},
		"a computed key":                         {`x: a.$b`, `$`, `unexpected "$", want a key`, `a name or a quoted text follows a point; ->get takes an item, or a key that is computed`},
		"a brace that is missing":                {`a { b { c }`, ``, `the text ends, want "}" to close "{ b { c }"`, ``},
		"a parenthesis that is missing":          {`x: l->map(@.x`, ``, `the text ends, want ")" to close "(@.x"`, ``},
		"a bracket that is missing":              {`x: $([1, 2)`, `)`, `unexpected ")", want "]"`, `"[1, 2)" is to be closed first`},
		"a brace that is missing in parentheses": {`x: l->map({a: @.x)`, `)`, `unexpected ")", want "}"`, `"{a: @.x)" is to be closed first`},
		"a brace too much":                       {`a { b } }`, `}`, `unexpected "}", want a key, $, @ or a variable`, `it closes nothing: remove it`},
		"a parenthesis too much":                 {`x: $(a))`, `)`, `unexpected ")", want a key, $, @ or a variable`, `it closes nothing: remove it`},
		"a bracket alone":                        {`]`, `]`, `unexpected "]", want a key, $, @ or a variable`, `it closes nothing: remove it`},
		"a brace in a comment":                   {`a { b # }`, ``, `the text ends, want "}" to close "{ b # }"`, `the text ends in a comment, where brackets do not count`},
		"a brace in a string":                    {`x: $({a: "})`, `"})`, `the string does not end`, `close it with "`},
		"a string that does not end":             {`x: $('abc)`, `'abc)`, `the string does not end`, `close it with '`},
		"a string that ends in a backslash":      {`$("a\")`, `"a\")`, `the string does not end`, `close it with "`},
		"nothing in $( … )":                      {`$()`, `)`, `unexpected ")", want a key, $, @ or a variable`, `something is missing before it`},
		"nothing after an alias":                 {`x:`, ``, `the text ends, want a key, $, @ or a variable`, ``},
		"nothing after a point":                  {`a.`, ``, `the text ends, want a key`, ``},
		"nothing after an arrow":                 {`a->`, ``, `the text ends, want the name of a method`, ``},
		"a shorthand property":                   {`$({ a })`, `}`, `unexpected "}", want ":" and the value of the property`, "there is no shorthand: write `a: a`"},
		"shorthand properties":                   {`$({ a, b: 1 })`, `,`, `unexpected ",", want ":" and the value of the property`, "there is no shorthand: write `a: a`"},
		"a shorthand property of a quoted key":   {`$({ "a b" })`, `}`, `unexpected "}", want ":" and the value of the property`, "there is no shorthand: write `\"a b\": \"a b\"`"},
		"a computed property":                    {`$({[a]: 1})`, `[`, `unexpected "[", want a key`, "a property is written `key: value`; the key is a name or a quoted text"},
		"a property of a number":                 {`$({1: 2})`, `1`, `unexpected "1", want a key`, "a property is written `key: value`; the key is a name or a quoted text"},
		"a spread":                               {`...a`, `...`, `unexpected "...", want a key, $, @ or a variable`, "write `$.path { … }` to join the keys of another object"},
		"a spread in a group":                    {`a { ...b }`, `...`, `unexpected "...", want a key, $, @ or a variable`, "write `$.path { … }` to join the keys of another object"},
		"a spread in a literal":                  {`$({...@, b: 1})`, `...`, `unexpected "...", want a key`, `there is no spread: write each part`},
		"a fragment":                             {`... on User { a }`, `...`, `unexpected "...", want a key, $, @ or a variable`, "write `$.path { … }` to join the keys of another object"},
		"a variable without a name in a group":   {`a { b $args.x }`, `$args.x`, `a path without a name among other items`, "give it one: `name: $args.x`"},
		"two paths without names":                {`$.a $.b`, `$.a`, `a path without a name among other items`, "give it one: `name: $.a`"},
		"a path of keys without a name":          {`id a.b`, `a.b`, `a path without a name among other items`, "give it one: `name: a.b`"},
		"a method without a name":                {`id a->first`, `a->first`, `a path without a name among other items`, "give it one: `name: a->first`"},
		"a key after a group":                    {`a { b }.c`, `.`, `unexpected ".", want a key, $, @ or a variable`, `nothing but the next item follows a group`},
		"a method after a group":                 {`a { b }->first`, `->`, `unexpected "->", want a key, $, @ or a variable`, `nothing but the next item follows a group`},
		"a question after a group":               {`a { b }?`, `?`, `unexpected "?", want a key, $, @ or a variable`, `nothing but the next item follows a group`},
		"a group after a group":                  {`a { b } { c }`, `{`, `unexpected "{", want a key, $, @ or a variable`, `nothing but the next item follows a group`},
		"a key after a group in an expression":   {`$(a { b }.c)`, `.`, `unexpected ".", want ")"`, `nothing but an operator follows a group`},
		"a question twice":                       {`a? ?`, `?`, `unexpected "?", want another step`, `? stands once, after a key or step`},
		"a question twice before an operator":    {`$(a???b)`, `?`, `unexpected "?", want a key, $, @ or a variable`, `? stands once, after a key or step`},
		"a question after a point":               {`a?.?b`, `?`, `unexpected "?", want a key`, `? stands once, after a key or step`},
		"a number for an alias":                  {`x: 1`, `1`, `unexpected "1", want a key, $, @ or a variable`, `a literal stands inside $( … ) or the arguments of a method`},
		"a negative one":                         {`x: -1`, `-`, `unexpected "-", want a key, $, @ or a variable`, `a literal stands inside $( … ) or the arguments of a method`},
		"a list for an alias":                    {`x: [a, b]`, `[`, `unexpected "[", want a key, $, @ or a variable`, `a literal stands inside $( … ) or the arguments of a method`},
		"an expression without $":                {`x: (a)`, `(`, `unexpected "(", want a key, $, @ or a variable`, `an expression is written $( … )`},
		"an argument without parentheses":        {`x: a->gt 1`, `1`, `unexpected "1", want a key, $, @ or a variable`, `a literal stands inside $( … ) or the arguments of a method`},
		"a named argument":                       {`a->match(1: 2)`, `:`, `unexpected ":", want ")"`, `arguments have no names; an object is written {name: value}`},
		"a key with a minus":                     {`x: a.first-name`, `-`, `unexpected "-", want a key, $, @ or a variable`, `a key that is no name is quoted: "first-name"`},
		"a key with a letter of its own":         {`x: naïve`, `ï`, `unexpected "ï", want a key, $, @ or a variable`, `names have the letters a to z, digits and _; any other key is quoted`},
		"an equals sign":                         {`x = a`, `=`, `unexpected "=", want a key, $, @ or a variable`, "a name is followed by a colon: `name: path`"},
		"two aliases":                            {`a: b: c`, `:`, `unexpected ":", want a key, $, @ or a variable`, `an item has one name, one colon and one path`},
		"braces around it all":                   {`{ a: $args.a }`, `{`, `unexpected "{", want a key, $, @ or a variable`, `leave out the braces around the items; an object literal is written $({ … })`},
		"braces in braces":                       {`x: {{a}}`, `{`, `unexpected "{", want a key, $, @ or a variable`, `leave out the braces around the items; an object literal is written $({ … })`},
		"an exponent":                            {`$(1e5)`, `1e`, `a letter in a number`, `a number has digits and at most one point, no exponent and no prefix`},
		"a hexadecimal number":                   {`$(0x10)`, `0x`, `a letter in a number`, `a number has digits and at most one point, no exponent and no prefix`},
		"an underscore in a number":              {`$(1_000)`, `1_`, `a letter in a number`, `a number has digits and at most one point, no exponent and no prefix`},
		"a plus sign":                            {`$(+1)`, `+`, `unexpected "+", want a key, $, @ or a variable`, `->add, ->sub, ->mul, ->div and ->mod compute`},
		"a blank after a minus":                  {`$(- 1)`, `-`, `unexpected "-", want an operand`, `->add, ->sub, ->mul, ->div and ->mod compute`},
		"quotes of a word processor":             {`x: “a”`, `“`, `unexpected "“", want a key, $, @ or a variable`, `a text stands in " or '`},
		"a backtick":                             {"x: `a`", "`", "unexpected \"`\", want a key, $, @ or a variable", `a text stands in " or '`},
		"a blank that does not break":            {"a\u00a0b", "\u00a0", `unexpected "\u00a0", want a key, $, @ or a variable`, `remove it, or write a blank`},
		"a byte order mark":                      {"\ufeffa", "\ufeff", `unexpected "\ufeff", want a key, $, @ or a variable`, `remove it, or write a blank`},
		"a comment with slashes":                 {`a // c`, `//`, `unexpected "//", want a key, $, @ or a variable`, `a comment begins with #`},
		"a comment with stars":                   {`a /* c */`, `/*`, `unexpected "/*", want a key, $, @ or a variable`, `a comment begins with #`},
		"a byte that is not UTF-8":               {"a\xffb", "\xff", `a byte that is not UTF-8`, `save the text as UTF-8`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := mapping.Parse(test.src)
			syntax, ok := errors.AsType[*mapping.SyntaxError](err)
			if !ok || m != nil {
				t.Fatalf("got %v, %v", m, err)
			}
			if at := test.src[syntax.Start:syntax.End]; at != test.at {
				t.Errorf("points at %q, want %q", at, test.at)
			}
			if syntax.Message != test.message || syntax.Hint != test.hint {
				t.Errorf("says\n%s\n%s\nwant\n%s\n%s", syntax.Message, syntax.Hint, test.message, test.hint)
			}
		})
	}
}
