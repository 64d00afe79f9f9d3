package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast/connect/mapping"
)

// failed is the problem of a method at a path.
func failed(path string) []string { return []string{"METHOD_FAILED " + path} }

func TestMethodsOfAnything(t *testing.T) {
	run(t, map[string]evaluation{
		"echo gives its argument":                   {`$.a->echo({x: @, y: b})`, `{"a":1,"b":2}`, `{"x":1,"y":2}`, nil},
		"echo of nothing is nothing":                {`$.a->echo(x)`, `{"a":1}`, ``, []string{"MISSING_KEY x"}},
		"echo needs an argument":                    {`$.a->echo`, `{"a":1}`, ``, failed("a.->echo")},
		"echo ignores more":                         {`$.a->echo(1, 2)`, `{"a":1}`, `1`, nil},
		"no method runs on nothing":                 {`$.a->echo(1)`, `{}`, ``, []string{"MISSING_KEY a"}},
		"an unknown method is a problem":            {`$.a->id`, `{"a":1}`, ``, failed("a.->id")},
		"methods run on null":                       {`$.a->echo(1)`, `{"a":null}`, `1`, nil},
		"match finds the first equal":               {`$.a->match(["x", 1], ["y", 2], ["y", 3])`, `{"a":"y"}`, `2`, nil},
		"match has a default":                       {`$.a->match(["x", 1], [@, 9])`, `{"a":"y"}`, `9`, nil},
		"match without a hit is a problem":          {`$.a->match(["x", 1])`, `{"a":"y"}`, ``, failed("a.->match")},
		"match without pairs is a problem":          {`$.a->match()`, `{"a":"y"}`, ``, failed("a.->match")},
		"match without parentheses is a problem":    {`$.a->match`, `{"a":"y"}`, ``, failed("a.->match")},
		"match ignores what is no pair":             {`$.a->match("y", ["y"], ["y", 1, 2], $.p, ["y", 4])`, `{"a":"y","p":["y",3]}`, `4`, nil},
		"match skips a key that is missing":         {`$.a->match([x, 1], ["y", 2])`, `{"a":"y"}`, `2`, []string{"MISSING_KEY x"}},
		"match is strict":                           {`$.a->match([1.0, "no"], ["1", "no"], [1, "yes"])`, `{"a":1}`, `"yes"`, nil},
		"match knows 1.0 in 1.00":                   {`$.a->match([1.00, "yes"])`, `{"a":1.0}`, `"yes"`, nil},
		"match compares objects in any order":       {`$.a->match([{y: 2, x: 1}, "yes"])`, `{"a":{"x":1,"y":2}}`, `"yes"`, nil},
		"match is lazy":                             {`$.a->match(["x", z], ["y", 1], [@, z])`, `{"a":"y"}`, `1`, nil},
		"match may give nothing":                    {`$.a->match(["y", z])`, `{"a":"y"}`, ``, []string{"MISSING_KEY z"}},
		"match knows null":                          {`$.a->match([null, "none"])`, `{"a":null}`, `"none"`, nil},
		"as binds its input":                        {`$.a->as($x).b->add($x.c)`, `{"a":{"b":1,"c":2}}`, `3`, nil},
		"as binds an expression":                    {`$.a->as($x, @->add(1))->mul($x)`, `{"a":2}`, `6`, nil},
		"as holds in the group of its path":         {`$.a->as($x) { p: b q: $x.c }`, `{"a":{"b":1,"c":2}}`, `{"p":1,"q":2}`, nil},
		"as holds in inner arguments":               {`$.a->as($x)->echo($.l->map(@->add($x)))`, `{"a":1,"l":[1,2]}`, `[2,3]`, nil},
		"as ends with its path":                     {`p: a->as($x) q: $x`, `{"a":1}`, `{"p":1}`, []string{"UNDEFINED_VARIABLE $x"}},
		"the later as wins":                         {`$.a->as($x, 1)->as($x, 2)->echo($x)`, `{"a":0}`, `2`, nil},
		"as of nothing binds nothing":               {`$.a->as($x, z)->echo([$x])`, `{"a":0}`, `[null]`, []string{"MISSING_KEY z", "UNDEFINED_VARIABLE $x"}},
		"as needs a variable":                       {`$.a->as(x)`, `{"a":1,"x":2}`, `1`, failed("a.->as")},
		"as needs a plain one":                      {`$.a->as($x.y)`, `{"a":1}`, `1`, failed("a.->as")},
		"as needs an argument":                      {`$.a->as`, `{"a":1}`, `1`, failed("a.->as")},
		"as with three is a problem":                {`$.a->as($x, 1, 2)->echo($x)`, `{"a":1}`, ``, []string{"METHOD_FAILED a.->as", "UNDEFINED_VARIABLE $x"}},
		"jsonStringify keeps order and numbers":     {`$.a->jsonStringify`, `{"a":{"z":1.50,"b":[null,"é\""]}}`, `"{\"z\":1.50,\"b\":[null,\"é\\\"\"]}"`, nil},
		"jsonStringify takes no parentheses":        {`$.a->jsonStringify()`, `{"a":1}`, ``, failed("a.->jsonStringify")},
		"jsonParse reads":                           {`$.a->jsonParse`, `{"a":" {\"z\":1.50,\"b\":[]} "}`, `{"z":1.50,"b":[]}`, nil},
		"jsonParse refuses other texts":             {`$.a->jsonParse`, `{"a":"{"}`, ``, failed("a.->jsonParse")},
		"jsonParse refuses two texts":               {`$.a->jsonParse`, `{"a":"1 2"}`, ``, failed("a.->jsonParse")},
		"jsonParse refuses what is no string":       {`$.a->jsonParse`, `{"a":1}`, ``, failed("a.->jsonParse")},
		"jsonParse refuses depth":                   {`$.a->jsonParse`, `{"a":"` + strings.Repeat("[", 129) + strings.Repeat("]", 129) + `"}`, ``, failed("a.->jsonParse")},
		"jsonParse reports repeated keys":           {`$.a->jsonParse`, `{"a":"{\"k\":1,\"k\":2}"}`, `{"k":2}`, []string{"REPEATED_KEY a.->jsonParse"}},
		"jsonParse takes no parentheses":            {`$.a->jsonParse()`, `{"a":"1"}`, ``, failed("a.->jsonParse")},
		"toString of a string":                      {`$.a->toString`, `{"a":"x"}`, `"x"`, nil},
		"toString of a number is verbatim":          {`$.a->toString`, `{"a":12345678901234567890.10}`, `"12345678901234567890.10"`, nil},
		"toString of a boolean":                     {`$.a->toString`, `{"a":false}`, `"false"`, nil},
		"toString of null is empty":                 {`$.a->toString`, `{"a":null}`, `""`, nil},
		"toString allows empty parentheses":         {`$.a->toString()`, `{"a":1}`, `"1"`, nil},
		"toString refuses arguments":                {`$.a->toString(1)`, `{"a":1}`, ``, failed("a.->toString")},
		"toString refuses arrays":                   {`$.a->toString`, `{"a":[1]}`, ``, failed("a.->toString")},
		"toString refuses objects":                  {`$.a->toString`, `{"a":{}}`, ``, failed("a.->toString")},
		"an argument's problem is not the method's": {`$.a->eq(x)`, `{"a":1}`, ``, []string{"MISSING_KEY x"}},
	})
}

func TestMethodsOfLists(t *testing.T) {
	run(t, map[string]evaluation{
		"map each item":                         {`$.a->map({v: @})`, `{"a":[1,2]}`, `[{"v":1},{"v":2}]`, nil},
		"map puts null for nothing":             {`$.a->map(@.x)`, `{"a":[{"x":1},{}]}`, `[1,null]`, []string{"MISSING_KEY a.->map.1.x"}},
		"map of another gives a list of one":    {`$.a->map(@->add(1))`, `{"a":1}`, `[2]`, nil},
		"map of another to nothing is nothing":  {`$.a->map(x)`, `{"a":1}`, ``, []string{"MISSING_KEY x"}},
		"map needs an argument":                 {`$.a->map()`, `{"a":[1]}`, ``, failed("a.->map")},
		"map of none is none":                   {`$.a->map(x)`, `{"a":[]}`, `[]`, nil},
		"first item":                            {`$.a->first`, `{"a":[1,2]}`, `1`, nil},
		"last item":                             {`$.a->last`, `{"a":[1,2]}`, `2`, nil},
		"first character":                       {`$.a->first`, `{"a":"éa"}`, `"é"`, nil},
		"last character":                        {`$.a->last`, `{"a":"a😀"}`, `"😀"`, nil},
		"first of none is missing":              {`x: a->first`, `{"a":[]}`, `{}`, nil},
		"last of none is missing":               {`x: a->last`, `{"a":[]}`, `{}`, nil},
		"first of empty text is missing":        {`x: a->first`, `{"a":""}`, `{}`, nil},
		"last of empty text is missing":         {`x: a->last`, `{"a":""}`, `{}`, nil},
		"first of another is itself":            {`$.a->first`, `{"a":{"x":1}}`, `{"x":1}`, failed("a.->first")},
		"last of null is null":                  {`$.a->last`, `{"a":null}`, `null`, failed("a.->last")},
		"first takes no parentheses":            {`$.a->first()`, `{"a":[1]}`, ``, failed("a.->first")},
		"slice a list":                          {`$.a->slice(1, 3)`, `{"a":[0,1,2,3]}`, `[1,2]`, nil},
		"slice a text by characters":            {`$.a->slice(1, 3)`, `{"a":"aé😀z"}`, `"é😀"`, nil},
		"slice to the end":                      {`$.a->slice(1)`, `{"a":[0,1,2]}`, `[1,2]`, nil},
		"slice all":                             {`$.a->slice`, `{"a":[0,1]}`, `[0,1]`, nil},
		"slice from below zero":                 {`$.a->slice(-5, 1)`, `{"a":[0,1]}`, `[0]`, nil},
		"slice beyond the end":                  {`$.a->slice(1, 99)`, `{"a":[0,1]}`, `[1]`, nil},
		"slice from beyond the end":             {`$.a->slice(98, 99)`, `{"a":[0,1]}`, `[]`, nil},
		"slice backwards is empty":              {`$.a->slice(2, 1)`, `{"a":[0,1,2]}`, `[]`, nil},
		"slice a text backwards is empty":       {`$.a->slice(2, 1)`, `{"a":"abc"}`, `""`, nil},
		"slice takes what is no integer as all": {`$.a->slice("x", 1.5)`, `{"a":[0,1]}`, `[0,1]`, nil},
		"slice takes nothing as all":            {`$.a->slice(0, $args.x)`, `{"a":[0,1]}`, `[0,1]`, []string{"MISSING_KEY $args.x"}},
		"slice takes huge bounds":               {`$.a->slice(-99999999999999999999, 99999999999999999999)`, `{"a":[0,1]}`, `[0,1]`, nil},
		"slice refuses objects":                 {`$.a->slice(1)`, `{"a":{}}`, ``, failed("a.->slice")},
		"slice refuses numbers":                 {`$.a->slice(1)`, `{"a":1}`, ``, failed("a.->slice")},
		"size of a list":                        {`$.a->size`, `{"a":[0,1]}`, `2`, nil},
		"size of a text in characters":          {`$.a->size`, `{"a":"é😀"}`, `2`, nil},
		"size of an object":                     {`$.a->size`, `{"a":{"x":1}}`, `1`, nil},
		"size refuses null":                     {`$.a->size`, `{"a":null}`, ``, failed("a.->size")},
		"size takes no parentheses":             {`$.a->size()`, `{"a":[]}`, ``, failed("a.->size")},
		"get an item":                           {`$.a->get(1)`, `{"a":[0,1]}`, `1`, nil},
		"get from the end":                      {`$.a->get(-1)`, `{"a":[0,1]}`, `1`, nil},
		"get a character":                       {`$.a->get(1)`, `{"a":"aé"}`, `"é"`, nil},
		"get a character from the end":          {`$.a->get(-2)`, `{"a":"éa"}`, `"é"`, nil},
		"get a property":                        {`$.a->get("x")`, `{"a":{"x":1}}`, `1`, nil},
		"get null":                              {`$.a->get("x")`, `{"a":{"x":null}}`, `null`, nil},
		"get out of range":                      {`$.a->get(2)`, `{"a":[0,1]}`, ``, failed("a.->get")},
		"get out of range from the end":         {`$.a->get(-3)`, `{"a":[0,1]}`, ``, failed("a.->get")},
		"get out of a text":                     {`$.a->get(0)`, `{"a":""}`, ``, failed("a.->get")},
		"get an unknown key":                    {`$.a->get("y")`, `{"a":{"x":1}}`, ``, failed("a.->get")},
		"get by a fraction":                     {`$.a->get(0.5)`, `{"a":[0,1]}`, ``, failed("a.->get")},
		"get an item by a key":                  {`$.a->get("0")`, `{"a":[0,1]}`, ``, failed("a.->get")},
		"get a property by a number":            {`$.a->get(0)`, `{"a":{"0":1}}`, ``, failed("a.->get")},
		"get of a number":                       {`$.a->get(0)`, `{"a":1}`, ``, failed("a.->get")},
		"get by nothing":                        {`$.a->get(x)`, `{"a":[1]}`, ``, []string{"MISSING_KEY x"}},
		"get needs an argument":                 {`$.a->get`, `{"a":[1]}`, ``, failed("a.->get")},
		"get by a huge index":                   {`$.a->get(-9223372036854775808)`, `{"a":[1]}`, ``, failed("a.->get")},
		"entries in order":                      {`$.a->entries`, `{"a":{"y":1,"x":null}}`, `[{"key":"y","value":1},{"key":"x","value":null}]`, nil},
		"entries with a group":                  {`$.a->entries { k: key }`, `{"a":{"y":1}}`, `[{"k":"y"}]`, nil},
		"entries refuses lists":                 {`$.a->entries`, `{"a":[]}`, ``, failed("a.->entries")},
		"entries takes no parentheses":          {`$.a->entries()`, `{"a":{}}`, ``, failed("a.->entries")},
		"filter keeps":                          {`$.a->filter(@->gt(1))`, `{"a":[1,2,3]}`, `[2,3]`, nil},
		"filter of another keeps it":            {`$.a->filter(@->gt(1))`, `{"a":2}`, `[2]`, nil},
		"filter of another drops it":            {`$.a->filter(@->gt(1))`, `{"a":1}`, `[]`, nil},
		"filter refuses other conditions":       {`$.a->filter(@.x)`, `{"a":[{"x":true},{"x":1}]}`, ``, failed("a.->filter")},
		"filter refuses missing conditions":     {`$.a->filter(@.x)`, `{"a":[{"x":true},{}]}`, ``, []string{"MISSING_KEY a.->filter.1.x", "METHOD_FAILED a.->filter"}},
		"filter needs an argument":              {`$.a->filter`, `{"a":[]}`, ``, failed("a.->filter")},
		"find the first":                        {`$.a->find(@.x->gt(1)).x`, `{"a":[{"x":1},{"x":2},{"x":3}]}`, `2`, nil},
		"find nothing is missing":               {`x: a->find(@->gt(1))`, `{"a":[1]}`, `{}`, nil},
		"find of another":                       {`$.a->find(@->gt(1))`, `{"a":2}`, `2`, nil},
		"find refuses other conditions":         {`$.a->find(@)`, `{"a":[false,1,true]}`, ``, failed("a.->find")},
		"find does not look behind its hit":     {`$.a->find(@)`, `{"a":[false,true,1]}`, `true`, nil},
		"find needs an argument":                {`$.a->find()`, `{"a":[]}`, ``, failed("a.->find")},
		"joinNotNull leaves out null":           {`$.a->joinNotNull(", ")`, `{"a":["x",null,1.50,true]}`, `"x, 1.50, true"`, nil},
		"joinNotNull of a scalar":               {`$.a->joinNotNull(",")`, `{"a":1}`, `"1"`, nil},
		"joinNotNull of none":                   {`$.a->joinNotNull(",")`, `{"a":[]}`, `""`, nil},
		"joinNotNull of null":                   {`$.a->joinNotNull(",")`, `{"a":null}`, `""`, nil},
		"joinNotNull keeps empty texts":         {`$.a->joinNotNull(",")`, `{"a":["",null,""]}`, `","`, nil},
		"joinNotNull refuses lists in lists":    {`$.a->joinNotNull(",")`, `{"a":[[]]}`, ``, failed("a.->joinNotNull")},
		"joinNotNull refuses objects":           {`$.a->joinNotNull(",")`, `{"a":{}}`, ``, failed("a.->joinNotNull")},
		"joinNotNull refuses other separators":  {`$.a->joinNotNull(1)`, `{"a":[]}`, ``, failed("a.->joinNotNull")},
		"joinNotNull needs a separator":         {`$.a->joinNotNull`, `{"a":[]}`, ``, failed("a.->joinNotNull")},
	})
}

func TestMethodsThatCompare(t *testing.T) {
	run(t, map[string]evaluation{
		"eq by value":                      {`$([1->eq(1.0), 1->eq(2), "a"->eq("a"), null->eq(null), 1->eq("1")])`, `{}`, `[true,false,true,true,false]`, nil},
		"eq beyond floats":                 {`$.a->eq(9007199254740993)`, `{"a":9007199254740992}`, `false`, nil},
		"eq of exponents":                  {`$.a->eq(100)`, `{"a":1e2}`, `true`, nil},
		"eq is strict inside":              {`$([1]->eq([1.0]))`, `{}`, `false`, nil},
		"ne":                               {`$([1->ne(1.0), 1->ne(2)])`, `{}`, `[false,true]`, nil},
		"eq needs one argument":            {`$(1->eq)`, `{}`, ``, failed("->eq")},
		"eq refuses two":                   {`$(1->eq(1, 2))`, `{}`, ``, failed("->eq")},
		"ne refuses two":                   {`$(1->ne(1, 2))`, `{}`, ``, failed("->ne")},
		"in a list":                        {`$(2->in([1, 2.0]))`, `{}`, `true`, nil},
		"not in a list":                    {`$(3->in([1, 2]))`, `{}`, `false`, nil},
		"in the arguments":                 {`$("b"->in("a", "b"))`, `{}`, `true`, nil},
		"lists among the arguments":        {`$([1]->in([1], [2]))`, `{}`, `true`, nil},
		"in one that is no list":           {`$("b"->in("b"))`, `{}`, ``, failed("->in")},
		"in needs an argument":             {`$("b"->in())`, `{}`, ``, failed("->in")},
		"in nothing is nothing":            {`$("b"->in(x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"contains":                         {`$.a->contains(2)`, `{"a":[1,2.0]}`, `true`, nil},
		"contains not":                     {`$.a->contains("2")`, `{"a":[1,2]}`, `false`, nil},
		"contains refuses strings":         {`$.a->contains("b")`, `{"a":"abc"}`, ``, failed("a.->contains")},
		"contains needs one argument":      {`$.a->contains`, `{"a":[]}`, ``, failed("a.->contains")},
		"contains refuses two":             {`$.a->contains(1, 2)`, `{"a":[]}`, ``, failed("a.->contains")},
		"contains of nothing is nothing":   {`$.a->contains(x)`, `{"a":[]}`, ``, []string{"MISSING_KEY x"}},
		"numbers in order":                 {`$([1->gt(0.9), 1->gte(1.0), 1->lt(1.0), 1->lte(1.0)])`, `{}`, `[true,true,false,true]`, nil},
		"negative numbers in order":        {`$([-1->lt(0), -2->lt(-1), -10->lt(-9), 0->gt(-0.1)])`, `{}`, `[true,true,true,true]`, nil},
		"strings in order":                 {`$(["a"->lt("b"), "Z"->lt("a"), ""->gte("")])`, `{}`, `[true,true,true]`, nil},
		"strings in code point order":      {`$.a->lt("😀")`, `{"a":"ﬀ"}`, `true`, nil},
		"a number and a string":            {`$(1->gt("0"))`, `{}`, ``, failed("->gt")},
		"booleans have no order":           {`$(true->gt(false))`, `{}`, ``, failed("->gt")},
		"gt needs an argument":             {`$(1->gt)`, `{}`, ``, failed("->gt")},
		"gt ignores more":                  {`$(1->gt(0, 5))`, `{}`, `true`, nil},
		"lte of nothing is nothing":        {`$(1->lte(x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"and":                              {`$([true->and(true), true->and(true, false), false->and(true)])`, `{}`, `[true,false,false]`, nil},
		"or":                               {`$([false->or(false), false->or(false, true), true->or(false)])`, `{}`, `[false,true,true]`, nil},
		"and stops":                        {`$(true->and(false, x))`, `{}`, `false`, nil},
		"or stops":                         {`$(false->or(true, x))`, `{}`, `true`, nil},
		"and refuses what is no boolean":   {`$(true->and(1))`, `{}`, ``, failed("->and")},
		"and ends at what is no boolean":   {`$(true->and(null, false))`, `{}`, ``, failed("->and")},
		"and of nothing is nothing":        {`$(true->and(x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"and of silent nothing is nothing": {`$(true->and(x?))`, `{}`, ``, nil},
		"or ends at nothing":               {`$(false->or(x, null, true))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"or of nothing is nothing":         {`$(false->or(x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"and needs arguments":              {`$(true->and)`, `{}`, ``, failed("->and")},
		"and allows none":                  {`$(true->and())`, `{}`, `true`, nil},
		"and refuses other input":          {`$(1->and(true))`, `{}`, ``, failed("->and")},
		"or refuses null":                  {`$(null->or(true))`, `{}`, ``, failed("->or")},
		"not":                              {`$([true->not, false->not])`, `{}`, `[false,true]`, nil},
		"not refuses other input":          {`$(0->not)`, `{}`, ``, failed("->not")},
		"not takes no parentheses":         {`$(true->not())`, `{}`, ``, failed("->not")},
		"eq of large ids":                  {`$.a->eq(12345678901234567890)`, `{"a":12345678901234567890}`, `true`, nil},
		"and does not go on after a false": {`$(false->and(1))`, `{}`, `false`, nil},
	})
}

func TestMethodsThatCompute(t *testing.T) {
	run(t, map[string]evaluation{
		"add integers":                    {`$(1->add(2, 3))`, `{}`, `6`, nil},
		"add decimals exactly":            {`$(0.1->add(0.2))`, `{}`, `0.3`, nil},
		"the sum of decimals is one":      {`$(1.5->add(2.5))`, `{}`, `4.0`, nil},
		"an integer and a decimal":        {`$(1->add(1.0))`, `{}`, `2.0`, nil},
		"sub":                             {`$([5->sub(2, 1), 0.3->sub(0.1)])`, `{}`, `[2,0.2]`, nil},
		"mul":                             {`$([3->mul(4), 1.10->mul(3), -2->mul(0.5)])`, `{}`, `[12,3.30,-1.0]`, nil},
		"div is a decimal":                {`$([6->div(3), 1->div(4), 7->div(2, 2)])`, `{}`, `[2.0,0.25,1.75]`, nil},
		"mod":                             {`$([7->mod(3), -7->mod(3), 7->mod(-3), 7.5->mod(2)])`, `{}`, `[1,-1,1,1.5]`, nil},
		"overflow of add":                 {`$(9223372036854775807->add(1))`, `{}`, ``, failed("->add")},
		"overflow of add below":           {`$(-9223372036854775808->add(-1))`, `{}`, ``, failed("->add")},
		"the largest sum":                 {`$(9223372036854775806->add(1))`, `{}`, `9223372036854775807`, nil},
		"overflow of sub":                 {`$(-9223372036854775808->sub(1))`, `{}`, ``, failed("->sub")},
		"overflow of sub above":           {`$(0->sub(-9223372036854775808))`, `{}`, ``, failed("->sub")},
		"the largest difference":          {`$(-1->sub(-9223372036854775808))`, `{}`, `9223372036854775807`, nil},
		"overflow of mul":                 {`$(4611686018427387904->mul(2))`, `{}`, ``, failed("->mul")},
		"overflow of mul by minus one":    {`$(-9223372036854775808->mul(-1))`, `{}`, ``, failed("->mul")},
		"overflow of minus one by it":     {`$(-1->mul(-9223372036854775808))`, `{}`, ``, failed("->mul")},
		"the smallest integer by one":     {`$(-9223372036854775808->mul(1))`, `{}`, `-9223372036854775808`, nil},
		"an integer too large":            {`$(12345678901234567890->add(1))`, `{}`, ``, failed("->add")},
		"a large decimal is fine":         {`$(12345678901234567890->add(1.0))`, `{}`, `12345678901234567891.0`, nil},
		"34 digits half to even":          {`$(1.0000000000000000000000000000000005->add(0.0, 0))`, `{}`, `1.000000000000000000000000000000000`, nil},
		"34 digits half to even above":    {`$(1.0000000000000000000000000000000015->mul(1.0))`, `{}`, `1.000000000000000000000000000000002`, nil},
		"an exponent":                     {`$.a->add(1)`, `{"a":1e2}`, `101.0`, nil},
		"a large exponent":                {`$.a->mul(1)`, `{"a":1.5e300}`, `1.5e+300`, nil},
		"an exponent out of range":        {`$.a->mul(1)`, `{"a":1e99999}`, ``, failed("a.->mul")},
		"an exponent far out of range":    {`$.a->add(1)`, `{"a":1e99999999999999999999}`, ``, failed("a.->add")},
		"a product out of range":          {`$.a->mul(@)`, `{"a":1e5000}`, ``, failed("a.->mul")},
		"a product that vanishes":         {`$.a->mul(@)->lt(0.1)`, `{"a":1e-5000}`, `true`, nil},
		"zero with an exponent":           {`$.a->add(0.5)`, `{"a":0e99999999}`, ``, failed("a.->add")},
		"div by zero":                     {`$(1->div(0))`, `{}`, ``, failed("->div")},
		"div by decimal zero":             {`$(1->div(0.0))`, `{}`, ``, failed("->div")},
		"mod by zero":                     {`$(1->mod(0))`, `{}`, ``, failed("->mod")},
		"mod by decimal zero":             {`$(1->mod(0.0))`, `{}`, ``, failed("->mod")},
		"mod of the smallest by minus 1":  {`$(-9223372036854775808->mod(-1))`, `{}`, `0`, nil},
		"div out of range":                {`$.a->div(@.x)`, `{"a":{"x":1}}`, ``, failed("a.->div")},
		"div to infinity":                 {`$.a->div(0.1)`, `{"a":1e308}`, ``, failed("a.->div")},
		"div of what is no float":         {`$.a->div(1)`, `{"a":1e400}`, ``, failed("a.->div")},
		"div gives small ones exponents":  {`$(1->div(10000000))`, `{}`, `1e-7`, nil},
		"add a string":                    {`$(1->add("2"))`, `{}`, ``, failed("->add")},
		"add to a string":                 {`$("1"->add(2))`, `{}`, ``, failed("->add")},
		"add nothing":                     {`$(1->add(x))`, `{}`, ``, []string{"MISSING_KEY x", "METHOD_FAILED ->add"}},
		"add needs arguments":             {`$(1->add)`, `{}`, ``, failed("->add")},
		"add allows none":                 {`$(1->add())`, `{}`, `1`, nil},
		"parseInt":                        {`$(["12"->parseInt, "-7"->parseInt, "+7"->parseInt, "007"->parseInt])`, `{}`, `[12,-7,7,7]`, nil},
		"parseInt to a base":              {`$(["ff"->parseInt(16), "Zz"->parseInt(36), "101"->parseInt(2)])`, `{}`, `[255,1295,5]`, nil},
		"parseInt truncates a number":     {`$([12.9->parseInt, -12.9->parseInt, 5->parseInt, 0.5->parseInt])`, `{}`, `[12,-12,5,0]`, nil},
		"parseInt of an exponent":         {`$.a->parseInt`, `{"a":1.25e1}`, `12`, nil},
		"parseInt of a number too large":  {`$.a->parseInt`, `{"a":1e19}`, ``, failed("a.->parseInt")},
		"parseInt of a string too large":  {`$("9223372036854775808"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of blanks":              {`$(" 1"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of an underscore":       {`$("1_0"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of a fraction":          {`$("1.0"->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of a prefix":            {`$("0x10"->parseInt(16))`, `{}`, ``, failed("->parseInt")},
		"parseInt of nothing in it":       {`$(""->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt of a boolean":           {`$(true->parseInt)`, `{}`, ``, failed("->parseInt")},
		"parseInt to base 1":              {`$("1"->parseInt(1))`, `{}`, ``, failed("->parseInt")},
		"parseInt to base 37":             {`$("1"->parseInt(37))`, `{}`, ``, failed("->parseInt")},
		"parseInt to base x":              {`$("1"->parseInt("x"))`, `{}`, ``, failed("->parseInt")},
		"parseInt to no base":             {`$("1"->parseInt(x))`, `{}`, ``, []string{"MISSING_KEY x"}},
		"parseInt with two arguments":     {`$("1"->parseInt(10, 2))`, `{}`, ``, failed("->parseInt")},
		"a literal too long to compute":   {`$.a->add(1)`, `{"a":1.` + strings.Repeat("0", 2000) + `}`, ``, failed("a.->add")},
		"numbers are verbatim everywhere": {`$.a`, `{"a":[12345678901234567890, 1.10, 1E+2, -0]}`, `[12345678901234567890,1.10,1E+2,-0]`, nil},
	})
}

func TestMethodTable(t *testing.T) {
	var names []string
	for _, m := range mapping.Methods() {
		t.Run(m.Name, func(t *testing.T) {
			names = append(names, m.Name)
			found, ok := mapping.LookupMethod(m.Name)
			if !ok || found.Doc != m.Doc || m.Doc == "" {
				t.Errorf("lookup gives %+v", found)
			}
			checkMethod(t, m)
		})
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) != 33 {
		t.Errorf("%d methods", len(names))
	}
	if _, ok := mapping.LookupMethod("id"); ok {
		t.Error("found a method that does not exist")
	}
}

// checkMethod compares the table with what the evaluator does.
func checkMethod(t *testing.T, m mapping.Method) {
	t.Helper()
	samples := map[mapping.Kind]mapping.Value{
		mapping.Null: mapping.NullValue(), mapping.Bool: mapping.BoolValue(true), mapping.Number: mapping.IntValue(1),
		mapping.String: mapping.StringValue("1"), mapping.Array: mapping.ArrayValue(mapping.IntValue(1)), mapping.Object: mapping.ObjectValue(),
	}
	args := map[string]string{
		"echo": "(@)", "map": "(@)", "match": "([@, @])", "get": "(0)", "filter": "(true)", "find": "(true)", "joinNotNull": `(",")`,
		"eq": "(@)", "ne": "(@)", "in": "([@])", "contains": "(@)", "gt": "(@)", "gte": "(@)", "lt": "(@)", "lte": "(@)",
		"and": "(@)", "or": "(@)", "add": "(@)", "sub": "(@)", "mul": "(@)", "div": "(@)", "mod": "(@)", "as": "($x)",
	}
	for kind, v := range samples {
		if m.Name == "get" && kind == mapping.Object {
			continue // needs a key
		}
		got := mapping.MustParse("$->"+m.Name+args[m.Name]).Apply(v, nil)
		if ok := got.Problems == nil; ok != m.Input.Has(kind) {
			t.Errorf("%s: the table says %t, the evaluator %v", kind, m.Input.Has(kind), got.Problems)
		}
		if got.Problems == nil && !m.Result.Has(got.Value.Kind()) {
			t.Errorf("%s: the table does not foresee %s", kind, got.Value.Kind())
		}
	}
	withParens := mapping.MustParse("$->"+m.Name+"()").Apply(mapping.StringValue("1"), nil)
	if refused := strings.Contains(problemMessage(withParens), "takes no arguments"); refused != m.Bare {
		t.Errorf("bare: the table says %t", m.Bare)
	}
}

func problemMessage(r mapping.Result) string {
	if len(r.Problems) == 0 {
		return ""
	}
	return r.Problems[0].Message
}
