package connect

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/mapping"
)

type (
	pet interface{ isPet() }
	dog struct{ mapping.ItemFaults }
	cat struct{ mapping.ItemFaults }
)

func (*dog) isPet() {}
func (*cat) isPet() {}

// petOf is what the compiler writes for an interface.
func petOf(at At, in Value) pet {
	switch TypeName(at.Eval(mapping.MustParse(`$.kind->match(["dog", "Dog"], ["cat", "Cat"])`), in)) {
	case "Dog":
		return &dog{}
	case "Cat":
		return &cat{}
	}
	at.Unknown(in)
	return nil
}

func TestObjectsOfSeveralTypes(t *testing.T) {
	tests := map[string]struct {
		in     string
		item   Item[pet]
		want   []string
		faults [][]int
	}{
		"each by its name":           {in: `[{"kind": "dog"}, {"kind": "cat"}]`, item: NullableObject(petOf), want: []string{"dog", "cat"}},
		"null is null":               {in: `[null, {"kind": "cat"}]`, item: NullableObject(petOf), want: []string{"", "cat"}},
		"but not where it cannot be": {in: `[null, {"kind": "cat"}]`, item: NonNullObject(petOf), want: []string{"", "cat"}, faults: [][]int{{0}}},
		"an unknown name":            {in: `[{"kind": "cow"}, {"kind": "cat"}]`, item: NullableObject(petOf), want: []string{"", "cat"}, faults: [][]int{{0}}},
		"no name":                    {in: `[{}, {"kind": 7}, {"kind": "cat"}]`, item: NullableObject(petOf), want: []string{"", "", "cat"}, faults: [][]int{{0}, {1}}},
		"no object":                  {in: `["dog", [], {"kind": "cat"}]`, item: NullableObject(petOf), want: []string{"", "", "cat"}, faults: [][]int{{0}, {1}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := &Mapper{}
			var got []string
			pets := WantList(m.Answer(), "", valueOf(t, test.in), test.item)
			for _, p := range pets {
				got = append(got, kindOfPet(p))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var faults [][]int
			for _, f := range m.root.FaultsOf("") {
				faults = append(faults, f.Index)
			}
			if diff := cmp.Diff(test.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func kindOfPet(p pet) string {
	switch p.(type) {
	case *dog:
		return "dog"
	case *cat:
		return "cat"
	}
	return ""
}

func TestOfPicksTheObjectsOfOneType(t *testing.T) {
	rex, tom := &dog{}, &cat{}
	all := []pet{rex, nil, tom, rex}
	if dogs := Of[*dog](all); len(dogs) != 2 || dogs[0] != rex {
		t.Errorf("got %v", dogs)
	}
	if present := Present(all); len(present) != 3 {
		t.Errorf("got %v", present)
	}
}
