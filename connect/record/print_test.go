package record_test

import (
	"strings"
	"testing"

	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
)

const printSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
scalar DateTime
type Query {
  thing(first: Int, id: ID): Thing
    @connect(source: "shop", http: {GET: "/t"}, selection: "id at kind note: $args.first more: $config.more ok: $status deep { id }")
}
enum Kind { A B }
type Thing { id: ID! at: DateTime kind: Kind note: Int more: String ok: Int deep: Deep }
type Deep { id: ID best: String @connect(source: "shop", http: {GET: "/b/{$this.id}"}, selection: "$.x") }
`

// A record that was made by another print is not read.
func TestThePrintChangesWithWhatIsMade(t *testing.T) {
	base := compile(t, read(t, printSDL), "Query.thing").Print()
	if again := compile(t, read(t, "# a comment\n"+printSDL), "Query.thing").Print(); again != base {
		t.Errorf("the same is %s, then %s", base, again)
	}
	for name, change := range map[string][2]string{
		"the selection":                  {"id at kind", "id: name at kind"},
		"a field that cannot be null":    {"at: DateTime kind", "at: DateTime! kind"},
		"a field below":                  {"type Deep { id: ID best", "type Deep { id: ID! best"},
		"values of an enum":              {"enum Kind { A B }", "enum Kind { A B C }"},
		"a type":                         {"note: Int", "note: Float"},
		"a key that is read below":       {`best: String @connect(source: "shop", http: {GET: "/b/{$this.id}"}`, `best: String @connect(source: "shop", http: {GET: "/b"}`},
		"a field that is served no more": {"kind: Kind note", "kind: Kind @inaccessible note"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(printSDL, change[0]) {
				t.Fatal(change[0])
			}
			opt := read(t, strings.Replace(printSDL, change[0], change[1], 1))
			if got := compile(t, opt, "Query.thing").Print(); got == base {
				t.Error("the print is the same")
			}
		})
	}
	t.Run("a scalar that decodes otherwise", func(t *testing.T) {
		opt := read(t, printSDL)
		opt.Scalars = scalars.New(scalars.Scalar{Name: "DateTime", Version: "2", Decode: opt.Scalars.Of("DateTime").Decode})
		if got := compile(t, opt, "Query.thing").Print(); got == base {
			t.Error("the print is the same")
		}
	})
}

func TestASlotIsNamedByInputsThatAreRead(t *testing.T) {
	m := compile(t, read(t, printSDL), "Query.thing")
	slot := func(first int64, settings string) string {
		var asked []string
		name := m.AppendSlot(nil, settings, func(path string) mapping.Value {
			asked = append(asked, path)
			return mapping.IntValue(first)
		})
		if strings.Join(asked, " ") != "$args.first" {
			t.Errorf("asked for %v", asked)
		}
		return string(name)
	}
	one, again, two, set := slot(1, ""), slot(1, ""), slot(2, ""), slot(1, "x")
	if one != again || one == two || one == set || !strings.Contains(one, m.Print()) {
		t.Errorf("slots: %q %q %q %q", one, again, two, set)
	}
}

func TestWhatCannotBeCompiledIsSaid(t *testing.T) {
	opt := shop(t)
	opt.Scalars = scalars.New()
	_, err := record.Compile(connector(t, opt, "Query.orders"), opt)
	if err == nil || !strings.Contains(err.Error(), "Money cannot be decoded") || !strings.Contains(err.Error(), "woocommerce.graphqls:") {
		t.Errorf("got %v", err)
	}
}
