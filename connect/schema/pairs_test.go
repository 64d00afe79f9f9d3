package schema_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// pairsSDL has no mistake.
const pairsSDL = `extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "shop", http: {baseURL: "https://shop.example/v1", headers: [{name: "X-A", value: "{$config.a}"}]})
  @source(name: "other", http: {baseURL: "https://other.example"}, isSuccess: "$status->eq(200)")
  @cache(source: "other", stale: "24h")

type Query {
  order(id: ID!, lang: String): Order
    @connect(source: "shop", http: {GET: "/orders/{$args.id}", queryParams: "lang: $args.lang"}, selection: "id n customer: { id: customerId }")
    @cache(fresh: "1m")
  orders(first: Int, after: String): OrderConnection
    @connect(source: "shop", http: {GET: "/orders"}, selection: "$.items { id n customer: { id: customerId } }")
    @paginate(style: CURSOR, at: "after", next: "$.next", total: "$.total")
  search(text: String!): [Found]
    @connect(source: "other", http: {POST: "/search", body: "text: $args.text"}, selection: """
    $(hits ?? []) {
      __typename: kind->match(["order", "Order"], ["customer", "Customer"])
      id
      n
      customer: { id: customerId }
      name
      level: level->match(["h", "HIGH"], ["l", "LOW"])
    }
    """)
  byHand: Int
}

type Mutation {
  cancel(id: ID!): Receipt
    @connect(source: "shop", http: {DELETE: "/orders/{$args.id}"}, errors: {message: "$.error"}, selection: "ok: $(true)")
  refund(id: ID!): Refunded
    @connect(source: "shop", http: {POST: "/refunds", headers: {name: "Idempotency-Key", value: "{$write.key}"}}, selection: "ok: $(1)->eq(1)")
    @idempotent(window: "24h")
    @queue(order: "$args.id", expires: "1h")
    @probe(query: "query($of: ID!) { order(id: $of) { n } }", variables: "of: $args.id", made: "$.order.n->eq(1)")
}

type Receipt {
  ok: Boolean
}

type Refunded {
  ok: Boolean
  write: Write
}

union Found = Order | Customer

type Order {
  id: ID!
  n: Int
  customer: Customer
  notes: [String] @connect(source: "shop", http: {GET: "/orders/{$this.id}/notes"}, selection: "$.notes->map(@.text)")
}

type Customer @connect(source: "other", http: {GET: "/customers", queryParams: "ids: $batch.id"}, batch: {maxSize: 50}, selection: "id name level") @key(fields: "id") {
  id: ID!
  name: String
  level: Level
}

enum Level {
  HIGH
  LOW
}

type OrderConnection {
  edges: [OrderEdge!]!
  pageInfo: PageInfo!
}

type OrderEdge {
  cursor: String!
  node: Order
}

type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

type Apart {
  n: Int
}
`

// A mistake replaces a text by another one, and is found under a code.
type mistake struct{ old, with, code string }

// mistakes are independent of each other: none stands where another one does, and
// none follows from another one.
func mistakes() map[string]mistake {
	return map[string]mistake{
		"a definition that is no GraphQL": {"type Apart {\n  n: Int", "type Apart {\n  n: [", "INVALID_SDL"},
		"a type that is not there":        {"byHand: Int", "byHand: Nothing", "INVALID_SDL"},
		"a value twice":                   {"  LOW\n", "  LOW\n  LOW\n", "INVALID_SDL"},
		"an unknown directive":            {"type Receipt {", "type Receipt @nobody {", "INVALID_SDL"},
		"a misspelt directive":            {`@cache(fresh`, `@cahce(fresh`, "INVALID_SDL"},
		"an unknown argument of one":      {`batch: {maxSize: 50}`, `batch: {maxSize: 50}, retries: 3`, "INVALID_SDL"},
		"a misspelt argument of one":      {`selection: "$.notes->map(@.text)"`, `selektion: "$.notes->map(@.text)"`, "INVALID_SDL"},
		"an unknown version":              {"connect/v0.3", "connect/v0.9", "UNKNOWN_CONNECTORS_VERSION"},
		"a reserved header":               {`"X-A"`, `"Connection"`, "INVALID_HEADER"},
		"an isSuccess that is a number":   {`isSuccess: "$status->eq(200)"`, `isSuccess: "$status"`, "INVALID_IS_SUCCESS"},
		"an age that is none":             {`stale: "24h"`, `stale: "soon"`, "INVALID_CACHE"},
		"an argument that is not there":   {"lang: $args.lang", "lang: $args.language", "UNDEFINED_ARGUMENT"},
		"a forgotten $":                   {"text: $args.text", "text: args.text", "UNDEFINED_KEY"},
		"a page without a place":          {`at: "after", `, ``, "INVALID_PAGINATE"},
		"a method that is not there":      {`kind->match(`, `kind->mach(`, "UNKNOWN_METHOD"},
		"a value that is none of them":    {`["l", "LOW"]`, `["l", "LOWER"]`, "SCALAR_MISMATCH"},
		"a method that is no HTTP":        {`{DELETE: "/orders`, `{DELET: "/orders`, "INVALID_URL"},
		"a message that is an object":     {`message: "$.error"`, `message: "error"`, "INVALID_ERRORS_MESSAGE"},
		"a key that is no field":          {"\"ok: $(true)\"", "\"ok: $(true) oks\"", "SELECTED_FIELD_NOT_FOUND"},
		"a field that nothing yields":     {"type Order {\n", "type Order {\n  state: String\n", "CONNECTORS_UNRESOLVED_FIELD"},
		"a root field that nothing is":    {"  byHand:", "  lonely: Int\n  byHand:", "CONNECTORS_UNRESOLVED_FIELD"},
		"a parent without the field":      {"{$this.id}", "{$this.ident}", "UNDEFINED_FIELD"},
		"a batch without its key":         {`"id name level"`, `"name level"`, "CONNECTORS_BATCH_KEY_NOT_IN_SELECTION"},
		"a window that is none":           {`window: "24h"`, `window: "a day"`, "INVALID_IDEMPOTENT"},
		"an end that is none":             {`expires: "1h"`, `expires: "1"`, "INVALID_QUEUE"},
		"an order by what is not there":   {`order: "$args.id"`, `order: "$args.ident"`, "UNDEFINED_ARGUMENT"},
		"a question nobody can answer":    {`order(id: $of) { n }`, `order(id: $of) { n m }`, "INVALID_PROBE"},
		"an answer that is neither":       {`$.order.n->eq(1)`, `$.order.n`, "INVALID_PROBE"},
		"a write that is sent as a text":  {`"{$write.key}"`, `"{$write.kay}"`, "UNDEFINED_KEY"},
		"a selection that does not parse": {`$.items { id n`, `$.items { id n +`, "INVALID_SELECTION"},
	}
}

func found(text string) schema.Findings {
	_, findings := schema.Read([]*ast.Source{{Name: "a.graphqls", Input: text}}, schema.Options{
		ByHand: func(_, field string) bool { return field == "byHand" },
	})
	return findings
}

func TestEachPairOfMistakesIsReported(t *testing.T) {
	if findings := found(pairsSDL); len(findings) > 0 {
		t.Fatalf("without a mistake:\n%s", findings)
	}
	all := mistakes()
	names := slices.Sorted(maps.Keys(all))
	alone := map[string]string{} // the finding, without its place
	broken := func(names ...string) string {
		text := pairsSDL
		for _, name := range names {
			if strings.Count(text, all[name].old) != 1 {
				t.Fatalf("%s: %d times %q", name, strings.Count(text, all[name].old), all[name].old)
			}
			text = strings.Replace(text, all[name].old, all[name].with, 1)
		}
		return text
	}
	for _, name := range names {
		findings := found(broken(name))
		if len(findings) != 1 || findings[0].Code != all[name].code {
			t.Errorf("%s: want one %s, got\n%s", name, all[name].code, findings)
		}
		alone[name] = fmt.Sprint(findings[0].Code, findings[0].Coordinate)
	}
	for i, a := range names {
		for _, b := range names[i+1:] {
			findings := found(broken(a, b))
			for _, name := range []string{a, b} {
				if !slices.ContainsFunc(findings, func(f schema.Finding) bool { return fmt.Sprint(f.Code, f.Coordinate) == alone[name] }) {
					t.Errorf("%s is hidden by %s\n%s", name, map[string]string{a: b, b: a}[name], findings)
				}
			}
			if len(findings) != 2 {
				t.Errorf("%s, and %s: want two findings, got\n%s", a, b, findings)
			}
		}
	}
}
