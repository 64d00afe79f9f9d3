package resolvers_test

import (
	"reflect"
	"testing"

	"holdfast/resolvers"
)

// The compiler runs from a test file because it removes the Go files of SDL that
// is gone, here and in graph/: go generate reads the files of tests last, and
// gives up where one of its list is not there any more.
//
//go:generate go run ../connect/generate

// TestEveryMethodResolvesAField finds methods written by hand whose field is no
// longer in the SDL: nothing else would ever say so.
func TestEveryMethodResolvesAField(t *testing.T) {
	root := reflect.ValueOf(&resolvers.Resolver{})
	for name, accessor := range root.Methods() {
		asked, written := name.Type.Out(0), accessor.Call(nil)[0].Elem().Type()
		for m := range written.Methods() {
			_, isField := asked.MethodByName(m.Name)
			_, isRoot := root.Type().MethodByName(m.Name)
			if !isField && !isRoot {
				t.Errorf("%s.%s resolves no field of %s", written.Elem().Name(), m.Name, name.Name)
			}
		}
	}
}
