package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/graph/scalar"
)

// valueOf is the value of a JSON text.
func valueOf(tb testing.TB, text string) mapping.Value {
	tb.Helper()
	v, _, err := mapping.ParseJSON([]byte(text), mapping.JSONLimits{})
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return v
}

// read is a schema of one file, and what compiling needs of it.
func read(tb testing.TB, sdl string) record.Options {
	tb.Helper()
	return readAs(tb, sdl, nil)
}

func readAs(tb testing.TB, sdl string, byHand func(typeName, field string) bool) record.Options {
	tb.Helper()
	s, findings := schema.Read([]*ast.Source{{Name: "x.graphqls", Input: sdl}}, schema.Options{
		Values: scalar.Registry().Names(), ByHand: byHand,
	})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	return record.Options{Schema: s, Scalars: scalar.Registry()}
}

// connector is the connector of an ID.
func connector(tb testing.TB, opt record.Options, id string) *schema.Connector {
	tb.Helper()
	for _, con := range opt.Schema.Connectors {
		if string(con.ID) == id {
			return con
		}
	}
	tb.Fatalf("no connector %s", id)
	return nil
}

func compile(tb testing.TB, opt record.Options, id string) *record.Mapper {
	tb.Helper()
	m, err := record.Compile(connector(tb, opt, id), opt)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// counts is what a reading counted.
type counts struct {
	drift []string
	nulls map[string]int
}

func (c *counts) Drift(_, place string) { c.drift = append(c.drift, place) }

func (c *counts) Nulls(_, place string, n int) {
	if c.nulls == nil {
		c.nulls = map[string]int{}
	}
	c.nulls[place] += n
}

// text is what is in a record: JSON, with the fields of objects in the order of
// their layouts, ! for faults, and the keys of connectors below behind a #.
func text(r record.Ref) string {
	var b strings.Builder
	write(&b, r)
	return b.String()
}

func write(b *strings.Builder, r record.Ref) {
	switch r.Kind() {
	case record.Null:
		b.WriteString("null")
	case record.Faulty:
		b.WriteString("!")
	case record.Leaf, record.Cursor:
		b.Write(r.Append(nil))
	case record.List:
		b.WriteString("[")
		for i := range r.Len() {
			if i > 0 {
				b.WriteString(",")
			}
			write(b, r.Item(i))
		}
		b.WriteString("]")
	case record.Object:
		l := r.Layout()
		b.WriteString(l.Type + "{")
		for i, f := range l.Fields {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(f.Name + ":")
			write(b, r.Field(i))
		}
		for i, k := range l.Keys {
			b.WriteString("#" + k.For + ":")
			write(b, r.Key(i))
		}
		b.WriteString("}")
	}
}

// shop is the schema of testdata/shop.
func shop(tb testing.TB) record.Options {
	tb.Helper()
	files, err := filepath.Glob("../../testdata/shop/graph/*.graphqls")
	if err != nil || len(files) == 0 {
		tb.Fatal(files, err)
	}
	var sources []*ast.Source
	for _, name := range files {
		sdl, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(sdl)})
	}
	s, findings := schema.Read(sources, schema.Options{
		Values: record.Values(sources, scalar.Registry()),
		ByHand: func(typeName, field string) bool { return typeName == "Customer" && field == "lifetimeValue" },
	})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	return record.Options{Schema: s, Scalars: scalar.Registry()}
}
