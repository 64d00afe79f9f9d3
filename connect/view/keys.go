package view

import (
	"fmt"

	"holdfast/connect/call"
	"holdfast/connect/record"
)

// Keys are what is asked by a name for objects: a list of models of the type whose
// objects it reads. "" is where there is nothing to ask; an error stands where a part
// of the key could not be had.
func (g *Graph) Keys(of string, objs any, n int) ([]call.Key, []error, error) {
	t, ok := g.asked[of]
	if !ok {
		return nil, nil, fmt.Errorf("there is no connector %s", of)
	}
	list, err := g.listOf(t.on.Name)
	if err != nil {
		return nil, nil, err
	}
	keys, errs := make([]call.Key, n), make([]error, n)
	root := list.Of(objs).Root()
	for i := range min(n, root.Len()) {
		key, why, _ := record.AppendKey(nil, g.asked[of].key, root.Item(i))
		if keys[i] = call.Key(key); why != nil {
			errs[i] = Misfit(why)
		}
	}
	return keys, errs, nil
}
