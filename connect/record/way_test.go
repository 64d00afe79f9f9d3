package record_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/record"
)

const waysSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
type Query {
  a: A @connect(source: "shop", http: {GET: "/a"}, selection: "id sure { id deep { id } } may { id } list { id } holes { id } thing { __typename: kind id } score: $.list->map(@.x->add(1))->size")
  as: [A!] @connect(source: "shop", http: {GET: "/a"}, selection: "id sure { id deep { id } } may { id } list { id } holes { id } thing { __typename: kind id } score: $.list->map(@.x->add(1))->size")
  holes: [A] @connect(source: "shop", http: {GET: "/a"}, selection: "id sure { id deep { id } } may { id } list { id } holes { id } thing { __typename: kind id } score: $.list->map(@.x->add(1))->size")
  added: Sum @connect(source: "shop", http: {GET: "/a"}, selection: "id n: $.a->add(1)")
}
type A { id: ID! sure: B! may: B2 list: [C!]! holes: [C] thing: Thing! score: Int }
type B { id: ID! deep: C }
type B2 { id: ID! }
type C { id: ID! }
type Sum { id: ID n: Int! }
interface Thing { id: ID! }
type X implements Thing { id: ID! }
type Y implements Thing { id: ID! }
`

// asks are fields that are asked for, by type and name.
type asks map[string]asks

func (a asks) Below(typeName, field string) []record.Asked {
	var all []record.Asked
	for name, below := range a {
		if name == typeName+"."+field || typeName == "" && slices.Contains([]string{"Edge." + field, "Connection." + field}, name) {
			all = append(all, below)
		}
	}
	return all
}

func TestWhatAnAnswerCannotDoWithout(t *testing.T) {
	const a = `{"id":"1","sure":{"id":"2","deep":{"id":"3"}},"may":{"id":"4"},"list":[{"id":"5"}],"holes":[{"id":"6"}],"thing":{"kind":"X","id":"7"}}`
	with := func(key, value string) string {
		v := valueOf(t, a)
		text := "{"
		for k, m := range v.Members() {
			if len(text) > 1 {
				text += ","
			}
			if k == key {
				text += `"` + k + `":` + value
			} else {
				text += `"` + k + `":` + m.String()
			}
		}
		return text + "}"
	}
	all := asks{"A.id": {}, "A.sure": {"B.id": {}}, "A.list": {"C.id": {}}, "A.thing": {"X.id": {}}}
	tests := map[string]struct {
		connector, in string
		asked         asks
		want          string // the place that is lost; "-": none
	}{
		"a whole one":                                    {"a", a, all, "-"},
		"its own field":                                  {"a", with("id", "null"), all, "A.id"},
		"that is not asked for":                          {"a", with("id", "null"), asks{"A.sure": {"B.id": {}}}, "-"},
		"a field below":                                  {"a", with("sure", `{"id":true}`), all, "B.id"},
		"of which something else is asked":               {"a", with("sure", `{"id":true}`), asks{"A.sure": {"B.deep": {}}}, "-"},
		"the object below":                               {"a", with("sure", "7"), asks{"A.sure": {"B.deep": {}}}, "A.sure"},
		"below what may be null":                         {"a", with("sure", `{"id":"2","deep":{"id":true}}`), nil, "-"},
		"an item of a list":                              {"a", with("list", `[{"id":"5"},null]`), all, "A.list"},
		"what is in an item":                             {"a", with("list", `[{"id":"5"},{"id":[]}]`), all, "C.id"},
		"an item that may be null":                       {"a", with("holes", `[{"id":"5"},7]`), nil, "-"},
		"an object of one of several types":              {"a", with("thing", `{"kind":"Z"}`), all, "A.thing"},
		"a field of one":                                 {"a", with("thing", `{"kind":"Y","id":null}`), asks{"A.thing": {"Y.id": {}}}, "Y.id"},
		"of which another is asked":                      {"a", with("thing", `{"kind":"Y","id":null}`), asks{"A.thing": {"X.id": {}}}, "-"},
		"an item of the answer":                          {"as", `[` + a + `,7]`, asks{}, ""},
		"a field of an item of it":                       {"as", `[` + a + `,` + with("id", "true") + `]`, asks{"A.id": {}}, "A.id"},
		"an item of the answer that may be null":         {"holes", `[` + a + `,` + with("id", "true") + `]`, nil, "-"},
		"what a method could not make of it":             {"added", `{"id":"1","a":"x"}`, asks{"Sum.n": {}}, "Sum.n"},
		"which is not asked for":                         {"added", `{"id":"1","a":"x"}`, asks{"Sum.id": {}}, "-"},
		"everything is asked for where nobody says what": {"a", with("id", "null"), nil, "A.id"},
	}
	opt := read(t, waysSDL)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := compile(t, opt, "Query."+test.connector).Map(record.Reading{Body: valueOf(t, test.in)})
			if err != nil {
				t.Fatal(err)
			}
			var asked record.Asked
			if test.asked != nil {
				asked = test.asked
			}
			w := a.Lost(asked)
			switch {
			case (w == nil) != (test.want == "-"):
				t.Errorf("lost %+v, want %q", w, test.want)
			case w != nil && w.Place() != test.want:
				t.Errorf("lost %s, want %s", w.Place(), test.want)
			case test.asked == nil && a.Broken() != (w != nil):
				t.Errorf("broken %v, lost %v", a.Broken(), w)
			}
		})
	}
}

func TestAWayIsOnce(t *testing.T) {
	a, err := compile(t, read(t, waysSDL), "Query.as").Map(record.Reading{Body: valueOf(t,
		`[{"id":true},{"id":true},{"id":"1","sure":{"id":"1"},"list":[],"thing":{"kind":"X","id":"1"}}]`)})
	if err != nil {
		t.Fatal(err)
	}
	if a.Size() > 4096 {
		t.Errorf("%d bytes", a.Size())
	}
}

const pagesSDL = `
extend schema @source(name: "shop", http: {baseURL: "https://shop.test"})
type Query {
  pages(first: Int, after: String): Connection
    @connect(source: "shop", http: {GET: "/a"}, selection: "$.items { id name }") @paginate(style: PAGE, at: "page")
  sure(first: Int, after: String): SureConnection!
    @connect(source: "shop", http: {GET: "/a"}, selection: "$.items { id name }") @paginate(style: PAGE, at: "page")
}
type Connection { edges: [Edge!]! pageInfo: PageInfo! totalCount: Int }
type Edge { cursor: String! node: Node! }
type SureConnection { edges: [SureEdge]! nodes: [Node]! pageInfo: SureInfo! totalCount: Int! }
type SureEdge { cursor: String! node: Node }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type SureInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String! endCursor: String! }
type Node { id: ID! name: String }
`

func page(t *testing.T, opt record.Options, id, text string) *record.Answer {
	t.Helper()
	a, err := compile(t, opt, id).Map(record.Reading{Body: valueOf(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func cursor(dst []byte, i int) []byte { return append(dst, '"', "abcdefgh"[i], '"') }

func TestConnectionsAreWindowsOverPages(t *testing.T) {
	opt := read(t, pagesSDL)
	first := page(t, opt, "Query.pages", `{"items":[{"id":1,"name":"a"},{"id":2,"name":7}]}`)
	second := page(t, opt, "Query.pages", `{"items":[7,{"id":"4"}]}`)
	window := record.Window{
		Nodes:  []record.Ref{first.Root().Item(1), second.Root().Item(0), second.Root().Item(1)},
		Cursor: cursor, HasNext: true, HasPrevious: true, Total: new(9), Pages: []*record.Answer{first, second}, Stopped: stoppedError{},
	}
	for name, test := range map[string]struct {
		id     string
		window record.Window
		want   string
	}{
		"of two pages": {"Query.pages", window, `Connection{edges:[` +
			`Edge{cursor:"a",node:Node{id:"2",name:!}},Edge{cursor:"b",node:!},Edge{cursor:"c",node:Node{id:"4",name:null}}],` +
			`pageInfo:PageInfo{hasNextPage:true,endCursor:"c"},totalCount:9}`},
		"with their nodes": {"Query.sure", window, `SureConnection{edges:[` +
			`SureEdge{cursor:"a",node:Node{id:"2",name:!}},SureEdge{cursor:"b",node:!},SureEdge{cursor:"c",node:Node{id:"4",name:null}}],` +
			`pageInfo:SureInfo{hasNextPage:true,hasPreviousPage:true,startCursor:"a",endCursor:"c"},totalCount:9,` +
			`nodes:[Node{id:"2",name:!},!,Node{id:"4",name:null}]}`},
		"of nothing": {"Query.pages", record.Window{}, `Connection{edges:[],pageInfo:PageInfo{hasNextPage:false,endCursor:null},totalCount:null}`},
		"of nothing, where there must be something": {"Query.sure", record.Window{}, `SureConnection{edges:[],pageInfo:SureInfo{` +
			`hasNextPage:false,hasPreviousPage:false,startCursor:"",endCursor:""},totalCount:0,nodes:[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			a := record.CompileConnection(connector(t, opt, test.id).Paginate, opt).Of(test.window)
			if got := text(a.Root()); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if test.window.Nodes == nil {
				return
			}
			if diff := cmp.Diff([]record.Beside{{Path: []any{"edges", 3}, Err: stoppedError{}}}, a.Beside()); diff != "" {
				t.Errorf("beside (-want +got):\n%s", diff)
			}
			if !a.Faults() {
				t.Error("the faults of its pages are not its own")
			}
		})
	}
}

type stoppedError struct{}

func (stoppedError) Error() string { return "stopped" }

func TestWhatAConnectionCannotDoWithout(t *testing.T) {
	opt := read(t, pagesSDL)
	for name, test := range map[string]struct {
		id, page string
		asked    asks
		want     string
	}{
		"a node that is none":             {"Query.pages", `{"items":[{"id":"1"},7]}`, asks{"Connection.edges": {"Edge.node": {"Node.name": {}}}}, ".node"},
		"where no node is asked for":      {"Query.pages", `{"items":[{"id":"1"},7]}`, asks{"Connection.pageInfo": {}}, "-"},
		"what a node cannot do without":   {"Query.pages", `{"items":[{"id":"1"},{"id":null}]}`, asks{"Connection.edges": {"Edge.node": {"Node.id": {}}}}, "Node.id"},
		"where it is not asked for":       {"Query.pages", `{"items":[{"id":"1"},{"id":null}]}`, asks{"Connection.edges": {"Edge.node": {"Node.name": {}}}}, "-"},
		"nothing where nodes may be null": {"Query.sure", `{"items":[{"id":"1"},7]}`, nil, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			p := page(t, opt, test.id, test.page)
			a := record.CompileConnection(connector(t, opt, test.id).Paginate, opt).Of(record.Window{Pages: []*record.Answer{p}})
			var asked record.Asked
			if test.asked != nil {
				asked = test.asked
			}
			if w := a.Lost(asked); (w == nil) != (test.want == "-") || w != nil && w.Place() != test.want {
				t.Errorf("lost %+v, want %s", w, test.want)
			}
		})
	}
}

func TestMarksTellItemsApart(t *testing.T) {
	opt := read(t, pagesSDL)
	a := page(t, opt, "Query.pages", `{"items":[{"id":1,"x":[1,null]},{"id":1,"x":[1,null]},{"id":1,"x":[1,""]},{"id":"1","x":[1,null]},{"x":[1,null],"id":1},7]}`)
	if a.Mark(0) != a.Mark(1) || a.Mark(0) == 0 {
		t.Errorf("equal items: %d, %d", a.Mark(0), a.Mark(1))
	}
	for i := 2; i < 5; i++ {
		if a.Mark(i) == a.Mark(0) {
			t.Errorf("item %d is taken for the first", i)
		}
	}
	if a.Mark(5) != 0 || a.Mark(6) != 0 {
		t.Errorf("what is no object: %d, %d", a.Mark(5), a.Mark(6))
	}
	other := page(t, opt, "Query.pages", `{"items":[{"id":1,"x":[1,null]}]}`)
	if other.Mark(0) != a.Mark(0) {
		t.Error("on another page an item is another")
	}
	if _, err := compile(t, opt, "Query.pages").Map(record.Reading{Body: valueOf(t, `{"items":7}`)}); err == nil {
		t.Error("a page that is no list")
	}
}
