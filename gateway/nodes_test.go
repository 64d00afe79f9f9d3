package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// shopSDL has lists of all kinds.
const shopSDL = `
	type Query { shop: Shop orders(first: Int = 20, last: Int): Orders found: [Found] grid: [[Int]] newest(first: Int): [Order] nodes(ids: [ID]): [Order] }
	type Shop { orders(first: Int): Orders name: String }
	type Orders { edges: [Edge] nodes: [Order] total: Int }
	type Edge { node: Order }
	type Order { id: ID lines: [Line] tags: [String] customer: Customer nodes: [Line] }
	type Customer { orders(first: Int = 10): Orders }
	type Line { name: String }
	union Found = Order | Customer
`

func count(tb testing.TB, query string, variables map[string]any, limit int) (float64, *gqlerror.Error) {
	tb.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "shop.graphqls", Input: shopSDL})
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if len(errs) > 0 {
		tb.Fatal(errs)
	}
	vars, err := validator.VariableValues(schema, doc.Operations[0], variables)
	if err != nil {
		tb.Fatal(err)
	}
	n := nodes{assumed: 10, vars: vars}
	return n.set(doc.Operations[0].SelectionSet).of(n.assumed), n.check(doc.Operations[0], limit)
}

func TestNodes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query     string
		variables map[string]any
		want      float64
	}{
		"objects are no lists":                       {query: "{shop{name}}", want: 0},
		"a list is assumed":                          {query: "{found{__typename}}", want: 10},
		"a list of lists too":                        {query: "{grid}", want: 110},
		"a list may say itself":                      {query: "{newest(first:3){id}}", want: 3},
		"and its items count theirs":                 {query: "{newest(first:3){lines{name} nodes{name}}}", want: 3 + 3*20},
		"lists of values are lists":                  {query: "{newest(first:3){tags}}", want: 33},
		"a list that is called nodes is one":         {query: `{nodes(ids:["1"]){id}}`, want: 10},
		"a connection has what first says":           {query: "{orders(first:7){edges{node{id}}}}", want: 7},
		"or last, without the default of first":      {query: "{orders(last:7){edges{node{id}}}}", want: 7},
		"or the default":                             {query: "{orders{nodes{id}}}", want: 20},
		"of both the larger":                         {query: "{orders(first:1 last:7){nodes{id}}}", want: 7},
		"edges and nodes are two lists":              {query: "{orders(first:7){edges{node{id}} nodes{id}}}", want: 14},
		"nothing says how many":                      {query: "{shop{orders{nodes{id}}}}", want: 10},
		"null is nothing":                            {query: "{shop{orders(first:null){nodes{id}}}}", want: 10},
		"what is not a list of nodes costs nothing":  {query: "{orders(first:1000){total}}", want: 0},
		"lists in lists multiply":                    {query: "{orders(first:5){edges{node{lines{name}}}}}", want: 5 + 5*10},
		"connections in connections too":             {query: "{orders(first:5){edges{node{customer{orders(first:4){nodes{id}}}}}}}", want: 5 + 5*4},
		"a variable":                                 {query: "query($n:Int){orders(first:$n){nodes{id}}}", variables: map[string]any{"n": 9}, want: 9},
		"a variable's default":                       {query: "query($n:Int=8){orders(first:$n){nodes{id}}}", want: 8},
		"a variable without a value":                 {query: "query($n:Int){orders(first:$n){nodes{id}}}", want: 20},
		"a variable that is null":                    {query: "query($n:Int){orders(first:$n){nodes{id}}}", variables: map[string]any{"n": nil}, want: 10},
		"a negative number is none":                  {query: "{orders(first:-5){nodes{id}}}", want: 0},
		"a fragment":                                 {query: "{...F} fragment F on Query{orders(first:7){...G}} fragment G on Orders{nodes{id}}", want: 7},
		"a fragment in connections of several sizes": {query: "{a:orders(first:7){...G} b:orders(first:5){...G}} fragment G on Orders{nodes{id}}", want: 12},
		"types that may be":                          {query: "{found{... on Order{lines{name}} ... on Customer{orders{nodes{id}}}}}", want: 10 + 10*20},
		"what is skipped does not count":             {query: "query($no:Boolean!){orders @skip(if:$no){nodes{id}} found @include(if:false){__typename}}", variables: map[string]any{"no": true}, want: 0},
		"what is not skipped does":                   {query: "query($no:Boolean!){orders @skip(if:$no){nodes{id}} ... @include(if:true){found{__typename}}}", variables: map[string]any{"no": false}, want: 30},
		"introspection does not":                     {query: "{__schema{types{fields{args{name}}}}}", want: 0},
		"endless is endless":                         {query: "{orders(first:2000000000){nodes{customer{orders(first:2000000000){nodes{id}}}}}}", want: mostItems},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, _ := count(t, test.query, test.variables, 1); got != test.want {
				t.Errorf("%v items, want %v", got, test.want)
			}
		})
	}
}

func TestTooManyNodesSayWhere(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ query, where string }{
		"the list that is too large":    {"{orders(first:500){nodes{id}}}", "orders.nodes"},
		"the list that makes it large":  {"{shop{name} mine:orders(first:90){edges{node{lines{name} id}}}}", "mine.edges.node.lines"},
		"not what is below it":          {"{orders(first:90){nodes{customer{orders(first:90){nodes{lines{name}}}}}}}", "orders.nodes.customer.orders.nodes"},
		"the largest of many":           {"{a:orders(first:40){nodes{id}} b:orders(first:50){nodes{id}} c:orders(first:30){nodes{id}}}", "b.nodes"},
		"also if it is in a fragment":   {"{...F} fragment F on Query{orders(first:500){...G}} fragment G on Orders{nodes{id}}", "orders.nodes"},
		"also if nobody knows how many": {"{found{... on Order{lines{name}}}}", "found.lines"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := count(t, test.query, nil, 100)
			if err == nil || !strings.Contains(err.Message, "more than 100; most are at "+test.where+": ask for fewer there") ||
				err.Extensions["code"] != codeQueryLimit || len(err.Locations) != 1 {
				t.Errorf("%+v", err)
			}
		})
	}
	if _, err := count(t, "{orders(first:100){nodes{id}}}", nil, 100); err != nil {
		t.Errorf("as many as may be: %v", err)
	}
}

// Spread twice by each of forty, the last fragment is there a million million
// times.
func TestNodesAreCountedOncePerFragment(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("{newest(first:1){...F0}}")
	for i := range 40 {
		fmt.Fprintf(&b, " fragment F%d on Order{a:customer{orders(first:1){nodes{...F%d}}} b:customer{orders(first:1){nodes{...F%d}}}}", i, i+1, i+1)
	}
	b.WriteString(" fragment F40 on Order{id}")
	n := nodes{assumed: 10}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "shop.graphqls", Input: shopSDL})
	doc, errs := gqlparser.LoadQueryWithRules(schema, b.String(), rules.NewDefaultRules())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if err := n.check(doc.Operations[0], 100_000); err == nil || len(n.fragments) != 41 {
		t.Errorf("%v after %d fragments", err, len(n.fragments))
	}
}

// BenchmarkNodes counts an operation that asks for five connections in one
// another, and refuses it.
func BenchmarkNodes(b *testing.B) {
	const one = "orders(first:1000){edges{node{customer{"
	query := "{" + one + one + one + one + "orders(first:1000){edges{node{id}}}" + strings.Repeat("}}}}", 4) + "}"
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "shop.graphqls", Input: shopSDL})
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := nodes{assumed: AssumedList}
		if n.check(doc.Operations[0], 100_000) == nil {
			b.Fatal("it is not refused")
		}
	}
}
