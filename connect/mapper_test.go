package connect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// An order as generated models are: faults are kept beside the fields.
type order struct {
	mapping.ItemFaults

	ID       string
	Note     *string
	Quantity int
	Colour   *colour
	Customer *person
	Lines    []*line
	Tags     []string
	Marks    []*string
	Grid     [][]string
	First    *string // of the tags, by a method
}

type person struct {
	mapping.ItemFaults

	Name string
}

type line struct {
	mapping.ItemFaults

	N int
}

type colour string

func (c colour) IsValid() bool { return c == "RED" || c == "BLUE" }

func mapOrder(at At, in Value) *order {
	if !at.IsObject(in) {
		return nil
	}
	o := &order{}
	f := at.Object("Order", &o.ItemFaults)
	o.ID = Need(f, "id", in.Key("id"), ID)
	o.Note = Want(f, "note", in.Key("note"), String)
	o.Quantity = Need(f, "quantity", in.Key("quantity"), Int[int])
	o.Colour = Want(f, "colour", in.Key("colour"), Enum[colour])
	o.Customer = NeedObject(f, "customer", in.Key("customer"), mapPerson)
	o.Lines = NeedList(f, "lines", in.Key("lines"), NullableObject(mapLine))
	o.Tags = WantList(f, "tags", in.Key("tags"), NonNull(String))
	o.Marks = WantList(f, "marks", in.Key("marks"), Nullable(String))
	o.Grid = WantList(f, "grid", in.Key("grid"), NullableList(NonNull(String)))
	o.First = Want(f, "first", f.Eval("first", mapping.MustParse("$.tags?->joinNotNull(',')"), in), String)
	return o
}

func mapPerson(at At, in Value) *person {
	if !at.IsObject(in) {
		return nil
	}
	p := &person{}
	f := at.Object("Person", &p.ItemFaults)
	p.Name = Need(f, "name", in.Key("name"), String)
	return p
}

func mapLine(at At, in Value) *line {
	if !at.IsObject(in) {
		return nil
	}
	l := &line{}
	f := at.Object("Line", &l.ItemFaults)
	l.N = Need(f, "n", in.Key("n"), Int[int])
	return l
}

// faultsIn lists the faults of an object: field, indices, and ! for the whole.
func faultsIn(f *mapping.ItemFaults, fields ...string) []string {
	var all []string
	for _, name := range fields {
		for _, fault := range f.FaultsOf(name) {
			text := name + fmt.Sprint(fault.Index)
			if fault.Whole {
				text = name + "!"
			}
			all = append(all, text)
		}
	}
	return all
}

func (o *order) allFaults() []string {
	all := faultsIn(&o.ItemFaults, "id", "note", "quantity", "colour", "customer", "lines", "tags", "marks", "grid", "first")
	if o.Customer != nil {
		all = append(all, faultsIn(&o.Customer.ItemFaults, "name")...)
	}
	for i, l := range o.Lines {
		if l != nil {
			for _, f := range faultsIn(&l.ItemFaults, "n") {
				all = append(all, fmt.Sprintf("lines[%d].%s", i, f))
			}
		}
	}
	return all
}

func TestFaultsAreWhereAnObjectDoesNotFit(t *testing.T) {
	good := map[string]string{
		"id": `"1"`, "quantity": `2`, "customer": `{"name":"Ada"}`, "lines": `[{"n":1}]`,
	}
	tests := map[string]struct {
		with          map[string]string // on top of a good order; "" takes away
		faults, drift []string
	}{
		"a good one":                         {},
		"nothing nullable is a fault":        {with: map[string]string{"note": "null", "colour": "null", "tags": "null"}},
		"a wrong kind":                       {map[string]string{"note": `5`}, []string{"note!"}, []string{"Order.note"}},
		"null where there must be something": {map[string]string{"quantity": `null`}, []string{"quantity!"}, []string{"Order.quantity"}},
		"nothing at all there":               {map[string]string{"quantity": ``}, []string{"quantity!"}, []string{"Order.quantity"}},
		"an enum's unknown value":            {map[string]string{"colour": `"GREEN"`}, []string{"colour!"}, []string{"Order.colour"}},
		"a list for an object":               {map[string]string{"customer": `[]`}, []string{"customer!"}, []string{"Order.customer"}},
		"a text for an object":               {map[string]string{"customer": `"Ada"`}, []string{"customer!"}, []string{"Order.customer"}},
		"an object for a list":               {map[string]string{"lines": `{}`}, []string{"lines!"}, []string{"Order.lines"}},
		"a single item for a list":           {map[string]string{"tags": `"a"`}, []string{"tags!"}, []string{"Order.tags"}},
		"within a nested object":             {map[string]string{"customer": `{"name":1}`}, []string{"name!"}, []string{"Person.name"}},
		"an item of a list":                  {map[string]string{"lines": `[{"n":1},3,null,{"n":"x"}]`}, []string{"lines[1]", "lines[3].n!"}, []string{"Order.lines.*", "Line.n"}},
		"an item that may be null":           {map[string]string{"marks": `["a",1,null,2]`}, []string{"marks[1]", "marks[3]"}, []string{"Order.marks.*", "Order.marks.*"}},
		"an item that cannot be null":        {map[string]string{"tags": `["a",1,2]`}, []string{"tags!"}, []string{"Order.tags"}},
		"null as such an item":               {map[string]string{"tags": `["a",null]`}, []string{"tags!"}, []string{"Order.tags"}},
		"such an item in a list of lists":    {map[string]string{"grid": `[["a"],["b",1],null,3]`}, []string{"grid[1]", "grid[3]"}, []string{"Order.grid.*", "Order.grid.*"}},
		"a method that cannot work":          {map[string]string{"tags": `[["a"]]`}, []string{"tags!", "first!"}, []string{"Order.tags", "Order.first"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var members []mapping.Member
			for _, key := range []string{"id", "quantity", "customer", "lines", "note", "colour", "tags", "marks", "grid"} {
				text := good[key]
				if with, ok := test.with[key]; ok {
					text = with
				}
				if text != "" {
					members = append(members, mapping.Member{Key: key, Value: valueOf(t, text)})
				}
			}
			m := &Mapper{source: "shop", connector: "Query.order"}
			o := WantObject(m.Answer(), "", mapping.ObjectValue(members...), mapOrder)
			if diff := cmp.Diff(test.faults, o.allFaults()); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.drift, m.drift); diff != "" {
				t.Errorf("drift (-want +got):\n%s", diff)
			}
			if m.unusable() {
				t.Error("the whole answer is thrown away")
			}
		})
	}
}

func TestAnswersThatCannotBeUsed(t *testing.T) {
	one := func(m *Mapper, in Value) any { return WantObject(m.Answer(), "", in, mapLine) }
	list := func(m *Mapper, in Value) any { return NeedList(m.Answer(), "", in, NonNullObject(mapLine)) }
	nullable := func(m *Mapper, in Value) any { return WantList(m.Answer(), "", in, NullableObject(mapLine)) }
	texts := func(m *Mapper, in Value) any { return WantList(m.Answer(), "", in, NonNull(String)) }
	tests := map[string]struct {
		mapped   func(*Mapper, Value) any
		answer   string
		unusable bool
		root     []string // faults of the answer itself
	}{
		"null for an object":                {one, `null`, false, nil},
		"a list for an object":              {one, `[{"n":1}]`, true, []string{"!"}},
		"an object all of which is wrong":   {one, `{"n":"x"}`, true, nil},
		"a list":                            {list, `[{"n":1}]`, false, nil},
		"an empty list":                     {list, `[]`, false, nil},
		"an object for a list":              {list, `{"n":1}`, true, []string{"!"}},
		"null for a list":                   {list, `null`, true, []string{"!"}},
		"null for a list that may be null":  {nullable, `null`, false, nil},
		"one bad item":                      {list, `[{"n":1},{"n":"x"}]`, false, nil},
		"one item that is none":             {list, `[{"n":1},7]`, false, []string{"[1]"}},
		"a null where there must be items":  {list, `[{"n":1},null]`, false, []string{"[1]"}},
		"nothing but bad items":             {list, `[{"n":"x"},{"n":"y"}]`, true, nil},
		"nothing but what is no item":       {nullable, `[7,8]`, true, []string{"[0]", "[1]"}},
		"nothing but nulls":                 {nullable, `[null,null]`, false, nil},
		"a list that has no value any more": {texts, `["a",1]`, false, []string{"!"}},
		"not a single text":                 {texts, `[1]`, true, []string{"!"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := &Mapper{connector: "Query.x"}
			test.mapped(m, valueOf(t, test.answer))
			if m.unusable() != test.unusable {
				t.Errorf("unusable %v, want %v", m.unusable(), test.unusable)
			}
			if diff := cmp.Diff(test.root, faultsIn(&m.root, "")); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnUnusableAnswerIsAContractErrorAndDrift(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	c := &Connector[[]*line]{
		Call: Call{ID: "Query.lines"},
		Map:  func(m *Mapper, in Value) []*line { return NeedList(m.Answer(), "", in, NonNullObject(mapLine)) },
	}
	_, err := accept(api.Opened(&c.Call), c, &call.Inputs{})(reply(200, "application/json", `[{"n":"x"},{"n":"y"}]`))
	e, ok := errors.AsType[*upstreams.Error](err)
	if !ok || e.Kind != upstreams.Contract || !strings.Contains(e.Error(), "first at Line.n") {
		t.Errorf("got %v", err)
	}
	if drift := api.Status().Connectors["Query.lines"].Drift; drift["Line.n"] != 2 {
		t.Errorf("drift %v", drift)
	}
}

func TestFieldsWithoutAValueAreCounted(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	type note struct {
		mapping.ItemFaults

		text, author *string
	}
	c := &Connector[[]*note]{
		Call: Call{ID: "Query.notes"},
		Map: func(m *Mapper, in Value) []*note {
			return WantList(m.Answer(), "", in, NullableObject(func(at At, in Value) *note {
				if !at.IsObject(in) {
					return nil
				}
				n := &note{}
				f := at.Object("Note", &n.ItemFaults)
				n.text, n.author = Want(f, "text", in.Key("text"), String), Want(f, "author", in.Key("author"), String)
				return n
			}))
		},
	}
	if _, err := accept(api.Opened(&c.Call), c, &call.Inputs{})(reply(200, "application/json", `[{"text":"x"},{"author":null},{"text":7,"author":"a"}]`)); err != nil {
		t.Fatal(err)
	}
	seen := api.Status().Connectors["Query.notes"]
	if diff := cmp.Diff(map[string]uint64{"Note.author": 2, "Note.text": 1}, seen.Nulls); diff != "" {
		t.Errorf("nulls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]uint64{"Note.text": 1}, seen.Drift); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
}

// A vendor may send many items, and all of them wrong: the time it takes must
// grow with their number only.
func TestManyFaultsTakeLittleTime(t *testing.T) {
	m := &Mapper{connector: "Query.x"}
	items := slices.Repeat([]Value{mapping.IntValue(1)}, 200_000)
	NeedList(m.Answer(), "", mapping.ArrayValue(items...), NullableObject(mapLine)) // for ever, if each looked at all others
	if m.faults != len(items) {
		t.Errorf("%d faults", m.faults)
	}
}

func TestDecoders(t *testing.T) {
	decoders := map[string]func(Value) (any, bool){
		"String":  func(v Value) (any, bool) { return String(v) },
		"ID":      func(v Value) (any, bool) { return ID(v) },
		"Int":     func(v Value) (any, bool) { return Int[int](v) },
		"Float":   func(v Value) (any, bool) { return Float(v) },
		"Boolean": func(v Value) (any, bool) { return Bool(v) },
		"Enum":    func(v Value) (any, bool) { return Enum[colour](v) },
	}
	tests := map[string]map[string]any{ // a value, and what takes it as what
		`"a"`:                  {"String": "a", "ID": "a"},
		`""`:                   {"String": "", "ID": ""},
		`"RED"`:                {"String": "RED", "ID": "RED", "Enum": colour("RED")},
		`"1"`:                  {"String": "1", "ID": "1"},
		`1`:                    {"ID": "1", "Int": 1, "Float": 1.0},
		`-1`:                   {"ID": "-1", "Int": -1, "Float": -1.0},
		`1.0`:                  {"ID": "1", "Int": 1, "Float": 1.0},
		`1.5`:                  {"Float": 1.5},
		`1e2`:                  {"ID": "100", "Int": 100, "Float": 100.0},
		`2147483647`:           {"ID": "2147483647", "Int": 2147483647, "Float": 2147483647.0},
		`2147483648`:           {"ID": "2147483648", "Float": 2147483648.0},
		`-2147483649`:          {"ID": "-2147483649", "Float": -2147483649.0},
		`98765432109876543210`: {"ID": "98765432109876543210", "Float": 98765432109876543210.0},
		`1e999`:                {},
		`true`:                 {"Boolean": true},
		`null`:                 {},
		`[]`:                   {},
		`{}`:                   {},
	}
	for text, takes := range tests {
		for name, decode := range decoders {
			got, ok := decode(valueOf(t, text))
			want, takesIt := takes[name]
			if ok != takesIt || ok && !cmp.Equal(got, want) {
				t.Errorf("%s of %s: got %v, %v, want %v", name, text, got, ok, want)
			}
		}
	}
}
