package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// BenchmarkGenerate60 generates everything for 60 connectors, with the settings of
// the repository, after their selections were changed: as somebody does who works
// on a schema. The first time, which builds what the code needs, is not counted.
func BenchmarkGenerate60(b *testing.B) {
	archive := sixty()
	settings := text(b, "../../testdata/shop/gqlgen.yml")
	dir := newModule(b).folder(b, archive)
	write(b, filepath.Join(dir, "gqlgen.yml"), settings)
	sdl := section(archive, "graph/shop.graphqls")
	n := 0
	change := func() {
		n++
		write(b, filepath.Join(dir, "graph/shop.graphqls"), strings.ReplaceAll(sdl, "name: title", fmt.Sprintf("name: title%d", n)))
		if said := generate(b, dir); said != "" {
			b.Fatal(said)
		}
	}
	change()
	for b.Loop() {
		change()
	}
}

func TestSixtyConnectorsAreBuilt(t *testing.T) {
	m := newModule(t)
	if said := mistakes(generate(t, m.folder(t, sixty()))); said != "" {
		t.Fatal(said)
	}
	m.test(t)
}

// sixty has twenty types with three connectors each: one, many, and by key.
func sixty() *txtar.Archive {
	var b strings.Builder
	b.WriteString(`extend schema @source(name: "shop", http: {baseURL: "https://secret.example/v1"})
enum Status { NEW PAID OTHER }
type Line { id: ID! name: String quantity: Int! }
type Price { amount: Float currency: String }
`)
	const fields = `id name: title status: state->match(['n', 'NEW'], ['p', 'PAID'], [@, 'OTHER'])
		price: { amount: total.value currency: total.unit } tags: labels.text
		lines: items { id name quantity: $(count ?? 0) } next: next_id { id: @ } at: $.dates?.created`
	for i := range 20 {
		fmt.Fprintf(&b, `
extend type Query {
  t%[1]d(id: ID!): T%[1]d @connect(source: "shop", http: {GET: "/t%[1]d/{$args.id}"}, selection: """%[3]s""")
  ts%[1]d(page: Int = 1): [T%[1]d!] @connect(source: "shop", http: {GET: "/t%[1]d", queryParams: "page: $args.page"}, selection: """$.list { %[3]s }""")
}
type T%[1]d
  @connect(
    source: "shop"
    http: {GET: "/t%[1]d", queryParams: "ids: $batch.id->joinNotNull(',')"}
    selection: """$.list { %[3]s }"""
  ) {
  id: ID!
  name: String
  status: Status!
  price: Price
  tags: [String]
  lines: [Line!]
  next: T%[2]d
  at: String
}
`, i, (i+1)%20, fields)
	}
	sdl := strings.Replace(b.String(), "extend type Query", "type Query", 1)
	return &txtar.Archive{Files: []txtar.File{{Name: "graph/shop.graphqls", Data: []byte(sdl)}}}
}
