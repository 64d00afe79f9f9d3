package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const zooSDL = `
extend schema @source(name: "zoo", http: {baseURL: "https://zoo.example"})
type Query {
  pet: Pet @connect(source: "zoo", http: {GET: "/pet"}, selection: "__typename: kind->match(['d', 'Dog'], [@, 'Cat']) id name owner { id }")
  either: Either @connect(source: "zoo", http: {GET: "/any"}, selection: "__typename: kind->match(['d', 'Dog'], [@, 'Cat']) id name owner { id }")
  dog(long: Boolean): Dog @connect(source: "zoo", http: {GET: "/dog"}, selection: "id name owner { id }")
}
interface Pet { id: ID! name: String owner: Owner }
union Either = Dog | Cat
type Dog implements Pet { id: ID! name: String owner: Owner }
type Cat implements Pet { id: ID! name: String owner: Owner }
type Owner { id: ID! }
`

// TestFieldsAreCollected is the specification's CollectFields and
// MergeSelectionSets.
func TestFieldsAreCollected(t *testing.T) {
	w := graphOf(t, zooSDL)
	yes, no := map[string]any{"x": true}, map[string]any{"x": false}
	tests := map[string]struct {
		query, on string // on: of what is below pet, dog or either; "": of Query
		vars      map[string]any
		want      string
	}{
		"in the order of the text":                      {query: `{ b: dog { id } a: dog { id } __typename }`, want: "b a __typename"},
		"the first of a key gives the place":            {query: `{ dog { id name id } }`, on: "Dog", want: "id name"},
		"fields of one key are merged":                  {query: `{ dog { id } pet { id } dog { name id } }`, on: "Dog", want: "id name"},
		"a field that is left out":                      {query: `query($x: Boolean!) { dog { id name @include(if: $x) } }`, vars: no, on: "Dog", want: "id"},
		"a field that is skipped":                       {query: `query($x: Boolean!) { dog { id name @skip(if: $x) } }`, vars: yes, on: "Dog", want: "id"},
		"skip wins over include":                        {query: `query($x: Boolean!) { dog { id name @skip(if: $x) @include(if: $x) } }`, vars: yes, on: "Dog", want: "id"},
		"neither":                                       {query: `query($x: Boolean!) { dog { id name @skip(if: $x) @include(if: true) } }`, vars: no, on: "Dog", want: "id name"},
		"a repeated field that is left out at first":    {query: `query($x: Boolean!) { dog { id @include(if: $x) name id } }`, vars: no, on: "Dog", want: "name id"},
		"and where it is not":                           {query: `query($x: Boolean!) { dog { id @include(if: $x) name id } }`, vars: yes, on: "Dog", want: "id name"},
		"nothing is left":                               {query: `query($x: Boolean!) { dog { id @include(if: $x) } }`, vars: no, on: "Dog", want: ""},
		"a fragment stands where it is spread":          {query: `{ dog { id ...F __typename } } fragment F on Dog { name }`, on: "Dog", want: "id name __typename"},
		"once":                                          {query: `{ dog { ...F id ...F } } fragment F on Dog { name }`, on: "Dog", want: "name id"},
		"where it is left out first, at the second":     {query: `query($x: Boolean!) { dog { ...F @include(if: $x) id ...F } } fragment F on Dog { name }`, vars: no, on: "Dog", want: "id name"},
		"also below other fields of the key":            {query: `{ dog { ...F } dog { id ...F } } fragment F on Dog { name }`, on: "Dog", want: "name id"},
		"an inline fragment without a type":             {query: `{ dog { ... { id } ... @include(if: false) { name } } }`, on: "Dog", want: "id"},
		"an inline fragment on the type":                {query: `{ pet { ... on Dog { id } name } }`, on: "Dog", want: "id name"},
		"on another type":                               {query: `{ pet { ... on Dog { id } name } }`, on: "Cat", want: "name"},
		"on an interface of it":                         {query: `{ either { ... on Pet { id } } }`, on: "Cat", want: "id"},
		"on a union that it is in":                      {query: `{ pet { ... on Either { ... on Cat { id } ... on Dog { name } } } }`, on: "Cat", want: "id"},
		"on an interface within a type":                 {query: `{ pet { ... on Dog { ... on Pet { id } } name } }`, on: "Cat", want: "name"},
		"a fragment on another type":                    {query: `{ pet { ...F ... on Cat { id } } } fragment F on Dog { name }`, on: "Cat", want: "id"},
		"merged with what an interface asks":            {query: `{ pet { id ... on Dog { n: name id } n: name } }`, on: "Dog", want: "id n"},
		"a fragment in a fragment":                      {query: `{ pet { ...F } } fragment F on Pet { ...G id } fragment G on Cat { name }`, on: "Cat", want: "name id"},
		"introspection":                                 {query: `{ __typename s: __schema { types { name } } __type(name: "Dog") { name } }`, want: "__typename s __type"},
		"the name of the type of a union":               {query: `{ either { __typename } }`, on: "Dog", want: "__typename"},
		"what is skipped in a fragment, is not at both": {query: `query($x: Boolean!) { dog { ...F } pet { ...F } } fragment F on Pet { id name @skip(if: $x) }`, vars: yes, on: "Dog", want: "id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			n := w.plan(test.query, test.vars).Root
			if test.on != "" {
				n = w.on(n.Fields[0], test.on)
			}
			if diff := cmp.Diff(test.want, keys(n)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAConditionChangesTheOrder(t *testing.T) {
	w := graphOf(t, zooSDL)
	const query = `query($x: Boolean!) { dog @include(if: $x) { id } pet { id } dog { id } }`
	for x, want := range map[bool]string{true: "dog pet", false: "pet dog"} {
		if got := keys(w.plan(query, map[string]any{"x": x}).Root); got != want {
			t.Errorf("$x is %v: got %s, want %s", x, got, want)
		}
	}
}

func TestFieldsSayWhatTheyAre(t *testing.T) {
	w := graphOf(t, zooSDL)
	n := w.plan(`{ pet { n: name owner { id } } __typename s: __schema { types { name } } __type(name: "Dog") { name } dog(long: true) { id } }`, nil).Root
	var all []string
	for _, f := range append(n.Fields, w.on(n.Fields[0], "Cat").Fields...) {
		all = append(all, fmt.Sprintf("%s%s %d", f.Prefix[1:], f.Coordinate, f.Kind))
	}
	want := []string{
		`"pet":Query.pet 2`, `"__typename":Query.__typename 1`, `"s":Query.__schema 5`, `"__type":Query.__type 6`, `"dog":Query.dog 2`,
		`"n":Cat.name 0`, `"owner":Cat.owner 0`,
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	args, err := w.at(n, "dog").Args.Of(nil)
	if err != nil || args.Text != `{"long":true}` {
		t.Errorf("got %v, %v", args, err)
	}
	if p := n.Fields[0].Position(); p.Line != 1 || p.Column != 3 {
		t.Errorf("it is at %d:%d", p.Line, p.Column)
	}
}

func TestNodesAreShared(t *testing.T) {
	w := graphOf(t, zooSDL)
	n := w.plan(`{ a: dog { ...F } b: dog { ...F } c: dog { ...F id } pet { owner { id } ... on Dog { owner { id } } } } fragment F on Dog { id name }`, nil).Root
	on := func(path, typeName string) any { return w.on(w.at(n, path), typeName) }
	if on("a", "Dog") != on("b", "Dog") {
		t.Error("the same selections of the same type are two nodes")
	}
	if on("a", "Dog") == on("c", "Dog") {
		t.Error("other selections are one node")
	}
	if on("pet.Cat:owner", "Owner") == on("pet.Dog:owner", "Owner") {
		t.Error("what is merged of other fields is one node")
	}
}

func TestANodeOfATypeThatIsNone(t *testing.T) {
	w := graphOf(t, zooSDL)
	n := w.plan(`{ pet { id } }`, nil).Root
	for _, name := range []string{"Pet", "Whale", "String"} {
		if _, err := n.Fields[0].Below.On(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
